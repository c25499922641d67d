"""One byte that the worker's main process and its pool share: whether the worker was told to stop.

It has to exist before the pool forks; importing this module in the main process does that.
"""

import mmap

_flag = mmap.mmap(-1, 1)


def set_stopping(stopping: bool = True) -> None:
    """Tell every process of this worker that it is stopping (safe in a signal handler)."""
    _flag[0] = int(stopping)


def is_stopping() -> bool:
    """Whether this worker was told to stop."""
    return bool(_flag[0])
