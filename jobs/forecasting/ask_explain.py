"""An answer in plain words: what was understood, the answer itself, where it comes from, and what is missing."""

from collections.abc import Callable
from typing import Any

from jobs.forecasting.ask_answers import Answer, Asked
from jobs.forecasting.ask_book import Amounts, Lack
from jobs.forecasting.ask_kinds import Intent
from jobs.forecasting.ask_speech import Speech
from jobs.forecasting.ask_words import EXAMPLES, LACKS, ONE, PERIOD_NAMES, SAID, UNDERSTOOD
from jobs.forecasting.question_calendar import Span

SHOWN = 5


def explain(asked: Asked, given: Answer, names: dict[str, str], speech: Speech) -> str:
    """The explanation, a few sentences. names: of articles by code."""
    say = _Teller(speech)
    if asked.reading.intent == "unknown":
        return say("unknown", examples=", ".join(EXAMPLES[speech.language]))
    sentences = [_understood(asked, names, say)]
    if given.data:
        sentences += _TELL[asked.reading.intent](given.facts, say)
    sentences += [_lack(lack, asked, say) for lack in given.lacks]
    return " ".join(s for s in sentences if s)


class _Teller:
    """Fills in a sentence of the answer's language."""

    def __init__(self, speech: Speech) -> None:
        self.speech = speech

    def __call__(self, key: str, **facts: Any) -> str:
        single = key in ONE and str(facts.get("count", facts.get("n"))) == "1"
        text = (ONE if single else SAID)[key][self.speech.language].format(**facts)
        return text[:1].upper() + text[1:] if text.endswith((".", "?")) else text


def _understood(asked: Asked, names: dict[str, str], say: _Teller) -> str:
    u, speech = asked.reading.understood, say.speech
    details: list[str] = []
    if u.items:
        details.append(say("of", items=speech.listed([names.get(code) or code for code in u.items])))
    if asked.span and asked.other:
        details.append(say("against", first=speech.span(asked.span), second=speech.span(asked.other)))
    elif asked.span:
        details.append(say("when", span=speech.span(asked.span)))
    if u.budget is not None:
        details.append(say("budget", money=speech.money(u.budget)))
    if u.limit is not None:
        details.append(say("limit", n=u.limit))
    if t := asked.reading.threshold:
        details.append(say(f"{t.relation}_{t.of}", n=speech.number(t.value), money=speech.money(t.value)))
    joined = ": " + ", ".join(details) if details else ""
    return say("understood", what=UNDERSTOOD[asked.reading.intent][speech.language], details=joined)


def _lack(lack: Lack, asked: Asked, say: _Teller) -> str:
    speech = say.speech
    facts: dict[str, Any] = {}
    for name, value in lack.facts.items():
        if isinstance(value, Span):
            facts[name] = speech.span(value)
        elif name == "sums":
            facts[name] = PERIOD_NAMES[value][speech.language]
        else:
            facts[name] = speech.day(value) if hasattr(value, "year") else value
    maybe = (c.article for c in asked.reading.mentions.candidates)
    candidates = (f"{a.code} ({a.name})" if a.name else a.code for a in maybe)
    text = LACKS[lack.reason][speech.language].format(**facts, candidates=", ".join(candidates))
    return text[:1].upper() + text[1:]


def _source(made: Amounts, say: _Teller) -> list[str]:
    """Where the numbers of a forecast come from."""
    return [say(key) for key, so in (("shared", made.shared), ("how", made.ahead is not None)) if so]


def _rows(key: str, facts: dict[str, Any], more: int, say: _Teller, **numbers: str) -> str:
    """The first few rows in words, and how many more there are. numbers: what is said of a row, by the column it comes from."""
    speech = say.speech

    def told(row: dict[str, Any]) -> str:
        values = {name: speech.day(row[c]) if c == "runs_out_on" else speech.number(row[c]) for name, c in numbers.items()}
        return say(key, name=row["item_name"] or row["item"], **values)

    rows = "; ".join(told(row) for row in facts["rows"][:SHOWN])
    return say("rows", rows=rows, n=more) if more > 0 else rows


def _demand(facts: dict[str, Any], say: _Teller) -> list[str]:
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
        told.append(say("partly", last=speech.day(made.known.end), sold=speech.number(facts["sold"]),
                        forecast=speech.number(facts["forecast"]), n=speech.number(facts["units"]), span=span))
    if "lo-80" in facts:
        told.append(say("band", low=speech.number(facts["lo-80"]), high=speech.number(facts["hi-80"])))
    if facts["revenue"] is not None and made.known is not None:
        told.append(say("revenue", money=speech.money(facts["revenue"])))
    return told + _source(made, say)


def _ranking(facts: dict[str, Any], say: _Teller, which: str) -> list[str]:
    speech, made = say.speech, facts["made"]
    span = speech.span(facts["span"])
    told = [say("chosen", span=span)] if facts["chosen"] else []
    if facts["unused"]:
        told.append(say("unused", words=", ".join(facts["unused"])))
    if not facts["rows"]:
        return [*told, say("nothing")]
    rows = _rows("row", facts, len(facts["rows"]) - SHOWN, say, n="units")
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
    else:
        told.append(say("more" if facts["difference"] > 0 else "less", n=n, percent=speech.percent(facts["percent"])))
    if facts["ahead"]:
        told.append(say("part_forecast"))
    return told


def _costs(facts: dict[str, Any], say: _Teller) -> list[str]:
    """What it costs beside the budget, and what is not known of it."""
    told = []
    if facts["budget"] is not None and facts["total"] > 0:
        over = facts["total"] - facts["budget"]
        money = {"money": say.speech.money(facts["budget"]), "over": say.speech.money(abs(over))}
        told.append(say("over_budget" if over > 0 else "in_budget", **money))
    if 0 < facts["priceless"] < facts["count"]:
        told.append(say("priceless", n=facts["priceless"]))
    return told + ([] if facts["stock"] else [say("no_stock_known")])


def _purchase(facts: dict[str, Any], say: _Teller) -> list[str]:
    speech, span = say.speech, say.speech.span(facts["span"])
    told = [say("chosen", span=span)] if facts["chosen"] else []
    if not facts["count"]:
        return [*told, say("buy_none", span=span)]
    rows = _rows("buy_row", facts, facts["count"] - SHOWN, say, n="quantity")
    told.append(say("buy", count=facts["count"], span=span, rows=rows))
    if facts["more"]:
        told.append(say("and_more", n=facts["more"]))
    if facts["total"] > 0:
        told.append(say("costs", money=speech.money(facts["total"])))
    return [*told, say("sum"), *_costs(facts, say)]


def _investment(facts: dict[str, Any], say: _Teller) -> list[str]:
    speech, span = say.speech, say.speech.span(facts["span"])
    told = [say("chosen", span=span)] if facts["chosen"] else []
    if not facts["count"]:
        return [*told, say("buy_none", span=span)]
    if facts["total"] > 0:
        told.append(say("needs", money=speech.money(facts["total"]), count=facts["count"], span=span))
    return [*told, say("sum"), *_costs(facts, say)]


def _stockout(facts: dict[str, Any], say: _Teller) -> list[str]:
    speech, end = say.speech, say.speech.day(facts["span"].end)
    if facts["names"]:
        return [say("lasts", name=r["item_name"] or r["item"], day=speech.day(r["runs_out_on"])) if r["runs_out_on"]
                else say("lasts_long", name=r["item_name"] or r["item"], day=end) for r in facts["rows"][:SHOWN]]
    if not facts["count"]:
        return [say("out_none", end=end)]
    rows = _rows("out_row", facts, facts["count"] - SHOWN, say, day="runs_out_on")
    return [say("out", count=facts["count"], end=end, rows=rows)]


_TELL: dict[Intent, Callable[[dict[str, Any], _Teller], list[str]]] = {
    "demand": _demand, "top_sellers": lambda facts, say: _ranking(facts, say, "top"),
    "worst_sellers": lambda facts, say: _ranking(facts, say, "worst"), "compare_periods": _comparison, "purchase_list": _purchase,
    "investment_total": _investment, "stockout_risk": _stockout}
