"""A training keeps its pictures; the forecast is among them where the future is known."""

import polars as pl

from jobs.forecasting import predict, train
from jobs.memory_context import MemoryContext
from tests.jobs.forecasting.sales import add, predict_params, train_params

PNG = b"\x89PNG"


def pngs(ctx):
    return {name for name, content in ctx.artifacts.items() if content.startswith(PNG)}


def test_a_training_keeps_backtest_forecast_importance_and_classes(trained):
    assert pngs(trained[0]) == {"backtest.png", "forecast.png", "importance.png", "classes.png"}


def test_the_classes_count_money_where_it_is_known(store):
    # given a twin of the training data in which the costs are the other way round
    table = pl.read_parquet(store.datasets["sales"].path)
    ctx = MemoryContext(companies=dict(store.companies))
    add(ctx, table.with_columns(unit_cost=1 / pl.col("unit_cost") ** 4), "month", sums=True, company="acme")
    train.run(train_params(company="acme", folds=2), ctx)
    assert ctx.artifacts["classes.png"] != store.artifacts["classes.png"]


def test_a_model_with_regressors_cannot_draw_a_future_that_it_does_not_know(promoted):
    assert "forecast.png" not in promoted.artifacts
    assert {"backtest.png", "importance.png", "classes.png"} <= pngs(promoted)


def test_a_prediction_draws_its_forecast(promoted):
    ctx = MemoryContext(versions=promoted.versions, datasets=dict(promoted.datasets))
    predict.run(predict_params(future="future", items=("i1",)), ctx)
    assert pngs(ctx) == {"forecast.png"}
