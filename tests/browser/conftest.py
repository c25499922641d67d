"""Real Chromium against the console on a real Valkey. Run by `make test-console`."""

import io
import os
import shutil
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from api import bodies, kind_routes, openapi
from api.app import create_app
from jobs import catalog
from jobs.record import Job, new_job_id
from jobs.settings import load_settings
from storage.job_store import End, NewJob
from storage.objects import open_store
from storage.redis_jobs import RedisJobStore
from tests.api.served import served
from tests.services import Valkey

RESULTS = Path(__file__).parents[2] / "test-results"
FAILED = pytest.StashKey[bool]()
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"]
LONG_MS = 60_000  # for what a worker has to do first
QUIET_S = 0.067  # what the computation of `crowding` takes where the limits of the tests were set, with nothing beside it
CACHES = (catalog.kinds, bodies.submission_models, bodies.submission_adapter, openapi.openapi_json, kind_routes._documents)
PATIENCE_MS = 30_000  # until the page has to show what is expected of it: what is slow is the machine; what has to be fast is measured
DESKTOP, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker("browser")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the session; CHROMIUM names another than the one that is installed."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def expected_errors() -> list[str]:
    """Parts of console errors that a test expects, such as the status of a refused form; any other fails it."""
    return []


@pytest.fixture
def new_page(browser: Browser, expected_errors: list[str], request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """Makes pages, each with its own cookies. Any error on a console, a violation of the policy included, fails the test.

    `traced` costs time: without, the test closes the page itself. What a failed test did is kept in `test-results/`: `playwright show-trace` shows it.
    """
    contexts: list[BrowserContext] = []
    bad: list[str] = []

    def make(*, traced: bool = True, **options: Any) -> Page:
        context = browser.new_context(**{"viewport": DESKTOP, "locale": "en-US", "timezone_id": "UTC", "reduced_motion": "reduce"} | options)
        if traced:
            context.tracing.start(screenshots=True, snapshots=True)
            contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: bad.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: bad.append(str(e)))
        page.set_default_timeout(PATIENCE_MS)
        return page

    yield make
    unexpected = [text for text in bad if not any(part in text for part in expected_errors)]
    failed = request.node.stash.get(FAILED, False) or bool(unexpected)
    for number, context in enumerate(contexts):
        context.tracing.stop(path=RESULTS / "failures" / f"{request.node.name}-{number}.zip" if failed else None)
        context.close()
    assert unexpected == []


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A page of a desktop's size."""
    return new_page()


@pytest.fixture(scope="session", autouse=True)
def _test_kinds() -> None:
    for cache in CACHES:
        cache.cache_clear()


@dataclass
class Console:
    """The console with what it stands on, for one test."""

    url: str
    home: Path
    valkey: Valkey
    jobs: RedisJobStore = field(init=False)

    def __post_init__(self) -> None:
        self.jobs = RedisJobStore(self.valkey.url)

    def submit(self, kind: str = "test.work", queue: str = "cpu", params: dict[str, Any] | None = None, **labels: str) -> str:
        job = NewJob(new_job_id(), kind, queue, {"seconds": 2.0} if params is None else params, 2, labels, request_id="a-request")
        return self.jobs.submit(job, idempotency_s=86_400, queue_limit=1_000_000).job.id

    def start(self, job_id: str, worker: str = "cpu@here") -> Job:
        job = self.jobs.acquire(job_id, worker=worker, lease_s=600)
        assert job
        return job

    def fail(self, job_id: str, message: str = "The data were made to fail.") -> None:
        self.fail_running(job_id, self.start(job_id).fence, message)

    def fail_running(self, job_id: str, fence: int, message: str = "The data were made to fail.") -> None:
        error = {"code": "data_error", "message": message, "retryable": False, "step": "fit"}
        self.jobs.move(job_id, fence, End("failed", error=error))

    def worker(self, name: str, *queues: str, slots: int = 1, **tracking: Any) -> None:
        told = {"state": "up", "backlog": 0, "dead": 0, "error": None, **tracking}
        self.jobs.report_worker(name, {"queues": list(queues), "slots": slots, "disk_free_bytes": 1 << 40, "tracking": told}, ttl_s=600)


@contextmanager
def running_console(home: Path, valkey: Valkey, **environment: str) -> Iterator[Console]:
    settings = load_settings({"NORIA_HOME": str(home), "EXTRA_KINDS": "tests.kinds", "MLFLOW_TRACKING_URI": "off", "MLFLOW_PORT": "",
                              "FLOWER_PORT": "", "REDIS_URL": valkey.url, **environment})
    jobs = RedisJobStore(valkey.url)
    app = create_app(settings, jobs=jobs, objects=open_store(settings.objects_url))
    with served(app) as url:
        console = Console(url, home, valkey)
        yield console
        app.extensions["noria"].hub.stop()
        for thread in threading.enumerate():
            if thread.name == "feed":
                thread.join(5)  # it asks the store that is closed next
        console.jobs.close()
        jobs.close()


@pytest.fixture
def console(tmp_path: Path, valkey: Valkey) -> Iterator[Console]:
    with running_console(tmp_path, valkey) as running:
        yield running


def open_page(page: Page, url: str) -> None:
    """Go to a page, and wait until its script listens."""
    page.goto(url)
    page.wait_for_selector("body[data-ready]")


def settled(page: Page) -> None:
    """Until the refresh that follows a page's stream has come, and nothing is on its way."""
    page.wait_for_function("() => performance.getEntriesByType('resource').some(each => each.name === location.href)")
    expect(page.locator(".htmx-request")).to_have_count(0)


def violations(page: Page) -> list[str]:
    """What axe-core finds on the page once nothing is on its way (a busy form is paler): rule, and where."""
    expect(page.locator(".htmx-request")).to_have_count(0)
    page.evaluate(AXE)
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    return [f"{v['id']}: {[n['target'] for n in v['nodes']][:3]}" for v in found["violations"]]


def picture(page: Page, name: str) -> None:
    """Keep a picture of the page, for people to look at."""
    page.screenshot(path=RESULTS / "pages" / f"{name}.png", full_page=True, animations="disabled")


def picture_for_readme(page: Page, name: str, height: int = 860) -> None:
    """Keep the page's top `height` pixels as `readme-<name>.png`, small enough for a README: `make screenshots` copies it to docs/pictures."""
    page.evaluate("scrollTo(0, 0)")
    shown = page.screenshot(full_page=True, animations="disabled", clip={"x": 0, "y": 0, "width": DESKTOP["width"], "height": height})
    image = Image.open(io.BytesIO(shown)).convert("RGB")
    image.thumbnail((1024, 860), Image.Resampling.LANCZOS)
    image.quantize(256, dither=Image.Dither.NONE).save(RESULTS / "pages" / f"readme-{name}.png", optimize=True)


def quickest(what: str, times: int, act: Callable[[], float | None]) -> float:
    """Seconds of the quickest of some tries, as on a quiet machine, which say what it costs; the others also say what else the machine does.

    `act` gives the seconds that it measured itself, or None for all that it takes. All are printed.
    """
    took, crowded = [], crowding()
    for _ in range(times):
        began = time.monotonic()
        measured = act()
        seconds = time.monotonic() - began if measured is None else measured
        before, crowded = crowded, crowding()
        took.append(seconds / max(before, crowded))
        print(f"{what}: {seconds:.3f} s while the machine was {max(before, crowded):.1f} times as slow as when it is quiet")
    return min(took)


def crowding() -> float:
    """How many times as long as on a quiet machine a computation takes now, since others have this one too, or it is a slower one; at least 1."""
    began, number = time.monotonic(), 0
    for n in range(1_000_000):
        number = (number * 31 + n) % 1_000_003
    return max(1.0, (time.monotonic() - began) / QUIET_S)
