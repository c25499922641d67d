"""From a question's text to what is asked: the intent, the period, the articles, the budget and the rest. No model, no network.

1. Articles are found by code and by whole name, and their words leave the question.
2. Misspelt words of questions are set right; the language is that of most words.
3. Amounts, numbers of articles and periods are read and leave the question, too.
4. The words that are left decide what is asked; those that no language knows are looked up among the articles' names.
"""

import re
from dataclasses import dataclass, replace
from datetime import date

from jobs.forecasting.ask_kinds import Intent, Language, Understood
from jobs.forecasting.question_dates import When, day_first_in
from jobs.forecasting.question_exclusions import take_exclusion
from jobs.forecasting.question_intents import intent_of, is_comparison, is_done, looks_back, says_demand
from jobs.forecasting.question_items import ONE, Catalog, Mentions, merged
from jobs.forecasting.question_manner import Manner, Part, currency_in, manner_of
from jobs.forecasting.question_numbers import (
    Threshold,
    counted_nouns,
    has_number,
    joined_groups,
    take_limit,
    take_money,
    take_threshold,
    with_millions,
)
from jobs.forecasting.question_parts import names_supplier, parts_of, sets_apart, topic_of, words_of_topics
from jobs.forecasting.question_periods import Periods, take_periods
from jobs.forecasting.question_several import two_halves
from jobs.forecasting.question_text import VOCABULARY, is_unclear_time, language_of, spelt, stem, tokens, ungreeted
from jobs.forecasting.question_unsold import with_denial
from jobs.forecasting.question_wording import reworded
from jobs.forecasting.question_words import DETERMINERS, ENGLISH, LONG_TIMES, SHOPS, SPANISH, fold, words

_MARK = re.compile(r"⟦(\d+)⟧")
# Words that hold the parts of a name together (`pan de queso`, `filtro de aceite para moto`).
_GLUE = words("de del la el los con sin para y e en a al of the with for and , - por o in")
_OUT = words("sin without")
_EVERY = words("all any every each todo toda todos todas")
_UNITS = ("unidades", "unidad", "units", "unit", "piezas", "pieces", "%", "uds")
SHORTEST_CODE, SHORT_WORD = 3, 2
_QUANTITY = re.compile(r"\b(?:cuant[oa]s?|how (?:much|many))\b")


NOTHING = Mentions()
_COUNTED = re.compile(r"\b(?:unidades|units?|piezas|pieces|uds|stock|existencias?|inventario|inventory|sold|vend\w+)\b")


@dataclass(frozen=True, slots=True)
class Reading:
    """A question as it was understood.

    past: whether it looks back. done: whether it asks only for what has happened. threshold: more or less than so many units or
    so much money. mentions: the articles named, also those that are not sure. unclear: wordings about time that name no possible
    period. manner: how the answer is wanted. currency: the ISO codes of the currency that was said, None if none was.
    left_out: the articles and categories that do not count. refused: the parts of the question that cannot be answered.
    unread: the words of an unknown question that were not understood, as they were written. said: it as it was read.
    also: another question of the same text, as it was written, that is not read here.
    """

    intent: Intent
    past: bool
    done: bool
    understood: Understood
    threshold: Threshold | None
    mentions: Mentions
    unclear: tuple[str, ...]
    manner: frozenset[Manner] = frozenset()
    currency: frozenset[str] | None = None
    left_out: Mentions = NOTHING
    refused: tuple[Part, ...] = ()
    unread: tuple[str, ...] = ()
    said: str = ""
    also: str = ""


def read_question(
    text: str, today: date, catalog: Catalog, *, language: Language = "es", country: str | None = None,
) -> Reading:
    """What `text` asks for on the day `today`.

    language: taken where the text does not show its own. country: ISO 3166-1 code; in an English question from the United States
    3/4 is the fourth of March, everywhere else the third of April. Of a text that asks two things the first is read.
    """
    whole = _read(text, today, catalog, language=language, country=country)
    for first, rest in two_halves(text):
        one, two = (_read(half, today, catalog, language=whole.understood.language, country=country) for half in (first, rest))
        if _are_two(one, two):
            return replace(one, also=rest)
    return whole


def _are_two(one: Reading, two: Reading) -> bool:
    """Whether two halves of a text ask two things, of which one answer has only the first.

    A list of what to buy has its costs, a ranking how much was sold; `how many of this and how many of that` asks for one.
    """
    intents = one.intent, two.intent
    if "unknown" in intents or one.intent == two.intent or set(intents) == {"purchase_list", "investment_total"}:
        return False
    if one.intent == "demand":
        return says_demand(one.said)
    ranked = one.intent in ("top_sellers", "worst_sellers") and two.intent == "demand"
    return not ranked or two.understood.start is not None or two.mentions != NOTHING


def _read(text: str, today: date, catalog: Catalog, *, language: Language, country: str | None) -> Reading:
    """What a text asks for that is taken to be one question, as `read_question`."""
    marked = catalog.mark_names(ungreeted(tokens(catalog.mark_codes(joined_groups(text)))))
    spelling = spelt(marked, catalog.distance, language)
    language = language_of(spelling, language)
    said = reworded(with_millions(" ".join(spelling), VOCABULARY))
    sentence, budget, threshold = _take_amounts(said, language)
    sentence, limit = take_limit(sentence)
    when = When(today, day_first=day_first_in(sentence, usual=not (language == "en" and country in ("US", None))))
    draft = take_periods(sentence, when, comparing=False).rest.split()
    nouns = counted_nouns(draft, VOCABULARY)  # `los 4 repuestos más vendidos` are four of all articles, if none is called so
    phrases = _phrases(draft := [w for w in draft if w not in nouns or catalog.distance(w) is not None], catalog)
    whole = take_exclusion(_masked(draft, phrases, every=True))
    phrases = [replace(phrase, out=n in whole.places) for n, phrase in enumerate(phrases)]
    marked_draft = take_exclusion(_masked(draft, phrases)).rest
    comparing = is_comparison(marked_draft)
    intent = intent_of(marked_draft, comparing=comparing, budget=budget is not None)
    manner = manner_of(sentence, marked_draft, intent, named=_count(phrases))
    if intent == "demand" and threshold is not None and not _QUANTITY.search(sentence):
        intent = "top_sellers" if threshold.relation == "more" else "worst_sellers"  # `what sold more than 100 units`
    when = replace(when, past=looks_back(sentence, intent) or "all_time" in manner)
    periods = take_periods(sentence, when, comparing=comparing and intent == "compare_periods")
    if unclear := tuple(word for word in periods.rest.split() if is_unclear_time(word)):
        periods = Periods(periods.rest, unclear=unclear)
    mentions, left_out, refused = _counted(phrases, catalog, unsure=whole.unsure)
    if intent == "unknown" or _is_about_something_else(intent, mentions, periods, sentence, budget):
        topic = topic_of(marked_draft) or (("supplier",) if names_supplier(whole.rest, intent, language) else ())
        return Reading("unknown", when.past, False, Understood(language=language), None, Mentions(), (), refused=topic,
                       unread=_unread(draft, marked_draft, text, catalog), said=sentence)
    more, parts = parts_of(whole.rest, intent)
    if mentions.unknown and names_supplier(whole.rest, intent, language):
        mentions, parts = replace(mentions, unknown=()), (*parts, "supplier")
    if periods == Periods(periods.rest) and not manner | more and not parts:
        periods = replace(periods, unclear=tuple(word for word in whole.rest.split() if word in LONG_TIMES)[:1])
    unsold = "unsold" in manner
    if intent in ("top_sellers", "worst_sellers"):
        more |= {"by_category"} if len(mentions.categories) > 1 and sets_apart(sentence) else set()
        parts += ("number",) if limit is None and not unsold and has_number(whole.rest) else ()
    budget, threshold = _limits(intent, budget, threshold, said)
    return Reading(
        intent, when.past, is_done(sentence) or (unsold and when.past), _understood(
            periods, _remaining(mentions, left_out, catalog), left_out.codes, budget=budget, limit=limit, language=language),
        threshold, mentions, periods.unclear, manner | more, currency_in(said), left_out, refused + parts, said=sentence)


def _take_amounts(said: str, language: Language) -> tuple[str, float | None, Threshold | None]:
    """The sentence without its money and its limit, the money to spend, and the limit."""
    sentence, budget, threshold = take_money(said, language)
    if threshold is None:
        sentence, threshold = take_threshold(sentence)
    return sentence, budget, with_denial(sentence, threshold, said)


def _limits(
    intent: Intent, budget: float | None, threshold: Threshold | None, said: str,
) -> tuple[float | None, Threshold | None]:
    """The money to spend and the limit: a purchase `under 2000` is under that money unless units are counted."""
    if intent == "purchase_list" and budget is None and threshold and (threshold.relation, threshold.of) == ("less", "units"):
        return (None, threshold) if _COUNTED.search(said) else (threshold.value, None)
    if budget is not None and intent not in ("purchase_list", "investment_total"):
        return None, threshold or Threshold("less", budget, "money")
    return budget, threshold


def _understood(
    periods: Periods, items: tuple[str, ...], excluded: tuple[str, ...], *, budget: float | None, limit: int | None,
    language: Language,
) -> Understood:
    """What was read, for the result."""
    first, second = periods.first, periods.second
    return Understood(
        start=first.start if first else None, end=first.end if first else None, compare_start=second.start if second else None,
        compare_end=second.end if second else None, items=items, excluded=excluded, budget=budget, limit=limit, language=language)


@dataclass(frozen=True, slots=True)
class _Phrase:
    """Words of a sentence, from `begin` to before `stop`, and the articles that they name; `out`: these are left out."""

    begin: int
    stop: int
    mentions: Mentions
    out: bool = False


def _unread(draft: list[str], marked: str, text: str, catalog: Catalog) -> tuple[str, ...]:
    """The words of a sentence that neither questions, topics nor articles have, as they stand in its text."""
    about = words_of_topics(marked)
    written = {fold(word): word for word in reversed(re.findall(r"\w+", text))}
    unread = (word for word in draft if word.isalpha() and len(word) > SHORT_WORD and word not in SPANISH | ENGLISH
              and word not in about and catalog.distance(word) != 0)
    return tuple(dict.fromkeys(written.get(word, word) for word in unread))


def _count(phrases: list[_Phrase]) -> int:
    """How many articles and categories are named to be counted."""
    kept = [phrase.mentions for phrase in phrases if not phrase.out]
    return sum(max(len(m.codes) + len(m.categories), bool(m.candidates)) for m in kept)


def _masked(draft: list[str], phrases: list[_Phrase], *, every: bool = False) -> str:
    """A sentence with `⟨p⟩` for each period and `⟦⟧` for each article, so that their words give nothing away.

    every: also for names that no article has.
    """
    made = ["⟨p⟩" if word == "|" else word for word in draft]
    for phrase in reversed(phrases):
        if every or phrase.mentions != Mentions(unknown=phrase.mentions.unknown) or made[phrase.begin].isdigit():
            made[phrase.begin:phrase.stop] = ["⟦⟧"]
    return " ".join(made)


def _merged(phrases: list[_Phrase], catalog: Catalog) -> Mentions:
    """What all phrases name, in their order, and the articles of categories; as long as one of them is unsure, none."""
    made = merged([phrase.mentions for phrase in phrases])
    if made.candidates:
        return Mentions(candidates=made.candidates, unknown=made.unknown)
    in_groups = [code for category in made.categories for code in catalog.codes_in(category)]
    return Mentions(tuple(dict.fromkeys((*made.codes, *in_groups))), made.categories, made.candidates, made.unknown)


def _counted(phrases: list[_Phrase], catalog: Catalog, *, unsure: bool) -> tuple[Mentions, Mentions, tuple[Part, ...]]:
    """What is named to be counted, what to be left out, and whether the latter is refused."""
    kept, out = (_merged([p for p in phrases if p.out is left_out], catalog) for left_out in (False, True))
    if not any(p.out for p in phrases):
        return kept, out, ("exclusion",) if unsure else ()
    if kept.candidates or out.candidates:
        return merged([kept, out]), Mentions(), ()
    if unsure or out.unknown or not out.codes:
        return kept, out, ("exclusion",)
    return kept, out, () if _remaining(kept, out, catalog) else ("nothing_left",)


def _remaining(kept: Mentions, out: Mentions, catalog: Catalog) -> tuple[str, ...]:
    """The codes to count: those named, all where none is, less those left out; none where that means all articles."""
    if not out.codes:
        return kept.codes
    every = kept.codes or tuple(article.code for article in catalog.articles)
    return tuple(code for code in every if code not in set(out.codes))


def _phrases(draft: list[str], catalog: Catalog) -> list[_Phrase]:
    """Marks, codes of digits, and runs of words that no language knows, each with the articles that it names."""
    made: list[_Phrase] = []
    i = 0
    while i < len(draft):
        stop = _end_of_name(draft, i, catalog)
        mark = _MARK.fullmatch(draft[i])
        if stop > i:
            made.append(_named(draft, i, stop, catalog))
        elif mark:
            made.append(_Phrase(i, i + 1, catalog.marked(int(mark[1]))))
        elif draft[i].isdigit() and draft[i + 1:i + 2] not in ([unit] for unit in _UNITS):
            code = catalog.code_of_number(draft[i])
            if code is not None:
                made.append(_Phrase(i, i + 1, Mentions(codes=(code,))))
            elif len(draft[i]) >= SHORTEST_CODE:  # no date, amount or limit, as those have left the sentence
                made.append(_Phrase(i, i + 1, catalog.like_number(draft[i])))
            elif i and draft[i - 1] in ONE:
                made.append(_Phrase(i, i + 1, catalog.find([draft[i]])))
        i = max(stop, i + 1)
    return made


def _end_of_name(draft: list[str], begin: int, catalog: Catalog) -> int:
    """Where a name ends that begins with a word no language knows; small words, numbers and words of names may follow it."""
    stop = end = begin
    while stop < len(draft):
        word = draft[stop]
        unknown = word.isalpha() and len(word) > 1 and word not in VOCABULARY and not (
            word in SHOPS and catalog.distance(word) is None)
        if stop > begin and word in _OUT and not catalog.has_pair(word, draft[stop + 1:stop + 2]):
            break
        if not unknown and not (stop > begin and (word in _GLUE or word[0].isdigit() or stem(word) in catalog.name_words)):
            break
        stop += 1
        end = end if word in _GLUE else stop
    return end


def _named(draft: list[str], begin: int, stop: int, catalog: Catalog) -> _Phrase:
    """The articles of a name; words before it that both questions and articles' names have belong to it if that makes it sure."""
    said = catalog.find(draft[begin:stop])
    if said.alike > 1 and _says_every(draft, begin):
        return _Phrase(begin, stop, Mentions(codes=catalog.all_with(draft[begin:stop])))
    first = begin
    while first > 0 and draft[first - 1] not in _GLUE and stem(draft[first - 1]) in catalog.name_tokens:
        first -= 1
    every = set(draft[first:begin]) <= _EVERY and bool(said.categories)  # `all tyres` is not the `All season tyre`
    if first < begin and not every:
        longer = catalog.find(draft[first:stop])
        if longer.codes and catalog.has_words(longer.codes[0], draft[first:begin]):
            return _Phrase(first, stop, longer)
    return _Phrase(begin, stop, said)


def _says_every(draft: list[str], begin: int) -> bool:
    """Whether a name stands after `todos los`, `todo lo de`, `all of the` or the like."""
    before = [word for word in draft[:begin] if word not in _GLUE | {"lo"} | DETERMINERS - _EVERY]
    return bool(before) and before[-1] in _EVERY


def _is_about_something_else(
    intent: Intent, mentions: Mentions, periods: Periods, sentence: str, budget: float | None,
) -> bool:
    """Whether all that ties the question to a purchase is the verb: `should I buy a house?`"""
    unsaid = periods.first is None and budget is None and not _QUANTITY.search(sentence)
    nothing = not (mentions.codes or mentions.candidates or mentions.categories or any(w.isdigit() for w in mentions.unknown))
    return intent == "purchase_list" and bool(mentions.unknown) and nothing and unsaid
