"""A question's text as its words: without accents, case and punctuation, misspelt words set right, and its language."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from rapidfuzz.distance import OSA

from jobs.forecasting.ask_kinds import Language
from jobs.forecasting.question_words import (
    AMERICAN,
    ASIDE,
    BEFORE_SALES,
    COUNTED,
    COUNTING,
    DETERMINERS,
    ENGLISH,
    ENOUGH,
    FLOWS,
    GOODS,
    LINKS,
    PLAIN_ENGLISH,
    PLAIN_SPANISH,
    SHOPS,
    SHORT_FORMS,
    SPANISH,
    TIME,
    fold,
)

VOCABULARY = SPANISH | ENGLISH | PLAIN_SPANISH | PLAIN_ENGLISH
# Words of four letters and more are set right; a short one is too near to too many others.
SHORTEST = 4
LONG = 8

_TOKEN = re.compile(
    r"⟦\d+⟧"                                                # an article that was found before
    r"|\d{4}-\d{1,2}-\d{1,2}(?!\d)|\d{1,2}/\d{1,2}/\d{2,4}(?!\d)|\d{1,2}([.-])\d{1,2}\1\d{4}(?!\d)"    # a day in figures
    r"|\d{1,2}/\d{4}(?!\d)|\d{4}[-/]\d{1,2}(?![\d/-])"       # a month in figures
    r"|\d+(?:[.,'’]\d+)*"                                    # a number with its separators
    r"|[a-z]+|[$€£%,]|-"
)


# Short forms with figures or signs in them, and what is said in two words.
WRITTEN_OUT = {"w/c": "week commencing", "wk/c": "week commencing", "b4": "before", "y2d": "year to date", "m2d": "month to date",
          "2day": "today", "2moro": "tomorrow", "2morrow": "tomorrow", "que tanto": "cuanto", "que tanta": "cuanta"}
_SHORT = re.compile(rf"(?<!\S)(?:{'|'.join(re.escape(form) for form in WRITTEN_OUT)})(?!\S)")


def tokens(text: str) -> list[str]:
    """The words, numbers, dates and signs of a text, folded; `mother's` is `mother`, `20w50` is `20 w 50`."""
    plain = re.sub(r"(?<= )['’`´](?=2\d(?!\d))", "20", fold(text))  # `May '25`
    plain = re.sub(r"(?<=[a-z])['’`´](?:s\b)?", "", plain).replace("&", " y ")
    plain = re.sub(r"\bre-(?=[a-z])", "re", plain)  # `re-order`
    plain = _SHORT.sub(lambda found: WRITTEN_OUT[found.group()], plain)
    return [m.group() for m in _TOKEN.finditer(plain)]


_GREETING = re.compile(r"^(?:(?:hola|hi|hello|hey|muy|,) )*"
                       r"(?:buen[oa]?s?|good) (?:dias?|tardes?|noches?|morning|afternoon|evening|day)(?!\S)")


def ungreeted(words: list[str]) -> list[str]:
    """Words without a greeting before them: the days of `buenos días` are none that is asked about."""
    return _GREETING.sub("", " ".join(words)).split()


def stem(word: str) -> str:
    """A word without its ending, so that `tornillos` meets `tornillo`, `hoses` `hose`, `tires` `tyre`, `batteries` `battery`."""
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    word = AMERICAN.get(word, word)
    word = word[:-1] if len(word) > 3 and word.endswith("e") else word
    return f"{word[:-1]}i" if len(word) > 3 and word.endswith("y") else word


_SOUNDS = tuple((re.compile(pattern), to) for pattern, to in (
    (r"ph", "f"), (r"ough$", "of"),
    (r"qu(?=[ei])", "k"), (r"x", "ks"), (r"c(?=[ei])", "s"), (r"z", "s"), (r"(?<!c)h", ""), (r"v", "b"),
    (r"ll", "y"),
    (r"c(?!h)", "k"), (r"g(?=[ei])", "j"), (r"(.)\1", r"\1")))


@lru_cache(maxsize=20_000)
def sound(word: str) -> str:
    """A word roughly as Spanish speaks it, where b and v, s, c and z, ll and y are one (`bendere` and `vendere`)."""
    for pattern, to in _SOUNDS:
        word = pattern.sub(to, word)
    return word


def _near(word: str, limit: int, known: Iterable[str]) -> list[tuple[str, int]]:
    measured = ((other, OSA.distance(word, other, score_cutoff=limit)) for other in known)
    return [(other, distance) for other, distance in measured if distance <= limit]


def _allowed(word: str, other: str, distance: int) -> bool:
    """Whether two different words are near enough to be one: a short word may lack, double or swap a letter, not change one."""
    if distance > 1 and (len(word) < LONG or word[0] != other[0]):
        return False
    return len(word) > SHORTEST or len(word) != len(other) or sorted(word) == sorted(other)


def _distance(word: str, other: str, edits: int) -> float:
    """How unlikely it is that `word` was meant as `other`: least where they sound alike, then with two letters swapped, then with
    one missing, one too many, one changed.
    """
    if sound(word) == sound(other):
        return 0.5
    if sorted(word) == sorted(other):
        return edits - 0.2
    return edits - (0.15 if len(other) > len(word) else 0.1 if len(other) < len(word) else 0.0)


def near(word: str, known: Iterable[str]) -> tuple[list[str], float]:
    """The words among `known` that `word` is most likely a misspelling of, and how far they are; none if it is far from all."""
    if len(word) < SHORTEST:
        return [], 0.0
    found: dict[str, float] = {}
    for other, edits in _near(word, 2 if len(word) >= LONG else 1, known):
        distance = _distance(word, other, edits)
        if len(other) >= SHORTEST and (distance == 0.5 or (edits and _allowed(word, other, edits))):
            found[other] = distance
    best = min(found.values(), default=0.0)
    return sorted(other for other, distance in found.items() if distance == best), best


def nearest(word: str, known: Iterable[str]) -> tuple[str, float] | None:
    """The one word among `known` that `word` is a misspelling of, and how far it is; None if there is none or more than one.

    Two edits (optimal string alignment) are forgiven in a long word, one in a shorter one, none in less than four letters. Of
    several words as near, one about time is meant.
    """
    nearby, best = near(word, known)
    if len({stem(other) for other in nearby}) > 1:
        nearby = [other for other in nearby if other in TIME]
    return (nearby[0], best) if len({stem(other) for other in nearby}) == 1 else None


def is_unclear_time(word: str) -> bool:
    """Whether a word is a misspelling of more than one word about time, such as `juio` of `junio` and `julio`."""
    nearby = near(word, SPANISH | ENGLISH)[0] if word.isalpha() and word not in VOCABULARY else []
    return len({stem(other) for other in nearby} & {stem(other) for other in TIME}) > 1


def _by_sound(words: Iterable[str]) -> dict[str, str]:
    return {sound(word): word for word in sorted(words, key=lambda w: (-len(w), w))}


_VOCABULARIES: dict[Language, frozenset[str]] = {"es": SPANISH, "en": ENGLISH}
_SPOKEN: dict[Language, dict[str, str]] = {language: _by_sound(words) for language, words in _VOCABULARIES.items()}


@lru_cache(maxsize=20_000)
def _respelt(word: str, language: Language) -> tuple[str, float] | None:
    """The word of one language that `word` stands for, and how far away it is."""
    spoken = _SPOKEN[language]
    if len(word) == 3:
        swapped = {word[1] + word[0] + word[2], word[0] + word[2] + word[1]} & _VOCABULARIES[language]
        if len(swapped) == 1:
            return swapped.pop(), 0.8
    if len(word) >= 3 and sound(word) in spoken:
        return spoken[sound(word)], 0.5
    found = nearest(word, _VOCABULARIES[language])
    if found or len(word) < LONG - 1:
        return found
    heard = nearest(sound(word), spoken)
    return (spoken[heard[0]], heard[1] + 0.5) if heard and heard[1] <= 1 else None


def is_known(word: str) -> bool:
    """Whether a word is one of questions, if perhaps in short or misspelt."""
    return word in VOCABULARY or word in SHORT_FORMS or bool(_respelt(word, "es") or _respelt(word, "en"))


def spelt(words: list[str], articles: Callable[[str], float | None], default: Language) -> list[str]:
    """`words` with short forms written out and misspelt words of questions set right, in the language that most words are in.

    articles: how far a word is from the nearest word in the articles' names (0: it is one), None if far from all; a word that is
    nearer to them is left to them.
    """
    made: list[str] = []
    first = language_of(words, default)
    second: Language = "en" if first == "es" else "es"
    for i, word in enumerate(words):
        following = words[i + 1] if i + 1 < len(words) else ""
        named = len(word) == 1 and first == "en" and articles(word) == 0  # the D of `vitamin D`
        if word in SHORT_FORMS and not named and not _is_part_of_a_number(words, i, articles):
            made += SHORT_FORMS[word].split()
            continue
        if word == "by" and made and made[-1] in ("i", "we", "to"):
            made.append("buy")
            continue
        known = word in VOCABULARY or word in GOODS | SHOPS or not word.isalpha() or articles(word) == 0
        right = None if known else _respelt(word, first) or _respelt(word, second)
        if right and not _may_be_meant(right[0], made, following):
            right = None
        nearer = articles(word) if right else None
        made.append(word if right is None or (nearer is not None and nearer < right[1]) else right[0])
    return made


def _is_part_of_a_number(words: list[str], i: int, articles: Callable[[str], float | None]) -> bool:
    """Whether a letter belongs to the number beside it: `5 k`, `q 3`, and the `d 3` of an article's name."""
    word = words[i]
    before_number = i + 1 < len(words) and words[i + 1][:1].isdigit()
    if word == "bs":  # the money of Bolivia and Venezuela, else a misspelt `vs`
        return any(re.fullmatch(r"(?!(?:19|20)\d\d$)\d.*", beside) for beside in (*words[max(i - 1, 0):i], *words[i + 1:i + 2]))
    if len(word) > 1:
        return False
    named = word != "x" and articles(word) == 0  # `x 3 meses` is `por 3 meses`
    return (i > 0 and words[i - 1][:1].isdigit()) or (before_number and (word == "q" or named))


def _may_be_meant(right: str, before: list[str], following: str) -> bool:
    """Whether a word may be a misspelt `right` there, or can only be the name of what is sold: `how much rice`, `coats sales`."""
    last = before[-1] if before else ""
    if last in COUNTING:
        return right in COUNTED
    while before and before[-1] in DETERMINERS:
        before = before[:-1]
    if (before[-1:] and before[-1] in ENOUGH) or (len(before) > 1 and before[-1] in LINKS and before[-2] in FLOWS):
        return right in ASIDE
    short_before_sales = following in ("sales", "demand", "stock") and len(right) < 6
    return not short_before_sales or right in BEFORE_SALES


def language_of(words: list[str], default: Language) -> Language:
    """The language that most of the words are in; `default` where neither has more."""
    in_spanish, in_english = SPANISH | PLAIN_SPANISH, ENGLISH | PLAIN_ENGLISH
    spanish = sum(word in in_spanish and word not in in_english for word in words)
    english = sum(word in in_english and word not in in_spanish for word in words)
    if spanish == english:
        return default
    return "es" if spanish > english else "en"
