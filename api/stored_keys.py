"""Whether the storage holds an API key, asked by the launcher in a process of its own: `python -m api.stored_keys`.

The object store starts threads, and a process that has threads must not fork; the launcher does.
"""

import subprocess
import sys

from jobs.errors import NoriaError, StorageUnavailable
from storage.objects import open_store

PATIENCE_S = 60.0
SOME, NONE, FAILED = 0, 1, 3


def key_is_stored(objects_url: str) -> bool:
    """Whether any key is kept in the object store at that URL. Raises StorageUnavailable."""
    try:
        done = subprocess.run([sys.executable, "-m", "api.stored_keys"], input=objects_url, capture_output=True, text=True,
                              check=False, timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        raise StorageUnavailable(f"The storage did not say within {PATIENCE_S:g} seconds whether it holds an API key.") from None
    if done.returncode not in {SOME, NONE}:
        raise StorageUnavailable(done.stderr.strip().rpartition("\n")[2] or "The storage could not be asked for API keys.")
    return done.returncode == SOME


def main() -> int:
    """SOME, NONE, or FAILED with the reason on standard error, for the store whose URL standard input gives."""
    try:
        names = open_store(sys.stdin.read()).names("keys/")
        return NONE if next(iter(names), None) is None else SOME
    except NoriaError as e:
        sys.stderr.write(f"{e.message}\n")
        return FAILED


if __name__ == "__main__":
    sys.exit(main())
