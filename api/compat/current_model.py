"""The one vision model that the old addresses speak of: the one last switched to, else the one last trained.

Its champion answers, as everywhere. What a client calls `path` is the name of a version here, such as `digits/v3`.
"""

import contextlib
import time
from collections.abc import Iterator
from typing import Any

from api.services import Services
from jobs.errors import Conflict, NotFound
from jobs.vision.kinds import WEIGHTS_SUFFIX
from storage import names
from storage.models import Version

DOMAIN = "vision"
SWITCHED = "Switched to at /api/models/switch."


def path_of(model: str, version: int) -> str:
    """What a version is called at the old addresses."""
    return f"{model}/v{version}"


def current(services: Services) -> Version:
    """The version that answers at the old addresses: the champion of their model. Raises Conflict where none was trained."""
    found = find_current(services)
    if found is None:
        raise Conflict("There is no vision model yet. Train one first (vision.train).")
    return found


def find_current(services: Services) -> Version | None:
    """As `current`; None where none was trained."""
    return next((version for name in _candidates(services) if (version := _champion(services, name)) is not None), None)


def published(services: Services) -> Iterator[Version]:
    """Every published version of every vision model: models last trained first, versions newest first."""
    for name in _vision_models(services):
        yield from reversed(services.models.versions(name))


def switch(services: Services, path: str, *, by: str) -> Version:
    """Make the version that `published` has under this name the one that answers. Raises NotFound."""
    found = next((v for v in published(services) if path_of(v.model, v.version) == path), None)
    if found is None:
        raise NotFound(f"There is no model {path[:80]!r}; /api/models/list names those there are.")
    if services.models.champion(found.model) != found.version:
        services.models.promote(found.model, found.version, reason=SWITCHED, by=by)
    document = {"model": found.model, "by": by, "at": time.time_ns() // 1_000_000}
    services.objects.put_json(names.compat_model(), document)
    return found


def entry(services: Services, version: Version, current: Version | None) -> dict[str, Any]:
    """A version as /api/models/list shows it."""
    return {
        "name": version.model, "path": path_of(version.model, version.version),
        "type": "retrained" if "decision" in version.metadata else "trained", "version": version.version,
        "is_current": current is not None and (current.model, current.version) == (version.model, version.version),
        "metrics": version.metadata.get("metrics") or {}, "size_mb": _weights_mb(services, version)}


def devices(services: Services) -> dict[str, Any]:
    """`device`, `cuda_available` and `gpu_name`, by the workers that see images; the device is null while none reports."""
    reports = [health for health in services.jobs.workers().values() if "gpu.fast" in health.get("queues", ())]
    gpus = [gpu for health in reports for gpu in health.get("gpus", ())]
    settings = [str(health["device"]) for health in reports if "device" in health]
    device = next(iter(settings), None)
    if device == "auto":
        device = "cuda:0" if gpus else "cpu"
    return {"device": device, "cuda_available": bool(gpus), "gpu_name": next(iter(gpus), None)}


def _candidates(services: Services) -> Iterator[str]:
    with contextlib.suppress(NotFound):
        yield str(services.objects.read_json(names.compat_model())["model"])
    yield from _vision_models(services)


def _vision_models(services: Services) -> Iterator[str]:
    cursor = None
    while True:
        found, cursor = services.models.page(limit=100, cursor=cursor)
        for name in found:
            try:
                if services.models.newest(name).domain == DOMAIN:
                    yield name
            except NotFound:
                continue  # deleted meanwhile
        if cursor is None:
            return


def _champion(services: Services, name: str) -> Version | None:
    try:
        return services.models.version(name)
    except NotFound:
        return None


def _weights_mb(services: Services, version: Version) -> float:
    weights = [key for name, key in version.files.items() if name.endswith(WEIGHTS_SUFFIX)]
    return round(max((services.objects.size(key) for key in weights), default=0) / 2**20, 2)
