"""Numbers in questions: `5 millones`, `2.500.000,50`, `half a million`; budgets, how many articles, and thresholds.

Everything here reads a sentence of folded words with one space between them, and blanks out what it took.
"""

import math
import re
from dataclasses import dataclass
from typing import Literal

from jobs.forecasting.ask_kinds import Language
from jobs.forecasting.question_words import fold, words


def _numbered(first: int, step: int, text: str) -> dict[str, int]:
    """Words by their number: each word of `text` is `step` more than the one before, and `/` stands between forms of one."""
    return {form: first + step * n for n, word in enumerate(text.split()) for form in word.split("/")}


SMALL: dict[str, int] = {
    **_numbered(0, 1, "cero un/uno/una dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis "
                "diecisiete dieciocho diecinueve veinte veintiun/veintiuno veintidos veintitres veinticuatro veinticinco "
                "veintiseis "
                "veintisiete veintiocho veintinueve"),
    **_numbered(0, 1, "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
                      "seventeen "
                "eighteen nineteen"),
    **_numbered(20, 10, "veinte/twenty treinta/thirty cuarenta/forty cincuenta/fifty sesenta/sixty setenta/seventy "
                        "ochenta/eighty "
                "noventa/ninety"),
    **_numbered(100, 100, "cien/ciento doscientos/doscientas trescientos/trescientas cuatrocientos/cuatrocientas "
                          "quinientos/quinientas "
                "seiscientos/seiscientas setecientos/setecientas ochocientos/ochocientas novecientos/novecientas")}
SCALES: dict[str, float] = {
    **dict.fromkeys(("mil", "miles", "k", "thousand", "grand", "luca", "lucas"), 1e3),
    **dict.fromkeys(words("millon millones m mm mill mio mln million millions palo palos melones"), 1e6),
    **dict.fromkeys(("bn", "billion", "billions"), 1e9), **dict.fromkeys(("billon", "billones"), 1e12)}
# `2 m` and `5 mm` may be lengths: they count as money only beside a sign of money.
_DOUBTFUL = {"m", "mm"}


def _longest_first(words: dict[str, int] | dict[str, float]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_WORD, _SCALE = _longest_first(SMALL), _longest_first(SCALES)
_DIGITS = r"\d+(?:[.,'’]\d+)*"
# A number of one or more words; what it comes to is for `value_of` to say.
NUMBER = (rf"(?:(?:{_DIGITS}|{_WORD}|hundred|medio|media|half an?|half|an?(?= (?:hundred|thousand|million|billion|grand))|"
          rf"{_SCALE})"
          rf"(?: (?:y |and |de )?(?:{_DIGITS}|{_WORD}|hundred|medio|media|an? half|half|{_SCALE})\b)*)")
SMALL_NUMBER = (rf"(?:\d{{1,4}}(?![.,'’\d])|{_WORD}|an?|(?:un )?par de|(?:a )?couple(?: of)?|"
                r"(?:a |una )?(?:dozen|docena)(?: de)?)")

_SIGN = r"(?:cop|usd|us|eur|gbp|mxn|pen|clp|[$€£])"
_CURRENCY = (r"(?:pesos?|dolares|dollars?|euros?|pounds?|quid|bucks?|soles|sol|bolivianos|bolivares|bs|"
             r"cop|usd|eur|gbp|mxn|pen|clp|[$€£]|de pesos|"
             r"de dolares|"
             r"de euros|en plata|en efectivo|in cash|de presupuesto|de capital|budget)")
_CUE = (r"(?:presupuesto|budget|tope|max|maximo|limite|tengo|tenemos|"
        r"dispongo de|disponemos de|cuento con|contamos con|solo|with|con|"
        r"i have|have|ive got|got|have got|spend|spending|gastar|gastarme|gastarnos|invertir|invest|up to|hasta|at most|"
        r"no more than|under|menos de|less than|por|for)(?: (?:is|es|of|de|un|una|a|the|el|max|maximum|maximo|como|solo|only|"
        r"just|"
        r"total|hay|about|around|unos|unas|our|mi|nuestro|disponible|available|hasta|up to|no more than|no mas de))*")
# After these an amount without a currency has to be large: `con 5`, `with 20` may be anything.
_LOOSE_CUE = re.compile(r"(?:with|con|por|for|hasta|up to|have|got|solo|under|menos de|less than|tengo|tenemos)\b")
_TIME = r"(?:dias?|days?|semanas?|weeks?|mes|meses|months?|anos?|years?|trimestres?|quarters?|quincenas?|fortnights?|semestres?)"
_NOT_MONEY = (rf"(?! ?(?:%|unidades|unidad|units?|piezas|pieces|articulos?|productos?|referencias|items?|products?|skus?|{_TIME}|"
              r"kg|g|l|w|ml|cm|in|pulgadas|best|worst|top|mas|veces|times|lineas|lines|cosas|things|horas?|hours?)\b)")
_MORE = (r"(?:mas de|mayor(?:es)? (?:a|de)|superior(?:es)? a|por encima de|al menos|minimo|more than|over|above|at least|"
         r"greater than|"
         r"exceeding)")
_LESS = (r"(?:menos de|menor(?:es)? (?:a|de)|inferior(?:es)? a|por debajo de|less than|fewer than|under|below|at most|"
         r"como mucho)")


@dataclass(frozen=True, slots=True)
class Threshold:
    """More or less than a number of units, or of money."""

    relation: Literal["more", "less"]
    value: float
    of: Literal["units", "money"]


def plain_number(text: str) -> float | None:
    """The value of digits with separators, whichever sign is the decimal one (`2.500.000,50`, `3,500.75`, `2'500.000`, `1,5`).

    Of two different signs the last is the decimal one; one sign that comes again, or has three digits after it, groups thousands.
    None if that leaves a group of other than three digits.
    """
    dot, comma = text.rfind("."), text.rfind(",")
    whole, decimals = text, ""
    if dot >= 0 and comma >= 0:
        whole, decimals = text[:max(dot, comma)], text[max(dot, comma) + 1:]
    elif (dot >= 0) != (comma >= 0):
        parts = re.split("[.,]", text)
        if len(parts) == 2 and (len(parts[1]) != 3 or parts[0].strip("0") == ""):
            whole, decimals = parts
    groups = re.split("[.,'’]", whole)
    if len(groups) > 1 and (len(groups[0]) > 3 or any(len(group) != 3 for group in groups[1:])):
        return None
    return float(f"{''.join(groups)}.{decimals or 0}") if decimals == "" or decimals.isdigit() else None


_SPACES = " \u00a0\u2009\u202f"
_GROUPS = re.compile(
    rf"(?P<before>(?:\b(?:con|with|de|of|budget|presupuesto|tengo|have|hasta|spend|gastar|invertir|invest)|[$€£]) ?)?"
    rf"(?<![\w.,'’/-])(?P<n>[1-9]\d{{0,2}}(?:[{_SPACES}]\d{{3}})+)(?![\d'’/-])(?![.,]\d{{3}})(?P<after> ?(?:pesos?|dol|"
    rf"eur|usd|cop|[$€£]))?",
    re.IGNORECASE)


def joined_groups(text: str) -> str:
    """`text` with `5 000 000` as one number, whether its thousands have spaces or no-break spaces between them.

    With plain spaces they may be several numbers, unless a group is `000` or money stands beside them.
    """
    def written(found: re.Match[str]) -> str:
        sure = " 000" in found["n"] or found["before"] or found["after"] or " " not in found["n"]
        joined = re.sub(rf"[{_SPACES}]", "", found["n"])
        return f"{found['before'] or ''}{joined}{found['after'] or ''}" if sure else found.group()

    return _GROUPS.sub(written, text)


def value_of(text: str, language: Language = "es") -> float | None:
    """What a number in digits and words comes to (`2 millones 300 mil`, `millon y medio`, `two and a half million`), or None."""
    total, thousands, current, last = 0.0, 0.0, None, 1.0
    if re.search(r"\d \d", text):
        return None  # `5 200` are two numbers: their sum is none that was said
    for word in re.sub(r"\b(?:y|and|de|an?)\b", " ", text).split():
        number = plain_number(word) if word[0].isdigit() else SMALL.get(word)
        if number is not None:
            current = (current or 0.0) + number
        elif word == "hundred":
            current = (1.0 if current is None else current) * 100
        elif word in ("medio", "media", "half"):
            # a half of what was named before (`millon y medio`), else of one (`medio millon`, `dos y medio millones`)
            current = 0.5 * last if current is None and last > 1 else (current or 0.0) + 0.5
        elif word in SCALES:
            last = 1e9 if language == "en" and word.startswith("billon") else SCALES[word]
            if last > 1e3:
                total, thousands = total + (thousands + (current or 0.0) or 1.0) * last, 0.0
            else:
                thousands += (1.0 if current is None else current) * last
            current = None
        else:
            return None
    made = total + thousands + (current or 0.0)
    return made if made < 1e15 else None


# `5.000`: a program means five by it, most people five thousand.
_EITHER = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")


def amounts(text: str) -> tuple[float, ...]:
    """What a text that is one amount of money may come to: a value, two for `5.000`, none for what is no amount.

    It is read as in questions (`5.000.000`, `2'500.000,50`, `$5M`, `5 millones`, `half a million`), and as programs do (`1e6`).
    """
    plain = fold(joined_groups(text)).replace("$", " ").strip()
    if _EITHER.fullmatch(plain):
        whole = float(plain.replace(",", "."))
        return whole, round(1000 * whole)
    try:
        value = float(plain)
    except ValueError:
        found = value_of(re.sub(r"(?<=\d)(?=[a-z])", " ", plain)) if plain else None
        return () if found is None else (found,)
    return (value,) if math.isfinite(value) else ()


def count_of(text: str) -> int | None:
    """The whole number that a SMALL_NUMBER is: `5`, `cinco`, `a couple of`, `una docena`."""
    if "par de" in text or "couple" in text:
        return 2
    if "dozen" in text or "docena" in text:
        return 12
    if text in ("a", "an"):
        return 1
    return int(text) if text.isdigit() else SMALL.get(text)


_SIGNED = re.compile(rf"(?P<relation>{_MORE}|{_LESS})?(?: ?)(?P<sign>{_SIGN} )+(?P<number>{NUMBER})(?: {_CURRENCY})*")
_WORDED = re.compile(rf"(?<![\w.,])(?:(?P<relation>{_MORE}|{_LESS}) )?(?P<number>{NUMBER}) (?:de )?{_CURRENCY}(?![\w])")
_CUED = re.compile(rf"\b{_CUE} (?P<number>{NUMBER})(?![\w.,/]){_NOT_MONEY}")
_SCALED = re.compile(rf"(?<![\w.,])(?:(?P<relation>{_MORE}|{_LESS}) )?(?P<number>{NUMBER})(?![\w.,/]){_NOT_MONEY}")
_UNITS = re.compile(rf"\b(?P<relation>{_MORE}|{_LESS}) (?P<number>{NUMBER})(?: (?:unidades|units?|piezas|pieces|uds))?(?![\w.,/])"
                    rf"(?! {_TIME}\b)")


def _relation(text: str | None) -> Literal["more", "less"] | None:
    if not text:
        return None
    return "more" if re.fullmatch(_MORE, text) else "less"


def _has_scale(text: str, *, sure: bool) -> bool:
    words = set(text.split())
    return bool(words & set(SCALES) - (set() if sure else _DOUBTFUL)) and bool(
        words & set(SMALL) or words & {"medio", "half", "a", "un"} or any(c.isdigit() for c in text) or "millon" in words)


_CASH = words("max maximo tope limite tengo tenemos have got presupuesto budget spend gastar gastarme invertir invest $")
_MILLIONS = re.compile(
    r"(?:^|(?<= ))(?P<before>\S+ )?(?P<cue>con|with|hasta|up to|max|maximo|tope|limite|"
    r"tengo|tenemos|have|got|presupuesto|budget|spend|gastar|gastarme|"
    r"invertir|invest|[$])(?P<more>(?: (?:de|of|is|es|un|max|maximo|solo|only|just|about|unos|[$]))*) (?P<n>\d+(?:[.,]\d+)?) "
    r"m(?!\w)(?! (?:de|of|x|por|largo|long|\d))")


def with_millions(sentence: str, known: frozenset[str]) -> str:
    """The sentence with `5 m` as `5 millones` where it can only be money: after `tengo`, `budget`; after `con`, `with` only where
    no word that is not among `known`, such as an article's name, stands before.
    """
    def written(found: re.Match[str]) -> str:
        before = (found["before"] or "").strip()
        if found["cue"] not in _CASH and "$" not in found["more"] and before and before not in known and before != ",":
            return found.group()
        return f"{found.group()[:-1]}millones"

    return _MILLIONS.sub(written, sentence)


def take_money(sentence: str, language: Language) -> tuple[str, float | None, Threshold | None]:
    """The sentence without its amount of money, the amount if it is a limit to spend, and the threshold if it is one.

    An amount has a currency, or a scale such as `mil` or `millones`, or follows `presupuesto`, `I have` and the like.
    """
    for pattern in (_SIGNED, _WORDED, _CUED, _SCALED):
        for found in pattern.finditer(sentence):
            number = found["number"]
            value = value_of(number, language)
            if not value or not _is_amount(pattern, found, number, value):
                continue
            relation = _relation(found.groupdict().get("relation"))
            rest = f"{sentence[:_begin(found)]}⟨m⟩{sentence[found.end():]}"
            if relation == "more":
                return rest, None, Threshold("more", value, "money")
            return rest, value, None
    return sentence, None, None


def _begin(found: re.Match[str]) -> int:
    """Where an amount itself begins: the verb or noun before it stays in the sentence."""
    return min(found.start(name) for name in ("sign", "number") if found.groupdict().get(name))


def _is_amount(pattern: re.Pattern[str], found: re.Match[str], number: str, value: float) -> bool:
    if pattern in (_SIGNED, _WORDED):
        return True
    loose = pattern is _SCALED or _LOOSE_CUE.match(found.group()) is not None
    if _has_scale(number, sure=not loose):
        return True
    plain = re.fullmatch(_DIGITS, number) is not None
    if pattern is _CUED:
        year = number.isdigit() and 1990 <= value <= 2099
        return plain and not year and (value >= 1000 if loose else value >= 100)
    return plain and number.count(".") + number.count(",") + number.count("'") >= 2


def take_threshold(sentence: str) -> tuple[str, Threshold | None]:
    """The sentence without `more than 100 units` and the like, and what that says."""
    found = _UNITS.search(sentence)
    value = value_of(found["number"]) if found else None
    relation = _relation(found["relation"]) if found else None
    if found is None or value is None or relation is None:
        return sentence, None
    return f"{sentence[:found.start()]}⟨m⟩{sentence[found.end():]}", Threshold(relation, value, "units")


_NOUN = (r"(?:articulos?|productos?|referencias?|items?|products?|articles?|skus?|lineas?|lines?|cosas|things|codigos|codes|"
         r"piezas|"
         r"materiales|insumos|goods)")
_RANK = (r"(?:mas|menos|mejores|peores|best|worst|top|bottom|most|least|fastest|slowest|fast|slow|biggest|weakest|leading|"
         r"hottest|"
         r"lowest|highest|poorest|strongest|popular|primer[oa]s|first)")
_MINE = r"(?:los|las|the|our|mis|nuestros|nuestras|my)"
_GIVE = (r"(?:primer[oa]s|first|dame|give me|show me|muestrame|dime|tell me|list|solo|only|just|hasta|up to|at most|maximo|"
         r"una lista de|a list of)")
_N = f"(?P<n>{SMALL_NUMBER})"
_LIMITS = tuple(re.compile(pattern) for pattern in (
    rf"\b(?:top|bottom|best|worst|ranking de(?: los| las)?|ranking of(?: the)?) {_N}(?= |$)(?! {_TIME}\b)",
    (rf"\b(?:{_MINE}|{_GIVE}) {_N} (?:(?:principales|main|primer[oa]s|first|otros|other) )?"
     rf"(?={_NOUN}\b|{_RANK}\b|(?:que|that|which)\b)"),
    rf"\b{_N} (?=(?:⟦\d+⟧ )?{_NOUN}\b)",
    (rf"(?:^|\b(?:{_MINE}|{_GIVE}|que|cuales|which|what|top|son|are) ){_N} (?=(?!{_TIME}\b)(?:[a-z]+ )?[a-z]{{3,}}s (?:\w+ )?"
     rf"(?:{_RANK}|(?:con|with|de|of) (?:\w+ )?(?:mayor|menor|mejor|peor|mas|menos|highest|lowest|most|least|best)|(?:que|"
     rf"that|which) (?:\w+ )?(?:{_RANK}|vend\w+|sold|sell)|vend\w+|sold|sell)\b)"),
    rf"\b{_MINE} {_N} (?=(?:de|con|of|with) (?:\w+ )?(?:{_RANK}|peor|mejor|menor|mayor)\b)",
    rf"(?:^|⟩ |\b(?:{_MINE}|which|what|cuales|que|me|son) ){_N} (?={_RANK}\b)",
    rf"\b(?:primer[oa]s|first) {_N}(?= |$)(?! (?:{_TIME}|de)\b)",
))


def take_limit(sentence: str) -> tuple[str, int | None]:
    """The sentence without how many articles are asked for (`top 10`, `los cinco más vendidos`, `20 items`), and that number."""
    for pattern in _LIMITS:
        for found in pattern.finditer(sentence):
            number = count_of(found["n"])
            if number and found["n"] not in ("a", "an", "un", "una", "uno", "one") and number <= 10_000:
                return f"{sentence[:found.start('n')]}⟨n⟩{sentence[found.end('n'):]}", number
    return sentence, None


def counted_nouns(draft: list[str], known: frozenset[str]) -> frozenset[str]:
    """The words right after a number of articles that are none of questions, such as `repuestos`, up to a plural."""
    found: list[str] = []
    for word in draft[draft.index("⟨n⟩") + 1:][:2] if "⟨n⟩" in draft else []:
        if word in known or not word.isalpha():
            break
        found.append(word)
        if word.endswith("s"):
            break
    return frozenset(found)


def has_number(sentence: str) -> bool:
    """Whether a number from 2 on is left in a sentence that nothing has been made of."""
    return any((word.isdigit() and len(word) < 5 and word != "1") or SMALL.get(word, 0) > 1 for word in sentence.split())
