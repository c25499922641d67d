"""Log lines of a training process: JSON like its worker's, in the worker's log, with the ids of the job that it works for."""

import json
import logging
import os
from collections.abc import Mapping

from jobs.record import rfc3339


class JsonLines(logging.Formatter):
    """A record as one line of JSON, under the names that the worker's lines have: event, logger, level, timestamp, exception."""

    def __init__(self, ids: Mapping[str, str | int]) -> None:
        super().__init__()
        self._ids = ids

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line = {"event": record.getMessage(), **self._ids, "logger": record.name, "level": record.levelname.lower(),
                "timestamp": rfc3339(round(record.created * 1000)), "process": record.process}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def log_to(descriptor: int, ids: Mapping[str, str | int], level: str) -> None:
    """Write what this process logs under `jobs`, from `level` (debug, info, warning, error) on, to an open file descriptor.

    `ids` stand on every line. What libraries log stays with what they print.
    """
    handler = logging.StreamHandler(os.fdopen(descriptor, "w", encoding="utf-8"))
    handler.setFormatter(JsonLines(ids))
    ours = logging.getLogger("jobs")
    ours.addHandler(handler)
    ours.setLevel(level.upper())
    ours.propagate = False
