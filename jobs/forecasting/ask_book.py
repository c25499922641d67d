"""Where answers come from: the sales that are known, and the model's forecast for the days after them."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import polars as pl

from jobs.context import Company, Dataset, JobContext, ModelVersion
from jobs.errors import NotFound
from jobs.forecasting.ask_kinds import AskParams
from jobs.forecasting.package import Card, read_card
from jobs.forecasting.predict import forecast_means
from jobs.forecasting.question_calendar import Span
from jobs.forecasting.question_items import Article, Catalog
from jobs.forecasting.sold import Sold, load_sold, sold_of_model
from jobs.forecasting.source import COMPANY_MODEL, typed_dataset
from jobs.periods import next_periods, period_end

FARTHEST = 730
DAY = timedelta(days=1)
KEPT, KEPT_ROWS = 4, 3_000_000
Reason = Literal["no_sales", "no_model", "regressors", "too_early", "too_far", "gap", "period_sums", "not_yet", "no_stock",
                 "no_cost", "past_purchase", "unclear", "two_periods", "which", "unknown_item"]


@dataclass(frozen=True, slots=True)
class Lack:
    """Why something cannot be answered; `facts` fill in the sentence."""

    reason: Reason
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Amounts:
    """Units by item over some days.

    table: item, units, sold, forecast (units), revenue (of what was sold, null where no price is known); each item asked for, or
    each that could have sold. known: the days whose sales are known, None if none. ahead: those that were forecast, None if none.
    shared: a forecast of a longer period was shared out to its days.
    """

    table: pl.DataFrame
    span: Span
    known: Span | None
    ahead: Span | None
    shared: bool


@dataclass(frozen=True)
class Book:
    """Sales and model of a company, or of a model alone; each None where there is none.

    dataset: what the sales come from, None if from the model's own history.
    """

    company: Company | None
    dataset: Dataset | None
    sold: Sold | None
    found: ModelVersion | None
    card: Card | None
    model: str
    ctx: JobContext

    @property
    def catalog(self) -> Catalog:
        """The articles that can be asked about."""
        if self.sold is not None:
            return self.sold.catalog
        if self.found is None:
            return Catalog(())
        names = pl.read_parquet(self.found.files["items.parquet"])
        return Catalog([Article(code) for code in names["unique_id"]])

    def today(self, given: date | None) -> date:
        """The day that the question is asked on: as given, else now where the company is."""
        return given or datetime.now(ZoneInfo(self.company.timezone if self.company else "UTC")).date()


def open_book(params: AskParams, ctx: JobContext) -> Book:
    """What there is to answer from. Raises NotFound for an unknown company or model, InputError for one that is no forecaster."""
    if params.company:
        company = ctx.company(params.company)
        dataset = typed_dataset(ctx, company.dataset, "sales", "params.company") if company.dataset else None
        model = f"{COMPANY_MODEL}{company.nit}"
        found = _version(ctx, model)
        sold = load_sold(dataset) if dataset else None
        return Book(company, dataset, sold, found, read_card(found) if found else None, model, ctx)
    found = ctx.model_version(str(params.model))
    card = read_card(found)
    dataset = _dataset(ctx, str(card.data.get("dataset")))
    sold = (load_sold(dataset) if dataset else None) or sold_of_model(found, card)
    return Book(_company(ctx, card.company), dataset, sold, found, card, found.name, ctx)


def _version(ctx: JobContext, name: str) -> ModelVersion | None:
    try:
        return ctx.model_version(name)
    except NotFound:
        return None


def _dataset(ctx: JobContext, dataset_id: str) -> Dataset | None:
    try:
        return ctx.dataset(dataset_id)
    except NotFound:
        return None


def _company(ctx: JobContext, company_id: str | None) -> Company | None:
    try:
        return ctx.company(company_id) if company_id else None
    except NotFound:
        return None


def amounts(book: Book, span: Span, items: tuple[str, ...]) -> Amounts | Lack:
    """Units by item over `span`: what was sold as far as sales are known, the forecast for the days after; no `items` are all."""
    sold = book.sold
    if sold is None:
        return Lack("no_sales", {})
    if span.start < sold.first:
        return Lack("too_early", {"first": sold.first, "last": sold.last})
    known = Span(span.start, min(span.end, sold.last)) if span.start <= sold.last else None
    ahead = Span(max(span.start, sold.last + DAY), span.end) if span.end > sold.last else None
    if known and sold.cuts(known):
        return Lack("period_sums", {"sums": sold.sums})
    made = forecast(book, ahead) if ahead else (None, False)
    if isinstance(made, Lack):
        return made
    table = _table(sold, span, known, made[0])
    if items:
        asked = pl.DataFrame({"item": items}, schema={"item": pl.String})
        table = asked.join(table, on="item", how="left", maintain_order="left").with_columns(
            pl.col("units", "sold", "forecast").fill_null(0.0))
    return Amounts(table, span, known, ahead, made[1])


def _table(sold: Sold, span: Span, known: Span | None, ahead: pl.DataFrame | None) -> pl.DataFrame:
    past = sold.between(known).rename({"units": "sold"}) if known else pl.DataFrame(
        schema={"item": pl.String, "sold": pl.Float64, "revenue": pl.Float64})
    future = ahead if ahead is not None else pl.DataFrame(schema={"item": pl.String, "forecast": pl.Float64})
    every = pl.DataFrame({"item": sorted(sold.begun(span.end))}, schema={"item": pl.String})
    joined = every.join(past, on="item", how="left").join(future, on="item", how="left")
    joined = joined.with_columns(pl.col("sold").cast(pl.Float64).fill_null(0.0), pl.col("forecast").fill_null(0.0))
    return joined.with_columns(units=pl.col("sold") + pl.col("forecast")).select("item", "units", "sold", "forecast", "revenue")


def forecast(book: Book, span: Span) -> tuple[pl.DataFrame, bool] | Lack:
    """item and forecast (units) over days after the model's history, and whether a longer period was shared out by days."""
    found, card = book.found, book.card
    if found is None or card is None:
        return Lack("no_model", {"model": book.model})
    if card.regressors:
        return Lack("regressors", {"regressors": ", ".join(card.regressors)})
    learned = period_end(card.last_period, card.frequency)
    if span.start <= learned:
        return Lack("gap", {"learned": learned})
    starts = next_periods(card.last_period, card.frequency, FARTHEST)
    if span.end > period_end(starts[-1], card.frequency):
        return Lack("too_far", {"last": period_end(starts[-1], card.frequency)})
    horizon = sum(start <= span.end for start in starts)
    shares = {start: _share(Span(start, period_end(start, card.frequency)), span) for start in starts[:horizon]}
    parts = pl.DataFrame({"ds": list(shares), "share": list(shares.values())}, schema={"ds": pl.Date, "share": pl.Float64})
    made = means(book, found, card, horizon).join(parts.filter(pl.col("share") > 0), on="ds")
    table = made.group_by(pl.col("unique_id").alias("item")).agg(forecast=(pl.col("mean") * pl.col("share")).sum())
    return table, any(0 < share < 1 for share in shares.values())


def _share(period: Span, span: Span) -> float:
    days = (min(period.end, span.end) - max(period.start, span.start)).days + 1
    return max(days, 0) / period.days


_means: OrderedDict[tuple[str, int, str], tuple[int, pl.DataFrame]] = OrderedDict()


def means(book: Book, found: ModelVersion, card: Card, horizon: int) -> pl.DataFrame:
    """unique_id, ds and mean of at least `horizon` periods after the history; the last few stay in memory."""
    key = (found.name, found.version, str(found.files["history.parquet"]))
    kept = _means.get(key)
    if kept is None or kept[0] < horizon:
        history = pl.read_parquet(found.files["history.parquet"])
        long = max(horizon, card.horizon)
        made = forecast_means(found, card, history, long, book.ctx, asked=history["unique_id"].unique(), future=None)
        kept = (long, made)
        if made.height <= KEPT_ROWS:
            _means[key] = kept
            if len(_means) > KEPT:
                _means.popitem(last=False)
    else:
        _means.move_to_end(key)
    return kept[1]
