"""The wordings of single periods in Spanish and English: `el próximo mes`, `in two weeks`, `15 de enero`, `Q3`, `last year`.

Reads a sentence of folded words with one space between them; `question_dates.py` says which days a wording stands for.
"""

import re
from dataclasses import dataclass

from jobs.forecasting.question_calendar import FIRST_YEAR, LAST_YEAR, Span
from jobs.forecasting.question_dates import (
    LAST,
    NEXT_YEAR,
    ORDINALS,
    SEASONAL,
    THIS_YEAR,
    UNIT_WORDS,
    Reader,
    When,
    after_next,
    after_thanksgiving,
    ago,
    ahead,
    back,
    before_last,
    current,
    day,
    day_in_figures,
    day_of,
    day_of_a_near_month,
    days_at_a_side,
    days_of,
    days_of_a_near_month,
    either_way,
    end_of,
    feast,
    half_month,
    iso_day,
    middle_of,
    month,
    month_in_figures,
    no_days,
    numbered_week,
    part_of_year,
    rest,
    to_date,
    to_date_of,
    week_of,
    weekday,
    weekend,
    whole_year,
)
from jobs.forecasting.question_dates import LAST_YEAR as YEAR_BEFORE
from jobs.forecasting.question_numbers import SMALL_NUMBER
from jobs.forecasting.question_words import MONTHS, WEEKDAYS, words

UNIT = "(?:" + "|".join(UNIT_WORDS.values()) + ")"
# Words of their own; as months they need a day or a year beside them, or (`may`, `march`) a word such as `in`.
DOUBTFUL = frozenset({"may", "march", "mar", "ago"})
_MONTH = "(?:" + "|".join(sorted(MONTHS, key=len, reverse=True)) + ")"
_DAY_NAME = "(?:" + "|".join(WEEKDAYS) + ")"
_YEAR_NUMBER = r"(?:19|20)\d\d(?![\d.,])"
_YEAR = rf"(?:(?: ,)? (?:(?:del?|of|en|in|,) )?(?:el |ano |year )?(?P<year>{_YEAR_NUMBER}|{NEXT_YEAR}|{YEAR_BEFORE}|{THIS_YEAR}))"
_DAY_NUMBER = r"(?:(?:3[01]|[12]?\d)(?![\d.,/])(?: (?:st|nd|rd|th|o|ro))?|primero|first)"
_ORDINAL = "(?:" + "|".join(sorted(ORDINALS, key=len, reverse=True)) + ")(?: (?:er|ro|ra|do|da|to|ta|st|nd|rd|th|o|a))?"
_LAST = "(?:" + "|".join(LAST) + ")"
_NUMBER = f"(?P<n>{SMALL_NUMBER})"

_AHEAD = r"(?:proxim[oa]s?|siguientes?|venider[oa]s?|otr[oa]s?|next|coming|following|upcoming)"
_COMES = r"(?:que (?:viene|vienen|entra|sigue|siguen)|entrantes?|proxim[oa]s?|siguientes?|venider[oa]s?|ahead|to come)"
_GONE = r"(?:ultim[oa]s?|pasad[oa]s?|last|past|previous|prior|preceding|trailing)"
_WENT = r"(?:pasad[oa]s?|anterior(?:es)?|que (?:paso|pasaron))"
_THIS = r"(?:est[eao]s?|this|current|the current|el presente|la presente)"
_THE = r"(?:(?:el|la|los|las|the|este|esta|estos|estas|this|these) )?"
_U = f"(?P<unit>{UNIT})"
_N = rf"(?:{_NUMBER} )?"
_SIDE = r"(?P<which>proximo|pasado|ultimo|este|next|last|this|coming|past|previous)"
_OF = "(?:(?:de|del|of) )?"
_M = f"(?P<month>{_MONTH})"
_D = f"(?P<day>{_DAY_NUMBER})"
_L = f"(?P<last>{_DAY_NUMBER})"
_TO = r"(?:al|a|-|y(?: el)?|to(?: the)?|and(?: the)?|hasta(?: el)?|through(?: the)?|until(?: the)?)"
_ENDING = "(?:fin|final|finales|cierre)"
_NEAR = r"(?:(?:est[ea]|this|proximo|next|last) )?"
_IN = r"(?:en|dentro de|de aqui a|a|in|within|for|para|over|during)"
_WHAT_WENT = r"lo (?:que va|que lleva|que llevamos|corrido)(?: corrido| transcurrido)?"
_AFTER = r"(?:pasado|anterior|proximo|que viene|entrante)"
# Times of the year that have no days of their own.
_SEASON = (r"verano|invierno|otono|primavera|summer|winter|autumn|spring|fall|semana santa|easter|holy week|carnaval(?:es)?|"
           r"thanksgiving|holidays|vacaciones|temporada|season|puente|feriado|navidades")
_IN_SEASON = r"(?:en|in|over|during|durante|at|esta|this|last|la pasada|de la|de esta)"
_ABOUT = rf"(?:{_IN_SEASON}|para|for|antes de|before|by|hasta|until|del?|el|este)"
_ALONE = r"(?=$| (?:vs|versus|contra|against|compared|comparad[oa]|than|que|y|and|con|with|sin|without|,))"
_START = "(?:principios?|inicios?|comienzos?|beginning|start)"
_COMMENCING = "(?:del?|of|beginning|starting|commencing)"
_DAY_OF_MONTH = r"3[01]|[12]\d|0?[1-9]"
# Times that no calendar tells from which day to which.
_NO_DAYS = (
    rf"{_ABOUT} (?:(?:el|la|los|las|the|est[ea]|this|last|next|proxim[oa]) )*(?:{_SEASON})(?: {_AFTER})?{_YEAR}?{_ALONE}",
    rf"{_IN_SEASON} (?:(?:la|the|last) )*(?:navidad|christmas|xmas)(?: {_AFTER})?{_YEAR}?{_ALONE}",
    rf"(?:la |the )?(?:{_ORDINAL}|{_LAST}) (?:semana|week) (?:del?|of)(?: the)? (?:{_M}{_YEAR}?|{UNIT})",
    rf"(?<!desde )(?<!since )(?<!from )(?:a |in |at )?(?:the )?(?:{_START}|early|late)(?: (?:del?|of))? {_M}{_YEAR}?",
    r"(?:est[ae]|en la|por la|de la|this|in the|at|last) (?:manana|tarde|noche|morning|afternoon|evening|night)|anoche|tonight",
    rf"(?:los|todos los|cada|every|each) (?:{_DAY_NAME}|sabados|domingos)|(?:on|every|each) (?:{_DAY_NAME})s",
    r"(?:los |at |on |the )?(?:fines de semana|weekends|entre semana|weekdays|dias habiles)",
    r"(?:los |las )?(?:ultim[oa]s|proxim[oa]s|siguientes)(?: poc[oa]s)? (?:dias|semanas|meses|anos)",
    r"(?:the )?(?:last|past|next|coming) few (?:days|weeks|months|years)",
    rf"(?:{_IN} )?(?:un |a |one )?(?:mes y medio|ano y medio|semana y media|(?:month|year|week) and a half)",
    rf"{SMALL_NUMBER} (?:horas|hours)",
    r"(?:en|in|over) (?:el |the )?(?:new year|ano nuevo)",
    r"(?:hasta|a|to|up to) (?:la fecha|date|now|ahora|el momento)", r"(?:at )?this (?:time|point) last year")
_FROM = r"(?:(?:del|desde el|entre el|from the|between the|from|between|el|the) )?(?:dias? )?"
# `los mas vendidos del mes` are those of this one; `la primera semana del mes` is none of the month as a whole.
_NOT_OF = "".join(f"(?<!{part} )" for part in sorted(words(
    "dia dias day days semana semanas week weeks quincena mes meses month months trimestre quarter mitad half temporada epoca",
    "season principio inicio comienzo fin final start beginning end rest resto time")))

_TABLE: tuple[tuple[str, Reader], ...] = (
    *((pattern, no_days) for pattern in _NO_DAYS),
    (r"\d{4}-\d{1,2}-\d{1,2}", iso_day),
    (r"\d{1,2}/\d{1,2}/\d{2,4}|\d{1,2}-\d{1,2}-\d{4}|\d{1,2}\.\d{1,2}\.\d{4}", day_in_figures),
    (r"\d{1,2}/\d{4}|\d{4}[-/]\d{1,2}", month_in_figures),
    (rf"{_FROM}{_D} {_TO} {_L} {_OF}{_M}{_YEAR}?", days_of),
    (rf"(?:from |between )?{_M} {_D} {_TO} {_L}{_YEAR}?", days_of),
    (rf"(?:del|entre el|from the|between the) {_D} {_TO} {_L} (?:del?|of) {_NEAR}(?:mes|month)(?: pasado)?",
     days_of_a_near_month),
    (rf"(?<!\d )(?:el |the )?(?:dia )?{_D} {_OF}{_M}{_YEAR}?", day_of),  # `tubo 1/2 de mayo` is no second of May
    (rf"{_M} (?:the )?{_D}{_YEAR}?", day_of),
    (rf"(?:la |the )?(?P<n>{_ORDINAL}|{_LAST}) (?:quincena|mitad|half) {_OF}{_M}{_YEAR}?", half_month),
    (rf"(?:los |the )?(?P<side>primeros|first|ultimos|last) {_NUMBER} (?:dias|days) (?:del? |of )(?:mes de )?{_M}{_YEAR}?",
     days_at_a_side),
    (rf"(?:(?<=desde )|(?<=since )|(?<=from ))(?:el |the )?{_START} (?:del?|of) {_M}{_YEAR}?", month),
    (rf"(?:(?:el |the )?{_SIDE} )?{_M}{_YEAR}?", month),
    (rf"{_M} (?P<which>proximo|pasado|que viene|entrante|siguiente)", month),
    (rf"(?:el |the )?(?P<n>{_ORDINAL}) (?:trimestre|quarter){_YEAR}?", part_of_year("quarter")),
    (rf"(?:el |the )?(?P<n>{_LAST}) (?:trimestre|quarter){_YEAR}", part_of_year("quarter")),
    (rf"(?:el )?trimestre (?P<n>[1-4]){_YEAR}?", part_of_year("quarter")),
    (rf"(?:the )?[qt] (?P<n>[1-4]){_YEAR}?", part_of_year("quarter")),
    (rf"(?:el |the )?(?P<n>{_ORDINAL}) (?:semestre|half){_YEAR}", part_of_year("half")),
    (rf"(?:el |the )?(?P<n>{_ORDINAL}) (?:semestre|half of the year|half)", part_of_year("half")),
    (rf"(?:h|(?:el )?semestre|half) (?P<n>[12]){_YEAR}?", part_of_year("half")),
    (rf"(?:el )?bimestre (?P<n>[1-6]){_YEAR}?", part_of_year("bimester")),
    (rf"(?:el )?(?P<n>{_ORDINAL}) bimestre{_YEAR}?", part_of_year("bimester")),
    (rf"(?:la )?(?:semana|week) (?:numero |number |no )?(?P<n>[1-5]?\d)(?![\d.,/]){_YEAR}?", numbered_week),
    (rf"(?:(?:el|the|in|en|ano|year) )*{_YEAR_NUMBER}", whole_year),
    (rf"{_THE}{_AHEAD} {_N}{_U}", ahead),
    (rf"{_THE}{_NUMBER} {_AHEAD} {_U}(?<=s)", ahead),
    (rf"{_THE}{_N}{_U} {_COMES}", ahead),
    (rf"{_IN}(?: (?:los|las|el|the|unos|unas|about|around))? {_NUMBER} {_U}(?: time)?", either_way),
    (rf"{_NUMBER} {_U} from (?:now|today)", ahead),
    (rf"(?:(?<=than )|(?<=under )|(?<=over )|(?<=least )|(?!an? )){_NUMBER} (?:- )?{_U}", either_way),  # `a day` may be each day
    (rf"{_THE}{_U} (?:after next|subsiguiente)", after_next),
    (rf"{_THE}(?!last an? ){_GONE} {_N}{_U}", back),
    (rf"{_THE}{_NUMBER} {_GONE} {_U}(?<=s)", back),
    (rf"{_THE}{_N}{_U} {_WENT}", back),
    (rf"hace {_NUMBER} {_U}", ago), (rf"{_NUMBER} {_U} ago", ago),
    (rf"{_THE}{_U} (?:antepasad[oa]|before last)", before_last), (rf"{_THE}antepasad[oa] {_U}", before_last),
    (rf"{_THIS} (?:mism[oa] |coming )?{_U}", current),
    (rf"{_NOT_OF}(?:del|de la|of the) {_U}(?=$| en (?!curso)| (?:vs|versus|contra|frente|con|against|compared|y) )", current),
    ((r"(?:(?<=antes de )|(?<=hasta )|(?<=para )|(?<=for )|(?<=before )|(?<=until )|(?<=till )|"
      r"(?<=aqui a )|(?<=by )|(?<=on )|(?<=dia de ))(?:la |el |the )?(?:navidad|"
      r"nochebuena|(?:christmas|xmas)(?: day| eve)?|ano nuevo|nochevieja|new years?(?: s)?(?: day| eve)?)"), feast),
    # a misspelt `black` may have been set right to `back`
    ((r"(?:(?:el|este|the|this|next|last|proximo|pasado) )*(?:(?P<black>(?:black|back|blak|blac|balck) friday|"
      rf"viernes negro)|cyber ?monday|ciber ?lunes)(?: {_AFTER})?{_YEAR}?"), after_thanksgiving),
    (rf"{_THE}{_U} (?:actual|en curso|corriente|presente|que corre)", current),
    (rf"(?:en )?(?:todo )?{_WHAT_WENT} (?:de|del)(?: est[ea])? {_U}", to_date),
    (rf"(?:en )?{_WHAT_WENT} (?:de|del)(?: mes de| ano)? {_M}{_YEAR}?", to_date_of(month)),
    (rf"(?:so far|hasta ahora) (?:in|en|during|durante) {_M}{_YEAR}?", to_date_of(month)),
    (rf"{_M}{_YEAR}? (?:so far|to date)", to_date_of(month)),
    (rf"(?:(?:en )?{_WHAT_WENT} (?:de|del)(?: ano)?|(?:so far|hasta ahora) (?:in|en)) {_YEAR_NUMBER}", to_date_of(whole_year)),
    (rf"{_YEAR_NUMBER} (?:so far|to date|hasta (?:hoy|ahora|la fecha))", to_date_of(whole_year)),
    (rf"(?:so far|hasta ahora) {_THIS} {_U}", to_date), (rf"(?:en|durante|in|during) (?:el|la|the) {_U}(?=$)", current),
    (rf"{_THIS} {_U} (?:so far|hasta ahora|hasta hoy|hasta la fecha|to date)", to_date), (rf"{_U} to date", to_date),
    (rf"(?:el |the )?(?:resto|rest|remainder|lo que (?:queda|resta|falta))(?: de| del| of)?(?: est[ea]| the| this)? {_U}", rest),
    (rf"(?:el )?{_ENDING} (?:de|del) (?:est[ea] |proximo )?(?P<unit>mes|ano|trimestre|semestre)(?: {_COMES})?", end_of),
    (r"(?:the )?end of (?:the |this )?(?:next )?(?P<unit>month|year|quarter|week)", end_of), (r"(?:month|year) end", end_of),
    (r"end of (?P<unit>month|year)", end_of),
    (rf"(?:a )?(?:mid|(?:the )?middle of|mediados de) {_M}{_YEAR}?", middle_of),
    (rf"(?:el )?(?:fin|final|finales) de {_M}{_YEAR}?", end_of), (rf"(?:the )?end of {_M}{_YEAR}?", end_of),
    (r"(?:hoy|today)(?: mismo)?", day(0)), (r"(?<!la )(?<!esta )manana|tomorrow", day(1)),
    (r"pasado manana|(?:the )?day after tomorrow", day(2)),
    (r"ayer|yesterday", day(-1)), (r"anteayer|antier|antes de ayer|(?:the )?day before yesterday", day(-2)),
    (rf"(?:(?:el|on|este|this|proximo|next|last|pasado|ultimo|coming) )*(?P<name>{_DAY_NAME})(?: {_AFTER})?", weekday),
    (rf"(?P<name>{_DAY_NAME})s", weekday),
    (rf"(?:el )?dia ({_DAY_OF_MONTH})(?![\d.,/])|el ({_DAY_OF_MONTH})$|(?:on )?the ({_DAY_OF_MONTH}) (?:st|nd|rd|th)",
     day_of_a_near_month),
    (rf"(?:(?:el|este|the|this|next|last|proximo|pasado) )*(?:fin de semana|weekend)(?: {_AFTER})?", weekend),
    (rf"(?:la |the )?(?:semana|week) {_COMMENCING}(?: the)? {_D} {_OF}{_M}{_YEAR}?", week_of),
    (rf"(?:the )?week {_COMMENCING} {_M} (?P<day>{_DAY_NUMBER}){_YEAR}?", week_of),
)
_READERS = tuple((re.compile(f"(?:{pattern})(?!\\w)"), reader) for pattern, reader in _TABLE)
_PLACE = re.compile(r"(?<![\w.,/])(?=\w)")
_BEFORE_MONTH = re.compile(
    r"(?:^|\b(?:in|for|of|from|to|and|until|since|between|through|vs|versus|than|last|next|this|during|by|de|en|a|y|para|"
    r"desde)) $")
_LOOKED_AT = re.compile(r"\b(?:hows?|is|does|did|was|will) $")  # `what does March look like`
_AFTER_MONTH = re.compile(r" (?:vs|versus|against|compared|to|through|-) (?!be\b)|(?: (?:sales|demand|forecast|numbers))?$")


@dataclass(frozen=True, slots=True)
class Found:
    """A period and where in the sentence it stands; `span` is None for a day that no calendar has, such as 31 February.

    open_year: its year was not said, and is the nearest that fits. ends: it is the end of a month or year, or what a purchase
    is for (`para navidad`).
    """

    span: Span | None
    begin: int
    stop: int
    open_year: bool = False
    ends: bool = False


def read_periods(sentence: str, when: When) -> list[Found]:
    """Every period that the sentence names, from left to right and without overlap; at each place the longest reading counts."""
    made: list[Found] = []
    stop = 0
    for place in _PLACE.finditer(sentence):
        if place.start() < stop:
            continue
        found = _longest(sentence, place.start(), when)
        if found:
            made.append(found)
            stop = found.stop
    return made


def _longest(sentence: str, at: int, when: When) -> Found | None:
    matches = ((pattern.match(sentence, at), reader) for pattern, reader in _READERS)
    found = [(match, reader) for match, reader in matches if match and not _is_another_word(match)]
    if not found:
        return None
    match, reader = max(found, key=lambda pair: pair[0].end())
    try:
        span = reader(match, when)
    except (ValueError, OverflowError):
        return Found(None, at, match.end())
    if not FIRST_YEAR <= span.start.year <= span.end.year <= LAST_YEAR:
        return Found(None, at, match.end())
    groups = match.groupdict()
    seasonal = "month" in groups or reader in SEASONAL
    return Found(span, at, match.end(), open_year=seasonal and not groups.get("year") and not groups.get("which"),
                 ends=reader in (end_of, middle_of) or (reader is feast and sentence[:at].endswith(("para ", "for "))))


def _is_another_word(match: re.Match[str]) -> bool:
    """Whether what looks like a month alone is another word: `may I`, `2 weeks ago`, `march on`."""
    word = match.group().split()[-1] if match.group() in DOUBTFUL else ""
    if word in ("may", "march"):
        before, after = match.string[:match.start()], match.string[match.end():]
        looked_at = after.startswith(" look") and _LOOKED_AT.search(before)
        beside = looked_at or _BEFORE_MONTH.search(before) or _AFTER_MONTH.match(after)
        return beside is None or after.startswith((" i ", " we "))
    return bool(word)
