"""From the single periods of a sentence to the one that is meant: ranges, "until" and "since", and the two of a comparison."""

import re
from dataclasses import dataclass, replace
from datetime import timedelta

from jobs.forecasting.question_calendar import Span, before, shifted, unit_span, year_before
from jobs.forecasting.question_dates import When, unit_of
from jobs.forecasting.question_grammar import UNIT, Found, read_periods

_TO = re.compile(r"^ ?(?:al?|to|-|hasta|through|thru|until|till)(?: (?:el|la|the|mediados de|finales de))? ?$")
_AND = re.compile(r"^ ?(?:y|and)(?: (?:el|la|en|de|del|the|in|of))* ?$")
_FROM = re.compile(r"\b(?:de|del|desde|from|starting|starting in|beginning in|arrancando en|a partir de)(?: (?:el|la|the|"
                   r"mes de))?(?: |$)$")
_BETWEEN = re.compile(r"\b(?:entre|between)(?: (?:el|la|the))? $")
_UNTIL = re.compile(r"\b(?:hasta|until|till|til|through|up to|de aqui a|from now to|para antes de|antes de|antes del|before|"
                    r"by|by the)"
                    r"(?: (?:el|la|the|mes de|end of))* $")
_BEFORE = re.compile(r"\b(?:antes de|antes del|before|by)(?: (?:el|la|the|mes de))* $")
_SINCE = re.compile(r"\b(?:desde|since|a partir de|as of|starting|starting in|beginning in|from)(?: (?:el|la|the|mes de))* $")
_NOT = re.compile(r"\b(?:no|sin|nada|nunca)\b")
_AGAINST = re.compile(r"\b(?:que|than|vs|versus|contra|against|con|with|to|frente a|frente al|respecto a|respecto al|respecto de|"
                      r"respecto del|relative to|compared|over|comparado con|on)(?: (?:en|in|el|la|los|las|lo|the|that|those|"
                      r"of|de|del|"
                      r"durante|during|al|a))* ?$")
_REFERENCE = re.compile(
    rf"\b(?:el |la |lo |los |las |al |the |that )?(?:mism[oa]s?|same|igual|this(?= (?:time|point))) "
    rf"(?:(?P<unit>{UNIT})|periodo|fecha|fechas|epoca|tiempo|lapso|period|time|point|dates?)"
    rf"(?: (?:pero |but |que |of |in |de |del |en |for )*(?:el |la |the |a |hace )*"
    rf"(?P<to>(?:ano|year|mes|month|trimestre|quarter|semana|week) (?:pasad[oa]|anterior|previo|before|earlier|ago)|"
    rf"(?:last|previous|prior) (?:year|month|quarter|week)|(?:un|1|one) ano|(?:a |one )?year ago|(?:19|20)\d\d))?(?!\w)")
_OTHER = re.compile(
    r"\b(?:el|la|los|las|lo|al|the|that|last|previous|prior) ?(?:de )?(?:anterior|pasad[oa]|previ[oa]|ultimo|last|previous|"
    r"prior|one before|"
    rf"before|(?P<unit>{UNIT}) (?:before|previo|previa|earlier)|(?:period|periodo) (?:before|anterior))(?: one)?(?= [|]|$| que )")
_ONE_BACK = re.compile(r"(?:anterior|previous|prior|previo|previa)")


@dataclass(frozen=True, slots=True)
class Periods:
    """What a sentence says about time.

    rest: the sentence with every period blanked out. first: the period asked for. second: the one to compare it with.
    unclear: wordings that name no possible period, or several where one is needed.
    """

    rest: str
    first: Span | None = None
    second: Span | None = None
    unclear: tuple[str, ...] = ()


def take_periods(sentence: str, when: When, *, comparing: bool) -> Periods:
    """Read and blank out the periods of a sentence; `comparing` if it sets two of them against each other."""
    reference = _REFERENCE.search(sentence) if comparing else None
    text = _blank(sentence, reference.start(), reference.end()) if reference else sentence
    found = read_periods(text, when)
    rest = text
    for one in found:
        rest = _blank(rest, one.begin, one.stop)
    impossible = tuple(text[one.begin:one.stop] for one in found if one.span is None)
    if impossible:
        return Periods(_squeezed(rest), unclear=impossible)
    found, wrong = _joined(text, found, when, comparing=comparing)
    if wrong:
        return Periods(_squeezed(rest), unclear=(wrong,))
    if comparing:
        rest, first, second = _compared(text, rest, found, reference, when)
        return Periods(_squeezed(rest), first, second)
    later = [f for f in found if f.span and f.span != unit_span(when.today, "day")]  # `what to order today for December`
    found = later if later and not when.past else found
    spans = _one_of([f.span for f in found if f.span])
    unclear = () if spans or not found else (", ".join(text[f.begin:f.stop] for f in found),)
    return Periods(_squeezed(rest), spans, unclear=unclear)


def _blank(text: str, begin: int, stop: int) -> str:
    return text[:begin] + "|" + " " * (stop - begin - 1) + text[stop:]


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _joined(text: str, found: list[Found], when: When, *, comparing: bool) -> tuple[list[Found], str | None]:
    """Ranges made one, "until" and "since" carried out; and the wording that cannot be, if there is one."""
    made: list[Found] = []
    i = 0
    while i < len(found):
        one = found[i]
        pair = found[i + 1] if i + 1 < len(found) else None
        if pair and _is_range(text, one, pair, alone=len(found) == 2, comparing=comparing):
            apart = _AND.match(text[one.stop:pair.begin]) and not _BETWEEN.search(text[:one.begin])
            joined = _both(one, pair, when) if apart else _range(one, pair, when)
            if joined is None:
                return [], text[one.begin:pair.stop]
            made.append(joined)
            i += 2
            continue
        bounded = one if comparing else _bounded(text, one, when)
        if bounded is None:
            return [], text[one.begin:one.stop]
        made.append(bounded)
        i += 1
    return made, None


def _is_range(text: str, one: Found, pair: Found, *, alone: bool, comparing: bool) -> bool:
    between, lead = text[one.stop:pair.begin], text[:one.begin]
    if _BETWEEN.search(lead) and _AND.match(between):
        return not (comparing and alone)
    if _TO.match(between):
        return not comparing or (not alone and _FROM.search(lead) is not None)
    return not comparing and _AND.match(between) is not None


def _range(one: Found, pair: Found, when: When) -> Found | None:
    """From the first day of `one` to the last of `pair`; a year that only one of them names holds for both."""
    first, last = one.span, pair.span
    assert first is not None
    assert last is not None
    if one.open_year and not pair.open_year:
        first = year_before(first, first.start.year - last.start.year)
        first = year_before(first) if first.start > last.end else first
    elif pair.open_year and not one.open_year:
        last = year_before(last, last.start.year - first.start.year)
        last = year_before(last, -1) if last.end < first.start else last
    elif one.open_year and first.start > last.end:
        first, last = (year_before(first), last) if when.past else (first, year_before(last, -1))
    elif one.open_year and not when.past and year_before(last).start >= first.start:
        last = year_before(last)
    elif one.open_year and when.past and year_before(first, -1).start <= last.start:
        first = year_before(first, -1)
    if first.start > last.end:
        return None
    return Found(Span(first.start, last.end), one.begin, pair.stop)


def _both(one: Found, pair: Found, when: When) -> Found | None:
    """Two periods of which one begins when the other is over, in either order, as one; None for two that lie apart."""
    for first, last in ((one, pair), (pair, one)):
        joined = _range(first, last, when)
        if joined and joined.span and first.span and last.span and joined.span.days <= first.span.days + last.span.days + 1:
            return replace(joined, begin=one.begin, stop=pair.stop)
    return None


def _bounded(text: str, one: Found, when: When) -> Found | None:
    """`hasta X` is from today to X, `desde X` from X to today, `a fin de mes` from today to it; None for `before` the past."""
    lead, span = text[:one.begin], one.span
    assert span is not None
    if when.past and span.end <= when.today and re.search(r"\b(?:hasta|until|up to) (?:el )?$", lead):
        return None
    if _UNTIL.search(lead) and span.end >= when.today:
        exclusive = _BEFORE.search(lead) is not None and (span.unit != "day" or not lead.endswith(("by ", "by the ")))
        end = span.start - timedelta(days=1) if exclusive and not one.ends else span.end
        return replace(one, span=Span(when.today, end)) if end >= when.today else one
    if _BEFORE.search(lead) and not lead.endswith(("by ", "by the ")) and span.end < when.today:
        return None
    since = _SINCE.search(lead) or (_NOT.search(lead) and re.match("hace |desde hace ", text[one.begin:]))
    if since and span.start <= when.today and (when.past or lead.endswith("since ")):
        return replace(one, span=Span(span.start, when.today))
    if one.ends and not when.past and span.end >= when.today:
        return replace(one, span=Span(when.today, span.end))
    return one


def _one_of(spans: list[Span]) -> Span | None:
    """The one period that several wordings mean: the inner one where they lie in each other, else None."""
    if not spans:
        return None
    inner = min(spans, key=lambda span: span.days)
    return inner if all(span.start <= inner.start and inner.end <= span.end for span in spans) else None


def _compared(
    text: str, rest: str, found: list[Found], reference: re.Match[str] | None, when: When,
) -> tuple[str, Span | None, Span | None]:
    """The rest of the sentence, the period named first (the current one if only the other is named), and the other."""
    if reference:
        return (rest, *_referred(reference, found, when))
    other = _OTHER.search(rest)
    if other and len(found) == 1 and found[0].span:
        first = found[0].span
        unit = unit_of(other["unit"]) if other["unit"] else None
        longer = unit == "year" and first.unit not in (None, "year")
        second = year_before(first) if longer else unit_span(first.start, unit, -1) if unit else before(first)
        return _blank(rest, other.start(), other.end()), first, second
    spans = [f.span for f in found if f.span]
    if not spans:
        return rest, None, None
    if len(spans) == 1:
        return (rest, *_with_current(text, found[0], when))
    one, two = _same_years(found[0], found[1])
    wording = text[found[1].begin:found[1].stop]
    if two.unit == "year" and one.unit not in (None, "year") and one.start.year != two.start.year:  # `enero de 2026 vs 2025`
        two = year_before(one, one.start.year - two.start.year)
    elif _ONE_BACK.search(wording) and two.unit == one.unit and not one.start <= when.today <= one.end:
        two = before(one)
    return rest, one, before(one) if two == one else two  # `the last 30 days vs the 30 days before`


def _referred(reference: re.Match[str], found: list[Found], when: When) -> tuple[Span, Span]:
    """The two periods where the second is `the same month of last year` and the like."""
    named = next((f.span for f in found if f.span and f.begin < reference.start()), None) or next(
        (f.span for f in found if f.span), None)
    first = named or unit_span(when.today, unit_of(reference["unit"]) if reference["unit"] else "month")
    to = reference["to"] or ""
    if to[:2] in ("19", "20"):
        return first, year_before(first, first.start.year - int(to))
    if re.search("mes|month", to):
        moved = Span(shifted(first.start, -1), shifted(first.end, -1), first.unit)
        return first, before(first) if first.unit == "month" else moved
    if re.search("trimestre|quarter", to):
        moved = Span(shifted(first.start, -3), shifted(first.end, -3), first.unit)
        return first, before(first) if first.unit == "quarter" else moved
    if re.search("semana|week", to):
        return first, Span(first.start - timedelta(weeks=1), first.end - timedelta(weeks=1), first.unit)
    return first, year_before(first)


def _with_current(text: str, one: Found, when: When) -> tuple[Span, Span | None]:
    """Where one period is named: the current one against it if it is the other, else it against the one before it."""
    span = one.span
    assert span is not None
    over = span.end < when.today
    if over and span.unit and _AGAINST.search(text[:one.begin]):
        return unit_span(when.today, span.unit), span
    if over and span.unit and re.search(r"pasad|last|anterior|previous|ultim", text[one.begin:one.stop]):
        return unit_span(when.today, span.unit), span
    return span, before(span) if span.start <= when.today <= span.end else None


def _same_years(one: Found, two: Found) -> tuple[Span, Span]:
    """A year that only one of two months or quarters names holds for the other too, unless that makes them one."""
    first, second = one.span, two.span
    assert first is not None
    assert second is not None
    if one.open_year and not two.open_year and second.unit == first.unit:
        moved = year_before(first, first.start.year - second.start.year)
        first = moved if moved.start != second.start else first
    elif two.open_year and not one.open_year and second.unit == first.unit:
        moved = year_before(second, second.start.year - first.start.year)
        second = moved if moved.start > first.start else second
    return first, second
