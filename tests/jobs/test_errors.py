import pytest

from jobs import errors
from jobs.errors import FieldError, InputError, NoriaError

ALL = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, NoriaError)]


def test_every_error_has_a_stable_code_of_its_own() -> None:
    codes = [e.code for e in ALL]
    assert len(codes) == len(set(codes))
    assert all(c.replace("_", "").isalpha() and c.islower() for c in codes)


@pytest.mark.parametrize("error", ALL)
def test_every_error_carries_its_sentence_and_fields(error: type[NoriaError]) -> None:
    raised = error("A sentence.", fields=(FieldError("params.x", "wrong"),))
    assert (str(raised), raised.message, raised.fields[0].field) == ("A sentence.", "A sentence.", "params.x")
    assert error.title


def test_only_what_may_pass_by_itself_is_retryable() -> None:
    assert not InputError.retryable
    assert {e.code for e in ALL if e.retryable} == {
        "unavailable", "broker_unavailable", "storage_unavailable", "storage_full", "tracking_unavailable", "too_many_requests"}
