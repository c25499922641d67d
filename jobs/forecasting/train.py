"""The training job.

1. Find the sales and the model's name; sum the lines to demand per item and period; add the calendar.
2. Backtest the members that suit the demand on the last folds; a fold that an earlier attempt finished is taken from its
   checkpoint.
3. Score the members, choose their combination, learn its intervals from the backtest's errors.
4. Fit what predictions need on all of the history.
5. Tell tracking what was learned from what, and stage the version; it exists once the job has succeeded.
"""

import hashlib
import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import polars as pl

from jobs.context import JobContext, Registration
from jobs.forecasting.backtest import MOST_ITEMS, Fold, default_horizon, plan_folds, run_fold, sample_items, score_members
from jobs.forecasting.charts import SoldBefore
from jobs.forecasting.closing import learn_closing
from jobs.forecasting.demand import Demand
from jobs.forecasting.fans import FILE as FANS
from jobs.forecasting.fans import MEDIA_TYPE, group_spread, write_fans
from jobs.forecasting.gate import Choice, Combination, choose
from jobs.forecasting.intervals import coverage
from jobs.forecasting.item_classes import ItemFacts, learn_facts
from jobs.forecasting.kinds import Scores, TrainParams, TrainResult
from jobs.forecasting.member import Member, Recipe
from jobs.forecasting.members import MEMBERS, Plan, plan_members
from jobs.forecasting.outlook import FILE, outlook_periods
from jobs.forecasting.package import (
    FILES,
    Card,
    code_version,
    first_xgboost,
    item_names,
    library_versions,
    load_forecaster,
    write_files,
)
from jobs.forecasting.periods import with_calendar
from jobs.forecasting.pictures import training_pictures
from jobs.forecasting.predict import future_grid
from jobs.forecasting.purchase_terms import last_known
from jobs.forecasting.source import Source, find_source, load_demand
from jobs.forecasting.sums import learn_sums, learn_total
from jobs.kind import Params
from jobs.periods import next_periods

SAMPLE_ROWS = 1000
NO_FUTURE = (
    "There is no forecast.png: the model needs {regressors} to forecast, and their values after the sales are not part of these. "
    "Send them (`noria upload FILE --type future{owner}`), and name what you get: "
    "`noria submit forecasting.predict --model {model} --future ID` draws the picture, "
    "and forecasting.recommend takes the same `--future ID`.")
TOO_MANY = (
    "There is no forecast.png: a training draws it of at most {most:,} items. "
    "`noria submit forecasting.predict --model {model}` draws it of any number.")
ALL_BLANK = (
    "Of {count} items no quantity is known for a year or more ({names}): they are forecast as if what sold before went on. Write "
    "0 where nothing was sold. A buy list marks them `unknown`.")
NAMED = 5
READ_ENDS, BACKTEST_ENDS, FIT_ENDS = 0.05, 0.75, 0.95


def run(params: Params, ctx: JobContext) -> TrainResult:
    """Carry out `forecasting.train`.

    Raises NotFound, InputError for params that do not fit the data set, DataError for too little of it, Conflict if the model's
    name belongs to another domain, and JobStopped's kinds.
    """
    wanted = cast(TrainParams, params)
    ctx.progress(0.0, "read", "reading the sales")
    source = find_source(wanted, ctx)
    demand = load_demand(wanted, source.dataset)
    frame = with_calendar(demand.frame, demand.frequency, source.country)
    horizon = wanted.horizon or default_horizon(demand.frequency, demand.report.periods)
    folds = plan_folds(demand.periods, demand.frequency, horizon, wanted.folds)
    _describe(wanted, ctx, source, demand, horizon)
    recipe = Recipe(demand.frequency, wanted.seed, ctx.threads, ctx.check)
    plan = plan_members(frame, demand.frequency, learn_closing(frame))
    backtest = _backtest(sample_items(frame), folds, plan, recipe, ctx, _digest(wanted, source, horizon))
    choice = choose(backtest, plan.equal, plan.candidates, scaled=plan.scaled)
    backtest = backtest.with_columns(ensemble=pl.Series(choice.ensemble.forecast(backtest)))
    card = _card(wanted, source, demand, frame, horizon, choice, backtest, plan)
    members = _fit(frame, choice.combination, recipe, ctx)
    ctx.param("chosen", choice.combination.text)
    _track(ctx, card, demand, frame)
    number = _stage(ctx, source, card, frame, demand.unknown, members, backtest, recipe)
    ctx.progress(1.0, "done", f"{source.model} version {number}: {choice.combination.text}")
    return TrainResult(
        model=source.model, version=number, series=card.series, rows=card.rows, frequency=card.frequency, horizon=horizon,
        folds=len(folds), metrics=card.metrics, chosen=card.chosen, members=card.combination.members,
        scaled_to_total=card.combination.weight, reason=choice.reason, coverage=card.coverage, data=demand.report,
        warnings=_warnings(ctx, source, card, _blank_items(learn_facts(frame, demand.frequency, demand.unknown))),
    )


def _blank_items(facts: ItemFacts) -> list[str]:
    return facts.items.filter(pl.Series(facts.unknown)).to_list()


def _warnings(ctx: JobContext, source: Source, card: Card, blank: list[str]) -> tuple[str, ...]:
    """What to look at, in sentences, which are logged too."""
    profile = source.dataset.profile
    said: tuple[str, ...] = (*(profile["notes"][:1] if profile.get("dated_later") else ()), *(profile.get("warnings") or ()))
    if blank:
        said += (ALL_BLANK.format(count=len(blank), names=", ".join(blank[:NAMED]) + (" …" if len(blank) > NAMED else "")),)
    if card.regressors:
        owner = f" --company {card.company}" if card.company else ""
        said += (NO_FUTURE.format(regressors=", ".join(card.regressors), owner=owner, model=source.model),)
    elif card.series > MOST_ITEMS:
        said += (TOO_MANY.format(most=MOST_ITEMS, model=source.model),)
    for sentence in said:
        ctx.log(sentence, "warning")
    return said


def _card(
    params: TrainParams, source: Source, demand: Demand, frame: pl.DataFrame, horizon: int, choice: Choice,
    backtest: pl.DataFrame, plan: Plan,
) -> Card:
    company = source.company
    return Card(
        frequency=demand.frequency, horizon=horizon, regressors=demand.regressors, country=source.country,
        company=company.id if company else None, nit=company.nit if company else "", seed=params.seed,
        series=frame["unique_id"].n_unique(), rows=frame.height, first_period=demand.report.first_period,
        last_period=demand.report.last_period, sold_until=demand.sold_until, chosen=choice.name, combination=choice.combination,
        sums=learn_sums(backtest, choice.name, counted=plan.counted), total=learn_total(backtest, choice.name),
        metrics=score_members(backtest),
        coverage=coverage(backtest, choice.name, counted=plan.counted),
        data={"dataset": source.dataset.id, "sha256": source.dataset.sha256, "rows": source.dataset.rows},
        code=code_version(), libraries=library_versions(),
    )


def _digest(params: TrainParams, source: Source, horizon: int) -> str:
    """Names what a checkpoint depends on, so that an attempt never takes one made from other data, params or code."""
    parts = (source.dataset.sha256, params.model_dump_json(), str(horizon), str(source.country), code_version())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _backtest(
    frame: pl.DataFrame, folds: list[Fold], plan: Plan, recipe: Recipe, ctx: JobContext, digest: str,
) -> pl.DataFrame:
    """Every fold, stacked; finished ones are kept as checkpoints."""
    made = []
    share = (BACKTEST_ENDS - READ_ENDS) / len(folds)
    for fold in folds:
        name, start = f"fold-{digest}-{fold.number}.parquet", READ_ENDS + (fold.number - 1) * share
        message = f"fold {fold.number} of {len(folds)}"
        ctx.progress(start, "backtest", message)
        kept = ctx.load_checkpoint(name)
        if kept is None:
            scored = run_fold(frame, fold, plan.names, _watched(recipe, ctx, start, share, "backtest", message))
            buffer = io.BytesIO()
            scored.write_parquet(buffer)
            ctx.save_checkpoint(name, buffer.getvalue())
        else:
            ctx.log(f"{message}: taken over from an earlier attempt")
            scored = pl.read_parquet(io.BytesIO(kept))
        for member, found in score_members(scored).items():
            _metrics(ctx, f"fold_{member}", found, step=fold.number)
        made.append(scored)
    return pl.concat(made)


def _watched(recipe: Recipe, ctx: JobContext, start: float, share: float, stage: str, message: str) -> Recipe:
    def on_round(number: int, rounds: int, rmse: float) -> None:
        ctx.progress(start + share * number / rounds, stage, f"{message}, tree {number} of {rounds}")
        if stage == "fit":
            ctx.metric("xgboost_train_rmse", rmse, step=number)

    return replace(recipe, on_round=on_round)


def _fit(frame: pl.DataFrame, combination: Combination, recipe: Recipe, ctx: JobContext) -> dict[str, Member]:
    """The members that are kept in files: XGBoost and Prophet always, and the other that the combination needs."""
    ctx.progress(BACKTEST_ENDS, "fit", "learning from the whole history")
    watched = _watched(recipe, ctx, BACKTEST_ENDS, FIT_ENDS - BACKTEST_ENDS, "fit", "whole history")
    fitted: dict[str, Member] = {}
    for name in first_xgboost((*combination.needs, "prophet")):
        if name in FILES:
            ctx.check()
            fitted[name] = MEMBERS[name]()
            fitted[name].fit(frame, watched)
    return fitted


def _describe(params: TrainParams, ctx: JobContext, source: Source, demand: Demand, horizon: int) -> None:
    """Tell tracking what the run works on, before the long part."""
    nit = source.company.nit if source.company else ""
    named = {
        "modelo_id": source.model, "nit_empresa": nit, "fecha_entrenamiento": datetime.now(UTC).isoformat(timespec="seconds"),
        "filas_entrenamiento": demand.frame.height, "total_articulos": demand.frame["unique_id"].n_unique(),
        "data_sha256": source.dataset.sha256, "code_version": code_version(),
        "frequency": demand.frequency, "horizon": horizon, "country": source.country,
    }
    libraries = {f"version_{name}": number for name, number in library_versions().items()}
    for name, value in {**params.model_dump(mode="json"), **named, **libraries}.items():
        if value is not None:
            ctx.param(name, value)
    if suspect := ", ".join(demand.report.regressors_on_sales_only):
        ctx.log(f"The values of {suspect} are known where something was sold and hardly elsewhere, so that they may give sales "
                "away: the backtest may look better than it will be. Send them for periods without a sale too, with a quantity "
                "of 0.", "warning")
    ctx.tag("modelo_id", source.model)
    if nit:
        ctx.tag("nit_empresa", nit)


def _track(ctx: JobContext, card: Card, demand: Demand, frame: pl.DataFrame) -> None:
    """The metrics of the whole backtest, and a sample of the training data."""
    for member, found in card.metrics.items():
        _metrics(ctx, member, found)
    for level, share in card.coverage.items():
        ctx.metric(f"coverage_{level}", share)
    ctx.metric("prophet_datos_entrenamiento", float(demand.report.periods))
    sample = frame.sample(min(SAMPLE_ROWS, frame.height), seed=card.seed).sort("unique_id", "ds")
    border = sample.rename({"unique_id": "item", "ds": "date", "y": "quantity"})
    border = border.rename({c: c.removeprefix("x_") for c in border.columns if c.startswith("x_")})
    ctx.artifact("training_sample.csv", border.write_csv().encode(), media_type="text/csv")


def _metrics(ctx: JobContext, member: str, found: Scores, step: int | None = None) -> None:
    for name, value in found.model_dump(exclude={"level"}).items():
        if value is not None:
            ctx.metric(f"{member}_{name}", value, step)


def _outlook(
    ctx: JobContext, card: Card, frame: pl.DataFrame, files: dict[str, Path], recipe: Recipe,
) -> tuple[Path, pl.DataFrame]:
    """The file of the forecast that is kept, and the part of it that lies within the horizon."""
    items = frame["unique_id"].unique()
    future = with_calendar(future_grid(items, card, outlook_periods(card)), card.frequency, card.country)
    forecaster = load_forecaster(files, card, frame, recipe)
    made = future.select("unique_id", "ds").with_columns(forecaster.closed(future), mean=pl.Series(forecaster.forecast(future)))
    path = ctx.scratch / "model" / FILE
    made.write_parquet(path)
    return path, made.filter(pl.col("ds") <= next_periods(card.last_period, card.frequency, card.horizon)[-1])


def _fans(card: Card, sold: SoldBefore, backtest: pl.DataFrame, ahead: pl.DataFrame | None, known: pl.DataFrame) -> bytes:
    """What people look at: history and forecast of the total, the categories and each item."""
    groups = known.select(unique_id="item", group="category").drop_nulls()
    group = None if groups["group"].n_unique() < 2 else group_spread(backtest, card.chosen, groups)
    return write_fans(card, sold, ahead, known, group=group)


def _stage(
    ctx: JobContext, source: Source, card: Card, frame: pl.DataFrame, unknown: pl.DataFrame, members: dict[str, Member],
    backtest: pl.DataFrame, recipe: Recipe,
) -> int:
    """Write the files, draw the pictures from what they forecast, and stage the version; gives its number."""
    ctx.progress(FIT_ENDS, "publish", "writing the model")
    items = frame.select("unique_id").unique().sort("unique_id").join(item_names(source.dataset), on="unique_id", how="left")
    items = items.sort("unique_id")
    files = write_files(ctx.scratch / "model", card, frame, items, unknown, members)
    ahead = None
    if not card.regressors and card.series <= MOST_ITEMS:
        files[FILE], ahead = _outlook(ctx, card, frame, files, recipe)
    sold, known = SoldBefore(frame, unknown, items), last_known(ctx, card)
    ctx.artifact(FANS, _fans(card, sold, backtest, ahead, known), media_type=MEDIA_TYPE)
    for name, picture in training_pictures(card, sold, backtest, members, ahead, known).items():
        ctx.artifact(name, picture, media_type="image/png")
    registrations = (Registration(f"xgboost_{source.registered}", "xgboost", "xgboost.ubj"),
                     Registration(f"prophet_{source.registered}", "prophet", "prophet.json"))
    return ctx.model(source.model, files=files, metadata=card.model_dump(mode="json"), registrations=registrations)
