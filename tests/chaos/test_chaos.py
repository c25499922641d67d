"""The short form of `make chaos`: one stack, broken for less than two minutes."""

import time
from pathlib import Path

import pytest

from tests.chaos.rounds import run_round


@pytest.mark.slow
@pytest.mark.timeout(420)
def test_a_stack_that_is_broken_under_load_loses_nothing_and_does_nothing_twice(tmp_path: Path) -> None:
    report = run_round(time.time_ns() % 1_000_000, jobs=60, faults=10, s3=False, real=False, folder=tmp_path, time_limit_s=40)

    print(report)
    assert report.violations == {}, str(report)
    assert report.faults.total() > 0
