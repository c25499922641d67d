"""From a question's text to what is asked: the intent, the period, the articles, the budget and the rest. No model, no network.

1. Articles are found by code and by whole name, and their words leave the question.
2. Misspelt words of questions are set right; the language is that of most words.
3. Amounts, numbers of articles and periods are read and leave the question, too.
4. The words that are left decide what is asked; those that no language knows are looked up among the articles' names.
"""

import re
from dataclasses import dataclass
from datetime import date

from jobs.forecasting.ask_kinds import Intent, Language, Understood
from jobs.forecasting.question_dates import When
from jobs.forecasting.question_intents import intent_of, is_comparison, is_done, looks_back
from jobs.forecasting.question_items import Catalog, Mentions, merged
from jobs.forecasting.question_numbers import Threshold, take_limit, take_money, take_threshold
from jobs.forecasting.question_periods import Periods, take_periods
from jobs.forecasting.question_text import VOCABULARY, is_unclear_time, language_of, spelt, stem, tokens
from jobs.forecasting.question_words import words

_MARK = re.compile(r"⟦(\d+)⟧")
# Words that hold the parts of a name together (`pan de queso`, `filtro de aceite para moto`).
_GLUE = words("de del la el los con sin para y e en a al of the with for and , por o in")
_UNITS = ("unidades", "unidad", "units", "unit", "piezas", "pieces", "%", "uds")
_QUANTITY = re.compile(r"\b(?:cuant[oa]s?|how (?:much|many))\b")


@dataclass(frozen=True, slots=True)
class Reading:
    """A question as it was understood.

    past: whether it looks back. done: whether it asks only for what has happened. threshold: more or less than so many units or
    so much money. mentions: the articles named, also those that are not sure. unclear: wordings about time that name no possible
    period.
    """

    intent: Intent
    past: bool
    done: bool
    understood: Understood
    threshold: Threshold | None
    mentions: Mentions
    unclear: tuple[str, ...]


def read_question(
    text: str, today: date, catalog: Catalog, *, language: Language = "es", country: str | None = None,
) -> Reading:
    """What `text` asks for on the day `today`.

    language: taken where the text does not show its own. country: ISO 3166-1 code; in an English question from the United States
    3/4 is the fourth of March, everywhere else the third of April.
    """
    marked = catalog.mark_names(tokens(catalog.mark_codes(text)))
    spelling = spelt(marked, catalog.distance, language)
    language = language_of(spelling, language)
    sentence, budget, threshold = take_money(" ".join(spelling), language)
    if threshold is None:
        sentence, threshold = take_threshold(sentence)
    sentence, limit = take_limit(sentence)
    day_first = not (language == "en" and country in ("US", None))
    draft = _masked(take_periods(sentence, When(today, day_first=day_first), comparing=False))
    comparing = is_comparison(draft)
    intent = intent_of(draft, comparing=comparing, budget=budget is not None)
    comparing = comparing and intent == "compare_periods"
    when = When(today, past=looks_back(sentence, intent), day_first=day_first)
    periods = take_periods(sentence, when, comparing=comparing)
    if unclear := tuple(word for word in periods.rest.split() if is_unclear_time(word)):
        periods = Periods(periods.rest, unclear=unclear)
    mentions = _mentions(periods.rest, catalog)
    if _is_about_something_else(intent, mentions, periods, sentence, budget):
        intent = "unknown"
    if intent == "unknown":
        return Reading(intent, when.past, False, Understood(language=language), None, Mentions(), ())
    if budget is not None and intent not in ("purchase_list", "investment_total"):
        threshold, budget = threshold or Threshold("less", budget, "money"), None
    first, second = periods.first, periods.second
    understood = Understood(
        start=first.start if first else None, end=first.end if first else None, compare_start=second.start if second else None,
        compare_end=second.end if second else None, items=mentions.codes, budget=budget, limit=limit, language=language)
    return Reading(intent, when.past, is_done(sentence), understood, threshold, mentions, periods.unclear)


def _masked(periods: Periods) -> str:
    """The sentence with `⟨p⟩` for each period."""
    return periods.rest.replace("|", "⟨p⟩")


def _mentions(rest: str, catalog: Catalog) -> Mentions:
    """The articles that the sentence marks, and those that its left-over words name, in their order."""
    found: list[Mentions] = []
    for phrase in _phrases(rest.split(), catalog):
        mark = _MARK.fullmatch(phrase[0])
        code = catalog.articles[int(mark[1])].code if mark else catalog.code_of_number(phrase[0]) if phrase[0].isdigit() else None
        if code is not None:
            found.append(Mentions(codes=(code,)))
        elif not phrase[0].isdigit():
            found.append(catalog.find(phrase))
    made = merged(found)
    in_groups = [code for category in made.categories for code in catalog.codes_in(category)]
    return Mentions(tuple(dict.fromkeys((*made.codes, *in_groups))), made.categories, made.candidates, made.unknown)


def _phrases(rest: list[str], catalog: Catalog) -> list[list[str]]:
    """Runs of words that no language knows, with the small words and numbers between them; marks and lone numbers alone."""
    phrases: list[list[str]] = []
    current: list[str] = []
    for i, word in enumerate([*rest, "|"]):
        is_name = word.isalpha() and len(word) > 1 and word not in VOCABULARY
        if is_name or (current and (word in _GLUE or word[0].isdigit() or stem(word) in catalog.name_words)):
            current.append(word)
            continue
        if current:
            while current[-1] in _GLUE:
                current.pop()
            phrases.append(current)
            current = []
        if _MARK.fullmatch(word) or (word.isdigit() and not (i + 1 < len(rest) and rest[i + 1] in _UNITS)):
            phrases.append([word])
    return phrases


def _is_about_something_else(
    intent: Intent, mentions: Mentions, periods: Periods, sentence: str, budget: float | None,
) -> bool:
    """Whether all that ties the question to a purchase is the verb: `should I buy a house?`"""
    unsaid = periods.first is None and budget is None and not _QUANTITY.search(sentence)
    nothing = not (mentions.codes or mentions.candidates or mentions.categories)
    return intent == "purchase_list" and bool(mentions.unknown) and nothing and unsaid
