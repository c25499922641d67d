"""The short form of the fuzzing: seconds for each parser; `make security` takes half an hour. And the fuzzing itself."""

import tempfile
import time
from collections.abc import Iterator

import pytest
from hypothesis import strategies as st

from jobs.errors import InputError
from tests.security import fuzzing
from tests.security.fuzzing import Count, fuzz
from tests.security.parsers import Parser, parsers

SECONDS = 1.5


@pytest.fixture(scope="module", autouse=True)
def _own_temporary_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What the parsers put into the temporary folder is removed with the test's."""
    before, tempfile.tempdir = tempfile.tempdir, str(tmp_path_factory.mktemp("fuzz"))
    yield
    tempfile.tempdir = before


@pytest.mark.parametrize("parser", parsers(), ids=lambda parser: parser.name)
def test_no_bytes_break_a_parser_or_keep_it_busy(parser: Parser) -> None:
    count = fuzz(parser, seconds=SECONDS, first_seed=time.time_ns() % 1_000_000)

    assert (count.crashes, count.hangs) == ({}, {})
    assert count.cases > 0


def test_what_breaks_or_hangs_is_counted_once_for_each_place_and_refusals_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def parse(case: int) -> object:
        if case % 4 == 0:
            raise InputError("No.")
        if case % 4 == 1:
            raise KeyError("broken")
        if case % 4 == 2:
            while True:
                pass
        return case

    monkeypatch.setattr(fuzzing, "HANG_S", 0.02)

    count: Count = fuzz(Parser("own", st.integers(0, 100), parse), seconds=2, first_seed=1)

    assert (len(count.crashes), len(count.hangs)) == (1, 1)
    assert 0 < count.refused < count.cases
    assert next(iter(count.crashes)).startswith("KeyError: 'broken' at test_fuzzing.py")
