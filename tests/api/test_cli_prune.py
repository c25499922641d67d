"""`noria prune` on a real Valkey and a real folder."""

import os
from pathlib import Path

from jobs.settings import Settings
from storage import names
from storage.objects import open_store
from tests.api.served import answer, run
from tests.services import Valkey, free_port


def make_leftover(home: Path) -> Path:
    folder = home / "scratch" / "0123-1"
    folder.mkdir(parents=True)
    (folder / "file").write_bytes(b"12345")
    os.utime(folder, (1e9, 1e9))
    return folder


def test_a_dry_run_says_what_would_go_and_takes_nothing(tmp_path: Path, valkey: Valkey) -> None:
    folder = make_leftover(tmp_path)

    found = answer(run("http://127.0.0.1:1", "prune", "--dry-run", "--json", NORIA_HOME=str(tmp_path), REDIS_URL=valkey.url))

    assert found["removed"] == [{"what": "temporary files", "count": 1, "bytes": 5}]
    assert folder.exists()


def test_a_prune_takes_it_away_and_leaves_a_trace(tmp_path: Path, valkey: Valkey) -> None:
    folder = make_leftover(tmp_path)

    result = run("http://127.0.0.1:1", "prune", NORIA_HOME=str(tmp_path), REDIS_URL=valkey.url)

    assert result.exit_code == 0, result.output
    assert "removed        1 temporary files" in result.stdout
    assert not folder.exists()
    assert len(list(open_store(Settings(noria_home=tmp_path).objects_url).names("audit/"))) == 1


def test_a_dry_run_says_to_people_how_much_room_it_would_make(tmp_path: Path, valkey: Valkey) -> None:
    make_leftover(tmp_path)

    said = run("http://127.0.0.1:1", "prune", "--dry-run", NORIA_HOME=str(tmp_path), REDIS_URL=valkey.url).stdout

    assert "would remove        1 temporary files  0.0 MiB" in said
    assert "Without --dry-run that makes 0.0 MiB of room" in said


def test_nothing_is_removed_while_the_broker_is_away(tmp_path: Path) -> None:
    objects = open_store(Settings(noria_home=tmp_path).objects_url)
    objects.put(names.probe("x"), b"x")

    result = run("http://127.0.0.1:1", "prune", NORIA_HOME=str(tmp_path), REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")

    assert result.exit_code == 3
    assert objects.exists(names.probe("x"))
