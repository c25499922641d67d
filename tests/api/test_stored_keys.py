"""The launcher's look into the storage for a key, in a process of its own."""

import threading
from pathlib import Path

import pytest

from api.stored_keys import key_is_stored
from jobs.errors import StorageUnavailable
from storage import names
from storage.objects import open_store


def test_a_key_is_found_only_where_one_is_kept(tmp_path: Path) -> None:
    url = (tmp_path / "objects").as_uri()
    assert not key_is_stored(url)

    open_store(url).put_json(names.key("ab" * 32), {"sha256": "ab" * 32})

    assert key_is_stored(url)


def test_a_storage_that_fails_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "objects").touch()

    with pytest.raises(StorageUnavailable, match="^The storage does not answer"):
        key_is_stored((tmp_path / "objects").as_uri())


def test_the_launcher_itself_stays_without_threads(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/task").iterdir()))

    key_is_stored((tmp_path / "objects").as_uri())

    assert len(list(Path("/proc/self/task").iterdir())) == before == max(before, threading.active_count())
