"""A spool whose disk is full: what its segments write goes to /dev/full until there is room again."""

import os
from pathlib import Path

from tracking.spool import Segment, Spool


class FullSpool(Spool):
    """A spool without room until `make_room`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._full: dict[Segment, str] | None = {}

    def open_segment(self, job_id: str, fence: int, *, closing: bool = False) -> Segment:
        """See Spool."""
        segment = super().open_segment(job_id, fence, closing=closing)
        if self._full is not None and segment._fd is not None:
            self._full[segment] = str(Path(f"/proc/self/fd/{segment._fd}").readlink())
            _lead(segment._fd, "/dev/full")
        return segment

    def make_room(self) -> None:
        """Every segment writes to its file from now on."""
        full, self._full = self._full or {}, None
        for segment, path in full.items():
            if segment._fd is not None:
                _lead(segment._fd, path)


def _lead(fd: int, path: str) -> None:
    """Have what is written to `fd` go to the end of the file at `path`."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND)
    os.dup2(file, fd)
    os.close(file)
