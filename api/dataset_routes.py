"""The routes under /v1/datasets: uploads, kept as they are and inspected by a child process."""

import tempfile
from pathlib import Path

from flask import Blueprint, Response, request
from pydantic import TypeAdapter, ValidationError
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import UnsupportedMediaType

from api import queries
from api.bodies import input_error, unknown_parts
from api.deletions import record_deletion, require_unneeded
from api.locales import usual_mark
from api.responses import json_response
from api.services import services
from api.spool import spool_folder
from jobs.context import Company
from jobs.errors import Conflict, FieldError, InputError, NotFound
from storage import names
from storage.convention import Convention, Mark, mark_of
from storage.datasets import DatasetDocument, dataset_document
from storage.detection_export import export_zip, read_records

INSPECTION_WAIT_S = 30.0
FIELDS = frozenset({"type", "name", "company", "mapping", "decimal"})
MAX_NAME_CHARS = 500

routes = Blueprint("datasets", __name__, url_prefix="/v1/datasets")
_mapping = TypeAdapter(dict[str, str])


@routes.post("")
def upload() -> Response:
    """Keep a file: 201 when it is usable, 200 if it was there before, 202 if inspecting it takes longer."""
    allow_upload()
    file, fields = _parts()
    mapping = fields.get("mapping")
    decimal = mark_of(fields["decimal"]) if "decimal" in fields else None
    document, created = keep(file, type_=fields["type"], name=fields.get("name"), company=fields.get("company") or None,
                             mapping=_parse_mapping(mapping) if mapping else None, decimal=decimal)
    status = 202 if document.profile is None else 201 if created else 200
    return json_response(dataset_document(document), status, {"Location": f"/v1/datasets/{document.id}"})


def allow_upload() -> None:
    """Let the present request's body be as large as an upload may be; to be called before the form is looked at."""
    request.max_content_length = services().settings.max_upload_mb << 20


def keep(file: FileStorage, *, type_: str, name: str | None, company: str | None,
         mapping: dict[str, str] | None, decimal: Mark | None) -> tuple[DatasetDocument, bool]:
    """Keep an uploaded file, and wait for its inspection a while; gives the document and whether it is new.

    Without a name it is called as the file is. decimal: the mark before decimals, if it was said. Raises as `Datasets.receive`
    and `Datasets.wait` do, and InputError for a company that is not there.
    """
    s = services()
    usual = usual_mark(_company(company).country) if company is not None else None
    document, created = s.datasets.receive(
        Path(str(file.stream.name)), type=type_, name=name or file.filename or "unnamed", company=company, mapping=mapping,
        convention=Convention(decimal, usual), filename=file.filename or "")
    return s.datasets.wait(document.id, INSPECTION_WAIT_S), created


@routes.get("")
def listing() -> Response:
    """Usable data sets, newest first."""
    found, following = services().datasets.page(limit=queries.limit(), cursor=queries.cursor())
    return json_response({"datasets": [dataset_document(d) for d in found], "next_cursor": following})


@routes.get("/<dataset_id>")
def show(dataset_id: str) -> Response:
    """A data set with its profile; 422 with the reasons for one that was refused."""
    return json_response(dataset_document(services().datasets.get(dataset_id)))


@routes.get("/<dataset_id>/export")
def export(dataset_id: str) -> Response:
    """A detection data set as a ZIP in the format asked for, streamed."""
    s = services()
    format_ = queries.export_format()
    document = s.datasets.get(dataset_id)
    if document.type != "detection" or document.profile is None:
        raise Conflict(f"Data set {dataset_id} is no detection data set, or still being inspected; it cannot be exported.")
    labels = [entry["label"] for entry in document.profile["classes"]]
    folder = spool_folder(s.settings.home)
    folder.mkdir(parents=True, exist_ok=True)
    spooled = tempfile.NamedTemporaryFile(dir=folder, prefix="upload-")  # noqa: SIM115 - closed with the response
    records = s.datasets.records(dataset_id, Path(spooled.name))
    pieces = export_zip(format_, labels, lambda: read_records(records), lambda sha256: s.objects.stream(names.image(sha256)))
    response = Response(pieces, mimetype="application/zip")
    response.call_on_close(spooled.close)
    response.headers.set("Content-Disposition", "attachment", filename=f"{document.name}-{format_}.zip")
    return response


def _parts() -> tuple[FileStorage, dict[str, str]]:
    """The one file and the text fields of the form. Raises InputError naming what is missing, unknown or twice."""
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType
    form, files = request.form, request.files
    faults = unknown_parts({*form, *files} - FIELDS - {"file"})
    faults += [FieldError(name, "is given more than once") for name in FIELDS if len(form.getlist(name)) > 1]
    faults += [FieldError(name, "has to be text, not a file") for name in FIELDS if name in files]
    if len(files.getlist("file")) != 1 or "file" in form:
        faults.append(FieldError("file", "has to be exactly one file"))
    if not form.get("type"):
        faults.append(FieldError("type", "is required"))
    if len(form.get("name", "")) > MAX_NAME_CHARS:
        faults.append(FieldError("name", f"has more than {MAX_NAME_CHARS} characters"))
    if faults:
        faults.sort(key=lambda f: f.field)
        raise InputError("; ".join(f"{f.field} {f.message}" for f in faults[:3]) + ".", fields=tuple(faults[:50]))
    return files["file"], {name: value for name, value in form.items() if value}


def _parse_mapping(text: str) -> dict[str, str]:
    try:
        return _mapping.validate_json(text)
    except ValidationError as e:
        fields = tuple(FieldError(f"mapping.{f.field}".rstrip("."), f.message) for f in input_error(e).fields)
        message = "mapping has to be a JSON object of texts: canonical column to the file's column."
        raise InputError(message, fields=fields) from None


@routes.delete("/<dataset_id>")
def delete(dataset_id: str) -> Response:
    """Forget a data set; 409 while an unended job or a champion needs it."""
    s = services()
    s.datasets.get(dataset_id)
    require_unneeded(s, dataset_id, params=("dataset", "future", "stock"))
    s.datasets.delete(dataset_id)
    record_deletion(s, "data set", dataset_id)
    return Response(status=204)


def _company(company_id: str) -> Company:
    try:
        return services().companies.get(company_id)
    except NotFound:
        raise queries.fault("company", "there is no such company") from None
