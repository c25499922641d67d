"""Days in figures and near weekdays; the other wordings are tested with the grammar that finds them."""

import re
from datetime import date

import pytest

from jobs.forecasting.question_dates import (
    When,
    day_first_in,
    day_in_figures,
    iso_day,
    month_in_figures,
    unit_of,
    weekday,
)

TODAY = date(2026, 11, 26)  # a Thursday


def figures(text: str) -> re.Match[str]:
    found = re.fullmatch(".*", text)
    assert found
    return found


def test_the_order_of_day_and_month_is_the_countrys_unless_one_is_above_twelve():
    assert day_in_figures(figures("3/4/2027"), When(TODAY)).start == date(2027, 4, 3)
    assert day_in_figures(figures("3/4/2027"), When(TODAY, day_first=False)).start == date(2027, 3, 4)
    assert day_in_figures(figures("25/4/27"), When(TODAY, day_first=False)).start == date(2027, 4, 25)
    assert day_in_figures(figures("4.25.2027"), When(TODAY)).start == date(2027, 4, 25)


def test_iso_days_and_months_are_read_as_they_stand():
    assert iso_day(figures("2026-1-5"), When(TODAY)).start == date(2026, 1, 5)
    assert month_in_figures(figures("02/2028"), When(TODAY)).end == date(2028, 2, 29)


def test_a_day_that_does_not_exist_is_an_error():
    with pytest.raises(ValueError, match="day"):
        day_in_figures(figures("31/2/2027"), When(TODAY))


@pytest.mark.parametrize(("text", "past", "day"), [
    ("viernes", False, "2026-11-27"), ("viernes", True, "2026-11-20"), ("thursday", False, "2026-12-03"), ("thursday", True, "2026-11-19"),
    ("last monday", False, "2026-11-23"), ("next monday", True, "2026-11-30")])
def test_a_weekday_is_the_next_one_or_the_last_one(text, past, day):
    found = re.fullmatch(r"(?:last |next )?(?P<name>\w+)", text)
    assert found

    assert str(weekday(found, When(TODAY, past=past)).start) == day


def test_units_have_names_in_both_languages():
    assert [unit_of(word) for word in ("semanas", "month", "trimestre", "quincena", "years")] == [
        "week", "month", "quarter", "fortnight", "year"]


@pytest.mark.parametrize(("text", "usual", "first"), [
    ("10/01/2026 - 10/31/2026", True, False), ("01/10/2026 al 31/10/2026", False, True), ("1/2/2026", True, True), ("1/2/2026", False, False)])
def test_days_stand_first_in_all_figures_if_they_do_in_one(text, usual, first):
    assert day_first_in(text, usual=usual) is first
