"""A training finds its sales and its names, or says what is missing."""

import polars as pl
import pytest

from jobs.context import Company, ModelVersion
from jobs.errors import Conflict, DataError, InputError, NotFound
from jobs.forecasting.source import find_model, find_source, load_demand, typed_dataset
from jobs.memory_context import MemoryContext
from tests.jobs.forecasting.sales import add, monthly_sums, train_params, weekly_sales


@pytest.fixture
def ctx():
    made = MemoryContext()
    made.companies["acme"] = Company("acme", "900123456", "Acme", "CO", "COP", "America/Bogota", "sales")
    made.companies["new"] = Company("new", "1", "New", "CO", "COP", "America/Bogota", None)
    add(made, weekly_sales())
    return made


def test_a_company_gives_the_model_its_tax_number_and_its_country(ctx):
    found = find_source(train_params(company="acme"), ctx)
    assert (found.model, found.registered, found.country, found.dataset.id) == ("empresa_900123456", "900123456", "CO", "sales")


def test_a_data_set_gives_the_model_its_name_and_no_country(ctx):
    add(ctx, weekly_sales(), name="x")
    found = find_source(train_params(dataset="x"), ctx)
    assert (found.model, found.registered, found.country) == ("x", "x", None)


def test_a_country_that_is_said_wins(ctx):
    assert find_source(train_params(company="acme", country="DE"), ctx).country == "DE"


def test_a_company_in_a_country_without_a_known_calendar_goes_on_without(ctx):
    ctx.companies["far"] = Company("far", "2", "Far", "ZZ", "USD", "UTC", "sales")
    assert find_source(train_params(company="far"), ctx).country is None
    assert ctx.logs == [("warning", "No calendar of holidays is known for ZZ; going on without.")]


def test_a_company_without_sales_is_told_to_upload_some(ctx):
    with pytest.raises(DataError, match="upload a data set") as refused:
        find_source(train_params(company="new"), ctx)
    assert refused.value.fields[0].field == "params.company"


def test_an_unknown_company_is_not_found(ctx):
    with pytest.raises(NotFound):
        find_source(train_params(company="nobody"), ctx)


def test_a_data_set_of_another_type_is_refused(ctx):
    add(ctx, weekly_sales(), name="f", kind="future")
    with pytest.raises(InputError, match="type `future`; one of type `sales`") as refused:
        typed_dataset(ctx, "f", "sales", "params.dataset")
    assert refused.value.fields[0].field == "params.dataset"


def test_the_frequency_asked_for_wins_over_the_one_found(ctx):
    assert load_demand(train_params(frequency="week"), ctx.dataset("sales")).frequency == "week"
    assert load_demand(train_params(), ctx.dataset("sales")).frequency == "day"


def test_sums_of_a_month_keep_their_last_month(ctx):
    dataset = add(ctx, monthly_sums(months=14), "month", sums=True, name="m")
    assert load_demand(train_params(dataset="m"), dataset).report.periods == 14


def test_a_regressor_goes_by_the_name_that_it_has_in_the_table_or_had_in_the_file(ctx):
    # given a file whose column `price` became `unit_price`
    table = weekly_sales().with_columns(unit_price=pl.lit(2.0), promo=pl.lit(1.0))
    table.write_parquet(ctx.scratch / "priced.parquet")
    profile = {"frequency": "day", "period_sums": False, "mapping": {"date": "day", "unit_price": "price"}}
    dataset = ctx.add_dataset(ctx.scratch / "priced.parquet", dataset_id="priced", profile=profile)
    # then
    for asked, found in ((("price", "promo"), ("unit_price", "promo")), (("unit_price",), ("unit_price",)),
                         (("price", "unit_price"), ("unit_price",))):
        assert load_demand(train_params(dataset="priced", regressors=asked), dataset).regressors == found


def test_a_profile_without_a_frequency_asks_for_one(ctx):
    dataset = ctx.add_dataset(ctx.scratch / "sales.parquet", dataset_id="bare")
    with pytest.raises(DataError, match="say it with `frequency`"):
        load_demand(train_params(dataset="bare"), dataset)
    assert load_demand(train_params(dataset="bare", frequency="day"), dataset).frequency == "day"


def test_a_data_set_cannot_take_the_name_of_a_companys_model(ctx):
    add(ctx, monthly_sums(months=14), "month", sums=True, name="empresa_900123456")
    with pytest.raises(Conflict, match="belong to companies"):
        find_source(train_params(dataset="empresa_900123456"), ctx)


def with_models(ctx):
    for name in ("empresa_900123456", "mine"):
        ctx.versions[name] = [ModelVersion(name, n, "forecasting", {}, {}) for n in (1, 2)]
        ctx.promotions[name] = 2
    return ctx


def test_a_model_is_found_by_its_name_or_by_its_company(ctx):
    with_models(ctx)
    assert (find_model(ctx, "mine", None).name, find_model(ctx, "mine", None, 1).version) == ("mine", 1)
    assert find_model(ctx, None, "acme").name == "empresa_900123456"


@pytest.mark.parametrize("taken_for_a_name", ["acme", "900123456"])
def test_a_companys_id_or_tax_number_in_place_of_a_name_is_answered_with_the_models_name(ctx, taken_for_a_name):
    with pytest.raises(NotFound, match="Did you mean `empresa_900123456`"):
        find_model(with_models(ctx), taken_for_a_name, None)


def test_a_model_that_nothing_is_called_like_is_just_not_found(ctx):
    with pytest.raises(NotFound) as refused:
        find_model(with_models(ctx), "nothing", None)
    assert "Did you mean" not in refused.value.message


def test_a_company_without_a_model_is_told_to_train_one(ctx):
    with pytest.raises(NotFound, match="Train it first"):
        find_model(ctx, None, "acme")
