"""Ranges, "until" and "since", and the two periods of a comparison, on 26 November 2026."""

from datetime import date

import pytest

from jobs.forecasting.question_dates import When
from jobs.forecasting.question_periods import take_periods
from jobs.forecasting.question_text import tokens

TODAY = date(2026, 11, 26)


def taken(text: str, *, past: bool = False, comparing: bool = False):
    return take_periods(" ".join(tokens(text)), When(TODAY, past=past), comparing=comparing)


def shown(span) -> str | None:
    return f"{span.start}..{span.end}" if span else None


@pytest.mark.parametrize(("text", "past", "days"), [
    ("de enero a marzo de 2027", False, "2027-01-01..2027-03-31"), ("from January to March 2027", False, "2027-01-01..2027-03-31"),
    ("de noviembre a enero de 2027", False, "2026-11-01..2027-01-31"), ("de diciembre a febrero", False, "2026-12-01..2027-02-28"),
    ("de diciembre a febrero", True, "2025-12-01..2026-02-28"), ("entre enero y marzo", True, "2026-01-01..2026-03-31"),
    ("between 15 October and 15 November", True, "2026-10-15..2026-11-15"), ("enero a marzo", False, "2027-01-01..2027-03-31"),
    ("desde hoy hasta el 5 de diciembre", False, "2026-11-26..2026-12-05"), ("del 15 de diciembre al 15 de enero", False, "2026-12-15..2027-01-15"),
    ("hasta fin de año", False, "2026-11-26..2026-12-31"), ("hasta el 24 de diciembre", False, "2026-11-26..2026-12-24"),
    ("before December 26", False, "2026-11-26..2026-12-25"), ("antes de diciembre", False, "2026-11-26..2026-11-30"),
    ("until Friday", False, "2026-11-26..2026-11-27"), ("by the end of the month", False, "2026-11-26..2026-11-30"),
    ("desde junio", True, "2026-06-01..2026-11-26"), ("since March 3", True, "2026-03-03..2026-11-26"), ("enero y febrero", True, "2026-01-01..2026-02-28"),
    ("para fin de mes", False, "2026-11-26..2026-11-30"), ("ventas de 2025 a 2026", True, "2025-01-01..2026-12-31")])
def test_ranges_and_bounds_become_one_period(text, past, days):
    assert shown(taken(text, past=past).first) == days


@pytest.mark.parametrize(("text", "first", "second"), [
    ("este mes con el mes pasado", "2026-11-01..2026-11-30", "2026-10-01..2026-10-31"),
    ("last month with this month", "2026-10-01..2026-10-31", "2026-11-01..2026-11-30"),
    ("enero contra febrero", "2026-01-01..2026-01-31", "2026-02-01..2026-02-28"),
    ("octubre con octubre de 2025", "2026-10-01..2026-10-31", "2025-10-01..2025-10-31"),
    ("enero y febrero de 2025", "2025-01-01..2025-01-31", "2025-02-01..2025-02-28"),
    ("better than last year", "2026-01-01..2026-12-31", "2025-01-01..2025-12-31"),
    ("mas que en octubre", "2026-11-01..2026-11-30", "2026-10-01..2026-10-31"),
    ("septiembre con el mismo mes del año anterior", "2026-09-01..2026-09-30", "2025-09-01..2025-09-30"),
    ("this month vs the same month in 2024", "2026-11-01..2026-11-30", "2024-11-01..2024-11-30"),
    ("este mes frente al mismo período del mes pasado", "2026-11-01..2026-11-30", "2026-10-01..2026-10-31"),
    ("this quarter vs last", "2026-10-01..2026-12-31", "2026-07-01..2026-09-30"),
    ("last week versus the week before", "2026-11-16..2026-11-22", "2026-11-09..2026-11-15"),
    ("septiembre con el mes anterior", "2026-09-01..2026-09-30", "2026-08-01..2026-08-31"),
    ("octubre frente al año pasado", "2026-10-01..2026-10-31", "2025-10-01..2025-10-31"),
    ("de enero a marzo de 2026 con de enero a marzo de 2025", "2026-01-01..2026-03-31", "2025-01-01..2025-03-31"),
    ("como va este mes", "2026-11-01..2026-11-30", "2026-10-01..2026-10-31")])
def test_a_comparison_has_the_period_named_first_or_the_current_one_and_the_other(text, first, second):
    made = taken(text, past=True, comparing=True)

    assert (shown(made.first), shown(made.second)) == (first, second)


def test_what_is_read_leaves_the_sentence():
    assert taken("ventas de cemento en marzo de 2027").rest == "ventas de cemento en |"


def test_an_inner_period_stands_for_the_outer_one():
    assert shown(taken("en marzo cuanto vendi el año pasado 2025", past=True).first) is None
    assert shown(taken("ventas de 2026 en octubre de 2026", past=True).first) == "2026-10-01..2026-10-31"


@pytest.mark.parametrize("text", ["el 31 de febrero", "de marzo de 2027 a enero de 2026", "ventas de enero de 2020 y de marzo de 2024"])
def test_periods_that_cannot_be_one_are_unclear(text):
    made = taken(text, past=True)

    assert (made.first, len(made.unclear)) == (None, 1)


@pytest.mark.parametrize("text", ["ventas de marzo y junio", "ventas antes de octubre", "ventas hasta hoy", "sales before last month"])
def test_two_months_that_lie_apart_and_a_time_without_a_beginning_are_no_period(text):
    made = taken(text, past=True)

    assert made.first is None
    assert made.unclear


@pytest.mark.parametrize(("text", "first", "second"), [
    ("octubre y septiembre de 2026", "2026-09-01..2026-10-31", None), ("no se mueve hace 3 meses", "2026-08-01..2026-11-26", None),
    ("ventas de la semana vs la anterior", "2026-11-23..2026-11-29", "2026-11-16..2026-11-22"),
    ("last 30 days vs the 30 days before", "2026-10-27..2026-11-26", "2026-09-26..2026-10-26"),
    ("enero de 2026 vs 2025", "2026-01-01..2026-01-31", "2025-01-01..2025-01-31"),
    ("ayer con el mismo dia de la semana pasada", "2026-11-25..2026-11-25", "2026-11-18..2026-11-18")])
def test_neighbours_are_one_period_and_the_other_of_two_is_the_one_before(text, first, second):
    made = taken(text, past=True, comparing=second is not None)

    assert (shown(made.first), shown(made.second)) == (first, second)
