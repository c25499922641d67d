"""The addresses of the old analytics system: train a company's model, forecast, list what to buy, answer a question.

Errors are `{"error": …, "estado": "error"}`: 400 for what cannot be used, 404 for a company or model that is not there, 409 for
a company without sales, 503 where a kind of job, the broker or the storage is not there.
"""

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint, Response

from api import queries
from api.compat import old_jobs
from api.services import Services, services
from jobs.context import Company
from jobs.errors import Conflict, NotFound
from jobs.periods import DAYS, MONTHS, Frequency
from jobs.record import Job
from storage.models import Version

DOMAIN = "forecasting"
MONTH_DAYS = 365.25 / 12
TRAIN_NAMES = {"start": "fecha_inicio", "end": "fecha_fin", "company": "empresa_servidor_id"}
PREDICT_NAMES = {"horizon": "meses", "model": "modelo_id"}
RECOMMEND_NAMES = {"months": "meses", "service_level": "nivel_servicio", "model": "modelo_id"}
GUARD = re.compile(r"^'(?=[=+\-@\t\r\n＝＋－＠])")
ASK_NAMES = {"question": "consulta", "company": "empresa_servidor_id"}

routes = Blueprint("compat_forecasting", __name__, url_prefix="/assistant/api")


@routes.post("/ml/entrenar_modelos/", strict_slashes=False)
def train() -> Response:
    """Train a company's models on its sales."""
    s, body = services(), old_jobs.old_body()
    company = _company(s, body)
    params = {"company": company.id, **_picked(body, "start", "end", names=TRAIN_NAMES)}
    job = old_jobs.start("forecasting.train", params, TRAIN_NAMES)
    return old_jobs.answer(job, _trained)


@routes.post("/ml/predecir_demanda/", strict_slashes=False)
def predict() -> Response:
    """Forecast the demand of every article."""
    s, body = services(), old_jobs.old_body()
    model = _model(s, body)
    params: dict[str, Any] = {"model": model.model}
    if "meses" in body:
        params["horizon"] = periods(_months(body["meses"]), model.metadata["frequency"])
    job = old_jobs.start("forecasting.predict", params, PREDICT_NAMES)
    return old_jobs.answer(job, lambda ended: _predicted(s, ended))


@routes.post("/ml/recomendaciones_compras/", strict_slashes=False)
def recommend() -> Response:
    """List what to buy."""
    s, body = services(), old_jobs.old_body()
    asked = _picked(body, "months", "service_level", names=RECOMMEND_NAMES)
    params = {"model": _model(s, body).model, "language": "es", **asked}
    job = old_jobs.start("forecasting.recommend", params, RECOMMEND_NAMES)
    return old_jobs.answer(job, lambda ended: _recommended(s, ended))


@routes.post("/consulta-natural/pregunta_inteligente/", strict_slashes=False)
def ask() -> Response:
    """Answer a question about a company's demand in plain words."""
    s, body = services(), old_jobs.old_body()
    params = {"company": _company(s, body).id, **_picked(body, "question", names=ASK_NAMES)}
    job = old_jobs.start("forecasting.ask", params, ASK_NAMES)
    return old_jobs.answer(job, lambda ended: _answered(body["consulta"], ended))


def periods(months: int, frequency: Frequency) -> int:
    """Periods that cover so many months: of quarters as many as are begun, of days and weeks the nearest number."""
    if frequency in MONTHS:
        return math.ceil(months / MONTHS[frequency])
    return max(1, round(months * MONTH_DAYS / DAYS[frequency]))


def _trained(job: Job) -> dict[str, Any]:
    result = old_jobs.result_of(job)
    xgboost, prophet = (result["metrics"].get(member) or {} for member in ("xgboost", "prophet"))
    return {
        "estado": "modelos_entrenados", "modelo_id": result["model"],
        **{f"xgboost_{name}": xgboost.get(name) for name in ("mae", "r2", "rmse")}, "prophet_mae": prophet.get("mae"),
        **old_jobs.run_of(job)}


def _predicted(s: Services, job: Job) -> dict[str, Any]:
    return {
        "predicciones": [{**_article(row), "fecha": row["date"], "prediccion": float(row["mean"])}
                         for row in _rows(s, job, "rows", "predictions.csv")],
        "demanda_total": old_jobs.result_of(job)["summary"]["demand_total"], **old_jobs.run_of(job)}


def _recommended(s: Services, job: Job) -> dict[str, Any]:
    total = old_jobs.result_of(job)["investment_total"]
    rows = [{name: _unguarded(value) for name, value in row.items()}
            for row in _rows(s, job, "recommendations", "recommendations.csv")]
    return {"recomendaciones": _to_buy(rows), "inversion_total": total, **old_jobs.run_of(job)}


def _answered(question: str, job: Job) -> dict[str, Any]:
    result, run = old_jobs.result_of(job), old_jobs.run_of(job)
    data = dict(result["data"])
    to_buy = _to_buy(data.pop("recommendations", ()))
    return {
        "consulta_original": question, "explicacion_nino_inteligente": result["explanation"],
        "datos_tecnicos_completos": {**data, "recomendaciones": to_buy, **run}, **run}


def _to_buy(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The lines of a buy list in the old shape, but for those of which nothing is bought."""
    return [{**_article(row), "cantidad_recomendada": float(row["quantity"]), "inversion_estimada": float(row["investment"]),
             "motivo": row["reason"]} for row in rows if float(row["quantity"]) > 0]


def _article(row: Mapping[str, Any]) -> dict[str, Any]:
    """An article; one without a name is called by its code."""
    return {"articulo_codigo": row["item"], "articulo_nombre": row.get("item_name") or row["item"]}


def _rows(s: Services, job: Job, part: str, file: str) -> list[dict[str, Any]]:
    """All rows of a result: its own `part`, or where that holds only the first ones, the CSV file that the job published.

    Raises NotFound if the file's bytes are gone.
    """
    result = old_jobs.result_of(job)
    first: list[dict[str, Any]] = result[part]
    if len(first) == result["rows_total"]:
        return first
    key = next(artifact.key for artifact in job.artifacts if artifact.name == file)
    return list(csv.DictReader(io.StringIO(s.objects.read(key).decode(), newline="")))


def _unguarded(value: Any) -> Any:
    """A cell of a file for spreadsheets without the ' that keeps it from being a formula there."""
    return GUARD.sub("", value) if isinstance(value, str) else value


def _picked(body: dict[str, Any], *params: str, names: dict[str, str]) -> dict[str, Any]:
    """Those of the params that the body gives, under their old names."""
    return {param: body[names[param]] for param in params if names[param] in body}


def _company(s: Services, body: dict[str, Any]) -> Company:
    """The company that is meant, with the data set that it has. Raises InputError, NotFound, Conflict without any sales."""
    given = body.get("empresa_servidor_id")
    if isinstance(given, bool) or not isinstance(given, int | str):
        raise queries.fault("empresa_servidor_id", "is required: the company's id, a whole number or text")
    company = s.companies.effective(s.companies.get(str(given)))
    if company.dataset is None:
        raise Conflict(f"The company {company.id} has no sales data set yet; upload one for it.")
    return company


def _model(s: Services, body: dict[str, Any]) -> Version:
    """The champion of the demand model that is meant. Raises InputError, NotFound."""
    given = body.get("modelo_id")
    if not isinstance(given, str):
        raise queries.fault("modelo_id", "is required: a model's name, such as empresa_900123456")
    found = s.models.version(given)
    if found.domain != DOMAIN:
        raise NotFound(f"There is no demand model {given[:64]!r}.")
    return found


def _months(given: Any) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        raise queries.fault("meses", "has to be a whole number of months, at least 1")
    return given
