"""How tracking is on this machine, from what its shippers noted; asks no server and imports no MLflow."""

import json
import time
from contextlib import suppress
from typing import Any

from jobs.settings import Settings, without_userinfo
from tracking.environment import mlflow_available
from tracking.spool import Spool

STALE_S = 60.0


def tracking_health(spool: Spool, settings: Settings) -> dict[str, Any]:
    """{"state", "uri", "backlog", "dead", "error"}.

    state: up, down, off or not_installed.  backlog: jobs whose run has not arrived whole.  dead: jobs with entries that
    MLflow refused.  error: why it is down, else None.
    """
    uri = settings.tracking_uri
    told = {"uri": uri and without_userinfo(uri), "backlog": len(spool.backlog()), "dead": spool.dead_letters(), "error": None}
    if not mlflow_available():
        return {"state": "not_installed", **told}
    if uri is None:
        return {"state": "off", **told}
    error = last_error(spool, uri)
    return {"state": "down" if error else "up", **told, "error": error}


def note_server(spool: Spool, uri: str, error: str | None) -> None:
    """Note what a shipper found when it asked the server: None if it answered."""
    spool.folder.mkdir(parents=True, exist_ok=True)
    fresh = spool.folder / f"server-{time.monotonic_ns()}.tmp"
    try:
        fresh.write_text(json.dumps({"uri": without_userinfo(uri), "error": error, "at": time.time()}))
        fresh.replace(spool.folder / "server.json")
    finally:
        fresh.unlink(missing_ok=True)  # the disk was full
    for left in spool.folder.glob("server-*.tmp"):
        with suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > STALE_S:
                left.unlink(missing_ok=True)  # its writer was killed


def last_error(spool: Spool, uri: str) -> str | None:
    """What was wrong when a shipper of this machine last asked the server at `uri`; None if it answered."""
    try:
        noted = json.loads((spool.folder / "server.json").read_text())
    except (FileNotFoundError, ValueError):
        return "no worker has asked it yet"
    if noted["uri"] != without_userinfo(uri) or time.time() - noted["at"] > STALE_S:
        return "no worker has asked it lately"
    return str(noted["error"]) if noted["error"] else None
