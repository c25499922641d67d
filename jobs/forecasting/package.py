"""A trained model as files: native formats only, no pickles, and all that a prediction needs beside them.

    xgboost.ubj        the trees
    prophet.json       Prophet's own JSON
    history.parquet    unique_id, ds, y and the exogenous columns, from which lags and shares are computed again
    items.parquet      unique_id, and item_name where the sales had one
    metadata.json      the card
"""

import hashlib
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from jobs.context import Dataset, ModelVersion
from jobs.errors import FieldError, InputError
from jobs.forecasting.baseline import SeasonalNaive
from jobs.forecasting.kinds import Scores
from jobs.forecasting.member import Member, Recipe
from jobs.forecasting.prophet_model import ProphetModel
from jobs.forecasting.sums import SumSpread
from jobs.forecasting.xgboost_model import XGBoostModel
from jobs.periods import Frequency

LIBRARIES = ("xgboost", "prophet", "mlforecast", "polars", "holidays")


class Card(BaseModel):
    """The metadata of a version of a forecasting model.

    data: id, sha256 and rows of the data set. nit: the company's tax number, "" outside companies. chosen: the member that
    forecasts. sums: how far demand lies from
    its forecasts. metrics, coverage: of the backtest. code: hash of this package's source.
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
    chosen: str
    sums: SumSpread
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
    folder: Path, card: Card, history: pl.DataFrame, items: pl.DataFrame, xgboost: XGBoostModel, prophet: ProphetModel,
) -> dict[str, Path]:
    """Write the model's files into `folder`; gives their paths by name."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {name: folder / name for name in
             ("xgboost.ubj", "prophet.json", "history.parquet", "items.parquet", "metadata.json")}
    xgboost.save(paths["xgboost.ubj"])
    prophet.save(paths["prophet.json"])
    history.write_parquet(paths["history.parquet"])
    items.write_parquet(paths["items.parquet"])
    paths["metadata.json"].write_text(card.model_dump_json(indent=1), encoding="utf-8")
    return paths


def load_forecaster(files: dict[str, Path], card: Card, history: pl.DataFrame, recipe: Recipe) -> "Forecaster":
    """The chosen member, or both halves of the ensemble, ready to go on from the end of `history`; nothing is fitted again."""
    names = ("xgboost", "prophet") if card.chosen == "ensemble" else (card.chosen,)
    members: list[Member] = []
    for name in names:
        if name == "xgboost":
            members.append(XGBoostModel.load(files["xgboost.ubj"], history, recipe))
        elif name == "prophet":
            members.append(ProphetModel.load(files["prophet.json"], history, recipe))
        else:
            naive = SeasonalNaive()
            naive.fit(history, recipe)
            members.append(naive)
    return Forecaster(members)


class Forecaster:
    """The mean of one or more members."""

    def __init__(self, members: list[Member]) -> None:
        self._members = members

    def forecast(self, future: pl.DataFrame) -> NDArray[Any]:
        """Units per row of `future`, as in Member."""
        made = [member.forecast(future) for member in self._members]
        total = made[0]
        for more in made[1:]:
            total = total + more
        return total / len(made)


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
