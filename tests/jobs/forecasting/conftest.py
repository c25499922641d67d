"""Trained models that several tests look at; training them once saves the time."""

import pytest

from jobs.context import Company
from jobs.forecasting import train
from jobs.forecasting.kinds import TrainResult
from jobs.memory_context import MemoryContext
from tests.jobs.forecasting.sales import add, monthly_sums, promoted_sales, store_sales, train_params
from tests.jobs.forecasting.shop import open_shop


@pytest.fixture(scope="session")
def trained() -> tuple[MemoryContext, TrainResult]:
    """The model `empresa_900123456` of a company with monthly sums, and what its training answered."""
    ctx = MemoryContext()
    ctx.companies["acme"] = Company("acme", "900123456", "Acme", "CO", "COP", "America/Bogota", "sales")
    add(ctx, monthly_sums(), "month", sums=True)
    return ctx, train.run(train_params(company="acme"), ctx)


@pytest.fixture(scope="session")
def promoted() -> MemoryContext:
    """The model `sales` of daily sales that promotions decide; the promotions to come are the data set `future`."""
    past, future = promoted_sales()
    ctx = MemoryContext()
    add(ctx, past)
    add(ctx, future, name="future", kind="future")
    train.run(train_params(horizon=7, regressors=("promo",), folds=2), ctx)
    return ctx


@pytest.fixture(scope="session")
def shop_that_knows() -> MemoryContext:
    """A shop with sales, a model and stock, to ask questions of; not to be changed."""
    return open_shop()


@pytest.fixture(scope="session")
def store() -> MemoryContext:
    """The model `empresa_900123456` of a company whose sales have names, costs and prices, and the sales themselves."""
    ctx = MemoryContext()
    ctx.companies["acme"] = Company("acme", "900123456", "Acme", "CO", "COP", "America/Bogota", "sales")
    add(ctx, store_sales(), "month", sums=True, company="acme")
    train.run(train_params(company="acme", folds=2), ctx)
    return ctx
