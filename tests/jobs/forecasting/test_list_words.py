"""The Spanish words of a list: every column has a heading, and those of a stock file are the ones that an upload knows."""

from jobs.forecasting.kinds import ListTotals, Recommendation
from jobs.forecasting.list_words import HEADINGS, SHEETS, WORDS
from jobs.forecasting.recommend import ORDER_COLUMNS
from storage.columns import SYNONYMS, folded


def test_each_column_of_a_list_of_an_order_and_of_the_totals_has_a_spanish_heading():
    columns = {field.alias or name for name, field in Recommendation.model_fields.items()}
    assert columns | set(ORDER_COLUMNS) | set(ListTotals.model_fields) <= set(HEADINGS)
    assert len(set(HEADINGS.values())) == len(HEADINGS)


def test_every_exception_and_confidence_has_a_word():
    fields = Recommendation.model_json_schema()["properties"]
    assert {*fields["exceptions"]["items"]["enum"], *fields["confidence"]["enum"]} == set(WORDS)
    assert len(set(SHEETS.values())) == len(SHEETS)


def test_the_headings_of_a_stock_file_are_known_to_an_upload_and_no_other_is_taken_for_one_of_them():
    for name in ("item", "on_hand", "on_order", "supplier", "unit_cost", "pack_size", "minimum_order_quantity", "lead_time_days"):
        assert folded(HEADINGS[name]) in map(folded, SYNONYMS[name])
    assert folded(HEADINGS["advised_quantity"]) not in {folded(word) for words in SYNONYMS.values() for word in words}
