"""The alert rules speak of numbers that /metrics gives, and the docs explain all of these."""

import re
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from api.app import create_app
from jobs.settings import load_settings
from storage.job_store import End
from storage.memory_jobs import MemoryJobStore
from storage.objects import open_store
from tests.architecture.tree import ROOT


@pytest.fixture
def exposed(tmp_path: Path) -> dict[str, set[str]]:
    """The labels of each metric, by its name, of an API with a worker and a job that ended."""
    settings, jobs = load_settings({"NORIA_HOME": str(tmp_path), "EXTRA_KINDS": "tests.kinds"}), MemoryJobStore()
    jobs.report_worker("cpu@here", {"queues": ["cpu"], "disk_free_bytes": 1, "clock_ahead_s": 0.1,
                                    "tracking": {"backlog": 1, "dead": 0}}, ttl_s=60)
    client = create_app(settings, jobs=jobs, objects=open_store(settings.objects_url)).test_client()
    for key in ("a", "a"):
        job = client.post("/v1/jobs", json={"kind": "test.noop"}, headers={"Idempotency-Key": key}).json
    jobs.acquire(job["id"], worker="cpu@here", lease_s=0.001)
    jobs.advance(1)
    jobs.reap(lease_s=0.001)
    running = jobs.acquire(job["id"], worker="cpu@here", lease_s=60)
    assert running
    jobs.move(running.id, running.fence, End("failed", error={"code": "x"}))
    labels: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(client.get("/metrics").text):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        if name.endswith("_created"):  # prometheus-client's own companions of counters
            continue
        labels[name] = {label for sample in family.samples for label in sample.labels} - {"le"}
    return {name: found for name, found in labels.items() if name.startswith("noria_")}


def rules() -> list[dict[str, str]]:
    groups = yaml.safe_load((ROOT / "deploy" / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def test_every_number_that_a_rule_asks_for_is_exposed_with_the_labels_that_it_speaks_of(exposed: dict[str, set[str]]) -> None:
    for rule in rules():
        asked = re.findall(r"noria_\w+", rule["expr"])
        spoken = set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"]))) | set(re.findall(r"(\w+)=\"|by \((\w+)\)", rule["expr"]))

        assert asked, rule
        assert set(asked) <= set(exposed), rule
        assert {label for found in spoken for label in ([found] if isinstance(found, str) else found) if label} <= set.intersection(
            *(exposed[name] for name in asked)), rule


def test_every_number_is_explained_with_its_labels(exposed: dict[str, set[str]]) -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`noria_[^|]+) \|([^|]*)\|", page, flags=re.MULTILINE)
    explained = {name: set(re.findall(r"\w+", labels)) for names, labels in rows for name in re.findall(r"`(noria_\w+)`", names)}

    assert explained == exposed


def test_every_rule_has_a_name_of_its_own_and_says_what_is_wrong() -> None:
    found = rules()

    assert len({rule["alert"] for rule in found}) == len(found)
    assert all(rule["annotations"]["summary"] for rule in found)  # type: ignore[index]
