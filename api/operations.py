"""The table of HTTP operations that the OpenAPI document is made of; a test compares it with the routes there are."""

from dataclasses import dataclass
from typing import Any

from jobs.lifecycle import STATES
from storage.api_keys import Role
from storage.columns import DATASET_TYPES
from storage.detection_export import EXPORT_FORMATS
from storage.names import NAME
from storage.retrain_queue import CORRECTION_STATES

Schema = str | dict[str, Any]
BINARY: dict[str, Any] = {"type": "string", "contentEncoding": "binary"}
TEXT: dict[str, Any] = {"type": "string"}
FOR_SUBMIT = frozenset({"submitJob", "cancelJob", "retryJob", "uploadDataset", "uploadImages", "putCompany", "addCorrection",
                        "deleteCorrection"})
JSON = "application/json"
STREAM = "text/event-stream"
PROBLEMS = {
    401: "No valid API key.", 403: "The key's role does not cover this; `role` names the one that is needed.",
    404: "There is no such thing.", 406: "None of the accepted media types can be given.",
    409: "The request does not fit the present state.", 413: "Too large.", 415: "Not a body that this address takes.",
    422: "The input is not valid; `errors` names the fields.",
    429: "Over the rate of the key, or the queue is full; try again later.",
    500: "A fault in Noria.", 503: "The broker or the storage does not answer, or too many clients wait.",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One way in which an operation goes well: content by media type, headers with their meaning."""

    status: int
    description: str
    content: tuple[tuple[str, Schema], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. `problems` are statuses beside those that every operation has; `open`: needs no key."""

    method: str
    path: str
    id: str
    tag: str
    summary: str
    answers: tuple[Answer, ...]
    problems: tuple[int, ...] = ()
    parameters: tuple[dict[str, Any], ...] = ()
    body: tuple[str, Schema] | None = None
    open: bool = False

    @property
    def role(self) -> Role:
        """The least role of a key for it; a test compares this with what holds."""
        if self.method == "get":
            return "read"
        return "submit" if self.id in FOR_SUBMIT else "admin"


def query(name: str, description: str, **schema: Any) -> dict[str, Any]:
    """A parameter in the query string."""
    return {"name": name, "in": "query", "description": description, "schema": {"type": "string"} | schema}


def header(name: str, description: str, **schema: Any) -> dict[str, Any]:
    """A request header."""
    return query(name, description, **schema) | {"in": "header"}


def json_of(status: int, description: str, schema: str, *headers: tuple[str, str]) -> Answer:
    """An answer in JSON."""
    return Answer(status, description, ((JSON, schema),), headers)


LIMIT = query("limit", "Entries of a page.", type="integer", minimum=1, maximum=200, default=50)
NAME_PATTERN = rf"^{NAME.pattern}$"
EVENT_PATTERN = "^[0-9]{1,15}$"
VISIBLE, SPACED = r"[!-~\xa1-\xac\xae-\xff]", r"[ -~\xa1-\xac\xae-\xff]"  # of what headers can hold
CURSOR = query("cursor", "The `next_cursor` of the page before.", pattern="^[0-9a-f]{24}$")
NAME_CURSOR = query("cursor", "The `next_cursor` of the page before.", pattern=NAME_PATTERN)
MODEL = query("model", "The model.", pattern=NAME_PATTERN)
EXPORT_FORMAT = query("format", "Ultralytics' layout, COCO's JSON or Pascal VOC's XML.", enum=list(EXPORT_FORMATS)) | {
    "required": True}
ETAG = ("ETag", "Changes with the document.")
LOCATION = ("Location", "Address of what was made.")
REPLAYED = ("Idempotent-Replayed", "`true` if the Idempotency-Key had made this job before.")

UPLOAD_BODY: dict[str, Any] = {
    "type": "object", "required": ["file", "type"], "additionalProperties": False, "properties": {
        "file": {"type": "string", "format": "binary", "description": "CSV, CSV.gz, XLSX or Parquet; a ZIP for detection."},
        "type": {"type": "string", "enum": list(DATASET_TYPES), "description": "What the file holds."},
        "name": {"type": "string", "maxLength": 500, "description": "Default: the file's name."},
        "company": {"type": "string", "description": "Id of the company that it belongs to."},
        "mapping": {"type": "string", "contentMediaType": "application/json",
                    "description": "JSON object: canonical column → the file's column."},
        "decimal": {"type": "string", "enum": [".", ","],
                    "description": "The mark before decimals. Default: found out; needed where `1.500` may be either."}}}
IMAGES_BODY: dict[str, Any] = {
    "type": "object", "required": ["file"], "additionalProperties": False, "properties": {
        "file": {"type": "array", "minItems": 1, "items": {"type": "string", "format": "binary"},
                 "description": "One or more: JPEG, PNG, WebP, BMP or TIFF."}}}

JOBS = (
    Operation("post", "/v1/jobs", "submitJob", "jobs", "Start a job", (
        json_of(202, "The job.", "JobDocument", LOCATION, REPLAYED, ETAG),
        json_of(200, "The job, which ended within the time that Prefer asked for.", "JobDocument", LOCATION, REPLAYED, ETAG,
                ("Preference-Applied", "`wait=N`."))),
        (406, 413, 415, 422, 429), (
        header("Idempotency-Key", "The same key with the same body answers the first job.",
               pattern=rf"^{VISIBLE}({SPACED}{{0,253}}{VISIBLE})?$", minLength=1, maxLength=255),
        header("Prefer", "`wait=N`: answer when the job has ended, after N seconds (at most 60) at the latest.")),
        (JSON, "submit")),
    Operation("get", "/v1/jobs", "listJobs", "jobs", "List jobs, newest first", (
        json_of(200, "A page.", "JobList"),), (406, 422), (
        query("kind", "Jobs of this kind only."), query("state", "Jobs in this state only.", enum=list(STATES)),
        query("label", "Jobs with this label only: `name:value`.", pattern="^[^:]+:"), LIMIT, CURSOR)),
    Operation("get", "/v1/jobs/{job_id}", "getJob", "jobs", "A job, at once or when it changes", (
        json_of(200, "The job.", "JobDocument", ETAG), Answer(304, "It is still the one of If-None-Match.", (), (ETAG,))),
        (404, 406, 422), (
        query("wait", "Seconds to wait at most for a document other than If-None-Match's, or without one for the job's end.",
              type="number", minimum=0, maximum=60), header("If-None-Match", "ETags that the caller knows."))),
    Operation("get", "/v1/jobs/{job_id}/events", "getJobEvents", "jobs", "What happened to a job, as a page or live", (
        Answer(200, "A page of events, or a stream that ends with the job.",
               ((JSON, "EventList"), (STREAM, "EventStream"))),),
        (404, 406, 422), (
        query("after", "Events after this id only.", pattern=EVENT_PATTERN),
        query("limit", "Events of a page (JSON only).", type="integer", minimum=1, maximum=1000, default=1000),
        header("Last-Event-ID", "The same as `after`, as a reconnecting EventSource sends it.", pattern=EVENT_PATTERN))),
    Operation("post", "/v1/jobs/{job_id}/cancel", "cancelJob", "jobs", "Cancel a job", (
        json_of(202, "The job: canceled if it was queued, else asked to stop.", "JobDocument", ETAG),), (404, 406, 409)),
    Operation("post", "/v1/jobs/{job_id}/retry", "retryJob", "jobs", "Queue a failed or canceled job again", (
        json_of(202, "The job, queued.", "JobDocument", ETAG),), (404, 406, 409)),
    Operation("get", "/v1/jobs/{job_id}/artifacts", "listArtifacts", "jobs", "The files that a job published", (
        json_of(200, "Names, sizes, hashes.", "ArtifactList"),), (404, 406)),
    Operation("get", "/v1/jobs/{job_id}/artifacts/{path}", "getArtifact", "jobs", "One of those files", (
        Answer(200, "The bytes.", (("*/*", BINARY),), (ETAG, ("Content-Disposition", "The file's name."))),
        Answer(304, "It is still the one of If-None-Match.", (), (ETAG,))), (404,)),
    Operation("get", "/v1/kinds", "listKinds", "kinds", "The catalog", (
        json_of(200, "Every kind, with its schemas.", "KindList"),), (406,)),
)
DATA = (
    Operation("post", "/v1/datasets", "uploadDataset", "data", "Upload a data set", (
        json_of(201, "The data set.", "DatasetDocument", LOCATION),
        json_of(200, "The same upload had been made before.", "DatasetDocument", LOCATION),
        json_of(202, "Kept, and still being read; poll its address until `profile` is there.", "DatasetDocument", LOCATION)),
        (406, 413, 415, 422), body=("multipart/form-data", UPLOAD_BODY)),
    Operation("get", "/v1/datasets", "listDatasets", "data", "List usable data sets, newest first", (
        json_of(200, "A page.", "DatasetList"),), (406, 422), (LIMIT, CURSOR)),
    Operation("get", "/v1/datasets/{dataset_id}", "getDataset", "data", "A data set with its profile", (
        json_of(200, "The data set.", "DatasetDocument"),), (404, 406, 422)),
    Operation("get", "/v1/datasets/{dataset_id}/export", "exportDataset", "data", "A detection data set as a ZIP", (
        Answer(200, "The ZIP.", (("application/zip", BINARY),), (("Content-Disposition", "The file's name."),)),),
        (404, 409, 422), (EXPORT_FORMAT,)),
    Operation("post", "/v1/images", "uploadImages", "data", "Upload images", (
        json_of(201, "The images; EXIF's orientation is applied.", "ImagesReceived"),
        json_of(200, "All of them had been uploaded before.", "ImagesReceived")),
        (406, 413, 415, 422), body=("multipart/form-data", IMAGES_BODY)),
    Operation("get", "/v1/images", "listImages", "data", "List uploaded images, newest first", (
        json_of(200, "A page.", "ImageList"),), (406, 422), (LIMIT, CURSOR)),
    Operation("get", "/v1/images/{image_id}", "getImage", "data", "An image", (
        Answer(200, "The bytes, upright.", (("image/*", BINARY),), (ETAG,)),
        Answer(304, "It is still the one of If-None-Match.", (), (ETAG,))), (404,)),
    Operation("delete", "/v1/images/{image_id}", "deleteImage", "data", "Forget an image that nothing needs", (
        Answer(204, "It is gone.", ()),), (404, 406, 409)),
    Operation("delete", "/v1/datasets/{dataset_id}", "deleteDataset", "data", "Forget a data set that nothing needs", (
        Answer(204, "It is gone.", ()),), (404, 406, 409)),
    Operation("put", "/v1/companies/{company_id}", "putCompany", "data", "Make or change a company", (
        json_of(200, "The company.", "CompanyDocument"),), (406, 409, 413, 415, 422), body=(JSON, "company")),
    Operation("get", "/v1/companies/{company_id}", "getCompany", "data", "A company", (
        json_of(200, "The company.", "CompanyDocument"),), (404, 406)),
    Operation("get", "/v1/companies", "listCompanies", "data", "List companies", (
        json_of(200, "A page.", "CompanyList"),), (406, 422), (LIMIT, NAME_CURSOR)),
    Operation("delete", "/v1/companies/{company_id}", "deleteCompany", "data", "Forget a company that nothing needs", (
        Answer(204, "It is gone.", ()),), (404, 406, 409)),
)
MODELS = (
    Operation("get", "/v1/models", "listModels", "models", "List models, the last trained first", (
        json_of(200, "A page.", "ModelList"),), (406, 422), (LIMIT, NAME_CURSOR)),
    Operation("get", "/v1/models/{name}", "getModel", "models", "A model with its versions", (
        json_of(200, "The model.", "ModelDocument"),), (404, 406)),
    Operation("get", "/v1/models/{name}/versions/{version}", "getModelVersion", "models", "A version of a model", (
        json_of(200, "The version.", "VersionDetail"),), (404, 406)),
    Operation("get", "/v1/models/{name}/history", "getModelHistory", "models", "Decisions about a model, newest first", (
        json_of(200, "Every one of them.", "ModelHistory"),), (404, 406)),
    Operation("delete", "/v1/models/{name}", "deleteModel", "models", "Forget a model that nothing needs", (
        Answer(204, "It is gone.", ()),), (404, 406, 409)),
    Operation("post", "/v1/models/{name}/promote", "promoteVersion", "models", "Make a version the champion", (
        json_of(200, "The model.", "ModelDocument"),), (404, 406, 413, 415, 422), body=(JSON, "promotion")),
    Operation("post", "/v1/models/{name}/rollback", "rollbackModel", "models", "Go back to the champion before", (
        json_of(200, "The model.", "ModelDocument"),), (404, 406, 409, 413, 415, 422), body=(JSON, "rollback")),
)
CORRECTIONS = (
    Operation("post", "/v1/corrections", "addCorrection", "corrections", "Say what is in an image", (
        json_of(201, "Kept; the one that makes enough of them starts the model's retrain.", "CorrectionReceipt", LOCATION),),
        (406, 413, 415, 422), body=(JSON, "correction")),
    Operation("get", "/v1/corrections", "listCorrections", "corrections", "List corrections, newest first", (
        json_of(200, "A page.", "CorrectionList"),), (406, 422), (
        MODEL,
        query("state", "Corrections in this state only.", enum=list(CORRECTION_STATES)), LIMIT, CURSOR)),
    Operation("get", "/v1/corrections/export", "exportCorrections", "corrections", "A model's corrected images as a ZIP", (
        Answer(200, "The ZIP; each image as its newest correction has it.", (("application/zip", BINARY),),
               (("Content-Disposition", "The file's name."),)),), (404, 409, 422), (
        MODEL | {"required": True}, EXPORT_FORMAT)),
    Operation("get", "/v1/corrections/{correction_id}", "getCorrection", "corrections", "A correction and what it changed", (
        json_of(200, "The correction.", "CorrectionDocument"),), (404, 406)),
    Operation("delete", "/v1/corrections/{correction_id}", "deleteCorrection", "corrections", "Delete a pending correction", (
        Answer(204, "It does not count any more."),), (404, 406, 409)),
)
AROUND = (
    Operation("get", "/healthz", "healthz", "operation", "The process lives", (json_of(200, "It does.", "Liveness"),), open=True),
    Operation("get", "/readyz", "readyz", "operation", "Broker and storage answer", (
        json_of(200, "They do.", "Readiness"),), (503,), open=True),
    Operation("get", "/metrics", "metrics", "operation", "Numbers for Prometheus", (
        Answer(200, "Prometheus' text format.", (("text/plain", TEXT),)),)),
    Operation("get", "/openapi.json", "openapi", "operation", "This document", (
        Answer(200, "OpenAPI 3.1.", ((JSON, {"type": "object"}),)),), open=True),
    Operation("get", "/docs", "docs", "operation", "This document, for people", (
        Answer(200, "A page.", (("text/html", TEXT),)),), open=True),
)
OPERATIONS = JOBS + DATA + MODELS + CORRECTIONS + AROUND
