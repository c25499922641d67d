"""The shape of errors at the old addresses."""

import pytest

from api.compat.old_shape import in_old_names, is_old
from jobs.errors import DataError, FieldError, InputError, StorageUnavailable, TooLarge, TooManyRequests
from tests.api.conftest import Api
from tests.api.models import put_version


@pytest.mark.parametrize("path", ["/predict", "/model-info", "/api/models/list", "/api/x", "/assistant/api/ml/x/", "/assistant/x"])
def test_the_old_addresses_are_known_by_their_path(path: str) -> None:
    assert is_old(path)


@pytest.mark.parametrize("path", ["/", "/v1/jobs", "/v1/api/x", "/docs", "/healthz", "/openapi.json", "/apis"])
def test_other_addresses_are_not_old(path: str) -> None:
    assert not is_old(path)


@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", "/predict", 405), ("DELETE", "/api/model/retrain", 405), ("GET", "/api/nothing", 404), ("POST", "/model-info", 405),
    ("GET", "/assistant/api/ml/entrenar_modelos/", 405), ("GET", "/assistant/nothing", 404), ("POST", "/assistant/api/ml/entrenar_modelos", 400)])
def test_what_is_not_there_is_answered_in_the_old_shape_too(api: Api, method: str, path: str, status: int) -> None:
    answer = api.client.open(path, method=method)

    assert (answer.status_code, answer.mimetype) == (status, "application/json")
    wanted = {"error", "estado"} if path.startswith("/assistant/") else {"error", "success"}
    assert answer.json.keys() == wanted
    assert answer.json.get("estado", answer.json.get("success")) in {"error", False}
    assert ("Allow" in answer.headers) == (status == 405)
    assert answer.headers["X-Request-Id"]


def test_problems_stay_what_they_are_at_other_addresses(api: Api) -> None:
    assert api.client.get("/v1/jobs/x").mimetype == "application/problem+json"


@pytest.mark.parametrize(("error", "status"), [
    (DataError("no"), 400), (TooLarge("no"), 413), (TooManyRequests("no", retry_after_s=7), 429), (StorageUnavailable("no", retry_after_s=7), 503)])
def test_an_error_keeps_its_status_and_when_to_come_again(api: Api, error: Exception, status: int) -> None:
    def broken() -> None:
        raise error

    api.app.add_url_rule("/api/broken", view_func=broken)

    answer = api.client.get("/api/broken")

    assert (answer.status_code, answer.json) == (status, {"success": False, "error": "no"})
    assert (answer.headers.get("Retry-After") == "7") == (status in {429, 503})


def test_a_crash_says_nothing_of_its_inside(api: Api) -> None:
    def broken() -> None:
        raise OSError("/secret/path on host db.internal")

    api.app.add_url_rule("/assistant/broken", view_func=broken)

    answer = api.client.get("/assistant/broken")

    assert (answer.status_code, answer.json["estado"]) == (500, "error")
    for word in ("secret", "db.internal", "Traceback", "OSError"):
        assert word not in answer.text


@pytest.mark.parametrize(("path", "body"), [("/api/models/switch", b"{"), ("/assistant/api/ml/predecir_demanda/", b'{"meses": NaN}')])
def test_a_body_that_is_not_json_is_400(api: Api, path: str, body: bytes) -> None:
    answer = api.client.post(path, data=body, content_type="application/json")

    assert (answer.status_code, "JSON" in answer.json["error"]) == (400, True)


def test_a_body_of_another_type_is_415(api: Api) -> None:
    put_version(api.objects, api.jobs, "digits", domain="vision")

    answer = api.client.post("/api/models/switch", data=b"model_path=digits/v1", content_type="application/x-www-form-urlencoded")

    assert (answer.status_code, answer.json["success"]) == (415, False)


def test_faults_are_told_by_the_old_names_of_fields() -> None:
    error = InputError("…", fields=(FieldError("params.batch", "is too small"), FieldError("params.start.x", "is no date"),
                                    FieldError("params", "`start` lies after `end`"), FieldError("params.other", "is odd.")))

    renamed = in_old_names(error, {"batch": "batch_size", "start": "fecha_inicio", "end": "fecha_fin"})

    assert [f.field for f in renamed.fields] == ["batch_size", "fecha_inicio.x", "", "other"]
    assert renamed.message == "batch_size: is too small; fecha_inicio.x: is no date; `fecha_inicio` lies after `fecha_fin`."


def test_a_fault_without_a_field_keeps_its_message_and_its_kind() -> None:
    renamed = in_old_names(TooLarge("Too much."), {})

    assert (type(renamed), renamed.message) == (TooLarge, "Too much.")
