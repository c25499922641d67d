"""Room on the disk: what would fill it is refused while there is still enough for what runs, and for looking after it."""

import shutil

from jobs.errors import StorageFull
from jobs.settings import Settings

MIB = 1 << 20
RETRY_AFTER_S = 60.0


def require_room(settings: Settings, incoming_bytes: int = 0) -> None:
    """Raise StorageFull if less than MIN_FREE_MB would be free under NORIA_HOME with `incoming_bytes` more."""
    try:
        free = shutil.disk_usage(settings.home).free
    except FileNotFoundError:  # nothing was kept yet
        return
    if free - incoming_bytes < settings.min_free_mb * MIB:
        raise StorageFull(
            f"{free // MIB} MiB are free where Noria keeps its data, and {settings.min_free_mb} have to stay free (MIN_FREE_MB). "
            "Make room: `noria prune --dry-run` says what may go.", retry_after_s=RETRY_AFTER_S)
