"""Rows of sales that are hardly right: which, and what is said of them."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from storage.doubtful_rows import Huge, Later, find_huge, find_later, upload_day

DAY = date(2026, 11, 27)


def found(dates: list[date], day: date = DAY, kept: list[bool] | None = None) -> tuple[Later | None, list[bool]]:
    used = pl.Series(kept if kept is not None else [True] * len(dates))
    later, left = find_later(pl.Series(dates), pl.Series([f"a{n}" for n in range(len(dates))]), used, 2, day)
    return later, left.to_list()


def days(count: int, last: date = DAY) -> list[date]:
    return [last - timedelta(days=n) for n in range(count)]


def test_the_day_of_an_upload_is_the_latest_that_it_is_anywhere():
    morning, noon = (int(datetime(2026, 11, 27, hour, tzinfo=UTC).timestamp() * 1000) for hour in (9, 11))

    assert (upload_day(morning), upload_day(noon)) == (DAY, DAY + timedelta(days=1))


@pytest.mark.parametrize(("rows", "late", "left_out"), [(9, 1, True), (198, 2, True), (99, 2, False), (0, 5, False)])
def test_later_rows_are_left_out_if_there_is_one_or_they_are_one_in_a_hundred(rows: int, late: int, left_out: bool):
    later, used = found([*days(rows), *([date(2062, 11, 26)] * late)])

    assert later == Later(late, rows + 2, f"a{rows}", date(2062, 11, 26), left_out)
    assert used == [True] * rows + [not left_out] * late


def test_what_is_not_dated_later_is_used_as_before():
    assert found(days(3), kept=[True, False, True]) == (None, [True, False, True])
    assert found([*days(2), date(2062, 1, 1)], kept=[True, True, False]) == (None, [True, True, False])


@pytest.mark.parametrize(("ends", "under_way", "later"), [
    ([date(2026, 9, 30), date(2026, 10, 31)], date(2026, 11, 30), date(2026, 12, 31)),
    ([date(2026, 11, 15), date(2026, 11, 22)], date(2026, 11, 29), date(2026, 12, 6)),
    ([date(2026, 6, 30), date(2026, 9, 30)], date(2026, 12, 31), date(2027, 3, 31))], ids=["months", "weeks", "quarters"])
def test_the_sum_of_a_period_under_way_may_bear_its_last_day(ends: list[date], under_way: date, later: date):
    assert found([*ends, under_way])[0] is None
    assert found([*ends, under_way, later])[0] == Later(1, 5, "a3", later, left_out=True)


def test_a_sentence_says_how_many_which_is_the_first_and_what_to_do():
    assert Later(2, 57, "A-1", date(2062, 11, 26), left_out=True).sentence() == (
        "Left out: 2 rows dated after the day of the upload. The first is row 57 (item A-1, 2062-11-26): is the year right? Mend it and upload "
        "again.")
    assert Later(1200, 2, "A-1", date(2027, 1, 1), left_out=False).sentence() == (
        "Dated after the day of the upload: 1,200 rows. They are kept, since they are more than 1 % of all. The first is row 2 (item A-1, "
        "2027-01-01): unless that is meant, mend the dates and upload again.")


def huge(quantities: list[float | None], used: list[bool] | None = None) -> Huge | None:
    items = pl.Series([f"a{n}" for n in range(len(quantities))])
    return find_huge(pl.Series(quantities), items, pl.Series(used or [True] * len(quantities)), 2)


def test_a_quantity_of_more_than_a_thousand_times_the_next_one_is_found():
    assert huge([3.0, None, 8412345678905.0, -4.0]) == Huge(4, "a2", 8412345678905.0)
    assert huge([-4001.0, 4.0]) == Huge(2, "a0", -4001.0)


@pytest.mark.parametrize("quantities", [[4000.0, 4.0], [5000.0, 0.0, 0.0], [5000.0], [5000.0, 5000.0, 1.0], [None, 1.0], [5000.0, -5.0, 1.0]])
def test_a_large_quantity_that_another_one_comes_near_to_is_none(quantities: list[float | None]):
    assert huge(quantities) is None


def test_only_rows_that_are_used_are_compared():
    assert huge([4.0, 5000.0, 3.0], [True, False, True]) is None
    assert huge([5000.0, 5000.0, 3.0], [True, False, True]) == Huge(2, "a0", 5000.0)


def test_a_huge_quantity_is_said_as_it_is_written():
    assert Huge(57, "A-1", 8412345678905.0).sentence() == (
        "The quantity in row 57 (item A-1) is 8412345678905, more than 1,000 times the next largest: it counts as it is. If it is wrong, mend "
        "it and upload again.")
    assert "is -5000.5, more" in Huge(57, "A-1", -5000.5).sentence()
