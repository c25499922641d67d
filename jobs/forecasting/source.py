"""What a training works on: whose sales, under which model's name, in which periods."""

from dataclasses import dataclass

from jobs.context import Company, Dataset, JobContext, ModelVersion
from jobs.errors import Conflict, DataError, FieldError, InputError, NotFound
from jobs.forecasting.demand import Demand, build_demand
from jobs.forecasting.kinds import COMPANY_MODEL, TrainParams, model_of
from jobs.forecasting.periods import has_holidays
from jobs.periods import ORDER, Frequency


@dataclass(frozen=True, slots=True)
class Source:
    """model: name of the model to make. registered: ending of its names in MLflow. country: whose holidays count, or None."""

    dataset: Dataset
    company: Company | None
    model: str
    registered: str
    country: str | None


def find_source(params: TrainParams, ctx: JobContext) -> Source:
    """The data set and names that `params` stand for.

    Raises NotFound, InputError if the data set does not hold sales, DataError if the company has none, Conflict if a data
    set has a name that only companies' models may have.
    """
    company = ctx.company(params.company) if params.company else None
    if company and not company.dataset:
        message = f"The company {company.name} has no sales yet; upload a data set of type `sales` for it first."
        raise DataError(message, fields=(FieldError("params.company", message),))
    dataset = typed_dataset(ctx, str(company.dataset if company else params.dataset), "sales", "params.dataset")
    if company:
        country = params.country or (company.country if has_holidays(company.country) else None)
        if country is None:
            ctx.log(f"No calendar of holidays is known for {company.country}; going on without.", "warning")
        return Source(dataset, company, model_of(company), company.nit, country)
    if dataset.name.startswith(COMPANY_MODEL):
        message = (f"Models called `{COMPANY_MODEL}…` belong to companies, and this data set is called {dataset.name!r}. "
                   "Upload it under another name, or train by `company`.")
        raise Conflict(message, fields=(FieldError("params.dataset", message),))
    return Source(dataset, None, dataset.name, dataset.name, params.country)


def find_model(ctx: JobContext, model: str | None, company: str | None, version: int | None = None) -> ModelVersion:
    """A version of the model of that name, or of that company's; the champion if `version` is None.

    Raises NotFound, which says the right name where `model` is a company's id or tax number.
    """
    if company:
        name = model_of(ctx.company(company))
        try:
            return ctx.model_version(name, version)
        except NotFound as e:
            raise NotFound(f"{e.message} Train it first: `forecasting.train` with the company {company}.") from None
    try:
        return ctx.model_version(str(model), version)
    except NotFound as e:
        meant = _meant(ctx, str(model)) if version is None else None
        raise NotFound(f"{e.message} Did you mean {meant}?") if meant else e from None


def _meant(ctx: JobContext, name: str) -> str | None:
    """What the company, or the tax number, that was taken for a model's name has for a model; None if it is neither."""
    try:
        company = ctx.company(name)
        return f"`{model_of(company)}`, the model of the company {company.id}; or give `company` in place of `model`"
    except NotFound:
        pass
    try:
        return f"`{ctx.model_version(COMPANY_MODEL + name).name}`"
    except NotFound:
        return None


def typed_dataset(ctx: JobContext, dataset_id: str, type_: str, field: str) -> Dataset:
    """The data set of that id. Raises NotFound, InputError (at `field`) if it is of another type than `type_`."""
    dataset = ctx.dataset(dataset_id)
    if dataset.type != type_:
        message = f"The data set {dataset_id} is of type `{dataset.type}`; one of type `{type_}` is needed."
        raise InputError(message, fields=(FieldError(field, message),))
    return dataset


def column_named(dataset: Dataset, name: str) -> str:
    """The column of a table that `name` stands for: what the file called so (its `price` is `unit_price`), else `name` itself."""
    mapping: dict[str, str] = dataset.profile.get("mapping") or {}
    return next((column for column, called in mapping.items() if called == name), name)


def load_demand(params: TrainParams, dataset: Dataset) -> Demand:
    """The demand in `dataset`, in the frequency asked for, else the one that its profile says.

    Regressors go by the names of the table or of the file that was uploaded.

    Raises DataError if the profile names none and none is asked for, and what `build_demand` raises.
    """
    found = dataset.profile.get("frequency") or params.frequency
    if found not in ORDER:
        message = "The length of the sales' periods could not be found out; say it with `frequency`."
        raise DataError(message, fields=(FieldError("params.frequency", message),))
    frequency: Frequency = params.frequency or found
    named = dict.fromkeys(column_named(dataset, name) for name in params.regressors)
    return build_demand(
        dataset.path, frequency=frequency, found=found, period_sums=bool(dataset.profile.get("period_sums")),
        regressors=tuple(named), start=params.start, end=params.end,
    )
