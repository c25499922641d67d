"""A training backtests, chooses, tells tracking everything, and stages a model; it resumes and it stops."""

import io
import math
from dataclasses import replace

import polars as pl
import pytest

from jobs.context import Registration
from jobs.errors import DataError, InputError, JobCanceled
from jobs.forecasting import train
from jobs.forecasting.package import read_card
from jobs.forecasting.source import find_source
from jobs.memory_context import MemoryContext
from tests.jobs.forecasting.sales import add, carparts, chance_sales, monthly_sums, promoted_sales, train_params, weekly_sales


class StopsAfter(MemoryContext):
    """Is canceled once its n-th progress is said."""

    left = 0

    def progress(self, fraction, stage, message=""):
        super().progress(fraction, stage, message)
        self.left -= 1
        if self.left == 0:
            self.stop = True


def test_a_company_gets_a_model_of_its_tax_number_with_all_members_scored(trained):
    _, result = trained
    assert (result.model, result.version, result.frequency) == ("empresa_900123456", 1, "month")
    assert (result.series, result.rows) == (4, 144)
    assert set(result.metrics) == {"xgboost", "xgboost_relative", "prophet", "prophet_items", "theta", "ets", "seasonal_naive",
                                   "ensemble"}
    assert result.horizon == 3
    assert result.metrics[result.chosen].rmse <= min(result.metrics[m].rmse for m in ("theta", "seasonal_naive"))


def test_a_training_run_logs_what_the_old_system_logged(trained):
    ctx, _ = trained
    assert ctx.params["modelo_id"] == "empresa_900123456"
    assert ctx.params["nit_empresa"] == "900123456"
    assert (ctx.params["filas_entrenamiento"], ctx.params["total_articulos"]) == (144, 4)
    assert "fecha_entrenamiento" in ctx.params
    final = {name for name, _, step in ctx.metrics if step is None}
    assert {"xgboost_mae", "xgboost_r2", "xgboost_rmse", "prophet_mae", "prophet_datos_entrenamiento"} <= final


def test_a_run_can_be_reproduced_from_what_it_logged(trained):
    ctx, _ = trained
    assert ctx.params["data_sha256"] == ctx.datasets["sales"].sha256
    assert {"seed", "folds", "horizon", "frequency", "country", "code_version", "version_xgboost"} <= set(ctx.params)
    assert ctx.tags["nit_empresa"] == "900123456"


def test_both_models_are_registered_under_the_companys_number(trained):
    ctx, _ = trained
    assert ctx.registrations == [Registration("xgboost_900123456", "xgboost", "xgboost.ubj"),
                                 Registration("prophet_900123456", "prophet", "prophet.json")]
    files = ctx.model_version("empresa_900123456").files
    assert {"xgboost.ubj", "prophet.json", "metadata.json", "history.parquet"} <= set(files)


def test_a_sample_of_the_training_data_is_kept_with_the_borders_names(trained):
    ctx, _ = trained
    sample = pl.read_csv(io.BytesIO(ctx.artifacts["training_sample.csv"]))
    assert sample.height == 144
    assert sample.columns[:3] == ["item", "date", "quantity"]


def test_a_sample_never_has_more_than_a_thousand_rows():
    ctx = MemoryContext()
    add(ctx, weekly_sales(10, 130))
    train.run(train_params(horizon=7, folds=1), ctx)
    assert pl.read_csv(io.BytesIO(ctx.artifacts["training_sample.csv"])).height == 1000


def test_progress_names_the_fold_and_never_goes_back(trained):
    ctx, _ = trained
    fractions = [f for f, _, _ in ctx.progresses]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert "fold 2 of 3" in {m for _, _, m in ctx.progresses}


def test_each_fold_streams_its_metrics_with_its_number(trained):
    ctx, _ = trained
    assert [step for name, _, step in ctx.metrics if name == "fold_xgboost_rmse"] == [1, 2, 3]


def test_no_metric_is_ever_nan_or_infinite(trained):
    ctx, _ = trained
    assert all(math.isfinite(value) for _, value, _ in ctx.metrics)


def test_known_future_promotions_beat_seasonal_naive_by_far(promoted):
    metrics = {name: value for name, value, step in promoted.metrics if step is None}
    assert metrics["xgboost_rmse"] < 0.3 * metrics["seasonal_naive_rmse"]


def test_the_same_seed_and_data_give_the_same_scores_to_the_bit():
    past, _ = promoted_sales(80)
    results = []
    for _ in range(2):
        ctx = MemoryContext()
        add(ctx, past)
        results.append(train.run(train_params(horizon=7, regressors=("promo",), folds=2, seed=7), ctx).model_dump_json())
    assert results[0] == results[1]


def test_a_later_attempt_takes_finished_folds_from_their_checkpoints():
    # given an attempt that was stopped inside its second fold
    first = StopsAfter()
    add(first, monthly_sums(2), "month", sums=True)
    first.left = 7
    with pytest.raises(JobCanceled):
        train.run(train_params(), first)
    kept = dict(first.checkpoints)
    assert 1 <= len(kept) < 3
    # when the next one starts with what it kept
    second, fresh = MemoryContext(checkpoints=kept), MemoryContext()
    for ctx in (second, fresh):
        add(ctx, monthly_sums(2), "month", sums=True)
    resumed = train.run(train_params(), second)
    # then it says so, and the result is that of a run in one go
    assert [m for _, m in second.logs] == ["fold 1 of 3: taken over from an earlier attempt"]
    assert resumed == train.run(train_params(), fresh)


def test_checkpoints_of_other_data_are_not_taken():
    first, second = MemoryContext(), MemoryContext()
    add(first, monthly_sums(2), "month", sums=True)
    train.run(train_params(), first)
    second.checkpoints = dict(first.checkpoints)
    add(second, monthly_sums(3), "month", sums=True)
    assert train.run(train_params(), second).series == 3
    assert second.logs == []


def test_a_canceled_training_stages_nothing():
    ctx = StopsAfter()
    add(ctx, monthly_sums(2), "month", sums=True)
    ctx.left = 3
    with pytest.raises(JobCanceled):
        train.run(train_params(), ctx)
    assert ctx.versions == {}


def test_too_short_a_history_is_refused_before_any_fit():
    ctx = MemoryContext()
    add(ctx, monthly_sums(2, 5), "month", sums=True)
    with pytest.raises(DataError, match="5 months of sales"):
        train.run(train_params(), ctx)
    assert ctx.checkpoints == {}


def test_a_regressor_that_the_sales_lack_is_refused():
    ctx = MemoryContext()
    add(ctx, weekly_sales())
    with pytest.raises(InputError, match="no column 'promo'"):
        train.run(train_params(regressors=("promo",)), ctx)


def test_a_regressor_known_only_where_something_was_sold_is_warned_of():
    ctx = MemoryContext()
    add(ctx, chance_sales(4, 16, moods=5), "month", sums=True)
    result = train.run(train_params(regressors=("unit_price",), folds=1), ctx)
    assert result.data.regressors_on_sales_only == ("unit_price",)
    level, message = ctx.logs[0]
    assert (level, "unit_price" in message, "better than it will be" in message) == ("warning", True, True)


def test_sales_that_lack_what_the_data_set_before_had_are_warned_of():
    ctx = MemoryContext()
    made = add(ctx, monthly_sums(2, 12), "month", sums=True)
    lost = "This file begins 2021-01-01; the one before it began 2001-01-01."
    ctx.datasets["sales"] = replace(made, profile={**made.profile, "warnings": [lost]})
    result = train.run(train_params(folds=1), ctx)
    assert result.warnings == (lost,)
    assert ctx.logs == [("warning", lost)]


@pytest.mark.parametrize("later", [0, 2])
def test_sales_dated_after_their_upload_are_warned_of(later: int):
    ctx = MemoryContext()
    made = add(ctx, monthly_sums(2, 12), "month", sums=True)
    notes = ["Left out: 2 rows.", "All dates are the first day."]
    ctx.datasets["sales"] = replace(made, profile={**made.profile, "notes": notes, "dated_later": later})
    assert train.run(train_params(folds=1), ctx).warnings == (("Left out: 2 rows.",) if later else ())


def test_a_training_without_a_picture_of_the_forecast_says_why_and_how_to_get_it(store, trained):
    # given a model that needs a regressor
    ctx = MemoryContext(datasets=dict(store.datasets), companies=dict(store.companies))
    result = train.run(train_params(company="acme", regressors=("unit_price",), folds=1), ctx)
    # then its missing picture is explained, in the result and in the log
    (said,) = result.warnings
    assert "forecast.png" not in ctx.artifacts
    assert said.startswith("There is no forecast.png: the model needs unit_price to forecast")
    for command in ("noria upload FILE --type future --company acme", "forecasting.predict --model empresa_900123456 --future ID"):
        assert command in said
    assert ("warning", said) in ctx.logs
    # and one that needs none has its picture and nothing to explain
    assert "forecast.png" in trained[0].artifacts
    assert trained[1].warnings == ()


def test_more_items_than_a_training_draws_are_told_of(trained):
    ctx, _ = trained
    card = read_card(ctx.model_version("empresa_900123456")).model_copy(update={"series": 5001})
    (said,) = train._warnings(ctx, find_source(train_params(company="acme"), ctx), card, [])
    assert said.startswith("There is no forecast.png: a training draws it of at most 5,000 items.")


@pytest.mark.slow
def test_all_complete_car_parts_reach_the_accuracy_that_was_measured_on_them(shared_data):
    ctx = MemoryContext()
    add(ctx, carparts(shared_data, 2509), "month", sums=True)
    result = train.run(train_params(horizon=6), ctx)
    assert result.series == 2509
    assert result.metrics["xgboost"].rmse == pytest.approx(1.0966, abs=0.004)
    assert abs(result.metrics["xgboost"].bias or 1) < 0.05
    assert result.metrics["seasonal_naive"].rmse == pytest.approx(1.608, abs=0.001)
    assert result.metrics[result.chosen].rmse < 1.1
    assert abs(result.metrics[result.chosen].bias or 1) < 0.05


def test_real_intermittent_parts_are_forecast_better_than_by_seasonal_naive(shared_data):
    # given 300 car parts by month, 80 % of them zeros
    ctx = MemoryContext()
    add(ctx, carparts(shared_data, 300), "month", sums=True)
    # when
    result = train.run(train_params(horizon=6), ctx)
    # then: clearly better than seasonal naive, unbiased, and bands that hold what they say
    assert result.series == 300
    assert result.metrics["xgboost"].rmse < 0.8 * result.metrics["seasonal_naive"].rmse
    assert abs(result.metrics["xgboost"].bias or 1) < 0.15
    assert result.coverage["95"] >= 0.95
