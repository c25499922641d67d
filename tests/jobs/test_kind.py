import pytest
from pydantic import ValidationError

from jobs.kind import JobKind, Params, Result
from tests.kinds import KINDS, Answer, NoopParams, noop


def test_a_kind_loads_the_function_that_its_text_names() -> None:
    assert KINDS[0].load() is noop


def test_a_misspelt_queue_fails_where_the_kind_is_declared() -> None:
    with pytest.raises(ValueError, match="cpu.slow"):
        JobKind("x", "x", NoopParams, Answer, "m:f", "cpu.slow", 1)  # type: ignore[arg-type]


@pytest.mark.parametrize("limits", [{"time_limit_s": 0}, {"time_limit_s": 1, "max_attempts": 0}])
def test_limits_that_allow_nothing_fail_where_the_kind_is_declared(limits: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="positive"):
        JobKind("x", "x", NoopParams, Answer, "m:f", "cpu", **limits)  # type: ignore[arg-type]


@pytest.mark.parametrize("body", ['{"value": "7"}', '{"value": 1.5}', '{"value": 1, "other": 2}', '{"value": null}', "[]", "NaN"])
def test_params_are_strict_and_refuse_what_they_do_not_know(body: str) -> None:
    with pytest.raises(ValidationError):
        NoopParams.model_validate_json(body)


def test_params_and_results_refuse_what_json_cannot_say() -> None:
    class Ratio(Params):
        value: float

    class Share(Result):
        value: float

    for schema in (Ratio, Share):
        for text in ("NaN", "Infinity"):
            with pytest.raises(ValidationError):
                schema.model_validate_json(f'{{"value": {text}}}')
