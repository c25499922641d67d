"""A light Prophet for each of the largest steady items: trend, seasons and regressors of its own."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from prophet import Prophet
from prophet.serialize import model_from_dict, model_to_dict

from jobs.forecasting.closing import learn_closing
from jobs.forecasting.member import Level, Recipe, exogenous_columns
from jobs.forecasting.nature import largest
from jobs.forecasting.prophet_model import build_prophet, fit_prophet, learns_year, predict_prophet
from jobs.periods import Frequency

MOST_ITEMS = 100
# Above this share of periods without a sale an item is not for Prophet.
MOST_ZEROS = 0.1
# What a prediction reads of the fitted parameters; the rest of them, and the history, would make the files large.
KEPT = ("k", "m", "delta", "beta", "sigma_obs")


class ProphetItems:
    """Prophet by item (a Member); items that it does not take are NaN."""

    name = "prophet_items"
    level: Level = "item"

    def __init__(self) -> None:
        self._models: dict[str, Prophet] = {}

    def fit(self, history: pl.DataFrame, recipe: Recipe) -> None:
        """Fit one for each item that it takes, on the periods that are not closed."""
        opened = history.filter(~learn_closing(history).closed(history))
        self._models = {}
        chosen = largest(history, MOST_ITEMS)
        # closed periods are left out of a fit, and still are a part of the years that it spans
        spans = dict(history.group_by("unique_id").len().iter_rows())
        for (item,), series in opened.filter(pl.col("unique_id").is_in(chosen)).group_by("unique_id", maintain_order=True):
            recipe.check()
            if is_steady(series, spans[item], recipe.frequency):
                varying = [c for c in exogenous_columns(series) if series[c].n_unique() > 1]
                model = build_prophet(recipe.frequency, spans[item], varying)
                fit_prophet(model, series.select("ds", "y", *varying), recipe.seed)
                self._models[str(item)] = _slim(model)

    def forecast(self, future: pl.DataFrame) -> NDArray[Any]:
        """See Member."""
        made = []
        for (item,), rows in future.group_by("unique_id", maintain_order=True):
            model = self._models.get(str(item))
            if model:
                made.append(predict_prophet(model, rows.select("ds", *model.extra_regressors)))
            else:
                made.append(np.full(rows.height, np.nan))
        return np.concatenate(made)

    def save(self, path: Path) -> None:
        """Write the models as one JSON object by item, in Prophet's own form without histories."""
        path.write_text(json.dumps({item: model_to_dict(model) for item, model in self._models.items()}), encoding="utf-8")

    @classmethod
    def load(cls, path: Path, _history: pl.DataFrame, _recipe: Recipe) -> "ProphetItems":
        """The saved models, which forecast the same as they did; neither history nor recipe matters any more."""
        found = cls()
        found._models = {item: model_from_dict(kept) for item, kept in json.loads(path.read_text(encoding="utf-8")).items()}
        return found


def is_steady(series: pl.DataFrame, periods: int, frequency: Frequency) -> bool:
    """Whether an item's open periods (ds, y), out of that many, are for Prophet: a yearly season, and few without a sale."""
    return learns_year(periods, frequency) and int((series["y"] == 0).sum()) < MOST_ZEROS * series.height


def _slim(model: Prophet) -> Prophet:
    """Without what no prediction reads, so that a file of a hundred models stays small."""
    model.history, model.history_dates = model.history.head(1), model.history_dates.head(1)
    model.params = {name: model.params[name] for name in KEPT}
    return model
