"""Models and images as they stand after trainings and uploads, written straight into the storage."""

from typing import Any

from jobs.record import Job, new_job_id
from storage import names
from storage.index import DocumentIndex
from storage.job_store import End, JobStore, NewJob
from storage.models import Models, Version
from storage.object_store import ObjectStore


def image_id(n: int) -> str:
    """Id of the n-th image."""
    return f"{n:024x}"


def put_images(objects: ObjectStore, count: int) -> None:
    """Documents of images of 100 x 80 px."""
    for n in range(count):
        document = {"id": image_id(n), "sha256": f"{n:064x}", "width": 100, "height": 80, "suffix": "png", "bytes": 1, "created_at": 1}
        objects.put_json(names.image_document(image_id(n)), document)


def put_version(objects: ObjectStore, index: DocumentIndex, model: str = "m", *, domain: str = "test", job_id: str | None = None,
                promote: bool = True, files: dict[str, str] | None = None, **metadata: Any) -> Version:
    """A published version that knows cats and dogs."""
    models, job_id = Models(objects, index), job_id or new_job_id()
    number = models.allocate(model, domain=domain, job_id=job_id)
    metadata = {"classes": ["cat", "dog"], "metrics": {"mAP50": 0.5}, "data": {"id": "d", "rows": 3}, **metadata}
    version = Version(model, number, domain, job_id, 1_700_000_000_000 + number, metadata, files or {})
    models.publish(version, promote=promote)
    return version


def ended_job(jobs: JobStore, kind: str, result: dict[str, Any], params: dict[str, Any] | None = None) -> Job:
    """A job that succeeded with `result`."""
    new = NewJob(new_job_id(), kind, "gpu.fast", params or {}, 3, {})
    jobs.submit(new, idempotency_s=0, queue_limit=100)
    running = jobs.acquire(new.id, worker="w", lease_s=30)
    assert running
    return jobs.move(new.id, running.fence, End("succeeded", result=result))
