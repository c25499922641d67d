"""The question job: read a plain question, answer it from the sales and the model, and say in plain words what the answer is.

Works without a network and without a language model: `question.py` reads, `ask_answers.py` computes, `ask_explain.py` tells.
"""

import json
from datetime import UTC, date, datetime
from typing import Any, cast

import polars as pl

from jobs.context import JobContext
from jobs.forecasting.ask_answers import answer
from jobs.forecasting.ask_book import Book, open_book
from jobs.forecasting.ask_explain import explain
from jobs.forecasting.ask_kinds import AskParams, AskResult, CandidateItem, Language
from jobs.forecasting.ask_speech import Speech
from jobs.forecasting.asked import Answer, Asked
from jobs.forecasting.package import code_version
from jobs.forecasting.question import Reading, read_question
from jobs.forecasting.question_calendar import Span
from jobs.forecasting.question_words import words
from jobs.kind import Params

SPANISH_SPEAKING = words("AR BO CL CO CR CU DO EC ES GQ GT HN MX NI PA PE PR PY SV UY VE")
ABOUT_BUYING = ("purchase_list", "investment_total", "stockout_risk")
DAYS_PER_MONTH = 30.4


def run(params: Params, ctx: JobContext) -> AskResult:
    """Carry out `forecasting.ask`.

    A question that cannot be answered is not an error: the explanation says what is missing. Raises NotFound for an unknown
    company, model or stock data set, InputError for a model that does not forecast, and JobStopped's kinds.
    """
    wanted = cast(AskParams, params)
    ctx.progress(0.0, "load", "looking up the sales")
    book = open_book(wanted, ctx)
    today = book.today(wanted.today)
    country = book.company.country if book.company else None
    usual: Language = wanted.language or ("es" if country is None or country in SPANISH_SPEAKING else "en")
    catalog = book.catalog
    ctx.progress(0.2, "read", "reading the question")
    reading = read_question(wanted.question, today, catalog, language=usual, country=country)
    language = wanted.language or reading.understood.language
    asked = Asked(reading, today, wanted.stock, language)
    ctx.progress(0.3, "answer", reading.intent)
    given = answer(book, asked)
    speech = Speech.of(language, country, book.company.currency if book.company else None)
    result = AskResult(
        intent=reading.intent, understood=reading.understood.model_copy(update={"language": language}),
        explanation=explain(asked, given, catalog, speech), data=_plain(given.data), candidates=_candidates(reading))
    ctx.progress(0.9, "publish", reading.intent)
    _track(ctx, wanted, book, asked, given, result)
    ctx.progress(1.0, "done", reading.intent)
    return result


def _candidates(reading: Reading) -> tuple[CandidateItem, ...]:
    return tuple(CandidateItem(asked=c.asked, item=c.article.code, item_name=c.article.name, score=c.score)
                 for c in reading.mentions.candidates)


def _plain(value: Any) -> Any:
    """Data as JSON knows them: days as ISO text, numbers rounded to a hundredth of a unit."""
    if isinstance(value, dict):
        return {key: _plain(v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, date):
        return value.isoformat()
    return round(value, 2) if isinstance(value, float) else value


def _track(ctx: JobContext, params: AskParams, book: Book, asked: Asked, given: Answer, result: AskResult) -> None:
    """Tell tracking what was asked and what came out, as of any prediction."""
    buying = result.intent in ABOUT_BUYING
    span = given.facts.get("span")
    nit = book.company.nit if book.company else book.card.nit if book.card else ""
    described: dict[str, Any] = {
        "modelo_id": book.model, "nit_empresa": nit, "tipo_prediccion": "recomendaciones" if buying else "demanda",
        "predictor_principal": book.card.chosen if book.card else None,
        "meses_proyeccion": round(span.days / DAYS_PER_MONTH, 2) if isinstance(span, Span) else None,
        "total_predicciones": given.table.height if given.table is not None else 0, "question": params.question,
        "intent": result.intent, "language": result.understood.language, "today": asked.today.isoformat(),
        "version": book.found.version if book.found else None, "dataset": book.dataset.id if book.dataset else None,
        "data_sha256": book.dataset.sha256 if book.dataset else None, "code_version": code_version(),
    }
    for name, value in described.items():
        if value is not None:
            ctx.param(name, value)
    ctx.tag("modelo_id", book.model)
    if nit:
        ctx.tag("nit_empresa", nit)
    metrics = _metrics(given, buying=buying)
    for name, value in metrics.items():
        ctx.metric(name, value)
    if given.table is not None:
        name = "recommendations.csv" if buying else "predictions.csv"
        ctx.artifact(name, _flat(given.table).write_csv().encode(), media_type="text/csv")
    ctx.artifact("answer.json", result.model_dump_json(indent=1).encode(), media_type="application/json")
    document = {**described, **metrics, "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "trained_to": book.card.last_period.isoformat() if book.card else None}
    ctx.artifact("prediction_metadata.json", json.dumps(document, indent=1).encode(), media_type="application/json")


def _metrics(given: Answer, *, buying: bool) -> dict[str, float]:
    if given.table is None or given.table.is_empty():
        return {}
    counted = "forecast" if buying else "units"
    if counted not in given.table.columns:
        return {}
    units = given.table[counted].fill_null(0.0)
    made = {"demanda_total": units.sum(), "demanda_promedio": units.mean(), "demanda_maxima": units.max(),
            "demanda_minima": units.min()}
    if buying and "quantity_total" in given.data:
        made |= {"total_articulos_recomendados": given.data["items_recommended"],
                 "cantidad_total_recomendada": given.data["quantity_total"],
                 "inversion_total": given.data["investment_total"] or 0.0}
    return {name: float(cast(float, value)) for name, value in made.items()}


def _flat(table: pl.DataFrame) -> pl.DataFrame:
    """A table that CSV can hold: lists become text."""
    lists = [name for name, kind in table.schema.items() if isinstance(kind, pl.List)]
    return table.with_columns(pl.col(name).list.join(" ") for name in lists)
