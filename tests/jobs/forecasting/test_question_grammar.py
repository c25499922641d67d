"""The wordings of periods, each with the days that a calendar gives it on 26 November 2026, a Thursday."""

from datetime import date

import pytest

from jobs.forecasting.question_dates import When
from jobs.forecasting.question_grammar import read_periods
from jobs.forecasting.question_text import tokens

TODAY = date(2026, 11, 26)
EITHER = [
    ("el próximo mes", "2026-12-01", "2026-12-31"), ("el mes que viene", "2026-12-01", "2026-12-31"), ("next month", "2026-12-01", "2026-12-31"),
    ("el mes entrante", "2026-12-01", "2026-12-31"), ("el otro mes", "2026-12-01", "2026-12-31"), ("the coming month", "2026-12-01", "2026-12-31"),
    ("los próximos 3 meses", "2026-12-01", "2027-02-28"), ("next six months", "2026-12-01", "2027-05-31"), ("próximo trimestre", "2027-01-01", "2027-03-31"),
    ("next quarter", "2027-01-01", "2027-03-31"), ("la semana que viene", "2026-11-30", "2026-12-06"), ("next week", "2026-11-30", "2026-12-06"),
    ("next 10 days", "2026-11-26", "2026-12-06"), ("las próximas dos semanas", "2026-11-26", "2026-12-10"), ("next year", "2027-01-01", "2027-12-31"),
    ("el mes pasado", "2026-10-01", "2026-10-31"), ("last quarter", "2026-07-01", "2026-09-30"), ("los últimos 3 meses", "2026-08-01", "2026-10-31"),
    ("last 30 days", "2026-10-27", "2026-11-26"), ("last week", "2026-11-16", "2026-11-22"), ("el año pasado", "2025-01-01", "2025-12-31"),
    ("hace dos meses", "2026-09-01", "2026-09-30"), ("three weeks ago", "2026-11-02", "2026-11-08"), ("el mes antepasado", "2026-09-01", "2026-09-30"),
    ("the week before last", "2026-11-09", "2026-11-15"), ("the month after next", "2027-01-01", "2027-01-31"),
    ("este mes", "2026-11-01", "2026-11-30"), ("this week", "2026-11-23", "2026-11-29"), ("el trimestre actual", "2026-10-01", "2026-12-31"),
    ("lo que va del año", "2026-01-01", "2026-11-26"), ("so far this month", "2026-11-01", "2026-11-26"), ("year to date", "2026-01-01", "2026-11-26"),
    ("lo que va de noviembre", "2026-11-01", "2026-11-26"), ("so far in November", "2026-11-01", "2026-11-26"),
    ("lo que va de octubre", "2026-10-01", "2026-10-31"),
    ("lo que va de 2026", "2026-01-01", "2026-11-26"), ("2026 to date", "2026-01-01", "2026-11-26"), ("2025 so far", "2025-01-01", "2025-12-31"),
    ("1/2 octubre de 2026", "2026-10-01", "2026-10-31"), ("codo 1/2 de octubre de 2026", "2026-10-01", "2026-10-31"),
    ("resto del mes", "2026-11-26", "2026-11-30"), ("rest of the year", "2026-11-26", "2026-12-31"), ("hoy", "2026-11-26", "2026-11-26"),
    ("mañana", "2026-11-27", "2026-11-27"), ("pasado mañana", "2026-11-28", "2026-11-28"), ("day before yesterday", "2026-11-24", "2026-11-24"),
    ("2025", "2025-01-01", "2025-12-31"), ("marzo de 2027", "2027-03-01", "2027-03-31"), ("March 2027", "2027-03-01", "2027-03-31"),
    ("marzo del año pasado", "2025-03-01", "2025-03-31"), ("March next year", "2027-03-01", "2027-03-31"), ("last March", "2026-03-01", "2026-03-31"),
    ("diciembre pasado", "2025-12-01", "2025-12-31"), ("next January", "2027-01-01", "2027-01-31"), ("Q3 2025", "2025-07-01", "2025-09-30"),
    ("primer trimestre del próximo año", "2027-01-01", "2027-03-31"), ("last quarter of 2025", "2025-10-01", "2025-12-31"),
    ("H1 2027", "2027-01-01", "2027-06-30"), ("segundo semestre de 2025", "2025-07-01", "2025-12-31"), ("semana 50 de 2026", "2026-12-07", "2026-12-13"),
    ("15 de enero de 2027", "2027-01-15", "2027-01-15"), ("January 15th, 2027", "2027-01-15", "2027-01-15"), ("2027-01-15", "2027-01-15", "2027-01-15"),
    ("15/01/2027", "2027-01-15", "2027-01-15"), ("01/2027", "2027-01-01", "2027-01-31"), ("this weekend", "2026-11-28", "2026-11-29"),
    ("próxima quincena", "2026-12-01", "2026-12-15"), ("next fortnight", "2026-11-26", "2026-12-10"), ("fin de mes", "2026-11-30", "2026-11-30"),
    ("the end of next month", "2026-12-31", "2026-12-31"), ("del 1 al 15 de este mes", "2026-11-01", "2026-11-15"),
]
BY_TENSE = [
    ("what does march look like", ("2027-03-01", "2027-03-31"), ("2026-03-01", "2026-03-31")),
    ("marzo", ("2027-03-01", "2027-03-31"), ("2026-03-01", "2026-03-31")), ("noviembre", ("2026-11-01", "2026-11-30"), ("2026-11-01", "2026-11-30")),
    ("diciembre", ("2026-12-01", "2026-12-31"), ("2025-12-01", "2025-12-31")), ("Q3", ("2027-07-01", "2027-09-30"), ("2026-07-01", "2026-09-30")),
    ("primer semestre", ("2027-01-01", "2027-06-30"), ("2026-01-01", "2026-06-30")),
    ("del 1 al 15 de diciembre", ("2026-12-01", "2026-12-15"), ("2025-12-01", "2025-12-15")),
    ("Dec 1 to 15", ("2026-12-01", "2026-12-15"), ("2025-12-01", "2025-12-15")),
    ("primera quincena de diciembre", ("2026-12-01", "2026-12-15"), ("2025-12-01", "2025-12-15")),
    ("3 meses", ("2026-12-01", "2027-02-28"), ("2026-08-01", "2026-10-31")), ("in two weeks", ("2026-11-26", "2026-12-10"), ("2026-11-12", "2026-11-26")),
    ("a 30 días", ("2026-11-26", "2026-12-26"), ("2026-10-27", "2026-11-26")), ("in May", ("2027-05-01", "2027-05-31"), ("2026-05-01", "2026-05-31")),
    ("5 de mayo", ("2027-05-05", "2027-05-05"), ("2026-05-05", "2026-05-05")),
]


def days(text: str, *, past: bool = False) -> list[tuple[str, str] | None]:
    found = read_periods(" ".join(tokens(text)), When(TODAY, past=past))
    return [(str(f.span.start), str(f.span.end)) if f.span else None for f in found]


@pytest.mark.parametrize(("text", "start", "end"), EITHER)
def test_a_wording_stands_for_its_days_whichever_way_the_question_looks(text, start, end):
    assert days(text) == [(start, end)]
    assert days(text, past=True) == [(start, end)]


@pytest.mark.parametrize(("text", "future", "past"), BY_TENSE)
def test_a_wording_without_a_year_is_the_next_one_or_the_last_one(text, future, past):
    assert days(text) == [future]
    assert days(text, past=True) == [past]


@pytest.mark.parametrize(("text", "found"), [
    ("los mas vendidos del mes", [("2026-11-01", "2026-11-30")]), ("sales of the week", [("2026-11-23", "2026-11-29")]),
    ("top del año en pinturas", [("2026-01-01", "2026-12-31")]), ("la primera semana del mes", [None]), ("pinturas del mes de la madre", []),
    ("until christmas", [("2026-12-25", "2026-12-25")]), ("antes de nochebuena", [("2026-12-24", "2026-12-24")]), ("christmas tree", []),
    ("before new year's eve", [("2026-12-31", "2026-12-31")]), ("antes de año nuevo", [("2027-01-01", "2027-01-01")]), ("new year cards", [])])
def test_a_month_of_which_something_is_asked_is_this_one_and_feasts_are_bounds(text, found):
    assert days(text) == found


@pytest.mark.parametrize("text", ["may I see the list", "march on", "mar adentro", "set of brakes", "what may look good"])
def test_words_that_look_like_periods_are_none(text):
    assert days(text) == []


@pytest.mark.parametrize("text", ["31 de febrero", "2026-13-01", "30/02/2027", "February 30, 2027", "99/99/2026", "next 9999 months"])
def test_days_that_no_calendar_has_are_found_but_mean_nothing(text):
    assert days(text) == [None]


def test_several_periods_are_read_from_left_to_right():
    assert days("compara enero de 2026 con el mes pasado y 2025") == [
        ("2026-01-01", "2026-01-31"), ("2026-10-01", "2026-10-31"), ("2025-01-01", "2025-12-31")]


@pytest.mark.parametrize("text", [
    "over the summer", "en navidad", "early October", "a principios de octubre", "esta mañana", "last night", "on Saturdays", "cada sábado",
    "at weekends", "los últimos días", "the last few weeks", "hasta la fecha", "this time last year", "mes y medio", "48 horas"])
def test_times_without_days_of_their_own_are_found_and_have_no_days(text):
    assert [one.span for one in read_periods(" ".join(tokens(text)), When(TODAY, past=True))] == [None]


@pytest.mark.parametrize(("text", "past", "first", "last"), [
    ("los primeros 10 días de octubre", True, "2026-10-01", "2026-10-10"), ("the last 5 days of May", True, "2026-05-27", "2026-05-31"),
    ("el día 20", True, "2026-11-20", "2026-11-20"), ("on the 5th", False, "2026-12-05", "2026-12-05"), ("el 31", True, "2026-10-31", "2026-10-31"),
    ("el fin de semana", True, "2026-11-21", "2026-11-22"), ("mondays", True, "2026-11-23", "2026-11-23"),
    ("since the beginning of October", True, "2026-10-01", "2026-10-31"), ("semestre 1", True, "2026-01-01", "2026-06-30")])
def test_days_and_parts_of_near_months(text, past, first, last):
    found = [one.span for one in read_periods(" ".join(tokens(text)), When(TODAY, past=past)) if one.span]

    assert [(str(span.start), str(span.end)) for span in found] == [(first, last)]
