"""Sales made up for tests, with a known answer, and real ones."""

import math
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from jobs.context import Dataset
from jobs.forecasting.kinds import PredictParams, RecommendParams, TrainParams
from jobs.memory_context import MemoryContext

WEEK = (10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 0.0)


def weekly_sales(items: int = 3, days: int = 120, start: date = date(2024, 1, 1)) -> pl.DataFrame:
    """Daily sales that repeat a week exactly, from a Monday on; item n sells n + 1 times the week's units."""
    rows = [(start + timedelta(days=d), f"item-{n}", (n + 1) * WEEK[d % 7]) for n in range(items) for d in range(days)]
    return pl.DataFrame(rows, schema={"date": pl.Date, "item": pl.String, "quantity": pl.Float64}, orient="row")


def monthly_sums(items: int = 4, months: int = 36, start_year: int = 2021) -> pl.DataFrame:
    """Monthly sums with a yearly season and a slow growth; every item has its own level."""
    rows = [(date(start_year + m // 12, m % 12 + 1, 1), f"part {n}", (n + 1) * (20 + m / 4 + 8 * math.sin(m * math.pi / 6)))
            for n in range(items) for m in range(months)]
    return pl.DataFrame(rows, schema={"date": pl.Date, "item": pl.String, "quantity": pl.Float64}, orient="row")


def promoted_sales(days: int = 150) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Daily sales of two items, 100 with a promotion and 10 without (give or take 5), and the promotions of the 14 days after."""
    def promo(d: int, n: int) -> float:
        return float((d * 7 + n * 3) % 5 in (0, 3))

    start, kinds = date(2024, 1, 1), {"date": pl.Date, "item": pl.String, "promo": pl.Float64}
    rows = [(start + timedelta(days=d), f"i{n}", promo(d, n)) for n in range(2) for d in range(days + 14)]
    table = pl.DataFrame(rows, schema=kinds, orient="row")
    border = start + timedelta(days=days)
    wiggle = (pl.col("date").dt.ordinal_day() * 13 % 11).cast(pl.Float64) - 5
    past = table.filter(pl.col("date") < border).with_columns(quantity=10 + 90 * pl.col("promo") + wiggle)
    return past, table.filter(pl.col("date") >= border)


def store_sales() -> pl.DataFrame:
    """Monthly sums of 2021 to 2023: eight even parts, `dead` (none since 2022), `new` (from November 2023), `costless`.

    The cost of part n was n + 1 at first and is n + 2 since 2023, its price half as much again; `dead` and `new` cost 5.
    """
    even = monthly_sums(8).with_columns(level=pl.col("item").str.slice(5).cast(pl.Float64))
    cost = pl.when(pl.col("date") < date(2023, 1, 1)).then(pl.col("level") + 1).otherwise(pl.col("level") + 2)
    even = even.with_columns(unit_cost=cost, quantity=pl.col("quantity").round(0)).drop("level")
    one = even.filter(pl.col("item") == "part 0")
    more = [
        one.filter(pl.col("date") < date(2022, 1, 1)).with_columns(item=pl.lit("dead"), unit_cost=pl.lit(5.0)),
        one.filter(pl.col("date") >= date(2023, 11, 1)).with_columns(item=pl.lit("new"), unit_cost=pl.lit(5.0)),
        one.with_columns(item=pl.lit("costless"), unit_cost=pl.lit(None, dtype=pl.Float64)),
    ]
    return pl.concat([even, *more]).with_columns(
        unit_price=1.5 * pl.col("unit_cost"), item_name=pl.concat_str(pl.lit("Name of "), "item"), category=pl.lit("parts"))


def chance_sales(items: int = 40, months: int = 36, *, moods: int = 1) -> pl.DataFrame:
    """Monthly sums that chance alone decides, with lines only where something was sold, and each item's own `unit_price`.

    moods: how many prices an item has; one of them at random stands on each line.
    """
    chance = random.Random(11)
    rows = [(date(2021 + m // 12, m % 12 + 1, 1), f"part {n}", float(chance.randint(1, 9)), 10.0 + 7 * n + chance.randrange(moods))
            for n in range(items) for m in range(months) if chance.random() < 0.4]
    kinds = {"date": pl.Date, "item": pl.String, "quantity": pl.Float64, "unit_price": pl.Float64}
    return pl.DataFrame(rows, schema=kinds, orient="row")


def carparts(shared_data: Path, items: int) -> pl.DataFrame:
    """The first complete parts of the car parts set, as monthly sums from January 1998 to March 2002."""
    wide = pl.read_csv(shared_data / "carparts.csv", infer_schema_length=None, null_values=["NA", ""]).drop_nulls().head(items)
    long = wide.unpivot(index=wide.columns[0], variable_name="month", value_name="quantity")
    return long.select(
        date=pl.concat_str(pl.lit("01-"), "month").str.to_date("%d-%b-%y"),
        item=pl.col(wide.columns[0]).cast(pl.String), quantity=pl.col("quantity").cast(pl.Float64),
    )


def add(ctx: MemoryContext, table: pl.DataFrame, frequency: str = "day", *, sums: bool = False, name: str = "sales",
        kind: str = "sales", company: str | None = None) -> Dataset:
    """Make `table` a data set of `ctx`, with the profile that storage would give it."""
    path = ctx.scratch / f"{name}.parquet"
    table.write_parquet(path)
    profile = {"frequency": frequency, "period_sums": sums}
    return ctx.add_dataset(path, dataset_id=name, type=kind, profile=profile, rows=table.height, company=company)


def train_params(**given: Any) -> TrainParams:
    """Params of a training, of the data set `sales` if nothing else is said."""
    source = {} if "company" in given else {"dataset": "sales"}
    return TrainParams.model_validate({**source, **given})


def predict_params(**given: Any) -> PredictParams:
    """Params of a prediction, of the model `sales` if nothing else is said."""
    whose = {} if "company" in given else {"model": "sales"}
    return PredictParams.model_validate({**whose, **given})


def recommend_params(**given: Any) -> RecommendParams:
    """Params of a buy list, of the company's model if nothing else is said."""
    whose = {} if "company" in given else {"model": "empresa_900123456"}
    return RecommendParams.model_validate({**whose, **given})


def add_stock(ctx: MemoryContext, rows: list[dict[str, Any]], name: str = "stock", company: str | None = None) -> Dataset:
    """Make a stock table of `ctx`; what a row does not have is unknown there."""
    numbers = {n: pl.Float64 for row in rows for n in row if n not in ("item", "supplier")}
    table = pl.DataFrame(rows, schema_overrides=numbers, infer_schema_length=None)
    return add(ctx, table, name=name, kind="stock", company=company)
