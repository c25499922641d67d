"""A typical training's tracking calls, and what must be in MLflow afterwards."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tracking.runs import RunLog

START_MS = 1_700_000_000_000
POINTS, PARAMS, TAGS, ARTIFACTS = 2000, 30, 10, 5


def clock() -> float:
    """Seconds on the wall, without those in which this thread could have run and other programs had the processor."""
    try:
        waited_ns = int(Path("/proc/thread-self/schedstat").read_text().split()[1])
    except OSError:
        waited_ns = 0
    return time.perf_counter() - waited_ns / 1e9


def track(run: RunLog, name: str, halfway: Callable[[], Any] = lambda: None) -> float:
    """Make the calls of a typical training; gives the seconds that they took together. `halfway` is not counted."""
    began = clock()
    for i in range(PARAMS):
        run.param(f"param_{i}", i)
    for i in range(TAGS):
        run.tag(f"tag_{i}", f"value {i}")
    for i in range(POINTS // 2):
        run.metric(f"loss_{i % 4}", i / 7, i // 4, at_ms=START_MS + i)
    spent = clock() - began
    halfway()
    began = clock()
    for i in range(POINTS // 2, POINTS):
        run.metric(f"loss_{i % 4}", i / 7, i // 4, at_ms=START_MS + i)
    for i in range(ARTIFACTS):
        run.artifact(f"tables/{i}.csv", key=f"jobs/1/{i}.csv")
    run.model(f"xgboost_{name}", flavor="xgboost", key="blob/x", file="model.ubj", noria_version=1, promote=True)
    run.model(f"prophet_{name}", flavor="prophet", key="blob/p", file="model.json", noria_version=1, promote=True)
    run.end("FINISHED", at_ms=START_MS + 5000)
    return spent + clock() - began


def assert_whole(client: Any, run: Any, name: str) -> None:
    """Everything of `track` is in MLflow, with the times at which it happened."""
    assert run.info.status == "FINISHED"
    assert (run.info.start_time, run.info.end_time) == (START_MS, START_MS + 5000)
    assert {k: v for k, v in run.data.params.items() if k.startswith("param_")} == {f"param_{i}": str(i) for i in range(PARAMS)}
    assert {k: v for k, v in run.data.tags.items() if k.startswith("tag_")} == {f"tag_{i}": f"value {i}" for i in range(TAGS)}
    for m in range(4):
        history = client.get_metric_history(run.info.run_id, f"loss_{m}")
        assert len(history) == POINTS // 4
        assert {(p.step, p.timestamp, p.value) for p in history} == {(i // 4, START_MS + i, i / 7) for i in range(m, POINTS, 4)}
    listed = client.list_artifacts(run.info.run_id, "tables")
    assert [a.path for a in listed] == [f"tables/{i}.csv" for i in range(ARTIFACTS)]
    for model in (f"xgboost_{name}", f"prophet_{name}"):
        assert len(client.search_model_versions(f"name = '{model}'")) == 1
        champion = client.get_model_version_by_alias(model, "champion")
        assert (champion.run_id, champion.tags["noria_version"]) == (run.info.run_id, "1")
