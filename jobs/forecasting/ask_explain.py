"""An answer in plain words: what was understood, the answer itself, where it comes from, and what is missing."""

from collections.abc import Callable
from typing import Any

from jobs.forecasting.ask_book import Amounts, Lack
from jobs.forecasting.ask_groups import per_of
from jobs.forecasting.ask_kinds import Intent
from jobs.forecasting.ask_lacks import CAUTIONS, LACKS
from jobs.forecasting.ask_speech import Speech
from jobs.forecasting.ask_words import EXAMPLES, ONE, PERIOD_NAMES, SAID, UNDERSTOOD, Text
from jobs.forecasting.asked import Answer, Asked
from jobs.forecasting.question_calendar import Span
from jobs.forecasting.question_items import Catalog, Mentions
from jobs.forecasting.question_text import tokens

SHOWN = 5
SHORT_WORD = 4  # up to this length a word says little of what is asked


def explain(asked: Asked, given: Answer, catalog: Catalog, speech: Speech) -> str:
    """The explanation, a few sentences."""
    say = _Teller(speech)
    if asked.reading.intent == "unknown":
        return _refused(asked, say)
    sentences = [_understood(asked, catalog, say)]
    sentences += [say("also", question=asked.reading.also)] if asked.reading.also else []
    sentences += [_filled(CAUTIONS[note.caution], note.facts, speech) for note in given.notes]
    if given.data:
        sentences += _TELL[asked.reading.intent](given.facts, say)
    sentences += [_lack(lack, asked, catalog, say) for lack in given.lacks]
    return " ".join(s for s in sentences if s)


def _refused(asked: Asked, say: "_Teller") -> str:
    """What is said of a question that is none: the words that were not understood, and what can be asked, the nearest first."""
    reading, language = asked.reading, say.speech.language
    examples = ", ".join(EXAMPLES[language])
    told = [say("unread", words=", ".join(reading.unread))] if reading.unread else []
    if reading.refused:
        about = " ".join(LACKS[part][language] for part in reading.refused)
        return " ".join([*told, say("unknown_part", part=about, examples=examples)])
    near = max(EXAMPLES[language], key=lambda example: _alike(example, reading.said))
    told += [say("nearest", example=near)] if _alike(near, reading.said) else []
    return " ".join([*told, say("unknown", examples=examples)])


def _alike(example: str, said: str) -> int:
    """How many of the longer words of an example a question has."""
    return len({word for word in tokens(example) if len(word) > SHORT_WORD} & set(said.split()))


class _Teller:
    """Fills in a sentence of the answer's language."""

    def __init__(self, speech: Speech) -> None:
        self.speech = speech

    def __call__(self, key: str, **facts: Any) -> str:
        single = key in ONE and str(facts.get("count", facts.get("n"))) == "1"
        text = (ONE if single else SAID)[key][self.speech.language].format(**facts)
        return text[:1].upper() + text[1:] if text.endswith((".", "?")) else text


def _named(mentions: Mentions, items: tuple[str, ...], catalog: Catalog, say: _Teller) -> list[str]:
    """What the question names: its categories, and the articles beside them."""
    groups = {key: catalog.codes_in(key) for key in mentions.categories}
    grouped = {code for codes in groups.values() for code in codes}
    names = {a.code: a.name or a.code for a in catalog.articles}
    told = [say("group", name=catalog.category_name(key), n=len(codes)) for key, codes in groups.items()]
    return told + [names.get(code, code) for code in items if code not in grouped]


def _understood(asked: Asked, catalog: Catalog, say: _Teller) -> str:
    u, speech = asked.reading.understood, say.speech
    details: list[str] = []
    if asked.reading.mentions.codes:
        details.append(say("of", items=speech.listed(_named(asked.reading.mentions, asked.reading.mentions.codes, catalog, say))))
    if u.excluded:
        details.append(say("without", items=speech.listed(_named(asked.reading.left_out, u.excluded, catalog, say))))
    if asked.span and asked.other and "groups" not in asked.reading.manner:
        details.append(say("against", first=speech.span(asked.span), second=speech.span(asked.other)))
    elif asked.span:
        details.append(say("when", span=speech.span(asked.span)))
    if u.budget is not None:
        details.append(say("budget", money=speech.money(u.budget)))
    if u.limit is not None:
        details.append(say("limit", n=u.limit))
    if t := asked.reading.threshold:
        details.append(say(f"{t.relation}_{t.of}", n=speech.number(t.value), money=speech.money(t.value)))
    if per := per_of(asked):
        details.append(say("per", per=PERIOD_NAMES[per][speech.language]))
    if "by_category" in asked.reading.manner:
        details.append(say("by_category"))
    joined = ": " + ", ".join(details) if details else ""
    return say("understood", what=UNDERSTOOD[asked.reading.intent][speech.language], details=joined)


def _lack(lack: Lack, asked: Asked, catalog: Catalog, say: _Teller) -> str:
    """What is missing; where articles are not sure, with the categories that may be meant, which have no code to choose by."""
    maybe = (c.article for c in asked.reading.mentions.candidates if c.asked == lack.facts.get("words"))
    candidates = (f"{a.code} ({a.name})" if a.name else a.code for a in maybe)
    said = _filled(LACKS[lack.reason], {**lack.facts, "candidates": ", ".join(candidates)}, say.speech)
    groups = catalog.categories_with(lack.facts["words"]) if lack.reason in ("which", "which_many", "unknown_item") else []
    if not groups:
        return said
    return f"{said} {say('categories', count=len(groups), names=say.speech.listed(groups), name=groups[0])}"


def _filled(text: Text, known: dict[str, Any], speech: Speech) -> str:
    """A sentence with its facts as the language writes them."""
    facts: dict[str, Any] = {}
    for name, value in known.items():
        if isinstance(value, Span):
            facts[name] = speech.span(value)
        elif name == "sums":
            facts[name] = PERIOD_NAMES[value][speech.language]
        else:
            facts[name] = speech.day(value) if hasattr(value, "year") else value
    said = text[speech.language].format(**facts)
    return said[:1].upper() + said[1:]


def _source(made: Amounts, say: _Teller) -> list[str]:
    """Where the numbers of a forecast come from."""
    return [say(key) for key, so in (("shared", made.shared), ("how", made.ahead is not None)) if so]


def _rows(key: str, found: list[dict[str, Any]], more: int, say: _Teller, **numbers: str) -> str:
    """The first few rows in words, and how many more there are. numbers: what is said of a row, by the column it comes from."""
    speech = say.speech

    def told(row: dict[str, Any]) -> str:
        named = row["item_name"] or row["item"] or say("no_category")
        values = {name: _value(row[column], column, speech) for name, column in numbers.items()}
        return say(key, name=named, **values) if values else named

    return _listed([told(row) for row in found[:SHOWN]], more, say)


def _listed(rows: list[str], more: int, say: _Teller) -> str:
    """Rows one after the other, and how many more there are."""
    joined = "; ".join(rows)
    return say("rows", rows=joined, n=more) if more > 0 else joined


def _value(value: Any, column: str, speech: Speech) -> str:
    if value is None:
        return "?"
    return speech.day(value) if column == "runs_out_on" else speech.shown(column, value)


def _average(facts: dict[str, Any], say: _Teller) -> list[str]:
    speech, span = say.speech, say.speech.span(facts["span"])
    told = [say("chosen", span=span)] if facts["chosen"] else []
    key = "average_ahead" if facts["made"].ahead else "average"
    told.append(say(key, per=PERIOD_NAMES[facts["per"]][speech.language], mean=speech.number(facts["average"]), span=span,
                    total=speech.number(facts["units"])))
    return told + _source(facts["made"], say)


def _demand(facts: dict[str, Any], say: _Teller) -> list[str]:
    if "grouped" in facts:
        return _ranking(facts, say, "top")
    if "average" in facts:
        return _average(facts, say)
    speech, made = say.speech, facts["made"]
    span = speech.span(facts["span"])
    told = [say("chosen", span=span)] if facts["chosen"] else []
    if made.ahead is None and made.span != facts["span"]:
        told.append(say("so_far", last=speech.day(made.span.end), n=speech.number(facts["units"]), span=span))
    elif made.ahead is None:
        told.append(say("sold", n=speech.number(facts["units"]), span=span))
    elif made.known is None:
        told.append(say("will_sell", n=speech.number(facts["units"]), span=span))
    else:
        whole = speech.rounded(facts["sold"]) + speech.rounded(facts["forecast"])  # it adds up as it is said
        told.append(say("partly", last=speech.day(made.known.end), sold=speech.number(facts["sold"]),
                        forecast=speech.number(facts["forecast"]), n=speech.number(whole), span=span))
    if "lo-80" in facts:
        told.append(say("band", low=speech.number(facts["lo-80"]), high=speech.number(facts["hi-80"])))
    elif made.ahead:
        told.append(say("untested" if facts["beyond"] else "no_band" if facts["several"] else "no_margin"))
    if facts["revenue"] is not None and made.known is not None:
        told.append(say("revenue", money=speech.money(facts["revenue"])))
    return told + _source(made, say)


def _ranking(facts: dict[str, Any], say: _Teller, which: str) -> list[str]:
    speech, made = say.speech, facts["made"]
    span = speech.span(facts["span"])
    told = [say("chosen", span=span)] if facts["chosen"] else []
    if facts["unused"]:
        told.append(say("unused", words=", ".join(facts["unused"])))
    if made.ahead is None and made.span.end < facts["span"].end:
        told.append(say("known_to", last=speech.day(made.span.end)))
    if facts["only_unsold"]:
        listed, ahead = _rows("{}", facts["rows"], facts["count"] - SHOWN, say), made.ahead is not None
        if not facts["rows"]:
            return [*told, say("unsold_none_ahead" if ahead else "unsold_none", span=span)]
        return [*told, say("unsold_ahead" if ahead else "unsold_list", count=facts["count"], span=span, rows=listed)]
    if not facts["rows"]:
        return [*told, say("nothing")]
    key, column = ("money_row", {"money": "revenue"}) if facts["money"] else ("row", {"n": "units"})
    rows = _rows(key, facts["rows"], len(facts["rows"]) - SHOWN, say, **column)
    if facts["money"] and made.ahead:
        told.append(say("money_past"))
    which = f"{which}_category" if facts["grouped"] else which
    verbs = {"es": ("se vendió", "se venderá"), "en": ("sold", "will sell")}
    told.append(say(which, verb=verbs[speech.language][made.ahead is not None], span=span, rows=rows))
    if which == "worst" and facts["unsold"]:
        told.append(say("unsold", n=facts["unsold"]))
    if made.ahead and made.known:
        told.append(say("mixed", last=speech.day(made.known.end)))
    return told + _source(made, say)


def _comparison(facts: dict[str, Any], say: _Teller) -> list[str]:
    speech = say.speech
    told = []
    if facts["equal"]:
        told.append(say("equal_parts", **{name: speech.span(span) for name, span in facts["cut"].items()}))
    told.append(say("compared", first=speech.span(facts["first"]), one=speech.number(facts["one"]),
                    second=speech.span(facts["second"]), two=speech.number(facts["two"])))
    n = speech.number(abs(facts["difference"]))
    if facts["difference"] == 0:
        told.append(say("same"))
    elif facts["percent"] is None:
        told.append(say("from_nothing", n=n))
    elif facts["first"].start < facts["second"].start and facts["one"]:
        change = facts["two"] - facts["one"]
        told.append(say("rose" if change > 0 else "fell", n=n, percent=speech.percent(100 * change / facts["one"]),
                        earlier=speech.span(facts["first"]), later=speech.span(facts["second"])))
    else:
        told.append(say("more" if facts["difference"] > 0 else "less", n=n, percent=speech.percent(facts["percent"])))
    if facts["ahead"]:
        told.append(say("part_forecast"))
    return told


def _covers(facts: dict[str, Any], say: _Teller, of: str = "leads") -> str:
    """The days that a purchase is for, and the delivery that comes after them; `of` names the delivery times of its articles."""
    leads = facts[of]
    lead = "" if not leads or max(leads) <= 0 else say("lead", n=say.speech.number(leads[0])) if len(leads) == 1 else say("leads")
    return say("covers", days=say.speech.from_to(facts["covers"]), lead=lead)


def _costs(facts: dict[str, Any], say: _Teller) -> list[str]:
    """What it costs beside the budget, what the budget left out, and what is not known of it."""
    told = []
    money = say.speech.money
    if facts["cut"]:
        if facts["left"] > 0:
            covers = _covers(facts, say, "left_leads")
            told.append(say("left_out", n=facts["left"], money=money(facts["left_cost"]), covers=covers))
        elif not facts["costless"]:
            told.append(say("in_budget", money=money(facts["budget"])))
        if facts["bare"]:
            told.append(say("bare", count=len(facts["bare"]), names=say.speech.listed(facts["bare"])))
    elif facts["budget"] is not None and facts["total"] > 0:
        over = facts["total"] - facts["budget"]
        told.append(say("over_budget" if over > 0 else "in_budget", money=money(facts["budget"]), over=money(abs(over))))
    if 0 < facts["costless"] < facts["wanted"]:
        told.append(say("not_bought" if facts["cut"] else "priceless", n=facts["costless"]))
    return told + ([] if facts["stock"] else [say("no_stock_known")])


def _nothing_bought(facts: dict[str, Any], say: _Teller) -> str:
    """Why the list is empty: nothing is needed, no cost is known, or the money is too little."""
    covers = _covers(facts, say)
    if not facts["wanted"]:
        return say("buy_none" if facts["stock"] else "buy_no_demand", covers=covers)
    money = say.speech.money(facts["budget"])
    if facts["costless"] == facts["wanted"]:
        return say("buy_costless", n=facts["wanted"], covers=covers, money=money)
    return say("buy_nothing", n=facts["wanted"], cost=say.speech.money(facts["wanted_cost"]), covers=covers, money=money)


def _purchase(facts: dict[str, Any], say: _Teller) -> list[str]:
    speech, span = say.speech, say.speech.span(facts["span"])
    told = [say("chosen", span=span)] if facts["chosen"] else []
    if not facts["count"]:
        return [*told, _nothing_bought(facts, say)]
    rows = _rows("buy_row", facts["rows"], facts["count"] - SHOWN, say, n="quantity")
    if facts["cut"] and facts["left"] > 0:
        told.append(say("buy_part", count=facts["count"], money=speech.money(facts["budget"]), rows=rows))
    else:
        told.append(say("buy", count=facts["count"], covers=_covers(facts, say), rows=rows))
    if facts["more"]:
        told.append(say("and_more", n=facts["more"]))
    if facts["total"] > 0:
        told.append(say("costs", money=speech.money(facts["total"])))
    return [*told, say("sum"), *_costs(facts, say)]


def _investment(facts: dict[str, Any], say: _Teller) -> list[str]:
    speech, span = say.speech, say.speech.span(facts["span"])
    told = [say("chosen", span=span)] if facts["chosen"] else []
    if not facts["count"]:
        return [*told, _nothing_bought(facts, say)]
    if facts["total"] > 0:
        told.append(say("needs", money=speech.money(facts["total"]), count=facts["count"], covers=_covers(facts, say)))
    return [*told, say("sum"), *_costs(facts, say)]


def _stock(facts: dict[str, Any], say: _Teller) -> list[str]:
    return _on_hand(facts, say) if "articles" in facts else _stockout(facts, say)


def _stockout(facts: dict[str, Any], say: _Teller) -> list[str]:
    end = say.speech.day(facts["span"].end)
    if facts["names"] and facts["asked"] <= SHOWN:
        return [_lasting(row, end, say) for row in facts["rows"][:SHOWN]]
    missing, rows = facts["unlisted"]
    unlisted = [say("unlisted", count=missing, rows=_rows("{}", rows, missing - SHOWN, say))] if missing else []
    if not facts["count"]:
        return [*([say("out_none", end=end)] if facts["known"] else []), *unlisted]
    told = [say("out", count=facts["count"], end=end)]
    for name, (count, rows) in facts["groups"].items():
        if count:
            listed = (_listed([_empty(row, say) for row in rows[:SHOWN]], count - SHOWN, say) if name == "empty"
                      else _rows("out_row", rows, count - SHOWN, say, day="runs_out_on"))
            told.append(say(name, count=count, end=end, rows=listed))
    return [*told, *_urgency(facts, say), *unlisted]


def _urgency(facts: dict[str, Any], say: _Teller) -> list[str]:
    """Which of those that run out the buy list marks, why it does not mark the others, and their order."""
    urgent = facts["urgent"]
    told = [say("urgent", n=urgent)] if urgent else []
    if why := [say(reason, n=n) for reason, n in facts["waiting"].items() if n]:
        told.append(say("others" if urgent else "unmarked", why="; ".join(why)))
    return [*told, say("by_loss")] if facts["count"] > 1 else told


def _empty(row: dict[str, Any], say: _Teller) -> str:
    """The name of an article of which nothing is there, and how much of it is on order."""
    name, coming = row["item_name"] or row["item"], row["on_order"]
    return say("empty_row", name=name, m=say.speech.exact(coming)) if coming > 0 else name


def _lasting(row: dict[str, Any], end: str, say: _Teller) -> str:
    name = row["item_name"] or row["item"]
    if row["on_hand"] is None:
        return say("not_in_stock", name=name)
    if row["empty"]:
        return say("is_empty", name=_empty(row, say))
    if (day := row["runs_out_on"]) is None:
        return say("lasts_long", name=name, day=end)
    return say("lasts", name=name, n=say.speech.number(row["days_of_stock"]), day=say.speech.day(day))


def _on_hand(facts: dict[str, Any], say: _Teller) -> list[str]:
    speech, told = say.speech, []
    if len(facts["rows"]) > SHOWN:
        rows = _rows("row", facts["rows"], len(facts["rows"]) - SHOWN, say, n="on_hand")
        return [say("on_hand_all", n=speech.exact(facts["on_hand"]), m=speech.exact(facts["on_order"]), count=facts["articles"],
                    rows=rows)]
    for row in facts["rows"]:
        name, days = row["item_name"] or row["item"], row["days_of_stock"]
        if row["on_hand"] is None:
            told.append(say("not_in_stock", name=name))
            continue
        told.append(say("on_hand", name=name, n=speech.exact(row["on_hand"]), m=speech.exact(row["on_order"])))
        if days:
            told.append(say("days_left", n=speech.number(days), day=speech.day(row["runs_out_on"])))
        elif days is None and facts["forecast"] and row["on_hand"] > 0:
            told.append(say("days_long", day=speech.day(facts["last"])))
    return told


_TELL: dict[Intent, Callable[[dict[str, Any], _Teller], list[str]]] = {
    "demand": _demand, "top_sellers": lambda facts, say: _ranking(facts, say, "top"),
    "worst_sellers": lambda facts, say: _ranking(facts, say, "worst"), "compare_periods": _comparison, "purchase_list": _purchase,
    "investment_total": _investment, "stockout_risk": _stock}
