"""Codes of a stock table that no article of the sales has: spreadsheets drop the zeros in front of a code."""

import hashlib
import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SAMPLE = 200  # codes that are kept of a table, to compare it with another one without reading either
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


def code_sample(codes: Iterable[str]) -> list[str]:
    """SAMPLE of the codes, or all where there are fewer: those whose bare form has the least digests.

    So they are alike in any two tables: a code that both have is in both samples or beyond the end of one, whatever its zeros.
    (A bottom-k sketch; Cohen and Kaplan, "Summarizing data using bottom-k sketches", PODC 2007.)
    """
    return heapq.nsmallest(SAMPLE, codes, key=_digest)


def strange_in_samples(stock: Sequence[str], articles: Sequence[str]) -> StrangeCodes | None:
    """`strange_codes` of two tables by their samples: of the codes before the end of either one that is not all of its table."""
    ends = [_digest(sample[-1]) for sample in (stock, articles) if len(sample) == SAMPLE]
    return strange_codes(*([code for code in sample if not ends or _digest(code) < min(ends)] for sample in (stock, articles)))


def _digest(code: str) -> bytes:
    return hashlib.blake2b(_bare(code).encode(), digest_size=8).digest()


def _bare(code: str) -> str:
    """A code without what a spreadsheet or a typist changes: zeros in front, capitals, spaces."""
    bare = "".join(code.casefold().split())
    return bare.lstrip("0") or bare[-1:]
