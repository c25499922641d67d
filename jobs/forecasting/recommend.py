"""The purchase job: make the buy list, say what changed since the last one, and write it as files, also one for each supplier.

    recommendations.csv     every item of the model
    recommendations.xlsx    the same: what to buy, what the budget leaves out, what to look at, the others, what all adds up to,
                            and what the list assumes
    orders/{supplier}.csv, .xlsx    what to order there
    abc_xyz.png             yearly value and number of items by class
    prediction_metadata.json
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

import polars as pl

from jobs.context import Dataset, JobContext, ModelVersion
from jobs.forecasting.abc_xyz_chart import draw_classes
from jobs.forecasting.buy_list import DAYS_PER_MONTH, EXCEPTIONS, BuyList, BuyTerms, make_buy_list, to_act_on
from jobs.forecasting.buy_words import Language, words_in
from jobs.forecasting.item_classes import learn_facts
from jobs.forecasting.kinds import (
    LAST_LIST,
    DemandSummary,
    ListChanges,
    ListTotals,
    Recommendation,
    RecommendParams,
    RecommendResult,
    SupplierOrder,
)
from jobs.forecasting.list_changes import Kept, pack_list, unpack_list, with_changes
from jobs.forecasting.list_headings import book_of
from jobs.forecasting.list_totals import cut_by_budget, emptied_by_budget, list_totals, with_missing, year_orders
from jobs.forecasting.package import code_version, read_card, read_unknown
from jobs.forecasting.purchase_terms import LEAST_UNIT, find_stock
from jobs.forecasting.source import find_model
from jobs.forecasting.spreadsheet import as_csv, file_names
from jobs.kind import Params

RESULT_ROWS = 1000
# The suppliers with the largest investments get files of their own; what is left goes into one more.
MOST_FILES = 50
ORDER_COLUMNS = ("item", "item_name", "quantity", "pack_size", "packs", "unit_cost", "investment", "lead_time_days")


def run(params: Params, ctx: JobContext) -> RecommendResult:
    """Carry out `forecasting.recommend`.

    Raises NotFound, InputError for a model of another domain, data sets of another type, or future values that are missing, and
    JobStopped's kinds.
    """
    wanted = cast(RecommendParams, params)
    ctx.progress(0.0, "load", f"loading {wanted.model or wanted.company}")
    found = find_model(ctx, wanted.model, wanted.company, wanted.version)
    stock = find_stock(ctx, wanted.stock, read_card(found))
    terms = BuyTerms(
        wanted.review_period_days or wanted.months * DAYS_PER_MONTH, wanted.lead_time_days, wanted.service_level, wanted.budget,
        wanted.language)
    ctx.progress(0.2, "forecast", "demand until the next purchase has arrived")
    made = make_buy_list(ctx, found, stock, terms, future=wanted.future)
    ctx.progress(0.7, "publish", "writing the list")
    last = ctx.recall(found.name, LAST_LIST)
    kept = unpack_list(last) if last else None
    table = with_changes(made.table, kept, wanted.language, wanted.budget)
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    result = _result(wanted, found, stock, terms, made, table, kept)
    _write_files(ctx, table, made, result, wanted.language)
    _track(ctx, wanted, stock, result, made, made_at)
    ctx.progress(1.0, "done", f"{result.items_recommended} items, {result.quantity_total:g} units")
    ctx.remember(found.name, LAST_LIST, pack_list(table, ctx.job_id, made_at, wanted.budget))
    return result


def _result(
    params: RecommendParams, found: ModelVersion, stock: Dataset | None, terms: BuyTerms, made: BuyList, table: pl.DataFrame,
    last: Kept | None,
) -> RecommendResult:
    act = to_act_on(table)
    bought = act.filter(pl.col("quantity") > 0)
    forecast = table["forecast"].to_numpy()
    totals = list_totals(table, terms.review_period_days)
    return RecommendResult(
        model=found.name, version=found.version, predictor=made.card.chosen, starts=made.starts,
        stock=stock.id if stock else None, review_period_days=terms.review_period_days, items=table.height,
        items_recommended=bought.height, quantity_total=round(float(bought["quantity"].sum()), 2),
        investment_total=round(float(bought["investment"].sum()), 2), totals=totals,
        warnings=_warnings(found, table, made, terms, bought.height, totals), budget=params.budget,
        summary=DemandSummary(demand_total=float(forecast.sum()), demand_mean=float(forecast.mean()),
                              demand_max=float(forecast.max()), demand_min=float(forecast.min())),
        exceptions={name: int(table["exceptions"].list.contains(name).sum()) for name in EXCEPTIONS},
        assumptions=made.assumptions, changes=_changes(table, last), orders=_orders(bought), rows_total=act.height,
        recommendations=tuple(Recommendation.model_validate(row) for row in first_rows(act, RESULT_ROWS).to_dicts()),
    )


def _warnings(
    found: ModelVersion, table: pl.DataFrame, made: BuyList, terms: BuyTerms, bought: int, totals: ListTotals,
) -> tuple[str, ...]:
    facts = learn_facts(pl.read_parquet(found.files["history.parquet"]), made.card.frequency, read_unknown(found))
    return words_in(terms.language).warnings(
        starts=made.starts, sales_end_days_ago=(datetime.now(UTC).date() - made.starts).days,
        year_orders=year_orders(table, facts, made.card.frequency), bought=bought,
        cycle_service_level=terms.cycle_service_level, cut=cut_by_budget(table),
        emptied=emptied_by_budget(table) if terms.budget is not None else (), forecast=totals.forecast,
        safety_stock=totals.safety_stock, strange=made.strange)


def first_rows(table: pl.DataFrame, most: int) -> pl.DataFrame:
    """At most so many rows, in their order; what is bought or runs out before stock that is too much or dead."""
    urgent = (pl.col("quantity") > 0) | pl.col("exceptions").list.contains("stockout")
    numbered = table.with_row_index("place").with_columns(late=~urgent)
    return numbered.sort("late", "place").head(most).sort("place").drop("place", "late")


def _changes(table: pl.DataFrame, last: Kept | None) -> ListChanges | None:
    if last is None:
        return None
    gone = last.table.filter(pl.col("quantity") > 0).join(table, on="item", how="anti").height
    return ListChanges(job=last.job, made_at=last.made_at, more=int((table["change"] > 0).sum()),
                       less=int((table["change"] < 0).sum()), gone=gone)


def _orders(bought: pl.DataFrame) -> tuple[SupplierOrder, ...]:
    """The list by supplier, the largest investment first, each with the name of its files."""
    by_supplier = (bought.group_by("supplier").agg(items=pl.len(), quantity=pl.col("quantity").sum().round(2),
                                                   investment=pl.col("investment").sum().round(2))
                   .sort("investment", "items", "supplier", descending=[True, True, False]))
    own = by_supplier["supplier"].head(MOST_FILES).to_list()
    files = file_names([*("no-supplier" if name is None else name for name in own), "other-suppliers"])
    return tuple(SupplierOrder(**row, file=f"orders/{files[min(n, len(own))]}") for n, row in enumerate(by_supplier.to_dicts()))


def _write_files(ctx: JobContext, table: pl.DataFrame, made: BuyList, result: RecommendResult, language: Language) -> None:
    ctx.artifact("recommendations.csv", as_csv(table), media_type="text/csv")
    notes = pl.DataFrame({"assumption": [*result.warnings, *made.assumptions]}, schema={"assumption": pl.String})
    sheets = {**_parts(table, cut=result.budget is not None), "Totals": _totals_sheet(result.totals.model_dump()),
              "Assumptions": notes}
    ctx.artifact("recommendations.xlsx", book_of(sheets, language))
    lines = table.filter(pl.col("quantity") > 0)
    lines = lines.with_columns(pack_size=pl.when(pl.col("pack_size") > LEAST_UNIT).then("pack_size"))
    lines = lines.with_columns(packs=(pl.col("quantity") / pl.col("pack_size")).round(2))
    lines = lines.with_columns(supplier=pl.col("supplier").fill_null(""))
    for file in dict.fromkeys(order.file for order in result.orders):
        ctx.check()
        theirs = [order.supplier or "" for order in result.orders if order.file == file]
        order = lines.filter(pl.col("supplier").is_in(theirs)).select(*(("supplier",) if len(theirs) > 1 else ()), *ORDER_COLUMNS)
        ctx.artifact(f"{file}.csv", as_csv(order), media_type="text/csv")
        sums = {name: float(order[name].sum()) for name in ("quantity", "investment")}
        ctx.artifact(f"{file}.xlsx", book_of({"Order": order, "Totals": _totals_sheet(sums)}, language))
    ctx.artifact("abc_xyz.png", draw_classes(table, made.basis), media_type="image/png")


def _parts(table: pl.DataFrame, *, cut: bool) -> dict[str, pl.DataFrame]:
    """The rows by sheet, each once and in their order; what the money does not suffice for has a sheet where it was limited."""
    bought, left = pl.col("quantity") > 0, pl.lit(cut) & (pl.col("quantity") == 0) & (pl.col("wanted") > 0)
    act = pl.col("item").is_in(to_act_on(table)["item"].implode())
    rows = with_missing(table)
    sheets = {"Buy list": bought, "Left out by budget": left, "To look at": act & ~bought & ~left, "Nothing to do": ~(act | left)}
    return {name: rows.filter(of).select(table.columns) for name, of in sheets.items() if cut or name != "Left out by budget"}


def _totals_sheet(totals: Mapping[str, float | None]) -> pl.DataFrame:
    """A sheet of its own, so that a list that is sent back as stock has no line that is no item."""
    return pl.DataFrame({"total": list(totals), "value": list(totals.values())}, schema={"total": pl.String, "value": pl.Float64})


def _track(
    ctx: JobContext, params: RecommendParams, stock: Dataset | None, result: RecommendResult, made: BuyList, made_at: str,
) -> None:
    """Tell tracking what was asked and what came out, as the system before it did."""
    months = result.review_period_days / DAYS_PER_MONTH
    described: dict[str, Any] = {
        "modelo_id": result.model, "nit_empresa": made.card.nit, "tipo_prediccion": "recomendaciones",
        "predictor_principal": result.predictor, "meses_proyeccion": int(months) if months == int(months) else round(months, 2),
        "total_predicciones": result.items, "version": result.version, "stock": result.stock,
        "stock_sha256": stock.sha256 if stock else None,
        "review_period_days": result.review_period_days, "lead_time_days": params.lead_time_days,
        "service_level": params.service_level, "budget": params.budget, "future": params.future,
        "data_sha256": made.card.data.get("sha256"), "code_version": code_version(),
    }
    for name, value in described.items():
        if value is not None:
            ctx.param(name, value)
    ctx.tag("modelo_id", result.model)
    if made.card.nit:
        ctx.tag("nit_empresa", made.card.nit)
    metrics = {
        "demanda_total": result.summary.demand_total, "demanda_promedio": result.summary.demand_mean,
        "demanda_maxima": result.summary.demand_max, "demanda_minima": result.summary.demand_min,
        "total_articulos_recomendados": float(result.items_recommended), "cantidad_total_recomendada": result.quantity_total,
        "inversion_total": result.investment_total,
    }
    for name, value in metrics.items():
        ctx.metric(name, value)
    document = {**described, **metrics, "made_at": made_at, "starts": result.starts.isoformat(),
                "trained_to": made.card.last_period.isoformat(), "exceptions": result.exceptions,
                "assumptions": list(result.assumptions), "changes": result.changes.model_dump() if result.changes else None}
    ctx.artifact("prediction_metadata.json", json.dumps(document, indent=1).encode(), media_type="application/json")
