"""The alert rules speak of numbers that /metrics gives."""

import re
from pathlib import Path

import yaml

from api.app import create_app
from jobs.settings import load_settings
from storage.memory_jobs import MemoryJobStore
from storage.objects import open_store
from tests.architecture.tree import ROOT


def exposed(tmp_path: Path) -> tuple[set[str], set[str]]:
    """Names of metrics, and of labels, of an API without any job but with a worker."""
    settings, jobs = load_settings({"NORIA_HOME": str(tmp_path)}), MemoryJobStore()
    jobs.report_worker("cpu@here", {"queues": ["cpu"], "disk_free_bytes": 1, "tracking": {"backlog": 1, "dead": 0}}, ttl_s=60)
    app = create_app(settings, jobs=jobs, objects=open_store(settings.objects_url))
    text = app.test_client().get("/metrics").text
    return set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE)), set(re.findall(r"[{,](\w+)=", text))


def rules() -> list[dict[str, str]]:
    groups = yaml.safe_load((ROOT / "deploy" / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def test_every_number_that_a_rule_asks_for_is_exposed(tmp_path: Path) -> None:
    names, _ = exposed(tmp_path)

    asked = {name for rule in rules() for name in re.findall(r"noria_\w+", rule["expr"])}

    assert len(asked) >= 8
    assert asked <= names


def test_every_rule_has_a_name_of_its_own_and_says_what_is_wrong() -> None:
    found = rules()

    assert len({rule["alert"] for rule in found}) == len(found)
    assert all(rule["annotations"]["summary"] for rule in found)  # type: ignore[index]
