"""What forecasting offers: the schemas and the kinds. Nothing heavy is imported here, since the API reads this module."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from jobs.context import Company
from jobs.forecasting.ask_kinds import AskParams, AskResult
from jobs.kind import JobKind, Params, Result
from jobs.periods import Frequency

Id = Annotated[str, Field(min_length=1, max_length=64)]
ModelName = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
Level = Annotated[int, Field(ge=1, le=99)]
ItemCode = Annotated[str, Field(min_length=1, max_length=500)]
ColumnName = Annotated[str, Field(min_length=1, max_length=200)]
LAST_LIST = "buy-list"  # what a model's last list is remembered under

# The name of a company's model is this and its tax number.
COMPANY_MODEL = "empresa_"
# The simple members, which what is used has to beat.
SIMPLE_MEMBERS = ("seasonal_naive", "theta", "imapa")


def model_of(company: Company) -> str:
    """The name of a company's model."""
    return f"{COMPANY_MODEL}{company.nit}"


class TrainParams(Params):
    """Which sales to learn from, and how far ahead the model has to look."""

    dataset: Id | None = Field(None, description="Id of a sales data set. Give this or `company`, not both.",
                              json_schema_extra={"refers_to": "dataset:sales"})
    company: Id | None = Field(None, description="Id of a company: its data set is used, and the model is `empresa_<nit>`.",
                              json_schema_extra={"refers_to": "company"})
    start: date | None = Field(None, description="First day of sales to use (ISO, inclusive); default: all.")
    end: date | None = Field(None, description="Last day of sales to use (ISO, inclusive); default: all.")
    frequency: Frequency | None = Field(None, description="Length of a period; default: found out from the data.")
    horizon: int | None = Field(None, ge=1, le=730, description="Periods that a backtest fold forecasts, and predictions by "
                                "default; 90 days, 13 weeks, 3 months or 1 quarter if not given, less for a short history.",
                                json_schema_extra={"unit": "periods"})
    country: str | None = Field(None, pattern=r"^[A-Z]{2}$", description="ISO 3166-1 code of the country whose holidays matter; "
                                "default: the company's, and no holidays without one.")
    regressors: tuple[ColumnName, ...] = Field(
        (), max_length=50, description="Numeric columns whose future values will be known, such as promotions or opening days. "
        "Predictions then need them as a `future` data set.")
    folds: int = Field(3, ge=1, le=12, description="Backtest folds at the most; fewer where the history is short.")
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Seed of all chance: same seed, same data, same forecasts.")

    @model_validator(mode="after")
    def _one_source(self) -> "TrainParams":
        if (self.dataset is None) == (self.company is None):
            raise ValueError("give either `dataset` or `company`: exactly one of the two says which sales to learn from")
        if self.start and self.end and self.start > self.end:
            raise ValueError("`start` lies after `end`")
        if len(set(self.regressors)) < len(self.regressors):
            raise ValueError("`regressors` names a column twice")
        return self


class Scores(BaseModel):
    """Errors of one member, pooled over every item, period and fold of the backtest."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    mae: float = Field(description="Mean absolute error, units per item and period.")
    rmse: float = Field(description="Root mean squared error, units per item and period.")
    r2: float | None = Field(description="Coefficient of determination; null where sales in the backtest never varied.")
    wape: float | None = Field(description="Absolute errors over sales, in total (0.12 is 12 %); null where nothing was sold.")
    mase: float | None = Field(
        description="Mean absolute scaled error: below 1 it beats seasonal naive's error on the training sales; null where "
        "no item has a season of varying sales before the backtest.")
    bias: float | None = Field(description="(forecast - sales) / sales in total: above 0, too much; null where nothing was sold.")
    level: Literal["item", "total_split_by_share", "mixed"] = Field(
        description="What was forecast: each item, the company's total split to items by their share of the last year, or a mix.")


class DataReport(BaseModel):
    """What the sales were and what was done to them."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    lines: int = Field(description="Lines used, after `start` and `end`.")
    first_period: date = Field(description="Start of the first period.")
    last_period: date = Field(description="Start of the last period.")
    periods: int = Field(description="Periods from the first to the last.")
    lines_summed: int = Field(description="Lines that shared their item and period with others and were summed with them.")
    gaps_filled: int = Field(description="Periods of an item without a line, after its first one, that count as 0.")
    missing_quantities: int = Field(description="Lines without a quantity, which is unknown; they add nothing.")
    periods_unknown: int = Field(
        description="Periods of an item in which all quantities are missing: they are not 0, but take the item's own value of a "
        "season before, else of one after, else the last one known, else the next.")
    returns_netted: int = Field(description="Lines with a negative quantity; set against the sales of their period.")
    periods_clipped: int = Field(description="Periods of an item in which returns outweighed sales, so that they count as 0.")
    incomplete_first_period_dropped: date | None = Field(
        description="Start of the first period that was left out since the lines begin in its middle, or null.")
    incomplete_period_dropped: date | None = Field(description="Start of the unfinished last period that was left out, or null.")
    regressors_filled: int = Field(
        description="Missing values of regressors, filled with the item's own value before, else with its first one after, else "
        "(the item never had one) with the mean of the other items in that period, else with 0.")
    regressors_on_sales_only: tuple[str, ...] = Field(
        description="Regressors that vary and are mostly known only where something was sold. Their values may give away that "
        "there was a sale, so that the backtest looks better than the forecasts will be; send them for periods without a sale.")


class TrainResult(Result):
    """The trained model and how well it would have done."""

    model: str = Field(description="Name of the model.")
    version: int = Field(description="Number of the new version; it is the champion once the job has succeeded.")
    series: int = Field(description="Items.")
    rows: int = Field(description="Item periods that the model learned from, gaps included.")
    frequency: Frequency = Field(description="Length of a period.")
    horizon: int = Field(description="Periods per fold.", json_schema_extra={"unit": "periods"})
    folds: int = Field(description="Backtest folds.")
    metrics: dict[str, Scores] = Field(
        description="Errors by member: xgboost, xgboost_relative (to each item's level), prophet (the total, split by share), "
        "prophet_items (one for each large steady item), theta and ets or imapa, seasonal_naive; and of "
        "the ensemble, a mean of some of them.")
    chosen: str = Field(description="What predictions come from: `ensemble` or one member.")
    members: tuple[str, ...] = Field(description="The members whose equal mean predictions are.")
    scaled_to_total: float = Field(description="How far the mean is scaled to Prophet's forecast of the total: 0, 0.5 or 1.")
    reason: str = Field(description="Why this was chosen, and how far it is ahead of the best simple member.")
    coverage: dict[str, float] = Field(
        description="Share of backtest sales inside the interval of that level, its width learned on the other folds only (on "
        "the same fold where there is but one).")
    data: DataReport = Field(description="What the sales were and what was done to them.")
    warnings: tuple[str, ...] = Field(
        description="What to look at, in sentences: sales that are dated after their upload or lack what the data set before "
        "had, a picture that is missing.")


class ModelParams(Params):
    """Which model to ask."""

    model: ModelName | None = Field(None, description="Name of the model. Give this or `company`, not both.")
    company: Id | None = Field(None, description="Id of a company: its model `empresa_<nit>` is asked.",
                              json_schema_extra={"refers_to": "company"})
    version: int | None = Field(None, ge=1, description="The model's version; default: the champion.")

    @model_validator(mode="after")
    def _one_model(self) -> "ModelParams":
        if (self.model is None) == (self.company is None):
            raise ValueError("give either `model` or `company`: exactly one of the two says which model to ask")
        return self


class PredictParams(ModelParams):
    """Which model to ask, for how long, and for which items."""

    horizon: int | None = Field(None, ge=1, le=730, description="Periods to forecast; default: the model's.",
                                json_schema_extra={"unit": "periods"})
    items: tuple[ItemCode, ...] | None = Field(None, min_length=1, max_length=100_000, description="Items; default: all.")
    levels: tuple[Level, ...] = Field((80, 95), max_length=10, description="Levels of the prediction intervals, in percent.")
    future: Id | None = Field(None, description="Id of a `future` data set (`item`, `date`, the regressors); needed if the model "
                              "was trained with any.", json_schema_extra={"refers_to": "dataset:future"})

    @model_validator(mode="after")
    def _once(self) -> "PredictParams":
        if len(set(self.levels)) < len(self.levels):
            raise ValueError("`levels` names a level twice")
        return self


class DemandSummary(BaseModel):
    """The forecast in four numbers, over every row (an item in a period)."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    demand_total: float = Field(description="Sum of the means, units.")
    demand_mean: float = Field(description="Mean of a row, units per item and period.")
    demand_max: float = Field(description="Largest row, units.")
    demand_min: float = Field(description="Smallest row, units.")


class PredictResult(Result):
    """The forecast; `predictions.csv` has every row of it."""

    model: str = Field(description="Name of the model.")
    version: int = Field(description="Version that answered.")
    predictor: str = Field(description="Member that the means come from.")
    frequency: Frequency = Field(description="Length of a period.")
    horizon: int = Field(description="Periods forecast.", json_schema_extra={"unit": "periods"})
    items: int = Field(description="Items forecast.")
    rows_total: int = Field(description="Rows in predictions.csv.")
    summary: DemandSummary = Field(description="The forecast in four numbers.")
    rows: tuple[dict[str, Any], ...] = Field(
        max_length=1000, description="The first rows, at most 1,000: `item`, `date` (start of the period, ISO), `mean`, for each "
        "level `lo-<level>` and `hi-<level>`, all in units, and `item_name` where the sales had one.")


class RecommendParams(ModelParams):
    """What to buy for: how long it has to last, how surely, and for how much money."""

    stock: Id | None = Field(None, description="Id of a `stock` data set; default: the last one of the model's company, and "
                             "without one every item counts as 0 on hand.", json_schema_extra={"refers_to": "dataset:stock"})
    months: float = Field(1, gt=0, le=24, description="How long the purchase must last, until the next one: the review period "
                          "in months of 30.4 days.", json_schema_extra={"unit": "months"})
    review_period_days: float | None = Field(None, gt=0, le=730, description="The review period in days; default: by `months`.",
                                             json_schema_extra={"unit": "days"})
    service_level: float = Field(0.95, gt=0, lt=1, description="Cycle service level, the chance that nothing is missing until "
                                 "the next delivery, for items whose stock data have none.")
    lead_time_days: float = Field(7, ge=0, le=730, description="Days from order to delivery, for items whose stock data have "
                                  "none.", json_schema_extra={"unit": "days"})
    budget: float | None = Field(None, ge=0, le=1e15, description="Money to spend at the most; default: no limit.",
                                 json_schema_extra={"unit": "money"})
    future: Id | None = Field(None, description="Id of a `future` data set (`item`, `date`, the regressors); needed if the model "
                              "was trained with any.", json_schema_extra={"refers_to": "dataset:future"})
    language: Literal["en", "es"] = Field("en", description="Language of reasons and assumptions.")


class Recommendation(BaseModel):
    """What to buy of one item, and why. Units are the item's own; null where it is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    item: str = Field(description="Item.")
    item_name: str | None = Field(description="Its name in the sales.")
    quantity: float = Field(description="Units to buy, in whole packs.")
    unit_cost: float | None = Field(description="Money for a unit: of the stock data, else the last one in the sales.")
    investment: float = Field(description="quantity × unit_cost; 0 where the cost is not known.")
    forecast: float = Field(description="Expected demand over lead time + review period, rounded as it is shown.")
    safety_stock: float = Field(description="Order-up-to level - forecast; below 0 for an item that hardly ever sells.")
    on_hand: float = Field(description="Units there; below 0, units owed.")
    on_order: float = Field(description="Units ordered and not there yet.")
    reorder_point: float = Field(description="Stock at which to order: demand over the lead time at the cycle service level.")
    reason: str = Field(description="The sum that leads to the quantity, in words; it adds up as shown.")
    order_up_to_level: float = Field(description="Demand over lead time + review period at the cycle service level.")
    supplier: str | None = Field(description="Supplier.")
    category: str | None = Field(description="Category in the sales.")
    class_: str = Field(alias="class", description="ABC class by what a year's sales cost (where no cost is known, by "
                        "revenue, else by units) and XYZ class by variation, such as `AX`.")
    confidence: Literal["high", "medium", "low"] = Field(
        description="low: new, dead, unknown, or fewer than three periods with a sale. high: a year or more of sales that "
        "vary by no more than their mean.")
    lead_time_days: float = Field(description="Days from order to delivery.", json_schema_extra={"unit": "days"})
    service_level: float = Field(description="Cycle service level.")
    minimum_order_quantity: float = Field(description="Smallest order; 0 where there is none.")
    pack_size: float = Field(description="Units in a pack.")
    days_of_stock: float | None = Field(description="Days until the forecast has used up what is on hand and on order; null "
                                        "beyond the time looked at, or without stock data.", json_schema_extra={"unit": "days"})
    exceptions: tuple[Literal["stockout", "no_cost", "unknown", "new", "overstock", "dead"], ...] = Field(
        description="stockout: more likely than not, it runs out before a delivery ordered now. no_cost: no cost known. "
        "unknown: every quantity was blank for a year. new: began within three months. overstock: more than twice the "
        "order-up-to level, three times the forecast, and a smallest order above the level. dead: not sold for a year, and not "
        "bought.")
    change: float | None = Field(description="quantity - that of the model's last list; null where it is the same.")
    change_reason: str | None = Field(description="Which figures are others than on the last list.")


class ListChanges(BaseModel):
    """How the list differs from the model's last one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    job: str = Field(description="Job that made the last list.")
    made_at: str = Field(description="When (RFC 3339).")
    more: int = Field(description="Items of which more is bought.")
    less: int = Field(description="Items of which less is bought.")
    gone: int = Field(description="Items of the last list that the model does not know any more.")


class SupplierOrder(BaseModel):
    """One supplier's part of the list."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    supplier: str | None = Field(description="Supplier; null: the items without one.")
    items: int = Field(description="Items to order.")
    quantity: float = Field(description="Units.")
    investment: float = Field(description="Money.")
    file: str = Field(description="Name of the artifacts with its order, without `.csv` and `.xlsx`.")


class ListTotals(BaseModel):
    """The sum of the lines that buy something, and of no others.

    forecast + safety_stock - on_hand - on_order + rounding - cut = quantity.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    forecast: float = Field(description="Expected demand over lead time + review period, units.")
    safety_stock: float = Field(description="What has to be there beside it, units.")
    on_hand: float = Field(description="Units there.")
    on_order: float = Field(description="Units ordered and not there yet.")
    rounding: float = Field(description="Units more, for whole packs and smallest orders.")
    cut: float = Field(description="Units less, for the budget.")
    quantity: float = Field(description="Units to buy.")
    investment: float | None = Field(description="Money; null where no cost of any item is known.")
    months_of_cover: float | None = Field(
        description="How long what is there, ordered and bought lasts at the rate of the forecast; null where it is 0.",
        json_schema_extra={"unit": "months"})


class RecommendResult(Result):
    """The buy list; `recommendations.csv` and `recommendations.xlsx` have every item of the model."""

    model: str = Field(description="Name of the model.")
    version: int = Field(description="Version that answered.")
    predictor: str = Field(description="Member that the forecasts come from.")
    starts: date = Field(description="First day of the demand that the list is for.")
    stock: str | None = Field(description="Id of the stock data set used; null: none.")
    review_period_days: float = Field(description="Review period.", json_schema_extra={"unit": "days"})
    items: int = Field(description="Items of the model.")
    items_recommended: int = Field(description="Items to buy.")
    quantity_total: float = Field(description="Units to buy.")
    investment_total: float = Field(description="Sum of the investments; items without a known cost count as 0.")
    totals: ListTotals = Field(description="What the order is made of.")
    warnings: tuple[str, ...] = Field(description="What to look at before ordering, in sentences.")
    budget: float | None = Field(description="Money to spend at the most; null: no limit.")
    summary: DemandSummary = Field(description="The forecasts over lead time + review period in four numbers.")
    exceptions: dict[str, int] = Field(description="How many items are each exception.")
    assumptions: tuple[str, ...] = Field(description="What the list takes for granted, in sentences.")
    changes: ListChanges | None = Field(description="How it differs from the model's last list; null: this is the first.")
    orders: tuple[SupplierOrder, ...] = Field(description="The list by supplier, the largest investment first.")
    rows_total: int = Field(description="Items that are bought or an exception, but for dead ones of which nothing is there.")
    recommendations: tuple[Recommendation, ...] = Field(
        max_length=1000, description="Those items, exceptions first; of more than 1,000, those bought or about to run out come "
        "before stock that is too much or dead.")


KINDS = (
    JobKind(
        name="forecasting.train", summary="Backtest and fit a demand model on a company's sales.",
        params=TrainParams, result=TrainResult, run="jobs.forecasting.train:run",
        queue="cpu", time_limit_s=4 * 3600, max_attempts=3,
    ),
    JobKind(
        name="forecasting.predict", summary="Forecast the demand of each item with a trained model, with intervals.",
        params=PredictParams, result=PredictResult, run="jobs.forecasting.predict:run",
        queue="cpu.fast", time_limit_s=600, max_attempts=3,
    ),
    JobKind(
        name="forecasting.recommend", summary="What to buy of each item: forecast, safety stock, stock, packs and budget.",
        params=RecommendParams, result=RecommendResult, run="jobs.forecasting.recommend:run",
        queue="cpu.fast", time_limit_s=600, max_attempts=3,
    ),
    JobKind(
        name="forecasting.ask", summary="Answer a plain question about sales, demand and purchases, in Spanish or English.",
        params=AskParams, result=AskResult, run="jobs.forecasting.ask:run",
        queue="cpu.fast", time_limit_s=600, max_attempts=3,
    ),
)
