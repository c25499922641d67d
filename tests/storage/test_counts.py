"""Counts as they are kept and read; that the stores keep them is in test_queues.py."""

import pytest

from storage.counts import by_kind, run_class


@pytest.mark.parametrize(("run_ms", "bound"), [(0, "0.1"), (100, "0.1"), (101, "1"), (3_600_000, "3600"), (1e9, "+Inf")])
def test_a_run_falls_in_the_least_class_that_holds_it(run_ms: float, bound: str) -> None:
    assert run_class(run_ms) == bound


def test_counts_are_sorted_out_by_kind_and_runs_add_up() -> None:
    found = by_kind({"attempts|a.b": 3, "lost|a.b": 1, "ended|a.b|failed": 2, "runs|a.b|1": 2, "runs|a.b|+Inf": 1, "run_ms|a.b": 9})

    assert (found["a.b"].attempts, found["a.b"].lost, found["a.b"].ended) == (3, 1, {"failed": 2})
    assert found["a.b"].cumulative()[0] == ("0.1", 0.0)
    assert found["a.b"].cumulative()[-2:] == [("14400", 2.0), ("+Inf", 3.0)]
