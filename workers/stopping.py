"""One byte that the worker's main process and its pool share: whether the worker was told to stop.

It has to exist before the pool forks; importing this module in the main process does that.
"""

import mmap
import signal
from typing import Any

_flag = mmap.mmap(-1, 1)


def set_stopping(stopping: bool = True) -> None:
    """Tell every process of this worker that it is stopping (safe in a signal handler)."""
    _flag[0] = int(stopping)


def note_stop_signals() -> None:
    """Have the signals that stop a worker set the flag first, then do what Celery does with them.

    Celery's own `worker_shutting_down` comes too late: in a soft shutdown it is sent when the grace is over.
    """
    for number in (signal.SIGTERM, signal.SIGQUIT, signal.SIGINT):
        _prefix_handler(number, signal.getsignal(number))


def _prefix_handler(number: signal.Signals, celerys: Any) -> None:
    def handler(received: int, frame: Any) -> None:
        set_stopping()
        if callable(celerys):
            celerys(received, frame)

    signal.signal(number, handler)


def is_stopping() -> bool:
    """Whether this worker was told to stop."""
    return bool(_flag[0])
