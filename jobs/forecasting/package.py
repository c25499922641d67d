"""A trained model as files: native formats only, no pickles, and all that a prediction needs beside them.

    xgboost.ubj          the trees
    xgboost_relative.ubj the trees relative to levels, where they forecast
    prophet.json         Prophet's own JSON
    prophet_items.json   the same by item, where such models forecast
    history.parquet      unique_id, ds, y and the exogenous columns, from which lags and shares are computed again
    items.parquet        unique_id, and item_name where the sales had one
    unknown.parquet      unique_id and ds of the history's rows whose quantity was blank, so that their y stands in for it
    outlook.parquet      the forecast that is kept (see outlook.py), where it needs no regressors
    metadata.json        the card
"""

import hashlib
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

import polars as pl
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from jobs.context import Dataset, ModelVersion
from jobs.errors import FieldError, InputError
from jobs.forecasting.closing import Closing, learn_closing
from jobs.forecasting.gate import Combination
from jobs.forecasting.kinds import Scores
from jobs.forecasting.member import Member, Recipe, SavedMember
from jobs.forecasting.members import MEMBERS, forecast_members
from jobs.forecasting.sums import SumSpread
from jobs.periods import Frequency

LIBRARIES = ("xgboost", "prophet", "mlforecast", "statsforecast", "polars", "holidays")
FILES = {"xgboost": "xgboost.ubj", "prophet": "prophet.json", "prophet_items": "prophet_items.json",
         "xgboost_relative": "xgboost_relative.ubj"}

UNKNOWN = "unknown.parquet"


class Card(BaseModel):
    """The metadata of a version of a forecasting model.

    data: id, sha256 and rows of the data set. nit: the company's tax number, "" outside companies. chosen: a member or
    `ensemble`, and combination what it is made of. sums: how far demand lies from its forecasts. total: the same of the sum over
    all items, or of the sample that was backtested. sold_until: the last day of the sales, which may lie after last_period, in
    one that was not over. Both are None in models trained before they were kept. metrics, coverage: of the backtest. code: hash
    of this package's source.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    schema_number: int = 1
    frequency: Frequency
    horizon: int
    regressors: tuple[str, ...]
    country: str | None
    company: str | None
    nit: str
    seed: int
    series: int
    rows: int
    first_period: date
    last_period: date
    sold_until: date | None = None
    chosen: str
    combination: Combination
    sums: SumSpread
    total: SumSpread | None = None
    metrics: dict[str, Scores]
    coverage: dict[str, float]
    data: dict[str, str | int]
    code: str
    libraries: dict[str, str]


def read_card(found: ModelVersion) -> Card:
    """The card of a version. Raises InputError if it is not a forecasting model's."""
    try:
        return Card.model_validate(found.metadata)
    except ValidationError:
        message = f"The model {found.name} was not made by forecasting.train, so it cannot forecast demand."
        raise InputError(message, fields=(FieldError("params.model", message),)) from None


def write_files(
    folder: Path, card: Card, history: pl.DataFrame, items: pl.DataFrame, unknown: pl.DataFrame, members: dict[str, Member],
) -> dict[str, Path]:
    """Write the model's files into `folder`; gives their paths by name. members: the fitted ones by name."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    for name, member in members.items():
        assert isinstance(member, SavedMember)
        file = FILES[name]
        member.save(folder / file)
        paths[file] = folder / file
    for file, table in (("history.parquet", history), ("items.parquet", items), (UNKNOWN, unknown)):
        table.write_parquet(folder / file)
        paths[file] = folder / file
    paths["metadata.json"] = folder / "metadata.json"
    paths["metadata.json"].write_text(card.model_dump_json(indent=1), encoding="utf-8")
    return paths


def read_unknown(found: ModelVersion) -> pl.DataFrame:
    """unique_id and ds of the history's rows whose quantity was blank; none where the model does not tell."""
    if UNKNOWN not in found.files:
        return pl.DataFrame(schema={"unique_id": pl.String, "ds": pl.Date})
    return pl.read_parquet(found.files[UNKNOWN])


def load_forecaster(files: dict[str, Path], card: Card, history: pl.DataFrame, recipe: Recipe) -> "Forecaster":
    """The card's combination, ready to go on from the end of `history`; only members that keep no file look at it again."""
    return Forecaster([_load(name, files, history, recipe) for name in first_xgboost(card.combination.needs)], card.combination,
                      learn_closing(history))


def first_xgboost(names: tuple[str, ...]) -> tuple[str, ...]:
    """The members to load for those: XGBoost comes first, since it stands in for what the others leave out."""
    return tuple(dict.fromkeys(("xgboost", *names)))


def _load(name: str, files: dict[str, Path], history: pl.DataFrame, recipe: Recipe) -> Member:
    if name in FILES:
        return cast(type[SavedMember], MEMBERS[name]).load(files[FILES[name]], history, recipe)
    member = MEMBERS[name]()
    member.fit(history, recipe)
    return member


class Forecaster:
    """Fitted members, combined."""

    def __init__(self, members: list[Member], combination: Combination, closing: Closing) -> None:
        self._members, self._combination, self._closing = members, combination, closing

    def closed(self, future: pl.DataFrame) -> pl.Series:
        """Whether each row of `future` is closed, so that nothing can be sold: shape (rows,), Boolean."""
        return self._closing.closed(future)

    def forecast(self, future: pl.DataFrame) -> NDArray[Any]:
        """Units per row of `future`, as in Member; 0 where it is closed. `future` has every item of the history."""
        return self._combination.forecast(forecast_members(self._members, future, self.closed(future)))


def item_names(dataset: Dataset) -> pl.DataFrame:
    """unique_id and, where the sales have it, the last item_name of each item."""
    table = pl.scan_parquet(dataset.path)
    named = "item_name" in pl.read_parquet_schema(dataset.path)
    last = [pl.col("item_name").drop_nulls().last()] if named else []
    return table.sort("date").group_by(pl.col("item").alias("unique_id")).agg(*last).sort("unique_id").collect()


@cache
def code_version() -> str:
    """The first 16 hex digits of the SHA-256 of this package's source files."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def library_versions() -> dict[str, str]:
    """Versions of the libraries that shape a forecast."""
    return {name: version(name) for name in LIBRARIES}
