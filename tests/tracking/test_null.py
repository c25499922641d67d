"""Tracking that goes nowhere."""

import inspect

from tests.tracking import training
from tracking.null import NullRun
from tracking.runs import RunLog, SpoolRun


def test_a_null_run_takes_all_calls_of_a_training() -> None:
    assert training.track(NullRun(), "nothing") < 0.05


def test_both_runs_have_the_calls_of_the_protocol() -> None:
    # given
    promised = {name: inspect.signature(f) for name, f in vars(RunLog).items() if inspect.isfunction(f) and name[0] != "_"}
    # then
    for kind in (NullRun, SpoolRun):
        assert {name: inspect.signature(getattr(kind, name)) for name in promised} == promised
