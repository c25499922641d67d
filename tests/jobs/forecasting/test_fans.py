"""What people look at of a forecast: totals, categories and items, each with its history, its band and what mattered."""

import json
from datetime import date, timedelta

import polars as pl
import pytest

from jobs.forecasting import predict
from jobs.forecasting.charts import SoldBefore
from jobs.forecasting.fans import SHOWN, group_spread, learn_events, write_fans
from jobs.forecasting.intervals import band
from jobs.forecasting.package import read_card
from jobs.memory_context import MemoryContext
from tests.jobs.forecasting.sales import predict_params

KNOWN = {"item": pl.String, "item_name": pl.String, "category": pl.String}


def read(content: bytes) -> tuple[dict, list[dict]]:
    head, *lines = (json.loads(line) for line in content.decode().splitlines())
    return head, lines


def before(history: pl.DataFrame, *unknown: tuple[str, date]) -> SoldBefore:
    blank = pl.DataFrame(unknown, schema={"unique_id": pl.String, "ds": pl.Date}, orient="row")
    return SoldBefore(history, blank, history.select("unique_id").unique())


def card_of(ctx: MemoryContext, model: str):
    return read_card(ctx.model_version(model))


def test_a_training_shows_its_total_and_each_item_with_history_and_band(trained):
    ctx, result = trained
    head, lines = read(ctx.artifacts["fans.jsonl"])
    assert (head["frequency"], head["items"], head["groups"], head["events"]) == ("month", 4, [], [])
    assert (head["starts"][0], head["starts"][-1], len(head["starts"])) == ("2021-01-01", "2024-03-01", 36 + result.horizon)
    assert [(line["kind"], line["code"]) for line in lines] == [("total", ""), *(("item", f"part {n}") for n in (3, 2, 1, 0))]
    for line in lines:
        assert (len(line["sold"]), len(line["mean"])) == (36, result.horizon)
        assert set(line["bands"]) == {"80", "95"}
        for n, mean in enumerate(line["mean"]):
            edges = line["bands"]["95"][0][n], line["bands"]["80"][0][n], mean, line["bands"]["80"][1][n], line["bands"]["95"][1][n]
            assert list(edges) == sorted(edges)
    sold, mean = ([sum(values) for values in zip(*(line[name] for line in lines[1:]), strict=True)] for name in ("sold", "mean"))
    assert lines[0]["sold"] == pytest.approx(sold, rel=1e-4)
    assert lines[0]["mean"] == pytest.approx(mean, rel=1e-3)


def test_what_is_shown_is_what_a_prediction_says(trained):
    ctx, _ = trained
    ctx = MemoryContext(versions=ctx.versions, datasets=dict(ctx.datasets))
    predict.run(predict_params(model="empresa_900123456"), ctx)
    _, lines = read(ctx.artifacts["fans.jsonl"])
    table = pl.read_csv(ctx.artifacts["predictions.csv"])
    for line in lines[1:]:
        rows = table.filter(pl.col("item") == line["code"])
        assert line["mean"] == pytest.approx(rows["mean"].to_list(), rel=1e-3)
        assert line["bands"]["80"][1] == pytest.approx(rows["hi-80"].to_list(), rel=1e-3)
    assert set(lines[0]["bands"]) == {"80", "95"}


def test_a_prediction_of_some_items_has_no_totals_to_show(trained):
    ctx = MemoryContext(versions=trained[0].versions, datasets=dict(trained[0].datasets))
    predict.run(predict_params(model="empresa_900123456", items=("part 1",)), ctx)
    assert "fans.jsonl" not in ctx.artifacts


def test_a_future_that_is_not_known_yet_is_left_empty(promoted):
    head, lines = read(promoted.artifacts["fans.jsonl"])
    assert head["starts"][-1] == card_of(promoted, "sales").last_period.isoformat()
    assert all(line["mean"] == [] and line["bands"] == {} for line in lines)


def test_categories_are_summed_with_a_band_of_their_own(trained):
    ctx, _ = trained
    card = card_of(ctx, "empresa_900123456")
    history = pl.read_parquet(ctx.model_version("empresa_900123456").files["history.parquet"])
    ahead = history.filter(pl.col("ds") >= date(2023, 10, 1)).with_columns(
        pl.col("ds").dt.offset_by("3mo"), mean=pl.col("y"), closed=pl.lit(False))
    known = pl.DataFrame([("part 0", "Bolt", "small"), ("part 1", None, "small"), ("part 2", None, "large"), ("part 3", None, None)],
                         schema=KNOWN, orient="row")
    head, lines = read(write_fans(card, before(history), ahead, known, group=card.sums))
    assert head["groups"] == ["large", "small"]
    small = next(line for line in lines if line["code"] == "small")
    expected = ahead.filter(pl.col("unique_id").is_in(["part 0", "part 1"])).group_by("ds").agg(pl.col("y").sum()).sort("ds")["y"]
    assert (small["kind"], small["mean"]) == ("group", pytest.approx(expected.to_list(), rel=1e-3))
    assert small["bands"]["80"][0] == pytest.approx(list(band(card.sums, expected.to_numpy(), 80)[0]), rel=1e-3)
    bolt = next(line for line in lines if line["code"] == "part 0")
    assert (bolt["name"], bolt["group"]) == ("Bolt", "small")


def test_the_spread_of_a_group_is_learned_from_its_sums_where_errors_cancel():
    # given two items whose errors are opposite, so that their sum is forecast without any
    rows = [(f"i{n}", date(2024, 1, 1) + timedelta(days=d), date(2023, 12, 31), 10.0 + sign * (d % 3), 10.0, False)
            for n, sign in ((0, 1), (1, -1)) for d in range(60)]
    kinds = {"unique_id": pl.String, "ds": pl.Date, "cutoff": pl.Date, "y": pl.Float64, "m": pl.Float64, "closed": pl.Boolean}
    backtest = pl.DataFrame(rows, schema=kinds, orient="row")
    together = group_spread(backtest, "m", pl.DataFrame({"unique_id": ["i0", "i1"], "group": ["a", "a"]}))
    apart = group_spread(backtest, "m", pl.DataFrame({"unique_id": ["i0", "i1"], "group": ["a", "b"]}))
    mean = pl.Series([20.0]).to_numpy()
    assert [float(edge[0]) for edge in band(together, mean, 95)] == [20.0, 20.0]
    lower, upper = (float(edge[0]) for edge in band(apart, mean, 95))
    assert lower < 19
    assert upper > 21


def test_holidays_and_promotions_are_events_with_their_days(promoted):
    card = card_of(promoted, "sales").model_copy(update={"country": "CO"})
    history = pl.read_parquet(promoted.model_version("sales").files["history.parquet"])
    # each item has its promotions on days of its own: where one of two has one, half of them have
    starts = history["ds"].unique().sort().to_list()
    events = learn_events(card, history, starts)
    assert ["2024-05-01", "2024-05-01", "Día del Trabajo"] in events
    on = {starts[0] + timedelta(days=d) for d in range(len(starts)) for n in range(2) if (d * 7 + n * 3) % 5 in (0, 3)}
    said = {date.fromisoformat(first) + timedelta(days=n) for first, last, name in events if name == "promo"
            for n in range((date.fromisoformat(last) - date.fromisoformat(first)).days + 1)}
    assert said == on
    assert events == sorted(events)


def test_a_week_has_the_name_of_its_holiday_and_a_month_has_none(promoted):
    card = card_of(promoted, "sales").model_copy(update={"country": "CO", "regressors": ()})
    history = pl.DataFrame({"ds": [date(2024, 4, 22), date(2024, 4, 29)]})
    weeks = card.model_copy(update={"frequency": "week"})
    assert learn_events(weeks, history, history["ds"].to_list()) == [["2024-04-29", "2024-04-29", "Día del Trabajo"]]
    months = card.model_copy(update={"frequency": "month"})
    assert learn_events(months, history, [date(2024, 4, 1), date(2024, 5, 1)]) == []


def test_what_is_not_known_is_null_in_an_item_and_in_a_total_of_which_it_is_much(trained):
    ctx, _ = trained
    card = card_of(ctx, "empresa_900123456")
    history = pl.read_parquet(ctx.model_version("empresa_900123456").files["history.parquet"])
    january, june = date(2021, 1, 1), date(2021, 6, 1)
    few = history.filter(pl.col("ds") == june).with_columns(y=pl.when(pl.col("unique_id") == "part 0").then(0.01).otherwise("y"))
    history = pl.concat([history.filter(pl.col("ds") != june), few]).sort("unique_id", "ds")
    _, lines = read(write_fans(card, before(history, ("part 3", january), ("part 0", june)), None, pl.DataFrame(schema=KNOWN)))
    gaps = {line["code"]: [n for n, units in enumerate(line["sold"]) if units is None] for line in lines}
    assert gaps == {"": [0], "part 3": [0], "part 0": [5], "part 1": [], "part 2": []}


def test_of_a_long_history_the_last_periods_are_shown(promoted):
    card = card_of(promoted, "sales").model_copy(update={"regressors": ()})
    days = [date(2020, 1, 1) + timedelta(days=d) for d in range(1000)]
    history = pl.DataFrame({"unique_id": "a", "ds": days, "y": [float(d % 7) for d in range(1000)]})
    head, lines = read(write_fans(card, before(history), None, pl.DataFrame(schema=KNOWN)))
    assert (len(head["starts"]), head["starts"][-1]) == (SHOWN["day"], "2022-09-26")
    assert lines[1]["sold"] == [float(d % 7) for d in range(1000 - SHOWN["day"], 1000)]
    many = card.model_copy(update={"series": 100_000})
    assert len(read(write_fans(many, before(history), None, pl.DataFrame(schema=KNOWN)))[0]["starts"]) == 2 * card.horizon
