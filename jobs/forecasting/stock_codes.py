"""Codes of a stock table that no article of the sales has: spreadsheets drop the zeros in front of a code."""

from collections.abc import Iterable
from dataclasses import dataclass

MANY = 0.5  # of a stock's codes that no article has: then it is hardly the stock of these sales


@dataclass(frozen=True, slots=True)
class StrangeCodes:
    """total: how many codes the stock has. strange: how many of them no article has. alike: those of them that differ from an
    article's code, which the stock does not have, only by zeros in front, capitals or spaces, each with the article's.
    """

    total: int
    strange: int
    alike: tuple[tuple[str, str], ...]


def strange_codes(stock: Iterable[str], articles: Iterable[str]) -> StrangeCodes | None:
    """The codes of a stock that no article has; None where they are few and like none of the articles' codes."""
    there, sold = dict.fromkeys(stock), dict.fromkeys(articles)
    strange = [code for code in there if code not in sold]
    missing = {_bare(code): code for code in sold if code not in there}
    alike = tuple((code, missing[_bare(code)]) for code in strange if _bare(code) in missing)
    return StrangeCodes(len(there), len(strange), alike) if alike or len(strange) > MANY * len(there) else None


def _bare(code: str) -> str:
    """A code without what a spreadsheet or a typist changes: zeros in front, capitals, spaces."""
    bare = "".join(code.casefold().split())
    return bare.lstrip("0") or bare[-1:]
