"""Does what docs/adding-a-domain.md says, to a copy of the tree, and looks whether the new kind is where it promises."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "adding-a-domain.md").read_text(encoding="utf-8")
ROOMS = ("api", "jobs", "storage", "tracking", "workers")

RUN_IT = """
import json, sys
from api.app import create_app
from jobs.settings import load_settings
from storage.memory_jobs import MemoryJobStore
from storage.objects import open_store
from workers.runner import run_job
from workers.services import make_services

settings, store = load_settings(), MemoryJobStore()
client = create_app(settings, jobs=store, objects=open_store(settings.objects_url)).test_client()
heavy = [name for name in ("jobs.words.count", "pandas", "celery.app.task") if name in sys.modules]
refused = client.post("/v1/jobs", json={"kind": "words.count", "params": {"text": "a", "shortest": 0}})
accepted = client.post("/v1/jobs", json={"kind": "words.count", "params": {"text": "a wheel lifts water"}})
run_job(accepted.json["id"], worker="fast@here", services=make_services(settings, store), settings=settings)
location = accepted.headers["Location"]
print(json.dumps({
    "kinds": [k["name"] for k in client.get("/v1/kinds").json["kinds"]],
    "openapi": client.get("/openapi.json").get_data(as_text=True),
    "refused": refused.json, "status": accepted.status_code, "heavy": heavy,
    "job": client.get(location).json,
    "words": client.get(location + "/artifacts/words.txt").get_data(as_text=True),
}))
"""


def files_of_the_page() -> dict[str, str]:
    """Path → content, for each Python file that the page shows after naming it."""
    return dict(re.findall(r"`((?:tests/)?jobs/words/\w+\.py)`(?:(?!```).)*?:\n\n```python\n(.*?)```", PAGE, flags=re.DOTALL))


def with_the_line(catalog: str) -> str:
    """The catalog with the page's diff applied: its added line goes behind the line before it."""
    diff = re.search(r"In `jobs/catalog.py`:\n\n```diff\n(.*?)```", PAGE, flags=re.DOTALL)
    assert diff
    lines = diff[1].splitlines()
    added = [n for n, line in enumerate(lines) if line.startswith("+")]
    assert len(added) == 1, "the page promises one line"
    before = lines[added[0] - 1][1:]
    assert catalog.count(before + "\n") == 1
    return catalog.replace(before + "\n", f"{before}\n{lines[added[0]][1:]}\n")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the rooms with the page's files and its one line."""
    root = tmp_path_factory.mktemp("tree")
    for room in ROOMS:
        shutil.copytree(ROOT / room, root / room, ignore=shutil.ignore_patterns("__pycache__"))
    for path, content in files_of_the_page().items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8")
    catalog = root / "jobs" / "catalog.py"
    catalog.write_text(with_the_line(catalog.read_text(encoding="utf-8")), encoding="utf-8")
    return root


def python(tree: Path, *arguments: str) -> str:
    """What a fresh Python in the copied tree prints."""
    own = {"PYTHONPATH": str(tree), "NORIA_HOME": str(tree / "var"), "EXTRA_KINDS": "", "STORAGE_URL": "",
           "MLFLOW_TRACKING_URI": "off"}
    done = subprocess.run([sys.executable, *arguments], cwd=tree, env={**os.environ, **own}, capture_output=True, text=True,
                          check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def seen(tree: Path) -> dict[str, object]:
    """What the copied house shows of the new kind after one job of it went through."""
    found: dict[str, object] = json.loads(python(tree, "-c", RUN_IT).splitlines()[-1])
    return found


def test_the_page_shows_one_folder_and_its_test() -> None:
    assert sorted(files_of_the_page()) == [
        "jobs/words/__init__.py", "jobs/words/count.py", "jobs/words/kinds.py", "tests/jobs/words/test_count.py"]


def test_the_new_kind_stands_in_the_catalog_and_in_openapi(seen: dict[str, object]) -> None:
    assert "words.count" in seen["kinds"]
    assert "words.count" in seen["openapi"]
    assert "Shorter words are left out." in seen["openapi"]


def test_a_job_of_the_new_kind_runs_from_http_to_its_result(seen: dict[str, object]) -> None:
    job = seen["job"]

    assert seen["status"] == 202
    assert (job["state"], job["result"]) == ("succeeded", {"words": 4, "longest": "wheel"})
    assert seen["words"] == "a\nwheel\nlifts\nwater"


def test_wrong_params_of_the_new_kind_are_refused_by_field(seen: dict[str, object]) -> None:
    assert seen["refused"]["status"] == 422
    assert [error["field"] for error in seen["refused"]["errors"]] == ["params.shortest"]


def test_the_api_knows_the_new_kind_without_loading_its_work(seen: dict[str, object]) -> None:
    assert "jobs.words.count" not in seen["heavy"]


def test_the_new_kind_is_a_command_with_options_from_its_schema(tree: Path) -> None:
    text = python(tree, "-m", "api.cli", "submit", "words.count", "--help")

    assert "Count the words of a text." in text
    assert "--text" in text
    assert "--shortest" in text


def test_the_tests_that_the_page_shows_are_green(tree: Path) -> None:
    text = python(tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/jobs/words/test_count.py")

    assert "2 passed" in text
