"""Names of objects in the object store: the one place that makes them.

    blobs/{aa}/{sha256}                         bytes as they were uploaded
    datasets/{id}/upload.json                   what was uploaded, by whom it was named
    datasets/{id}/table.parquet                 the table in canonical columns
    datasets/{id}/records.jsonl                 the images and boxes of a detection data set, a line of JSON each
    datasets/{id}/profile.json                  what is in it (its presence means: usable)
    datasets/{id}/refused.json                  why it cannot be used
    datasets/{id}/sent.json                     when it was uploaded for its company once more
    datasets/{id}/inspecting.json               until when an inspection counts as alive
    images/{aa}/{sha256}                        the bytes of an image, upright
    images/documents/{id}.json                  an image that was uploaded
    images/sources/{sha256}.json                which image an upload became that had to be turned
    companies/{id}.json                         a company
    nits/{nit}/{n}.json                         who took or gave up a tax number, in order; the last one counts
    keys/{name}.json                            an API key, hashed; a revoked one stays, so that its name is never used again
    jobs/{id}/job.json                          an ended job with its events
    jobs/{id}/fence-{n}/{artifact}              what one run left behind
    jobs/{id}/checkpoints/{name}                what an attempt keeps for the next
    audit/{ms}-{request id}.json                who took what away, and when
    probes/{token}                              put and deleted by who looks whether the storage can be written
    models/{name}/owner.json                    the domain that a model's name belongs to
    models/{name}/{version}/allocated.json      which job has this version's number
    models/{name}/{version}/version.json        the version (its presence means: published)
    models/{name}/history/{n}.json              promotions and rejections, in order; the last promotion names the champion
    models/{name}/memories/{what}.json          what the last jobs that worked with a model kept for the next
    corrections/{id}/correction.json            what a person says is in an image
    corrections/{id}/used.json                  the retrain that learned from it
    corrections/{id}/withdrawn.json             why it does not count any more
    compat/model.json                           the vision model that the compatibility routes were last switched to
"""

import re

NAME = re.compile(r"(?!\.\.?$)[A-Za-z0-9._-]{1,64}")  # `.` and `..` would be folders


def blob(sha256: str) -> str:
    """Uploaded bytes by their hash."""
    return f"blobs/{sha256[:2]}/{sha256}"


def dataset(dataset_id: str, part: str) -> str:
    """A part of a data set, such as upload.json or table.parquet."""
    return f"datasets/{dataset_id}/{part}"


def image(sha256: str) -> str:
    """An image's bytes, upright, by their hash."""
    return f"images/{sha256[:2]}/{sha256}"


def image_document(image_id: str) -> str:
    """The document of an uploaded image."""
    return f"images/documents/{image_id}.json"


def image_source(sha256: str) -> str:
    """Which image an upload became that had to be turned, by the hash of what was sent."""
    return f"images/sources/{sha256}.json"


def company(company_id: str) -> str:
    """A company's document."""
    return f"companies/{company_id}.json"


def nit(number: str, generation: int) -> str:
    """The `generation`-th claim of a tax number, from 1."""
    return f"nits/{number}/{generation:06d}.json"


def key(name: str) -> str:
    """An API key's document."""
    return f"keys/{name}.json"


def job(job_id: str) -> str:
    """The archive of an ended job."""
    return f"jobs/{job_id}/job.json"


def artifact(job_id: str, fence: int, name: str) -> str:
    """A file that a run left behind."""
    return f"jobs/{job_id}/fence-{fence}/{name}"


def checkpoint(job_id: str, name: str) -> str:
    """What an attempt keeps for the next."""
    return f"jobs/{job_id}/checkpoints/{name}"


def model(name: str, part: str) -> str:
    """A part of a model: owner.json, or a folder below it."""
    return f"models/{name}/{part}"


def model_version(name: str, version: int, part: str) -> str:
    """A part of a version: allocated.json or version.json."""
    return f"models/{name}/{version:06d}/{part}"


def model_history(name: str, number: int) -> str:
    """The `number`-th promotion of a model, from 1."""
    return f"models/{name}/history/{number:06d}.json"


def model_memory(name: str, what: str) -> str:
    """What jobs that work with a model keep for the next one."""
    return f"models/{name}/memories/{what}.json"


def correction(correction_id: str, part: str) -> str:
    """A part of a correction: correction.json, used.json or withdrawn.json."""
    return f"corrections/{correction_id}/{part}"


def compat_model() -> str:
    """Which vision model the compatibility routes were last switched to."""
    return "compat/model.json"


def audit(at_ms: int, request_id: str) -> str:
    """An entry of the audit trail, in order of time."""
    return f"audit/{at_ms}-{request_id}.json"


def probe(token: str) -> str:
    """A small object that is put only to be deleted."""
    return f"probes/{token}"


def safe_name(text: str) -> str:
    """A name of `[A-Za-z0-9._-]{1,64}` made from any text; what does not fit becomes `-`, nothing becomes `unnamed`."""
    made = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.")[:64]
    return made or "unnamed"
