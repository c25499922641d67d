"""With the broker, MLflow or a worker away each page says so plainly, and comes back by itself. All of them are real processes."""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from storage.objects import open_store
from tests.api.models import put_version
from tests.browser.conftest import DESKTOP, Console, open_page, picture, running_console, violations
from tests.services import Valkey, wait_until
from tests.tracking.servers import MlflowServer
from tests.workers.conftest import WorkerProcess

PAGES = {"jobs": "/", "new": "/new", "form": "/new/test.work", "health": "/health", "models": "/models", "model": "/models/toy"}


@dataclass
class Installation:
    """A console, its broker, MLflow, and a worker that notices and says within a second what is away."""

    console: Console
    broker: Valkey
    mlflow: MlflowServer
    worker: WorkerProcess | None = None

    def start_worker(self) -> None:
        environ = {**os.environ, "NORIA_HOME": str(self.console.home), "REDIS_URL": self.broker.url, "EXTRA_KINDS": "tests.kinds",
                   "MLFLOW_TRACKING_URI": self.mlflow.uri, "LEASE_S": "1.5"}
        log = self.console.home / "worker.log"
        self.worker = WorkerProcess(environ, log, "cpu,cpu.fast", "w", 1, "tests.browser.quick_worker")
        wait_until(self.console.jobs.workers, timeout_s=60, what=f"the worker reporting; {log}")


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("outages")
    (folder / "mlflow").mkdir()
    broker, mlflow = Valkey(folder / "broker").start(), MlflowServer(folder / "mlflow").start()
    with running_console(folder / "home", broker, MLFLOW_TRACKING_URI=mlflow.uri) as console:
        put_version(open_store((folder / "home" / "objects").as_uri()), console.jobs, "toy")
        made = Installation(console, broker, mlflow)
        made.start_worker()
        yield made
        if made.worker:
            made.worker.stop()
    mlflow.stop()
    broker.stop()


@pytest.fixture(scope="module")
def job(installation: Installation) -> str:
    """A job that runs as long as the tests."""
    job = installation.console.submit(params={"seconds": 600.0, "ledger": "", "misbehave": ""})
    wait_until(lambda: installation.console.jobs.get(job).state == "running", timeout_s=60, what="the job running")
    return job


@pytest.fixture(scope="module")
def pages(installation: Installation, job: str, browser: Browser) -> Iterator[dict[str, Page]]:
    """Every page, open, with connections of its own: a browser has six to a host."""
    opened = {}
    for name, path in {**PAGES, "job": f"/jobs/{job}"}.items():
        opened[name] = browser.new_context(viewport=DESKTOP, locale="en-US", reduced_motion="reduce").new_page()
        open_page(opened[name], installation.console.url + path)
    yield opened
    for page in opened.values():
        page.context.close()


@pytest.fixture(autouse=True)
def all_is_well(pages: dict[str, Page]) -> None:
    """What an earlier test stopped is back on every page."""
    for page in pages.values():
        expect(page.locator("#parts")).to_be_hidden()
        expect(page.locator("#trouble")).to_be_hidden()


@pytest.fixture
def expected_errors() -> list[str]:
    return ["503", "ERR_", "Failed to load resource"]


def check_of(health: Page, part: str) -> Locator:
    """What Health says of a part."""
    return health.locator(".check-list li", has=health.locator("strong", has_text=re.compile(f"^{part}$")))


def test_with_mlflow_stopped_each_page_says_so_and_comes_back(installation: Installation, pages: dict[str, Page]) -> None:
    mlflow_line = check_of(pages["health"], "MLflow")
    expect(mlflow_line).not_to_contain_text("not well")

    installation.mlflow.kill()

    for page in pages.values():
        expect(page.locator("#parts")).to_contain_text("Runs do not reach MLflow")
    expect(mlflow_line).to_contain_text("not well")
    expect(pages["health"].get_by_role("region", name="Table of workers")).to_contain_text("down")
    expect(pages["job"].locator("#live .badge").first).to_contain_text("running")  # jobs go on
    picture(pages["jobs"], "mlflow-stopped")
    assert violations(pages["jobs"]) == []

    installation.mlflow.start()

    for page in pages.values():
        expect(page.locator("#parts")).to_be_hidden()
    expect(mlflow_line).not_to_contain_text("not well")


def test_with_its_worker_killed_each_page_says_so_and_the_job_goes_on_with_the_next(
        installation: Installation, pages: dict[str, Page], job: str) -> None:
    assert installation.worker
    installation.worker.kill()

    for page in pages.values():
        expect(page.locator("#parts")).to_contain_text("No worker serves these queues: cpu.")
    expect(pages["health"].get_by_text("no worker").first).to_be_visible()
    pages["jobs"].get_by_text("Who works on what").click()
    expect(pages["jobs"].get_by_text("No worker reports.")).to_be_visible()
    picture(pages["job"], "worker-killed")

    installation.start_worker()

    for page in pages.values():
        expect(page.locator("#parts")).to_be_hidden()
    expect(pages["jobs"].get_by_text("No worker reports.")).to_be_hidden()
    expect(pages["job"].get_by_text("worker lost")).to_be_visible()
    expect(pages["job"].locator("#live .badge").first).to_contain_text("running")
    assert installation.console.jobs.get(job).attempt == 2


def test_with_the_broker_stopped_each_page_says_so_and_comes_back(
        installation: Installation, pages: dict[str, Page], job: str, new_page: Callable[..., Page]) -> None:
    late = new_page(traced=False)
    installation.broker.kill()

    for page in pages.values():
        expect(page.locator("#trouble")).to_contain_text("broker", ignore_case=True)
    for path in (*PAGES.values(), f"/jobs/{job}"):
        if path in ("/new", "/new/test.work", "/health"):  # these need no broker to be looked at
            continue
        open_page(late, installation.console.url + path)
        expect(late.get_by_role("heading", name="The broker does not answer")).to_be_visible()
        assert violations(late) == []
    picture(late, "broker-stopped")
    health = new_page(traced=False)
    open_page(health, f"{installation.console.url}/health")
    expect(health.get_by_text("look at REDIS_URL and that server")).to_be_visible()

    installation.broker.start()

    for page in pages.values():
        expect(page.locator("#trouble")).to_be_hidden()
    expect(late.locator("#live")).to_be_visible()
    expect(check_of(pages["health"], "broker")).not_to_contain_text("not well")
    wait_until(lambda: installation.console.jobs.get(job).state == "running", timeout_s=30, what="the job going on")
