"""Query strings and headers, read one by one; what is refused stands in test_bad_input."""

import pytest
from flask import Flask

from api import queries
from jobs.errors import InputError

app = Flask("queries")


@pytest.mark.parametrize(("header", "seconds"), [
    ("wait=10", 10), ("WAIT=10", 10), ('wait="10"', 10), (" wait = 10 ; x=y", 10), ("respond-async, wait=5", 5), ("wait=5, wait=9", 5),
    ("wait=60", 60), ("wait=0", 0), ("wait=61", None), ("wait=", None), ("wait", None), ("", None), ("waiting=5", None), ("wait=٣", None),
])
def test_the_wait_of_a_prefer_header_is_read_as_rfc_7240_has_it(header: str, seconds: int | None) -> None:
    with app.test_request_context(headers={"Prefer": header.encode().decode("latin-1")}):
        assert queries.preferred_wait_s() == seconds


@pytest.mark.parametrize(("given", "seconds"), [("0", 0), ("60", 60), ("2.5", 2.5), ("60.0", 60), ("6e1", 60), ("2.5e-213", 2.5e-213), ("-0.0", 0)])
def test_seconds_to_wait_may_have_a_fraction(given: str, seconds: float) -> None:
    with app.test_request_context(f"/?wait={given}"):
        assert queries.wait_s() == seconds


def test_a_label_is_parted_at_its_first_colon() -> None:
    with app.test_request_context("/?label=team:north:west&limit=7"):
        found = queries.job_filter()

    assert (found.label, found.limit, found.kind, found.state, found.cursor) == (("team", "north:west"), 7, None, None, None)


def test_last_event_id_goes_before_the_parameter() -> None:
    with app.test_request_context("/?after=1", headers={"Last-Event-ID": "25"}):
        assert queries.event_id() == "25"
    with app.test_request_context("/?after=1", headers={"Last-Event-ID": ""}), pytest.raises(InputError):
        queries.event_id()  # no EventSource sends it, and the server hands over bytes that are no text as this


def test_a_parameter_that_the_header_goes_before_has_to_be_valid_all_the_same() -> None:
    with app.test_request_context("/?after=", headers={"Last-Event-ID": "25"}), pytest.raises(InputError, match="after"):
        queries.event_id()


@pytest.mark.parametrize("value", ["1" * 16, "9" * 19, "1-1", "-1", "1-", "٣", "1\n"])
def test_an_event_id_that_no_store_could_have_given_is_refused(value: str) -> None:
    with app.test_request_context(query_string={"after": value}), pytest.raises(InputError):
        queries.event_id()
