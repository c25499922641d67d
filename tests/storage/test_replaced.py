"""What is lost by a new upload."""

from typing import Any

import pytest

from storage.replaced import losses

BEFORE: dict[str, Any] = {"first_date": "2024-01-01", "last_date": "2026-10-31", "series": 100, "rows": 3000, "frequency": "month",
                          "period_sums": False}


@pytest.mark.parametrize(("change", "said"), [
    ({"first_date": "2026-11-01", "last_date": "2026-11-19"}, "This file begins 2026-11-01; the one before it began 2024-01-01."),
    ({"last_date": "2026-09-30"}, "This file ends 2026-09-30; the one before it ended 2026-10-31."),
    ({"series": 79}, "This file has 79 items; the one before it had 100."),
    ({"rows": 2399}, "This file has 2,399 rows; the one before it had 3,000.")])
def test_what_only_the_sales_before_had_is_named_with_what_to_do(change: dict[str, Any], said: str) -> None:
    told = losses(BEFORE | change, BEFORE)

    assert told is not None
    assert told.startswith(said + " A data set replaces the one before: upload the whole history again")


@pytest.mark.parametrize("change", [
    {}, {"last_date": "2026-11-30", "rows": 3100}, {"first_date": "2023-01-01"}, {"series": 80, "rows": 2400},
    {"rows": 400, "period_sums": True}])
def test_a_file_that_goes_on_or_corrects_a_few_lines_loses_nothing(change: dict[str, Any]) -> None:
    assert losses(BEFORE | change, BEFORE) is None
