"""A made-up shop to ask questions of: 420 days of sales of some articles of catalog.py, with returns, prices and costs."""

from datetime import date, timedelta
from typing import Any

import polars as pl

from jobs.context import Company
from jobs.forecasting import ask, train
from jobs.forecasting.ask_kinds import AskParams, AskResult
from jobs.memory_context import MemoryContext
from tests.jobs.forecasting.catalog import ARTICLES
from tests.jobs.forecasting.sales import add, train_params

TODAY = date(2026, 11, 26)
FIRST, LAST = date(2025, 10, 2), date(2026, 11, 25)
SOLD = tuple(a for a in ARTICLES if a.code[:2] in ("A-", "B-", "C-", "E-"))
COLUMNS = {"date": pl.Date, "item": pl.String, "item_name": pl.String, "category": pl.String, "quantity": pl.Float64,
           "unit_price": pl.Float64, "unit_cost": pl.Float64}
Line = tuple[date, str, str | None, str | None, float, float, float]


def sale_lines() -> list[Line]:
    """Every article sells every day, the n-th one n times the day's number; each Monday one unit of it comes back."""
    made: list[Line] = []
    for back in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=back)
        for n, a in enumerate(SOLD, 1):
            made.append((day, a.code, a.name, a.category, float(n * (1 + day.weekday()) + day.month), 100.0 * n, 70.0 * n))
            if day.weekday() == 0:
                made.append((day, a.code, a.name, a.category, -1.0, 100.0 * n, 70.0 * n))
    return made


def sold_between(start: date, end: date, *codes: str) -> float:
    """Units sold from `start` to `end`, net of returns, of some articles or of all: a sum over the lines themselves."""
    return sum(line[4] for line in sale_lines() if start <= line[0] <= end and (not codes or line[1] in codes))


def open_shop() -> MemoryContext:
    """The company `acme` with its sales, its trained model and its stock (n units of the n-th article are there)."""
    ctx = MemoryContext()
    ctx.companies["acme"] = Company("acme", "900123456", "Acme", "CO", "COP", "America/Bogota", "sales")
    add(ctx, pl.DataFrame(sale_lines(), schema=COLUMNS, orient="row"))
    train.run(train_params(company="acme", folds=1, horizon=14), ctx)
    stock = pl.DataFrame({"item": [a.code for a in SOLD], "on_hand": [float(n) for n in range(1, len(SOLD) + 1)]})
    add(ctx, stock, name="stock", kind="stock", company="acme")
    return ctx


def again(ctx: MemoryContext, **without: Any) -> MemoryContext:
    """A fresh context that knows what `ctx` knows, but for what is given."""
    known = {"versions": ctx.versions, "promotions": ctx.promotions, "datasets": ctx.datasets, "companies": ctx.companies}
    return MemoryContext(**{**known, **without})


def ask_shop(ctx: MemoryContext, question: str, **given: Any) -> AskResult:
    """What the shop answers to a question."""
    whose = {} if "model" in given else {"company": "acme"}
    return ask.run(AskParams.model_validate({"question": question, "today": TODAY, **whose, **given}), ctx)
