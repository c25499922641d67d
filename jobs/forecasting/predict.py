"""The prediction job: load a version's files, take up where its history ends, forecast, and put a band round each forecast.

Trees and Prophet come from their native files, lags and shares from the history kept beside them; only members that keep nothing,
such as Theta and IMAPA, look at the history again.
"""

import json
from datetime import UTC, datetime
from typing import Any, cast

import polars as pl

from jobs.context import JobContext, ModelVersion
from jobs.errors import FieldError, InputError
from jobs.forecasting.backtest import MOST_ITEMS
from jobs.forecasting.charts import Panel, SoldBefore, draw_fans, panels
from jobs.forecasting.demand import column_of, period_means
from jobs.forecasting.fans import FILE, MEDIA_TYPE, write_fans
from jobs.forecasting.intervals import band
from jobs.forecasting.kinds import DemandSummary, PredictParams, PredictResult
from jobs.forecasting.lumpiness import lumpiness_by_item
from jobs.forecasting.member import Recipe
from jobs.forecasting.outlook import read_outlook
from jobs.forecasting.package import Card, code_version, load_forecaster, read_card, read_unknown
from jobs.forecasting.periods import with_calendar
from jobs.forecasting.purchase_terms import last_known
from jobs.forecasting.source import find_model, typed_dataset
from jobs.kind import Params
from jobs.periods import Frequency, next_periods

RESULT_ROWS = 1000
NAMED_AT_MOST = 5
MONTHS: dict[Frequency, float] = {"day": 12 / 365.25, "week": 12 * 7 / 365.25, "month": 1.0, "quarter": 3.0}


def run(params: Params, ctx: JobContext) -> PredictResult:
    """Carry out `forecasting.predict`.

    Raises NotFound, InputError for unknown items, a model of another domain, or future values that are missing, and JobStopped's
    kinds.
    """
    wanted = cast(PredictParams, params)
    ctx.progress(0.0, "load", f"loading {wanted.model or wanted.company}")
    found = find_model(ctx, wanted.model, wanted.company, wanted.version)
    card = read_card(found)
    names = pl.read_parquet(found.files["items.parquet"])
    asked = _asked(wanted, found.name, names)
    horizon = wanted.horizon or card.horizon
    ctx.progress(0.3, "forecast", f"{len(names)} items, {horizon} {card.frequency}s")
    history = pl.read_parquet(found.files["history.parquet"])
    made = forecast_means(found, card, history, horizon, ctx, asked=asked, future=wanted.future)
    made = made.filter(pl.col("unique_id").is_in(asked.implode())) if wanted.items else made
    table = _bands(made.join(lumpiness_by_item(history), on="unique_id", how="left", maintain_order="left"),
                   card, wanted.levels, names)
    ctx.progress(0.9, "publish", f"{table.height} rows")
    summary = _summary(table)
    _track(ctx, wanted, found, card, horizon, table, summary)
    sold = SoldBefore(history, read_unknown(found), names)
    if wanted.items is None:
        ctx.artifact(FILE, write_fans(card, sold, made, last_known(ctx, card)), media_type=MEDIA_TYPE)
    fans = forecast_panels(card, sold, made, every=not wanted.items)
    ctx.artifact("forecast.png", draw_fans(fans, f"Forecast of {found.name}, version {found.version}"), media_type="image/png")
    ctx.progress(1.0, "done", f"{summary.demand_total:.6g} units in all")
    return PredictResult(
        model=found.name, version=found.version, predictor=card.chosen, frequency=card.frequency, horizon=horizon,
        items=table["item"].n_unique(), rows_total=table.height, summary=summary,
        rows=tuple({k: v for k, v in row.items() if v is not None} for row in table.head(RESULT_ROWS).to_dicts()),
    )


def forecast_means(
    found: ModelVersion, card: Card, history: pl.DataFrame, horizon: int, ctx: JobContext, *, asked: pl.Series,
    future: str | None,
) -> pl.DataFrame:
    """unique_id, ds, the mean demand (units) and whether nothing can be sold (closed), sorted.

    Every item of the history has a row for each of the `horizon` periods after it.

    history: the version's own. asked: the items for which a missing regressor is an error. future: id of the data set with the
    regressors to come. Raises InputError if the model needs it and it is not given or not whole.
    """
    kept = read_outlook(found, card, horizon)
    if kept is not None:
        return kept
    grid = future_grid(history["unique_id"].unique(), card, horizon)
    if card.regressors:
        grid = _with_regressors(grid, card, asked, future, ctx)
    grid = with_calendar(grid, card.frequency, card.country)
    forecaster = load_forecaster(found.files, card, history, Recipe(card.frequency, card.seed, ctx.threads, ctx.check))
    return grid.select("unique_id", "ds").with_columns(forecaster.closed(grid), mean=pl.Series(forecaster.forecast(grid)))


def forecast_panels(card: Card, sold: SoldBefore, made: pl.DataFrame, *, every: bool) -> list[Panel]:
    """The panels of forecast.png. made: unique_id, ds, mean. every: of all items, whose sum has a band of its own then.

    The spread of a sample's sum, learned where there are too many items to backtest them all, says nothing of the whole.
    """
    total = card.total if every and card.series <= MOST_ITEMS else None
    return panels(sold, made.with_columns(cutoff=pl.lit(card.last_period)), card.sums, total)


def future_grid(items: pl.Series, card: Card, horizon: int) -> pl.DataFrame:
    """unique_id, ds for every item and each of the `horizon` periods after the history, sorted."""
    periods = pl.DataFrame({"ds": next_periods(card.last_period, card.frequency, horizon)}, schema={"ds": pl.Date})
    return pl.DataFrame({"unique_id": items}).join(periods, how="cross").sort("unique_id", "ds")


def _asked(params: PredictParams, model: str, names: pl.DataFrame) -> pl.Series:
    """The items to answer for. Raises InputError naming those that the model does not know."""
    if params.items is None:
        return names["unique_id"]
    asked = pl.Series("unique_id", params.items, dtype=pl.String).unique(maintain_order=True)
    unknown = asked.filter(~asked.is_in(names["unique_id"].implode())).to_list()
    if unknown:
        message = f"The model {model} does not know {_some(unknown)}."
        raise InputError(message, fields=(FieldError("params.items", message),))
    return asked


def _with_regressors(
    grid: pl.DataFrame, card: Card, asked: pl.Series, future: str | None, ctx: JobContext,
) -> pl.DataFrame:
    """Join the future values of the regressors; items that were not asked for take the mean of those that were.

    Raises InputError if there are none, or naming the first items and dates for which one is missing.
    """
    columns = [column_of(name) for name in card.regressors]
    if future is None:
        raise _no_future(f"The model was trained with {', '.join(card.regressors)}; their future values are needed. Upload a "
                         "data set of type `future` with `item`, `date` and these columns (`noria upload FILE --type future`), "
                         "and name its id in `future` (`--future ID`).")
    given = period_means(typed_dataset(ctx, future, "future", "params.future").path, card.frequency, card.regressors)
    joined = grid.join(given, on=["unique_id", "ds"], how="left", maintain_order="left")
    missing = joined.filter(pl.col("unique_id").is_in(asked.implode()) & pl.any_horizontal(pl.col(c).is_null() for c in columns))
    if not missing.is_empty():
        rows = missing.head(NAMED_AT_MOST).iter_rows(named=True)
        first = _some([f"item {r['unique_id']} on {r['ds']}" for r in rows], missing.height)
        start, end = grid["ds"][0], grid["ds"][-1]
        raise _no_future(f"Future values of {', '.join(card.regressors)} are missing for {first}; each item needs every "
                         f"{card.frequency} from {start} to {end}.")
    return joined.with_columns(pl.col(c).fill_null(pl.col(c).mean().over("ds")) for c in columns)


def _no_future(message: str) -> InputError:
    return InputError(message, fields=(FieldError("params.future", message),))


def _some(names: list[str], total: int | None = None) -> str:
    """The first few names, and how many more there are."""
    more = (total or len(names)) - len(names[:NAMED_AT_MOST])
    return ", ".join(names[:NAMED_AT_MOST]) + (f" and {more} more" if more else "")


def _bands(made: pl.DataFrame, card: Card, levels: tuple[int, ...], names: pl.DataFrame) -> pl.DataFrame:
    """item, date, mean, lo-<level>, hi-<level> … and item_name where it is known; closed periods are 0 for sure.

    made: unique_id, ds, mean, closed, lumpiness.
    """
    y_hat, opened = made["mean"].to_numpy(), ~made["closed"].to_numpy()
    columns: dict[str, pl.Series] = {}
    for level in levels:
        lower, upper = band(card.sums, y_hat, level, made["lumpiness"].to_numpy())
        columns |= {f"lo-{level}": pl.Series(lower * opened), f"hi-{level}": pl.Series(upper * opened)}
    table = made.drop("closed", "lumpiness").with_columns(**columns)
    table = table.join(names, on="unique_id", how="left", maintain_order="left")
    return table.rename({"unique_id": "item", "ds": "date"}).with_columns(pl.col("date").dt.to_string("%Y-%m-%d"))


def _summary(table: pl.DataFrame) -> DemandSummary:
    mean = table["mean"].to_numpy()
    return DemandSummary(demand_total=float(mean.sum()), demand_mean=float(mean.mean()),
                         demand_max=float(mean.max()), demand_min=float(mean.min()))


def _track(
    ctx: JobContext, params: PredictParams, found: ModelVersion, card: Card, horizon: int, table: pl.DataFrame,
    summary: DemandSummary,
) -> None:
    months = round(horizon * MONTHS[card.frequency], 2)
    described: dict[str, Any] = {
        "modelo_id": found.name, "nit_empresa": card.nit, "tipo_prediccion": "demanda", "predictor_principal": card.chosen,
        "meses_proyeccion": int(months) if months == int(months) else months, "total_predicciones": table.height,
        "version": found.version, "horizon": horizon, "levels": list(params.levels), "future": params.future,
        "items": table["item"].n_unique(), "data_sha256": card.data.get("sha256"), "code_version": code_version(),
    }
    for name, value in described.items():
        if value is not None:
            ctx.param(name, value)
    ctx.tag("modelo_id", found.name)
    if card.nit:
        ctx.tag("nit_empresa", card.nit)
    metrics = {"demanda_total": summary.demand_total, "demanda_promedio": summary.demand_mean,
               "demanda_maxima": summary.demand_max, "demanda_minima": summary.demand_min}
    for name, value in metrics.items():
        ctx.metric(name, value)
    ctx.artifact("predictions.csv", table.write_csv().encode(), media_type="text/csv")
    document = {**described, **metrics, "made_at": datetime.now(UTC).isoformat(timespec="seconds"), "frequency": card.frequency,
                "first_period": table["date"][0], "last_period": table["date"][-1],
                "trained_to": card.last_period.isoformat(), "model_metrics": card.metrics[card.chosen].model_dump()}
    ctx.artifact("prediction_metadata.json", json.dumps(document, indent=1).encode(), media_type="application/json")
