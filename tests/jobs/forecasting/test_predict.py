"""A prediction goes on from where training stopped, for every item, and says how sure it is."""

import io
import json
from datetime import date

import numpy as np
import polars as pl
import pytest

from jobs.context import ModelVersion
from jobs.errors import InputError, JobCanceled, NotFound
from jobs.forecasting import predict, train
from jobs.forecasting.charts import SoldBefore
from jobs.forecasting.package import read_card, read_unknown
from jobs.memory_context import MemoryContext
from tests.jobs.forecasting.sales import add, monthly_sums, predict_params, promoted_sales, train_params, weekly_sales


@pytest.fixture
def company(trained) -> MemoryContext:
    """A fresh context that knows the company's model."""
    return MemoryContext(versions=trained[0].versions, promotions=trained[0].promotions)


@pytest.fixture
def shop(promoted) -> MemoryContext:
    """A fresh context that knows the model with promotions, and the promotions to come."""
    return MemoryContext(versions=promoted.versions, promotions=promoted.promotions, datasets=dict(promoted.datasets))


def company_params(**given):
    return predict_params(model="empresa_900123456", **given)


def csv(ctx):
    return pl.read_csv(io.BytesIO(ctx.artifacts["predictions.csv"]), schema_overrides={"item": pl.String})


def test_every_item_gets_every_period_after_the_history(company):
    result = predict.run(company_params(), company)
    # the history ends in December 2023
    assert [r["date"] for r in result.rows[:3]] == ["2024-01-01", "2024-02-01", "2024-03-01"]
    assert (result.items, result.rows_total, result.horizon) == (4, 12, 3)
    assert csv(company).columns == ["item", "date", "mean", "lo-80", "hi-80", "lo-95", "hi-95"]


def test_forecasts_lie_near_the_known_continuation(company):
    truth = monthly_sums(4, 39).filter(pl.col("date") >= date(2024, 1, 1)).sort("item", "date")["quantity"].to_numpy()
    made = np.asarray([row["mean"] for row in predict.run(company_params(), company).rows])
    assert np.abs(made - truth).sum() / truth.sum() < 0.12


def test_the_summary_is_that_of_the_rows(company):
    result = predict.run(company_params(horizon=5), company)
    means = [row["mean"] for row in result.rows]
    assert result.summary.demand_total == pytest.approx(sum(means))
    assert result.summary.demand_mean == pytest.approx(sum(means) / 20)
    assert (result.summary.demand_max, result.summary.demand_min) == (max(means), min(means))


def test_bands_nest_round_the_mean_and_start_at_zero_or_above(company):
    for row in predict.run(company_params(), company).rows:
        assert 0 <= row["lo-95"] <= row["lo-80"] <= row["mean"] <= row["hi-80"] <= row["hi-95"]


def fans(ctx, *, every=True, **card_says):
    """The panels of forecast.png of the company's model, of all of its items or only one."""
    found = ctx.model_version("empresa_900123456", None)
    card = read_card(found).model_copy(update=card_says)
    history, names = (pl.read_parquet(found.files[f]) for f in ("history.parquet", "items.parquet"))
    made = predict.forecast_means(found, card, history, 3, ctx, asked=names["unique_id"], future=None)
    return predict.forecast_panels(card, SoldBefore(history, read_unknown(found), names), made, every=every)


def test_the_picture_of_the_forecast_has_a_band_round_the_sum_of_all_items(company):
    total = fans(company)[0].forecast
    assert (total["lo-95"] < total["lo-80"]).all()
    assert (total["hi-80"] < total["hi-95"]).all()
    assert ((total["lo-95"] < total["mean"]) & (total["mean"] < total["hi-95"])).all()


def test_without_all_items_or_from_a_model_that_kept_no_spread_of_the_sum_it_has_none(company):
    for shown in (fans(company, every=False), fans(company, total=None)):
        assert shown[0].forecast.columns == ["ds", "cutoff", "mean"]


def test_a_model_trained_before_the_spread_of_the_sum_was_kept_still_answers(company):
    found = company.model_version("empresa_900123456", None)
    without = {name: value for name, value in found.metadata.items() if name != "total"}
    older = ModelVersion(found.name, 1, "forecasting", without, {n: p for n, p in found.files.items() if n != "unknown.parquet"})
    ctx = MemoryContext(versions={found.name: [older]}, promotions=company.promotions)
    assert predict.run(company_params(), ctx).rows == predict.run(company_params(), company).rows
    assert ctx.artifacts["forecast.png"].startswith(b"\x89PNG")


def test_the_picture_has_names_and_gaps_where_the_quantity_was_blank():
    # given a shop that does not know one day of its largest article
    blank = (pl.col("item") == "item-2") & (pl.col("date") == date(2024, 4, 25))
    table = weekly_sales(3, 120).with_columns(
        quantity=pl.when(~blank).then("quantity"), item_name=pl.col("item").str.replace("item-", "Rice no. "))
    ctx = MemoryContext()
    add(ctx, table)
    train.run(train_params(horizon=7, folds=1), ctx)
    found = ctx.model_version("sales", None)
    history, names = (pl.read_parquet(found.files[f]) for f in ("history.parquet", "items.parquet"))
    made = predict.forecast_means(found, read_card(found), history, 7, ctx, asked=names["unique_id"], future=None)
    # when
    shown = predict.forecast_panels(read_card(found), SoldBefore(history, read_unknown(found), names), made, every=True)
    # then
    assert [p.title for p in shown[1:]] == ["Rice no. 0 (item-0)", "Rice no. 1 (item-1)", "Rice no. 2 (item-2)"]
    assert shown[3].sold.filter(pl.col("y").is_null())["ds"].to_list() == [date(2024, 4, 25)]


def test_levels_are_those_that_were_asked_for(company):
    assert set(predict.run(company_params(levels=(50,)), company).rows[0]) == {"item", "date", "mean", "lo-50", "hi-50"}


def test_a_prediction_run_logs_what_the_old_system_logged(company):
    result = predict.run(company_params(), company)
    expected = {"modelo_id": "empresa_900123456", "nit_empresa": "900123456", "tipo_prediccion": "demanda",
                "predictor_principal": result.predictor, "meses_proyeccion": 3, "total_predicciones": 12}
    assert company.params | expected == company.params
    assert {name: value for name, value, _ in company.metrics} == {
        "demanda_total": result.summary.demand_total, "demanda_promedio": result.summary.demand_mean,
        "demanda_maxima": result.summary.demand_max, "demanda_minima": result.summary.demand_min}
    document = json.loads(company.artifacts["prediction_metadata.json"])
    assert (document["trained_to"], document["first_period"], document["last_period"]) == (
        "2023-12-01", "2024-01-01", "2024-03-01")


def test_only_the_items_asked_for_are_answered_and_their_numbers_stay_the_same(company):
    everything = predict.run(company_params(), company).rows
    some = predict.run(company_params(items=("part 2", "part 0")), company).rows
    assert [r for r in everything if r["item"] in ("part 0", "part 2")] == list(some)


def test_unknown_items_are_named(company):
    with pytest.raises(InputError, match="does not know nothing, nobody") as refused:
        predict.run(company_params(items=("part 1", "nothing", "nobody")), company)
    assert refused.value.fields[0].field == "params.items"


def test_a_company_stands_for_its_model(company, trained):
    company.companies |= trained[0].companies
    assert predict.run(predict_params(company="acme"), company) == predict.run(company_params(), company)


def test_an_unknown_model_or_version_is_not_found(company):
    with pytest.raises(NotFound):
        predict.run(predict_params(model="nothing"), company)
    with pytest.raises(NotFound):
        predict.run(company_params(version=9), company)


def test_known_future_promotions_decide_the_forecast(shop):
    result = predict.run(predict_params(future="future"), shop)
    plan = promoted_sales()[1]
    truth = {(item, str(day)): 10 + 90 * promo for day, item, promo in plan.iter_rows()}
    assert result.horizon == 7
    for row in result.rows:
        assert row["mean"] == pytest.approx(truth[row["item"], row["date"]], abs=10)


def test_a_model_with_regressors_needs_their_future(shop):
    with pytest.raises(InputError, match="Upload a data set of type `future`") as refused:
        predict.run(predict_params(), shop)
    assert refused.value.fields[0].field == "params.future"


def test_future_values_that_are_missing_are_named_by_item_and_date(shop):
    # given a horizon one day longer than the known promotions
    with pytest.raises(InputError, match="item i0 on 2024-06-13, item i1 on 2024-06-13"):
        predict.run(predict_params(future="future", horizon=15), shop)


def test_items_that_were_not_asked_for_need_no_future(shop):
    add(shop, promoted_sales()[1].filter(pl.col("item") == "i1"), name="half", kind="future")
    assert predict.run(predict_params(future="half", items=("i1",)), shop).items == 1
    with pytest.raises(InputError, match="item i0"):
        predict.run(predict_params(future="half"), shop)


def test_sales_cannot_stand_in_for_the_future(shop):
    with pytest.raises(InputError, match="one of type `future`"):
        predict.run(predict_params(future="sales"), shop)


def test_items_come_back_as_text_exactly_as_they_were_uploaded_dead_ones_near_zero():
    # given codes that look like numbers, one of them not sold for months
    table = weekly_sales(3, 120).with_columns(item=pl.col("item").replace(
        {"item-0": "007", "item-1": "1e5", "item-2": " ñandú/ \"x\", 2"}))
    alive = table.filter((pl.col("item") != "007") | (pl.col("date") < date(2024, 1, 20)))
    ctx = MemoryContext()
    add(ctx, alive)
    train.run(train_params(horizon=7, folds=1), ctx)
    # when
    predict.run(predict_params(), ctx)
    # then
    made = csv(ctx)
    assert set(made["item"]) == {"007", "1e5", " ñandú/ \"x\", 2"}
    assert made.filter(pl.col("item") == "007")["mean"].max() < 0.05 * made["mean"].mean()


def test_the_answer_holds_a_thousand_rows_and_the_csv_all_of_them():
    ctx = MemoryContext()
    add(ctx, weekly_sales(30, 40))
    train.run(train_params(horizon=5, folds=1), ctx)
    result = predict.run(predict_params(horizon=60), ctx)
    assert (len(result.rows), result.rows_total, csv(ctx).height) == (1000, 1800, 1800)


def test_item_names_stand_beside_the_items_where_the_sales_had_them():
    ctx = MemoryContext()
    add(ctx, weekly_sales(2, 60).with_columns(item_name=pl.concat_str(pl.lit("Name of "), "item")))
    train.run(train_params(horizon=5, folds=1), ctx)
    assert predict.run(predict_params(), ctx).rows[0]["item_name"] == "Name of item-0"


def test_a_canceled_prediction_stops():
    ctx = MemoryContext(stop=True)
    with pytest.raises(JobCanceled):
        predict.run(predict_params(), ctx)
