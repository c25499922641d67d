"""The old analytics system's addresses, as a client would use them that knows nothing but the old shapes."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from api.compat.forecasting_routes import periods
from jobs.record import Artifact
from storage import names
from tests.api.compat.acting import RUN, failed, report, succeeded, worker
from tests.api.conftest import Api
from tests.api.models import put_version

TRAIN, PREDICT, RECOMMEND = (f"/assistant/api/ml/{name}/" for name in ("entrenar_modelos", "predecir_demanda", "recomendaciones_compras"))
ASK = "/assistant/api/consulta-natural/pregunta_inteligente/"
SALES = b"fecha,articulo_codigo,cantidad\n" + b"".join(b"2023-%02d-01,A1,%d\n" % (month, month) for month in range(1, 13))
MODEL = "empresa_900123456"
MLFLOW = {"mlflow_run_id": "a1b2", "mlflow_ui_url": "http://mlflow/#/experiments/7/runs/a1b2"}
SCORES = {"mae": 1.5, "rmse": 2.5, "r2": 0.75, "wape": 0.1, "mase": 0.9, "bias": 0.0, "level": "item"}
TRAINED = {"model": MODEL, "version": 1, "metrics": {"xgboost": SCORES, "prophet": {**SCORES, "mae": 1.75}, "ensemble": SCORES}}
ROWS = [{"item": "A1", "item_name": "Arroz", "date": "2024-01-01", "mean": 12.5, "lo-80": 10.0, "hi-80": 14.0},
        {"item": "0012", "date": "2024-01-01", "mean": 3.0, "lo-80": 1.0, "hi-80": 5.0}]
PREDICTED = {"model": MODEL, "version": 1, "rows": ROWS, "rows_total": 2,
             "summary": {"demand_total": 15.5, "demand_mean": 7.75, "demand_max": 12.5, "demand_min": 3.0}}
LINE = {"item": "A1", "item_name": "Arroz", "quantity": 96.0, "unit_cost": 2.5, "investment": 240.0, "reason": "120 + 34 - 60 = 94 → 96"}
IDLE = {**LINE, "item": "B", "item_name": None, "quantity": 0.0, "investment": 0.0}
TO_BUY = {"articulo_codigo": "A1", "articulo_nombre": "Arroz", "cantidad_recomendada": 96.0, "inversion_estimada": 240.0,
          "motivo": "120 + 34 - 60 = 94 → 96"}


@pytest.fixture
def api(make_api: Callable[..., Api]) -> Api:
    """An installation with the company 1, its sales, and a monthly demand model."""
    api = make_api()
    put_company(api)
    put_version(api.objects, api.jobs, MODEL, domain="forecasting", frequency="month")
    return api


def put_company(api: Api) -> None:
    """The company 1 with its data set set, straight into the storage."""
    document = {"id": "1", "nit": "900123456", "name": "Tienda", "country": "CO", "currency": "COP", "timezone": "America/Bogota",
                "dataset": "d" * 24, "created_at": 1}
    api.objects.put_json(names.company("1"), document)


def post(api: Api, path: str, body: Any) -> TestResponse:
    return api.client.post(path, json=body)


@pytest.mark.parametrize("company", [1, "1"])
def test_a_training_answers_the_errors_of_both_members(api: Api, company: int | str) -> None:
    with worker(api, {"forecasting.train": succeeded(TRAINED)}, run=RUN) as seen:
        answer = post(api, TRAIN, {"empresa_servidor_id": company, "fecha_inicio": "2023-01-01", "fecha_fin": "2023-12-31"})

    assert (answer.status_code, answer.json) == (200, {
        "estado": "modelos_entrenados", "modelo_id": MODEL, "xgboost_mae": 1.5, "xgboost_r2": 0.75, "xgboost_rmse": 2.5,
        "prophet_mae": 1.75, **MLFLOW})
    assert {k: seen[0].params[k] for k in ("company", "dataset", "start", "end")} == {
        "company": "1", "dataset": None, "start": "2023-01-01", "end": "2023-12-31"}


def test_the_dates_of_a_training_are_optional_and_without_mlflow_there_is_no_run(api: Api) -> None:
    with worker(api, {"forecasting.train": succeeded({**TRAINED, "metrics": {"xgboost": SCORES}})}) as seen:
        answer = post(api, TRAIN, {"empresa_servidor_id": 1, "fecha_inicio": None})

    assert (answer.json["prophet_mae"], "mlflow_run_id" in answer.json, "mlflow_ui_url" in answer.json) == (None, False, False)
    assert (seen[0].params["start"], seen[0].params["end"]) == (None, None)


def test_a_prediction_lists_every_article_and_period(api: Api) -> None:
    report(api)
    with worker(api, {"forecasting.predict": succeeded(PREDICTED)}, run=RUN, late_run=True) as seen:
        answer = post(api, PREDICT, {"modelo_id": MODEL, "meses": 2})

    assert (answer.status_code, answer.json) == (200, {
        "predicciones": [{"articulo_codigo": "A1", "articulo_nombre": "Arroz", "fecha": "2024-01-01", "prediccion": 12.5},
                         {"articulo_codigo": "0012", "articulo_nombre": "0012", "fecha": "2024-01-01", "prediccion": 3.0}],
        "demanda_total": 15.5, **MLFLOW})
    assert (seen[0].params["model"], seen[0].params["horizon"]) == (MODEL, 2)


def published(api: Api, name: str, rows: list[dict[str, Any]]) -> Artifact:
    """A table that a job left behind as CSV."""
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, rows[0])
    table.writeheader()
    table.writerows(rows)
    api.objects.put(f"jobs/x/{name}", text.getvalue().encode())
    return Artifact(name, f"jobs/x/{name}", len(text.getvalue()), "0" * 64, "text/csv")


def test_a_prediction_of_more_rows_than_a_result_holds_lists_them_all(api: Api) -> None:
    rows = [{"item": f"{n:05d}", "date": "2024-01-01", "mean": n / 4, "item_name": "Café, \"molido\"" if n else ""} for n in range(1500)]
    table = published(api, "predictions.csv", rows)

    with worker(api, {"forecasting.predict": succeeded({**PREDICTED, "rows": rows[:1000], "rows_total": 1500})}, artifacts=(table,)):
        told = post(api, PREDICT, {"modelo_id": MODEL}).json["predicciones"]

    assert len(told) == 1500
    assert told[0] == {"articulo_codigo": "00000", "articulo_nombre": "00000", "fecha": "2024-01-01", "prediccion": 0.0}
    assert told[1499] == {"articulo_codigo": "01499", "articulo_nombre": "Café, \"molido\"", "fecha": "2024-01-01", "prediccion": 374.75}


@pytest.mark.parametrize(("months", "frequency", "expected"), [
    (1, "month", 1), (12, "month", 12), (1, "quarter", 1), (3, "quarter", 1), (4, "quarter", 2), (1, "week", 4), (3, "week", 13), (12, "week", 52),
    (1, "day", 30), (3, "day", 91), (12, "day", 365)])
def test_months_become_periods_of_the_model_s_frequency(months: int, frequency: Any, expected: int) -> None:
    assert periods(months, frequency) == expected


def test_a_daily_model_is_asked_for_days(api: Api) -> None:
    put_version(api.objects, api.jobs, "daily", domain="forecasting", frequency="day")

    with worker(api, {"forecasting.predict": succeeded(PREDICTED)}) as seen:
        post(api, PREDICT, {"modelo_id": "daily", "meses": 3})

    assert seen[0].params["horizon"] == 91


def test_recommendations_list_what_to_buy(api: Api) -> None:
    result = {"recommendations": [LINE, IDLE], "rows_total": 2, "investment_total": 240.0}
    with worker(api, {"forecasting.recommend": succeeded(result)}, run=RUN) as seen:
        answer = post(api, RECOMMEND, {"modelo_id": MODEL, "meses": 2, "nivel_servicio": 0.9})

    assert (answer.status_code, answer.json) == (200, {"recomendaciones": [TO_BUY], "inversion_total": 240.0, **MLFLOW})
    assert {k: seen[0].params[k] for k in ("model", "months", "service_level")} == {"model": MODEL, "months": 2, "service_level": 0.9}


def test_recommendations_of_more_rows_than_a_result_holds_are_all_listed(api: Api) -> None:
    table = published(api, "recommendations.csv", [IDLE, *[LINE] * 1200])
    result = {"recommendations": [LINE] * 1000, "rows_total": 1200, "investment_total": 1.0}

    with worker(api, {"forecasting.recommend": succeeded(result)}, artifacts=(table,)):
        assert post(api, RECOMMEND, {"modelo_id": MODEL}).json["recomendaciones"] == [TO_BUY] * 1200


def test_a_code_that_a_spreadsheet_would_compute_comes_as_it_was_uploaded(api: Api) -> None:
    codes = ["'=1+1", "'-5", "'quoted", "plain"]  # as the file for spreadsheets has them
    table = published(api, "recommendations.csv", [{**LINE, "item": code} for code in codes])
    result = {"recommendations": [LINE], "rows_total": 4, "investment_total": 1.0}

    with worker(api, {"forecasting.recommend": succeeded(result)}, artifacts=(table,)):
        listed = post(api, RECOMMEND, {"modelo_id": MODEL}).json["recomendaciones"]

    assert [line["articulo_codigo"] for line in listed] == ["=1+1", "-5", "'quoted", "plain"]


def test_a_question_is_answered_in_plain_words_with_the_data_beside(api: Api) -> None:
    question = "¿Qué artículos debo comprar el próximo mes?"
    result = {"intent": "purchase_list", "explanation": "Compra 96 de Arroz.", "candidates": [],
              "data": {"recommendations": [LINE, IDLE], "investment_total": 240.0}}

    with worker(api, {"forecasting.ask": succeeded(result)}, run=RUN) as seen:
        answer = post(api, ASK, {"consulta": question, "empresa_servidor_id": 1})

    assert (answer.status_code, answer.json) == (200, {
        "consulta_original": question, "explicacion_nino_inteligente": "Compra 96 de Arroz.",
        "datos_tecnicos_completos": {"investment_total": 240.0, "recomendaciones": [TO_BUY], **MLFLOW}, **MLFLOW})
    assert (seen[0].params["question"], seen[0].params["company"]) == (question, "1")


def test_a_question_about_something_else_has_no_recommendations(api: Api) -> None:
    result = {"intent": "unknown", "explanation": "No entiendo.", "data": {}}
    with worker(api, {"forecasting.ask": succeeded(result)}):
        answer = post(api, ASK, {"consulta": "¿Qué hora es?", "empresa_servidor_id": 1})

    assert answer.json["datos_tecnicos_completos"] == {"recomendaciones": []}
    assert "mlflow_run_id" not in answer.json


@pytest.mark.parametrize("path", [TRAIN, PREDICT, RECOMMEND, ASK])
def test_the_slash_at_the_end_may_be_left_out(api: Api, path: str) -> None:
    assert post(api, path.rstrip("/"), {}).status_code == 400


COMPANY_FAULTS = [{}, {"empresa_servidor_id": None}, {"empresa_servidor_id": True}, {"empresa_servidor_id": 1.5}, {"empresa_servidor_id": [1]}]
MODEL_FAULTS = [{}, {"modelo_id": 1}, {"modelo_id": None}, {"modelo_id": [MODEL]}]


@pytest.mark.parametrize(("path", "body", "field"), [
    *[(TRAIN, body, "empresa_servidor_id") for body in COMPANY_FAULTS], *[(ASK, {"consulta": "x", **body}, "empresa_servidor_id") for body in COMPANY_FAULTS],
    *[(PREDICT, {"meses": 1, **body}, "modelo_id") for body in MODEL_FAULTS], *[(RECOMMEND, body, "modelo_id") for body in MODEL_FAULTS],
    *[(TRAIN, {"empresa_servidor_id": 1, "fecha_inicio": day}, "fecha_inicio") for day in ("ayer", "2023-02-30", 2023, "")],
    (TRAIN, {"empresa_servidor_id": 1, "fecha_fin": "31/12/2023"}, "fecha_fin"),
    (TRAIN, {"empresa_servidor_id": 1, "fecha_inicio": "2023-12-31", "fecha_fin": "2023-01-01"}, "`fecha_inicio` lies after `fecha_fin`."),
    *[(PREDICT, {"modelo_id": MODEL, "meses": months}, "meses") for months in (0, -1, 1.5, "3", True, [], 10**6)],
    *[(RECOMMEND, {"modelo_id": MODEL, "meses": months}, "meses") for months in (0, "3", 10**6)],
    *[(RECOMMEND, {"modelo_id": MODEL, "nivel_servicio": level}, "nivel_servicio") for level in (0, 1, 1.5, "0.95", -1)],
    (ASK, {"empresa_servidor_id": 1}, "consulta"), *[(ASK, {"empresa_servidor_id": 1, "consulta": text}, "consulta") for text in ("", 7, ["x"], "x" * 5000)]])
def test_a_faulty_field_is_400_named_as_the_client_named_it(api: Api, path: str, body: dict[str, Any], field: str) -> None:
    answer = post(api, path, body)

    assert (answer.status_code, answer.json.keys(), answer.json["estado"]) == (400, {"error", "estado"}, "error")
    assert answer.json["error"].split(":")[0] == field
    assert api.jobs.page().jobs == ()


@pytest.mark.parametrize("given", ["2", "../1", "", "a/b", "\x00", "x" * 500])
def test_a_company_that_is_not_there_is_404(api: Api, given: str) -> None:
    for path, more in ((TRAIN, {}), (ASK, {"consulta": "x"})):
        answer = post(api, path, {"empresa_servidor_id": given, **more})
        assert (answer.status_code, answer.json["estado"], len(answer.text) < 300) == (404, "error", True)


@pytest.mark.parametrize("given", ["empresa_2", "..", "../x", "digits", "", "a b", "\x00", "x" * 500])
def test_a_demand_model_that_is_not_there_is_404(api: Api, given: str) -> None:
    put_version(api.objects, api.jobs, "digits", domain="vision")

    for path in (PREDICT, RECOMMEND):
        answer = post(api, path, {"modelo_id": given, "meses": 1})
        assert (answer.status_code, answer.json["estado"], len(answer.text) < 300) == (404, "error", True)


def test_a_company_without_sales_is_409_until_some_are_uploaded_for_it(api: Api) -> None:
    body = {"nit": "900000002", "name": "Tienda", "country": "CO", "currency": "COP"}
    assert api.client.put("/v1/companies/2", json=body).status_code == 200

    before = post(api, TRAIN, {"empresa_servidor_id": 2})
    form = {"file": (io.BytesIO(SALES), "ventas.csv"), "type": "sales", "name": "ventas", "company": "2"}
    assert api.client.post("/v1/datasets", data=form).status_code == 201
    with worker(api, {"forecasting.train": succeeded(TRAINED)}) as seen:
        after = post(api, TRAIN, {"empresa_servidor_id": 2})

    assert [(a.status_code, a.json["estado"]) for a in (before, after)] == [(409, "error"), (200, "modelos_entrenados")]
    assert len(seen) == 1


def test_a_training_that_fails_says_why(api: Api) -> None:
    with worker(api, {"forecasting.train": failed("data_error", "The history is too short.")}):
        answer = post(api, TRAIN, {"empresa_servidor_id": 1})

    assert (answer.status_code, answer.json) == (400, {"error": "The history is too short.", "estado": "error"})


def test_what_takes_longer_is_202_with_the_job_s_url(make_api: Callable[..., Api]) -> None:
    api = make_api(COMPAT_WAIT_S="0.1")
    put_company(api)

    answer = post(api, TRAIN, {"empresa_servidor_id": 1})

    job, = api.jobs.page().jobs
    assert (answer.status_code, answer.json["estado"], answer.json["job_url"]) == (202, "en_proceso", f"/v1/jobs/{job.id}")
    assert answer.headers["Location"] == f"/v1/jobs/{job.id}"


def test_the_bytes_of_an_answer_that_are_gone_are_404(api: Api) -> None:
    table = Artifact("predictions.csv", names.artifact("x", 1, "predictions.csv"), 1, "0" * 64, "text/csv")
    with worker(api, {"forecasting.predict": succeeded({**PREDICTED, "rows_total": 1500})}, artifacts=(table,)):
        answer = post(api, PREDICT, {"modelo_id": MODEL})

    assert (answer.status_code, answer.json["estado"]) == (404, "error")
