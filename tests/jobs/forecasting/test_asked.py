"""What a question names decides which rows of a table answer it."""

from datetime import date

import polars as pl

from jobs.forecasting.asked import Asked
from jobs.forecasting.question_calendar import Span
from tests.jobs.forecasting.test_question import TODAY, read

TABLE = pl.DataFrame({"item": ["A-101", "A-102"], "n": [1, 2]})


def test_the_rows_are_those_of_the_articles_named_or_all() -> None:
    one, every = (Asked(read(text), TODAY, None, "es") for text in ("ventas de cemento gris en octubre", "ventas de octubre"))

    assert one.of_items(TABLE)["item"].to_list() == ["A-101"]
    assert every.of_items(TABLE).height == 2
    assert (one.span, one.other) == (Span(date(2026, 10, 1), date(2026, 10, 31)), None)


def test_a_time_is_said_by_a_period_or_by_all_that_is_known() -> None:
    texts = ("ventas de octubre", "ventas desde siempre", "los más vendidos")

    assert [Asked(read(text), TODAY, None, "es").unsaid for text in texts] == [False, False, True]
