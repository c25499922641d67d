"""The secret of the cookies."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from api.console.secret import NAME, session_secret


def test_processes_that_start_at_once_share_one_secret_that_only_they_can_read(tmp_path: Path) -> None:
    uncached = session_secret.__wrapped__
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: uncached(tmp_path / "home"), range(16)))

    assert len(made) == 1
    assert len(made.pop()) >= 40
    assert [path.name for path in (tmp_path / "home").iterdir()] == [NAME]
    assert (tmp_path / "home" / NAME).stat().st_mode & 0o777 == 0o600


def test_a_secret_is_kept_from_start_to_start(tmp_path: Path) -> None:
    assert session_secret.__wrapped__(tmp_path) == session_secret.__wrapped__(tmp_path)
