"""Every parser of foreign bytes as a function of them, which may raise nothing but Noria's own errors."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from pydantic import TypeAdapter

from api.app import create_app
from api.bodies import parse_json, parse_submit, validated
from api.model_routes import PromotionIn
from jobs.callbacks import parse_target
from jobs.errors import InputError
from jobs.forecasting.question import read_question
from jobs.forecasting.question_items import Catalog
from jobs.settings import load_settings
from storage.companies import CompanyIn
from storage.corrections import CorrectionIn
from storage.detection import inspect_detection
from storage.image_file import make_upright
from storage.inspect import inspect_file
from storage.labels import cleaned_label
from storage.memory_jobs import MemoryJobStore
from storage.objects import open_store
from tests.api.models import put_images, put_version
from tests.api.server import multipart
from tests.jobs.forecasting.catalog import GROCERIES
from tests.security.bytes_of import changed, changes, data_set_zips, documents, mutated, pictures, tables, words_of
from tests.storage.files import SALES
from tests.storage.pictures import picture

MAX_BYTES, MAX_ROWS, MAX_PIXELS = 8 << 20, 100_000, 1_000_000
QUESTIONS = ("¿Qué debo comprar el próximo mes con 2 millones?", "top 5 de marzo 2024 contra abril", "how much of bread in 3 weeks below $1,500.50",
             "ventas entre el 31/12/2023 y el 1 de febrero", "qué se agota en 10 días")
SUBMITS: tuple[dict[str, Any], ...] = (
    {"kind": "test.noop", "params": {"value": 1}, "labels": {"a": "b"}, "callback_url": "https://example.org/x"},
    {"kind": "forecasting.train", "params": {"dataset": "d", "start": "2024-01-01", "horizon": 3, "regressors": ["x"]}},
    {"kind": "forecasting.ask", "params": {"question": "?", "model": "m", "today": "2024-01-31"}},
    {"kind": "vision.predict", "params": {"images": ["0" * 24], "model": "m", "confidence": 0.2}})
OLD: tuple[dict[str, Any], ...] = (
    {"empresa_servidor_id": 1, "modelo_id": "m", "meses": 3, "fecha_inicio": "2024-01-01", "fecha_fin": "2024-02-31", "consulta": "?"},
    {"model_path": "models/m/1", "experiment_id": "1", "epochs": 3, "batch": 2})
OLD_ADDRESSES = ("/assistant/ml/entrenar_modelos/", "/assistant/ml/predecir_demanda/", "/assistant/ml/recomendaciones_compras/",
                 "/assistant/consulta-natural/pregunta_inteligente/", "/api/models/switch", "/api/model/retrain")


@dataclass(frozen=True, slots=True)
class Parser:
    """A parser: what it is given, and how it is called; `parse` gives what it likes, or raises NoriaError."""

    name: str
    cases: SearchStrategy[Any]
    parse: Callable[[Any], object]


class Broken(Exception):
    """An answer of the API that no input may cause."""


def _table(given: tuple[bytes, Any]) -> object:
    content, type_ = given
    with tempfile.TemporaryDirectory() as made:
        source = Path(made, "raw")
        source.write_bytes(content)
        return inspect_file(source, Path(made), type_=type_, mapping={}, max_rows=MAX_ROWS, max_bytes=MAX_BYTES)


def _image(content: bytes) -> object:
    with tempfile.TemporaryDirectory() as made:
        Path(made, "raw").write_bytes(content)
        return make_upright(Path(made, "raw"), Path(made, "upright"), MAX_PIXELS)


def _data_set(content: bytes) -> object:
    with tempfile.TemporaryDirectory() as made:
        Path(made, "raw").write_bytes(content)
        return inspect_detection(Path(made, "raw"), Path(made), max_bytes=MAX_BYTES, max_pixels=MAX_PIXELS)


def _told(parse: Callable[[str], object]) -> Callable[[str], object]:
    """A parser that says no by ValueError, as pydantic's validators do."""
    def told(text: str) -> object:
        try:
            return parse(text)
        except ValueError as e:
            raise InputError(str(e)) from None

    return told


@cache
def _catalog() -> Catalog:
    return Catalog(GROCERIES)


def _question(text: str) -> object:
    return read_question(text[:2000], date(2026, 11, 26), _catalog(), country="US")


@cache
def _client() -> FlaskClient:
    """An API in this process, on stores of its own, that takes in what it knows already without a child process."""
    folder = tempfile.mkdtemp(prefix="noria-fuzz-")
    settings = load_settings({"NORIA_HOME": folder, "EXTRA_KINDS": "tests.kinds", "COMPAT_WAIT_S": "0", "RATE_LIMIT": "0", "MAX_UPLOAD_MB": "1"})
    jobs, objects = MemoryJobStore(), open_store(settings.objects_url)
    put_version(objects, jobs, "m", domain="vision")
    put_images(objects, 2)
    client = create_app(settings, jobs=jobs, objects=objects).test_client()
    for address, body in FORMS:
        client.post(address, data=body, content_type="multipart/form-data; boundary=B")
    return client


def _request(given: tuple[str, bytes, str]) -> object:
    address, body, content_type = given
    answer = _client().post(address, data=body, content_type=content_type)
    if answer.status_code in {500, 501, 502, 504}:
        raise Broken(f"{address}: {answer.status_code} {answer.text[:200]}")
    if answer.status_code >= 400:
        raise InputError(answer.text[:100])
    return answer


FORMS = (("/v1/datasets", multipart(SALES, type="sales", name="s")[0]), ("/v1/images", multipart(picture(1, (24, 16)), "1.jpg")[0]),
         ("/api/corrections/add", multipart(picture(1, (24, 16)), "1.jpg", bbox='{"x1": 1, "y1": 1, "x2": 9, "y2": 9}', tag="cat")[0]))
FORM_TYPES = ("multipart/form-data; boundary=B", "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\xff",
              "multipart/form-data; charset=utf-7; boundary=B")


@st.composite
def _forms(draw: st.DrawFn) -> tuple[str, bytes, str]:
    """A form whose frame was changed and whose file was not, so that a file that is known is not read anew."""
    address, body = draw(st.sampled_from(FORMS))
    start, end = body.index(b"\r\n\r\n", body.index(b'filename="')) + 4, body.rindex(b"\r\n--B--")
    made = draw(changes)
    return address, changed(body[:start], made[::2]) + body[start:end] + changed(body[end:], made[1::2]), draw(st.sampled_from(FORM_TYPES))


def _body_of(model: type[Any]) -> Callable[[bytes], object]:
    adapter = TypeAdapter(model)

    def parse(raw: bytes) -> object:
        parse_json(raw)
        return validated(adapter, raw)

    return parse


COMPANY = {"nit": "900123456", "name": "Acme", "country": "CO", "currency": "COP", "timezone": None, "dataset": None}
CORRECTION = {"image": "0" * 24, "model": "m", "boxes": [{"label": "cat", "x1": 1, "y1": 2.5, "x2": 30, "y2": 40}], "prediction": None, "author": "a"}


def parsers() -> tuple[Parser, ...]:
    """All of them."""
    asked = words_of(*QUESTIONS)
    texts = st.one_of(st.text(max_size=200), asked, st.builds(lambda text, times: f"{text} " * times, asked, st.integers(2, 200)))
    urls = st.one_of(st.text(max_size=60), mutated(b"https://user:pw@example.org:8443/a?b#c", b"http://[::1]:80/", b"https://xn--p1ai.example/").map(
        lambda raw: raw.decode("latin-1")))
    return (
        Parser("tables", st.tuples(mutated(*tables()), st.sampled_from(("sales", "stock", "future"))), _table),
        Parser("images", mutated(*pictures()), _image),
        Parser("detection ZIPs", data_set_zips(), _data_set),
        Parser("labels", st.text(max_size=120), _told(cleaned_label)),
        Parser("questions", texts, _question),
        Parser("callback addresses", urls, _told(parse_target)),
        Parser("submits", documents(*SUBMITS), parse_submit),
        Parser("companies", documents(COMPANY), _body_of(CompanyIn)),
        Parser("corrections", documents(CORRECTION), _body_of(CorrectionIn)),
        Parser("promotions", documents({"version": 1, "reason": "r"}), _body_of(PromotionIn)),
        Parser("forms", _forms(), _request),
        Parser("old addresses", st.tuples(st.sampled_from(OLD_ADDRESSES), documents(*OLD), st.just("application/json")), _request),
        Parser("corrections over HTTP", st.tuples(st.just("/v1/corrections"), documents(CORRECTION), st.just("application/json")), _request),
    )
