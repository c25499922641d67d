"""What the wordings of `question_grammar.py` mean: each reader turns a match into the days that it stands for.

The conventions are those of the HTTP contract: "next month, quarter, N months" are whole calendar periods after the current
one; "in N days, weeks" is today to today + N, both included, and "last N days, weeks" today - N to today; weeks start on Monday;
a month without a year is the next one for the future and the last one for the past.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from jobs.forecasting.question_calendar import Span, Unit, unit_span
from jobs.forecasting.question_numbers import count_of
from jobs.forecasting.question_words import MONTHS, WEEKDAYS

UNIT_WORDS: dict[Unit, str] = {
    "day": "dias?|days?", "week": "semanas?|weeks?", "fortnight": "quincenas?|fortnights?", "month": "mes|meses|months?",
    "bimester": "bimestres?", "quarter": "trimestres?|quarters?", "half": "semestres?|half years?", "year": "anos?|years?"}
NEXT_YEAR = (r"(?:el )?(?:proximo|siguiente|otro) ano|(?:el )?ano (?:que viene|entrante|proximo|siguiente)|"
             r"(?:the )?(?:next|coming|following) year")
LAST_YEAR = (r"(?:el )?(?:pasado|ultimo) ano|(?:el )?ano (?:pasado|anterior)|(?:the )?(?:last|past|previous) year|"
             r"hace (?:un|1) ano|"
             r"(?:a|1|one) year ago")
THIS_YEAR = r"(?:el )?(?:este|presente) ano|(?:el )?ano (?:actual|en curso)|(?:the )?(?:this|current) year"
_ORDINAL_WORDS = ("primer primero primera first 1", "segundo segunda second 2", "tercer tercero tercera third 3",
                  "cuarto cuarta fourth 4")
ORDINALS = {word: n for n, text in enumerate(_ORDINAL_WORDS, 1) for word in text.split()}
LAST = {"ultimo": -1, "ultima": -1, "last": -1, "final": -1}
ROLLING: frozenset[Unit] = frozenset({"day", "week"})


@dataclass(frozen=True, slots=True)
class When:
    """What a period is read against: today, whether the question looks back, whether `1/2` is the first of February."""

    today: date
    past: bool = False
    day_first: bool = True


Reader = Callable[[re.Match[str], When], Span]


def unit_of(text: str) -> Unit:
    """The unit that a word names."""
    return next(unit for unit, words in UNIT_WORDS.items() if re.fullmatch(words, text))


def _year(text: str | None, when: When) -> int | None:
    if text is None:
        return None
    if text[0].isdigit() and text[:4].isdigit():
        return int(text[:4])
    for pattern, offset in ((NEXT_YEAR, 1), (LAST_YEAR, -1), (THIS_YEAR, 0)):
        if re.fullmatch(pattern, text):
            return when.today.year + offset
    return None


def _nearest_year(when: When, make: Callable[[int], Span]) -> Span:
    """The period in the year that fits: the last one begun if the question looks back, else the next one not over."""
    spans = [make(when.today.year + offset) for offset in (-1, 0, 1)]
    if when.past:
        return [s for s in spans if s.start <= when.today][-1]
    return next(s for s in spans if s.end >= when.today)


def _in_year(found: re.Match[str], when: When, make: Callable[[int], Span]) -> Span:
    year = _year(_group(found, "year"), when)
    return make(year) if year else _nearest_year(when, make)


def _rolling(unit: Unit, count: int, when: When, *, back: bool) -> Span:
    days = timedelta(days={"day": 1, "week": 7}[unit] * count)
    return Span(when.today - days, when.today) if back else Span(when.today, when.today + days)


def _ahead(unit: Unit, count: int | None, when: When) -> Span:
    """`next <unit>` without a count, else the next `count` of them; quincenas are half months, fortnights 14 days."""
    if count and unit == "fortnight":
        return Span(when.today, when.today + timedelta(days=14 * count))
    if count and unit in ROLLING:
        return _rolling(unit, count, when, back=False)
    return unit_span(when.today, unit, 1, count or 1)


def _back(unit: Unit, count: int | None, when: When) -> Span:
    if count and unit == "fortnight":
        return Span(when.today - timedelta(days=14 * count), when.today)
    if count and unit in ROLLING:
        return _rolling(unit, count, when, back=True)
    return unit_span(when.today, unit, -(count or 1), count or 1)


def _group(found: re.Match[str], name: str) -> str | None:
    return found.groupdict().get(name)


def _count(found: re.Match[str]) -> int | None:
    text = _group(found, "n")
    return count_of(text) if text else None


def _fortnights(found: re.Match[str]) -> int | None:
    return 1 if found["unit"].startswith("fortnight") else None


def ahead(found: re.Match[str], when: When) -> Span:
    """`next month`, `los próximos 3 meses`, `in two weeks`."""
    return _ahead(unit_of(found["unit"]), _count(found) or _fortnights(found), when)


def back(found: re.Match[str], when: When) -> Span:
    """`last quarter`, `los últimos 30 días`."""
    return _back(unit_of(found["unit"]), _count(found) or _fortnights(found), when)


def either_way(found: re.Match[str], when: When) -> Span:
    """`3 months` without a direction: the coming ones, or the past ones if the question looks back."""
    return back(found, when) if when.past else ahead(found, when)


def ago(found: re.Match[str], when: When) -> Span:
    """`hace dos meses`, `3 weeks ago`: that one month or week."""
    return unit_span(when.today, unit_of(found["unit"]), -(_count(found) or 1))


def before_last(found: re.Match[str], when: When) -> Span:
    """`el mes antepasado`, `the week before last`."""
    return unit_span(when.today, unit_of(found["unit"]), -2)


def after_next(found: re.Match[str], when: When) -> Span:
    """`the month after next`."""
    return unit_span(when.today, unit_of(found["unit"]), 2)


def current(found: re.Match[str], when: When) -> Span:
    """`este mes`, `this year`: the whole of it."""
    return unit_span(when.today, unit_of(found["unit"]))


def to_date(found: re.Match[str], when: When) -> Span:
    """`lo que va del año`: from its start to today."""
    return Span(current(found, when).start, when.today)


def to_date_of(reader: Reader) -> Reader:
    """`lo que va de noviembre`, `so far in 2026`: from its start to today, or all of it if it does not hold today."""
    def read(found: re.Match[str], when: When) -> Span:
        span = reader(found, replace(when, past=True))
        return Span(span.start, when.today) if span.start <= when.today <= span.end else span
    return read


def rest(found: re.Match[str], when: When) -> Span:
    """`el resto del mes`: from today to its end."""
    return Span(when.today, current(found, when).end)


def day(offset: int) -> Reader:
    """A day that lies `offset` after today."""
    def read(_found: re.Match[str], when: When) -> Span:
        return unit_span(when.today, "day", offset)
    return read


def feast(found: re.Match[str], when: When) -> Span:
    """`navidad`, `christmas eve`, `año nuevo`, `new year's eve`: the day itself."""
    eve = re.search("nochebuena|eve|vieja", found.group()) is not None
    month, number = ((12, 31) if eve else (1, 1)) if re.search("n(?:uevo|ew)|vieja", found.group()) else (12, 24 if eve else 25)
    return _nearest_year(when, lambda year: unit_span(date(year, month, number), "day"))


def no_days(found: re.Match[str], _when: When) -> Span:
    """`over the summer`, `en navidad`: nobody can say from which day to which. Raises ValueError."""
    raise ValueError(f"{found.group()} has no days of its own")


def after_thanksgiving(found: re.Match[str], when: When) -> Span:
    """`Black Friday`: the day after the fourth Thursday of November; `Cyber Monday`: three days later."""
    def day_in(year: int) -> Span:
        first = date(year, 11, 1)
        thursday = first + timedelta(days=(3 - first.weekday()) % 7 + 21)
        return unit_span(thursday, "day", 1 if found["black"] else 4)
    side = "" if _group(found, "year") else _direction(found.group())
    if side == "p":
        return [s for s in map(day_in, range(when.today.year - 1, when.today.year + 1)) if s.end < when.today][-1]
    if side == "n":
        return next(s for s in map(day_in, range(when.today.year, when.today.year + 2)) if s.start > when.today)
    return _in_year(found, when, day_in)


def iso_day(found: re.Match[str], _when: When) -> Span:
    """`2026-12-01`."""
    day = date.fromisoformat("-".join(part.zfill(2) for part in found.group().split("-")))
    return Span(day, day, "day")


def day_in_figures(found: re.Match[str], when: When) -> Span:
    """`3/4/2027`, `3.4.2027`; with a number above 12 there is but one way to read it."""
    first, second, year = (int(part) for part in re.split(r"[/.-]", found.group()))
    day, month = (first, second) if when.day_first else (second, first)
    if month > 12 >= day:
        day, month = month, day
    made = date(year if year > 99 else 2000 + year, month, day)
    return Span(made, made, "day")


_IN_FIGURES = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})/\d{2,4}(?![\d/])")


def day_first_in(sentence: str, *, usual: bool) -> bool:
    """Whether days stand before months in the figures of a sentence: as the one says where only one of the two can be a month."""
    for first, second in _IN_FIGURES.findall(sentence):
        if (int(first) > 12) != (int(second) > 12):
            return int(first) > 12
    return usual


def month_in_figures(found: re.Match[str], _when: When) -> Span:
    """`12/2026`, `2026-12`."""
    parts = sorted((int(part) for part in re.split(r"[/-]", found.group())), reverse=True)
    return unit_span(date(parts[0], parts[1], 1), "month")


def month(found: re.Match[str], when: When) -> Span:
    """`marzo`, `March 2027`, `last March`, `diciembre del año pasado`."""
    number = MONTHS[found["month"]]
    made = _in_year(found, when, lambda year: unit_span(date(year, number, 1), "month"))
    named = _group(found, "which")
    if _group(found, "year") or not named or re.fullmatch("est[ea]|this", named):
        return made
    back = re.fullmatch("pasad[oa]|ultimo|last|past|previous", named) is not None
    current = when.today.replace(day=1)
    here = date(when.today.year, number, 1)
    if back:
        return unit_span(here if here < current else here.replace(year=here.year - 1), "month")
    return unit_span(here if here > current else here.replace(year=here.year + 1), "month")


def day_of(found: re.Match[str], when: When) -> Span:
    """`15 de enero`, `March 3rd, 2027`."""
    number, day = MONTHS[found["month"]], _day_number(found["day"])

    def make(year: int) -> Span:
        made = date(year, number, day)
        return Span(made, made, "day")
    return _in_year(found, when, make)


def day_of_a_near_month(found: re.Match[str], when: When) -> Span:
    """`el día 20`, `the 20th`: the last one if the question looks back, else the next."""
    number = int(next(text for text in found.groups() if text))
    for offset in (0, -1, -2) if when.past else (0, 1, 2):
        month = unit_span(when.today, "month", offset)
        if number <= month.end.day:
            day = month.start.replace(day=number)
            if day <= when.today if when.past else day >= when.today:
                return Span(day, day, "day")
    raise ValueError("no near month has that day")


def days_of(found: re.Match[str], when: When) -> Span:
    """`del 1 al 15 de diciembre`."""
    number, first, last = MONTHS[found["month"]], _day_number(found["day"]), _day_number(found["last"])
    return _in_year(found, when, lambda year: _ordered(Span(date(year, number, first), date(year, number, last))))


def days_at_a_side(found: re.Match[str], when: When) -> Span:
    """`the first 10 days of May`, `los últimos 5 días de enero`."""
    whole, count = month(found, when), _count(found) or 1
    if not 0 < count <= whole.days:
        raise ValueError("a month has not that many days")
    if found["side"] == "first" or found["side"].startswith("prim"):
        return Span(whole.start, whole.start + timedelta(days=count - 1))
    return Span(whole.end - timedelta(days=count - 1), whole.end)


def days_of_a_near_month(found: re.Match[str], when: When) -> Span:
    """`del 1 al 15 de este mes`."""
    month = unit_span(when.today, "month", {"n": 1, "p": -1}.get(_direction(found.group()), 0))
    first, last = (month.start.replace(day=_day_number(found[name])) for name in ("day", "last"))
    return _ordered(Span(first, last))


def _ordered(span: Span) -> Span:
    if span.start > span.end:
        raise ValueError("the last day lies before the first")
    return span


def _day_number(text: str) -> int:
    digits = re.match(r"\d+", text)
    return int(digits.group()) if digits else 1


SEASONAL: set[Reader] = set()


def part_of_year(unit: Unit) -> Reader:
    """The n-th quarter, half or two months of a year."""
    def read(found: re.Match[str], when: When) -> Span:
        months = {"quarter": 3, "half": 6, "bimester": 2}[unit]
        number = (ORDINALS | LAST)[found["n"].split()[0]]
        number = 12 // months if number < 0 else number
        if number * months > 12:
            raise ValueError("a year has not that many")
        return _in_year(found, when, lambda year: unit_span(date(year, (number - 1) * months + 1, 1), unit))
    SEASONAL.add(read)
    return read


def half_month(found: re.Match[str], when: When) -> Span:
    """`primera quincena de diciembre`, `second half of May`."""
    number, second = MONTHS[found["month"]], (ORDINALS | LAST)[found["n"].split()[0]] != 1
    return _in_year(found, when, lambda year: unit_span(date(year, number, 16 if second else 1), "fortnight"))


def week_of(found: re.Match[str], when: When) -> Span:
    """`la semana del 7 de diciembre`: from Monday to Sunday."""
    return unit_span(day_of(found, when).start, "week")


def whole_year(found: re.Match[str], _when: When) -> Span:
    """`2027`."""
    return unit_span(date(int(re.findall(r"(?:19|20)\d\d", found.group())[-1]), 1, 1), "year")


def numbered_week(found: re.Match[str], when: When) -> Span:
    """`week 50`, as ISO 8601 counts them."""
    number = int(found["n"])
    return _in_year(found, when, lambda year: unit_span(date.fromisocalendar(year, number, 1), "week"))


def weekday(found: re.Match[str], when: When) -> Span:
    """`el viernes`: the next one after today, or the last one before it."""
    number, named = WEEKDAYS[found["name"]], _direction(found.group())
    back = named == "p" or (when.past and not named)
    ahead = (number - when.today.weekday()) % 7
    day = when.today + timedelta(days=(ahead or 7) - 7 if back and ahead else ahead or (-7 if back else 7))
    return Span(day, day, "day")


def weekend(found: re.Match[str], when: When) -> Span:
    """`este fin de semana`: Saturday and Sunday."""
    week = unit_span(when.today, "week", {"n": 1, "p": -1}.get(_direction(found.group()), 0))
    if when.past and week.start + timedelta(days=5) > when.today and not re.search("est[ea]|this", found.group()):
        week = unit_span(when.today, "week", -1)
    return Span(week.start + timedelta(days=5), week.end)


def _direction(text: str) -> str:
    if re.search("prox|next|viene|entrante|coming|siguiente", text):
        return "n"
    return "p" if re.search("pasad|ultim|last|past|anterior", text) else ""


def end_of(found: re.Match[str], when: When) -> Span:
    """`fin de mes`, `the end of December`: the last day."""
    unit = _group(found, "unit")
    if _group(found, "month"):
        span = month(found, when)
    elif unit:
        span = unit_span(when.today, unit_of(unit), {"n": 1, "p": -1}.get(_direction(found.group()), 0))
    else:
        span = unit_span(when.today, "year" if re.search("ano|year", found.group()) else "month")
    if when.past and span.end < when.today:
        raise ValueError(f"{found.group()} has no days of its own")
    return Span(span.end, span.end, "day")


def middle_of(found: re.Match[str], when: When) -> Span:
    """`mid December`: its 15th, as the end of a time to come. Raises ValueError for the past, where its days cannot be told."""
    if when.past:
        raise ValueError(f"{found.group()} has no days of its own")
    day = month(found, when).start.replace(day=15)
    return Span(day, day, "day")
