"""Whatever a person or a file can fill in is text on every page: nothing of it runs, and nothing of it becomes an element.

`poisoned` fills every such field with payloads. A page that shows any of it is added by one line in LOOKS; one that shows something else
beside it also adds that to `poisoned`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from jobs.record import Artifact
from storage.companies import CompanyIn
from storage.job_store import End
from tests.browser.conftest import Console, open_page
from tests.browser.learned import Learned, learned, services_of

SHORT = "<img src=x onerror=alert(1)>"  # where there is little room: a part of the long one
XSS = f"{SHORT}\"'></textarea></title></script><script>alert(2)</script><svg onload=alert(3)>{{{{7*7}}}}javascript:alert(4)"
FOUND = """() => [
    ...document.querySelectorAll('img[src=x], script:not([src]), svg[onload], [onerror], [style]:not(.uplot, .uplot *), a[href^="javascript"], iframe, object, embed'),
].map(e => e.outerHTML.slice(0, 120))"""


@dataclass(frozen=True, slots=True)
class Poisoned:
    """Ids of what was filled with payloads."""

    running: str
    failed: str
    done: str
    learned: Learned


# Page → its address. A line here has the page looked at, in both languages.
LOOKS: dict[str, Callable[[Poisoned], str]] = {
    "jobs": lambda p: "/",
    "jobs by label": lambda p: f"/?label={quote(f'evil:{SHORT}')}",
    "jobs by an odd id": lambda p: f"/?id={quote(XSS)}",
    "jobs by an odd state": lambda p: f"/?state={quote(XSS)}",
    "job running": lambda p: f"/jobs/{p.running}",
    "job failed": lambda p: f"/jobs/{p.failed}",
    "job done": lambda p: f"/jobs/{p.done}",
    "job unknown": lambda p: f"/jobs/{quote(SHORT)}",
    "preview of a table": lambda p: f"/jobs/{p.done}/preview/{quote(SHORT)}.csv",
    "preview of a text": lambda p: f"/jobs/{p.done}/preview/{quote(SHORT)}.txt",
    "preview of JSON": lambda p: f"/jobs/{p.done}/preview/{quote(SHORT)}.json",
    "new": lambda p: "/new",
    "form filled again": lambda p: f"/new/test.work?like={p.running}",
    "form of a question": lambda p: f"/new/forecasting.ask?like={p.failed}",
    "form of an unknown kind": lambda p: f"/new/{quote(SHORT)}",
    "form that refers to companies": lambda p: "/new/forecasting.train",
    "models": lambda p: "/models",
    "model of vision": lambda p: "/models/fruit",
    "model of forecasting": lambda p: "/models/shop",
    "model unknown": lambda p: f"/models/{quote(SHORT)}",
    "result of vision.train": lambda p: f"/jobs/{p.learned.train}",
    "result of vision.predict": lambda p: f"/jobs/{p.learned.predict}",
    "result of vision.retrain": lambda p: f"/jobs/{p.learned.retrain}",
    "result of forecasting.train": lambda p: f"/jobs/{p.learned.forecast}",
    "health": lambda p: "/health",
    "sign-in": lambda p: f"/sign-in?next={quote('javascript:alert(5)')}",
}


@pytest.fixture
def expected_errors() -> list[str]:
    return ["404", "422"]


def poisoned(console: Console, folder: Path) -> Poisoned:
    """Payloads in every field that a person or a file can fill."""
    s, jobs = services_of(console), console.jobs
    console.worker(XSS, "cpu", backlog=1, state=XSS, error=XSS)
    running = console.submit(params={"seconds": 2.0, "ledger": XSS, XSS: {XSS: [XSS]}}, evil=SHORT, **{SHORT.replace(":", ""): "x"})
    fence = console.start(running, worker=XSS).fence
    jobs.publish(running, fence, [
        ("progress", {"fraction": 0.5, "stage": XSS, "message": XSS}), ("log", {"message": XSS, "level": XSS, XSS: XSS}),
        *(("metric", {"name": name, "value": float(step), "step": step}) for name in (XSS, f"once {XSS}") for step in range(5 if name == XSS else 1))])
    failed = console.submit("forecasting.ask", params={"question": XSS, "model": "shop"})
    error = {"code": XSS, "message": XSS, "retryable": False, "step": XSS}
    jobs.move(failed, console.start(failed).fence, End("failed", error=error))
    done = console.submit(params={"ledger": XSS})
    fence, files = console.start(done).fence, []
    for suffix, media_type, content in (("csv", "text/csv", f'{SHORT},"b"\n{SHORT},2\n'), ("txt", "text/plain", XSS),
                                        ("json", "application/json", f'{{"{SHORT}": "{SHORT}"}}'), ("html", "text/html", f"<script>alert(6)</script>{XSS}")):
        s.objects.put(f"artifacts/{suffix}", content.encode())
        files.append(Artifact(f"{SHORT}.{suffix}", f"artifacts/{suffix}", len(content), "0" * 64, media_type))
    result = {"answer": XSS, XSS: [{XSS: XSS}], "list": [XSS]}
    jobs.commit(done, fence, result=result, artifacts=files, models=[])
    jobs.move(done, fence, End("succeeded", result=result))
    sales = folder / "sales.csv"
    sales.write_text(f'date,item,item_name,quantity\n2026-01-01,"{SHORT}","{SHORT}",3\n2026-02-01,"{SHORT}","{SHORT}",4\n')
    dataset, _ = s.datasets.receive(sales, type="sales", name=SHORT, filename=f"{SHORT}.csv")
    s.datasets.wait(dataset.id, 30)
    s.companies.put("a", CompanyIn(nit="900", name=XSS, country="CO", currency="COP", dataset=dataset.id))
    models = learned(console, labels=(SHORT, f"{SHORT} 2"), words=XSS)
    jobs.pause_queue("gpu", XSS)
    return Poisoned(running, failed, done, models)


@pytest.fixture
def alerts() -> list[str]:
    """What scripts said that should not have run."""
    return []


@pytest.fixture
def watched(new_page: Callable[..., Page], alerts: list[str]) -> Callable[..., Page]:
    """Makes pages whose dialogs are noted."""
    def make(**options: str) -> Page:
        page = new_page(traced=False, **options)
        page.on("dialog", lambda d: (alerts.append(d.message), d.dismiss()))
        return page
    return make


def test_no_page_runs_what_others_wrote(console: Console, tmp_path: Path, watched: Callable[..., Page], alerts: list[str]) -> None:
    made, wrong = poisoned(console, tmp_path), []
    for locale in ("en-US", "es-CO"):
        page = watched(locale=locale)
        for name, path in LOOKS.items():
            open_page(page, console.url + path(made))
            page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
            wrong += [f"{name}: {found}" for found in page.evaluate(FOUND)]
            if name == "job running":
                expect(page.locator("#log")).to_contain_text(XSS)
                expect(page.locator("#metrics figcaption")).to_contain_text(XSS)
                expect(page.locator("#singles")).to_contain_text(f"once {XSS}")
                assert "49" not in page.inner_text("#live .facts")
                wrong += [f"{name}, later: {found}" for found in page.evaluate(FOUND)]
        page.context.close()

    assert wrong == []
    assert alerts == []


def test_what_is_typed_and_sent_back_is_text(console: Console, watched: Callable[..., Page], alerts: list[str], tmp_path: Path) -> None:
    made, page = poisoned(console, tmp_path), watched()
    open_page(page, f"{console.url}/new/test.work")
    for field, text in (("ledger", XSS), ("Labels", f"{SHORT}: {SHORT}\n: "), ("seconds", "-1")):
        page.get_by_label(field).fill(text)
    page.get_by_role("button", name="Start the job").click()
    expect(page.get_by_label("ledger")).to_have_value(XSS)
    assert page.evaluate(FOUND) == []

    open_page(page, f"{console.url}/models/fruit")
    page.get_by_label("Reason").fill(XSS)
    page.get_by_role("button", name="Make version 2 the one in use").click()
    expect(page.locator(".history li").first).to_contain_text(XSS)
    assert page.evaluate(FOUND) == []

    open_page(page, f"{console.url}/health")
    page.get_by_label("Why queue cpu is paused").fill(XSS)
    page.get_by_role("button", name="Pause queue cpu", exact=True).click()
    expect(page.get_by_role("button", name="Resume queue cpu", exact=True)).to_be_visible()
    assert page.evaluate(FOUND) == []

    open_page(page, f"{console.url}/jobs/{made.done}")
    for suffix in ("csv", "txt", "json"):
        page.get_by_role("button", name=f"Preview of {SHORT}.{suffix}").click()
    expect(page.locator(".preview")).to_have_count(3)
    assert page.evaluate(FOUND) == []
    assert alerts == []


def test_what_happens_while_one_looks_is_text(console: Console, watched: Callable[..., Page], alerts: list[str]) -> None:
    job, page = console.submit(), watched()
    open_page(page, f"{console.url}/jobs/{job}")
    fence = console.start(job, worker=XSS).fence
    console.jobs.publish(job, fence, [("progress", {"fraction": 0.5, "stage": XSS, "message": XSS}), ("log", {"message": XSS, "level": XSS})])
    expect(page.locator("[data-stage]")).to_contain_text(XSS)
    expect(page.locator("[data-message]")).to_contain_text(XSS)

    console.fail_running(job, fence, message=XSS)

    expect(page.get_by_label("Error")).to_contain_text(XSS)
    assert page.evaluate(FOUND) == []
    assert alerts == []
