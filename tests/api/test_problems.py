"""The one table from errors to statuses, and what a bug looks like from outside."""

from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from api.problems import STATUS, status_of
from jobs import errors
from tests.api.conftest import Api


def all_errors(root: type[errors.NoriaError] = errors.NoriaError) -> Iterator[type[errors.NoriaError]]:
    yield root
    for below in root.__subclasses__():
        if below.__module__ == errors.__name__:
            yield from all_errors(below)


@pytest.mark.parametrize(("error", "status"), [
    (errors.InputError, 422), (errors.DatasetUnusable, 422), (errors.DataError, 422), (errors.IdempotencyKeyReused, 422),
    (errors.NotFound, 404), (errors.Conflict, 409), (errors.TooLarge, 413), (errors.Unauthorized, 401), (errors.TooManyRequests, 429),
    (errors.BrokerUnavailable, 503), (errors.StorageUnavailable, 503), (errors.TrackingUnavailable, 503), (errors.LeaseLost, 500),
])
def test_an_error_has_the_status_of_its_class_or_of_the_nearest_above(error: type[errors.NoriaError], status: int) -> None:
    assert status_of(error) == status


def test_every_error_there_is_has_a_status(api: Api) -> None:
    assert all(status_of(error) in set(STATUS.values()) for error in all_errors())


@pytest.mark.parametrize("error", list(all_errors()), ids=lambda e: e.__name__)
def test_every_error_becomes_a_problem_with_its_code(api: Api, error: type[errors.NoriaError]) -> None:
    @api.app.get("/raise")
    def fail() -> None:
        raise error("Something to act on.", fields=(errors.FieldError("params.x", "is wrong"),), retry_after_s=7.4)

    answer = api.client.get("/raise")

    assert (answer.status_code, answer.mimetype) == (status_of(error), "application/problem+json")
    if answer.status_code < 500 or answer.status_code == 503:
        assert (answer.json["code"], answer.json["detail"], answer.json["instance"]) == (error.code, "Something to act on.", "/raise")
        assert answer.json["errors"] == [{"field": "params.x", "message": "is wrong"}]
        assert answer.headers["Retry-After"] == "7"


def test_a_bug_says_nothing_outside_and_everything_in_the_log(api: Api) -> None:
    @api.app.get("/bug")
    def bug() -> None:
        raise RuntimeError("secret at /var/lib/noria on host-17")

    with capture_logs() as lines:
        answer = api.client.get("/bug", headers={"X-Request-Id": "find-me"})

    assert (answer.status_code, answer.json["code"], answer.headers["X-Request-Id"]) == (500, "internal", "find-me")
    assert not any(word in answer.text for word in ("secret", "/var/lib", "host-17", "RuntimeError"))
    crash = next(line for line in lines if line["event"] == "request crashed")
    assert "secret" in str(crash["exc_info"])


def test_503_and_429_always_say_when_to_come_back(api: Api) -> None:
    for error, path in ((errors.Unavailable, "/a"), (errors.TooManyRequests, "/b")):
        def fail(error=error) -> None:
            raise error("Later.")
        api.app.add_url_rule(path, path, fail)

    for path in ("/a", "/b"):
        assert int(api.client.get(path).headers["Retry-After"]) >= 1
