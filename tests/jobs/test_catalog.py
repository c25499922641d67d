import pytest

from jobs.catalog import find_kind, kinds
from jobs.errors import NotFound


def test_the_catalog_holds_every_domain_and_the_extra_kinds() -> None:
    assert {"forecasting.train", "forecasting.predict", "test.noop"} <= set(kinds())


def test_an_unknown_kind_is_answered_with_those_there_are() -> None:
    with pytest.raises(NotFound, match=r"forecasting\.train"):
        find_kind("nothing")
