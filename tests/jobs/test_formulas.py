"""Text that a spreadsheet would take for a formula."""

import polars as pl
import pytest

from jobs.forecasting.spreadsheet import without_formulas
from jobs.formulas import as_written, harmless

TEXTS = ["=1+1", "+cmd", "-2", "@SUM(A1)", "＝1", "a;=b", "a;b", "\t=x", "a\n-b", "plain", "", "1-2", "it's", "O'=x", "Ñandú; S.A."]


@pytest.mark.parametrize("text", TEXTS)
def test_one_text_is_made_harmless_as_a_whole_table_is(text: str) -> None:
    table = without_formulas(pl.DataFrame({"text": [text]}))

    assert harmless(text) == table["text"][0]


@pytest.mark.parametrize("text", TEXTS)
def test_what_was_made_harmless_reads_as_it_was_written(text: str) -> None:
    assert as_written(harmless(text)) == text
