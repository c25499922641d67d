"""Where answers come from: the sales that are known, and the model's forecast for the days after them."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import polars as pl

from jobs.context import Company, Dataset, JobContext, ModelVersion
from jobs.errors import InputError, NotFound
from jobs.forecasting.ask_kinds import AskParams
from jobs.forecasting.kinds import model_of
from jobs.forecasting.package import Card, read_card
from jobs.forecasting.predict import forecast_means
from jobs.forecasting.question_calendar import Span
from jobs.forecasting.question_items import Article, Catalog
from jobs.forecasting.question_manner import Part
from jobs.forecasting.sold import Sold, load_sold, sold_of_model
from jobs.forecasting.source import find_model, typed_dataset
from jobs.periods import Frequency, next_periods, period_end

FARTHEST = 730
DAY = timedelta(days=1)
KEPT, KEPT_ROWS = 4, 3_000_000
# Sales are old that end more than two periods before today, of daily sales more than a week.
OLD_DAYS: dict[Frequency, int] = {"day": 7, "week": 14, "month": 62, "quarter": 184}
Reason = Literal["no_sales", "no_model", "regressors", "future_short", "too_early", "too_far", "gap", "period_sums", "not_yet",
                 "no_stock", "no_cost", "no_price", "past_purchase", "unclear", "two_periods", "two_groups", "which",
                 "which_many", "unknown_item", "unknown_code", "currency", "blank",
                 "no_whole_month", Part]
Caution = Literal["old_sales", "old_model", "with_future", "blanks", "beyond", "last_whole",
                  "strange_codes", "alike_codes"]


@dataclass(frozen=True, slots=True)
class Lack:
    """Why something cannot be answered; `facts` fill in the sentence."""

    reason: Reason
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Note:
    """What has to be known about an answer's numbers; `facts` fill in the sentence."""

    caution: Caution
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Amounts:
    """Units by item over some days.

    table: item, units, sold, forecast (units), revenue (of what was sold, null where no price is known); each item asked for, or
    each that could have sold; units and sold are null where every quantity is blank. known: the days whose sales are known, None
    if none. ahead: those that were forecast, None if none. shared: a forecast of a longer period was shared out to its days.
    known_lines, blank_lines: how many days of items have a quantity, and how many lines have a blank one.
    """

    table: pl.DataFrame
    span: Span
    known: Span | None
    ahead: Span | None
    shared: bool
    known_lines: int
    blank_lines: int


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

    @property
    def learned(self) -> date | None:
        """The last day of the sales that the model learned from."""
        return period_end(self.card.last_period, self.card.frequency) if self.card else None

    @property
    def old_after(self) -> int:
        """After how many days without news the sales are old."""
        return OLD_DAYS[(self.sold.sums if self.sold else None) or (self.card.frequency if self.card else "day")]

    @property
    def owner(self) -> str | None:
        """Id of the company whose data sets count."""
        return self.company.id if self.company else self.card.company if self.card else None

    @property
    def future(self) -> str | None:
        """Id of the company's last data set of type `future`, for a model that was trained with regressors."""
        if self.card is None or not self.card.regressors or self.owner is None:
            return None
        return self.ctx.latest_dataset(self.owner, "future")

    def stock(self, given: str | None) -> Dataset | None:
        """The stock data set of that id, else the company's last one. Raises NotFound, InputError for one of another type."""
        chosen = given or (self.ctx.latest_dataset(self.owner, "stock") if self.owner else None)
        return typed_dataset(self.ctx, chosen, "stock", "params.stock") if chosen else None

    def today(self, given: date | None) -> date:
        """The day that the question is asked on: as given, else now where the company is."""
        return given or datetime.now(ZoneInfo(self.company.timezone if self.company else "UTC")).date()


def open_book(params: AskParams, ctx: JobContext) -> Book:
    """What there is to answer from. Raises NotFound for an unknown company or model, InputError for one that is no forecaster."""
    if params.company:
        company = ctx.company(params.company)
        dataset = typed_dataset(ctx, company.dataset, "sales", "params.company") if company.dataset else None
        model = model_of(company)
        found = _version(ctx, model)
        sold = load_sold(dataset) if dataset else None
        return Book(company, dataset, sold, found, read_card(found) if found else None, model, ctx)
    found = find_model(ctx, params.model, None)
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
    lines = sold.lines_in(known, table["item"]) if known else (pl.Series(dtype=pl.String), 0, 0)
    unknown = pl.col("item").is_in(lines[0].implode())
    table = table.with_columns(pl.when(~unknown).then(pl.col("units", "sold")))
    return Amounts(table, span, known, ahead, made[1], lines[1], lines[2])


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
    if card.regressors and book.future is None:
        return Lack("regressors", {"regressors": ", ".join(card.regressors)})
    learned = period_end(card.last_period, card.frequency)
    if span.start <= learned:
        return Lack("gap", {"learned": learned})
    if span.end > farthest(card):
        return Lack("too_far", {"last": farthest(card)})
    starts = next_periods(card.last_period, card.frequency, FARTHEST)
    horizon = sum(start <= span.end for start in starts)
    shares = {start: _share(Span(start, period_end(start, card.frequency)), span) for start in starts[:horizon]}
    parts = pl.DataFrame({"ds": list(shares), "share": list(shares.values())}, schema={"ds": pl.Date, "share": pl.Float64})
    try:
        every = means(book, found, card, horizon)
    except InputError:
        if not card.regressors:
            raise
        return Lack("future_short", {"regressors": ", ".join(card.regressors), "last": span.end, "future": book.future})
    made = every.join(parts.filter(pl.col("share") > 0), on="ds")
    table = made.group_by(pl.col("unique_id").alias("item")).agg(forecast=(pl.col("mean") * pl.col("share")).sum())
    return table, any(0 < share < 1 for share in shares.values())


def farthest(card: Card) -> date:
    """The last day that is looked up ahead."""
    return period_end(next_periods(card.last_period, card.frequency, FARTHEST)[-1], card.frequency)


def _share(period: Span, span: Span) -> float:
    days = (min(period.end, span.end) - max(period.start, span.start)).days + 1
    return max(days, 0) / period.days


_means: OrderedDict[tuple[str, int, str, str | None], tuple[int, pl.DataFrame]] = OrderedDict()


def means(book: Book, found: ModelVersion, card: Card, horizon: int) -> pl.DataFrame:
    """unique_id, ds and mean of at least `horizon` periods after the history; the last few stay in memory."""
    future = book.future
    key = (found.name, found.version, str(found.files["history.parquet"]), future)
    kept = _means.get(key)
    if kept is None or kept[0] < horizon:
        history = pl.read_parquet(found.files["history.parquet"])
        long = horizon if future else max(horizon, card.horizon)  # what is to come is known no further than it has to be
        made = forecast_means(found, card, history, long, book.ctx, asked=history["unique_id"].unique(), future=future)
        kept = (long, made)
        if made.height <= KEPT_ROWS:
            _means[key] = kept
            if len(_means) > KEPT:
                _means.popitem(last=False)
    else:
        _means.move_to_end(key)
    return kept[1]
