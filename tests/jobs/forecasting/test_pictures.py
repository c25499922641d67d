"""A training keeps its pictures; the forecast is among them where the future is known."""

from jobs.forecasting import predict
from jobs.memory_context import MemoryContext
from tests.jobs.forecasting.sales import predict_params

PNG = b"\x89PNG"


def pngs(ctx):
    return {name for name, content in ctx.artifacts.items() if content.startswith(PNG)}


def test_a_training_keeps_backtest_forecast_importance_and_classes(trained):
    assert pngs(trained[0]) == {"backtest.png", "forecast.png", "importance.png", "classes.png"}


def test_a_model_with_regressors_cannot_draw_a_future_that_it_does_not_know(promoted):
    assert "forecast.png" not in promoted.artifacts
    assert {"backtest.png", "importance.png", "classes.png"} <= pngs(promoted)


def test_a_prediction_draws_its_forecast(promoted):
    ctx = MemoryContext(versions=promoted.versions, datasets=dict(promoted.datasets))
    predict.run(predict_params(future="future", items=("i1",)), ctx)
    assert pngs(ctx) == {"forecast.png"}
