"""`noria backup` and `noria restore` as a person calls them."""

from pathlib import Path

from tests.api.served import answer, run
from tests.services import free_port


def test_a_backup_is_written_and_comes_back_elsewhere(tmp_path: Path) -> None:
    home, file, port = tmp_path / "home", tmp_path / "all.tar", str(free_port())
    (home / "objects").mkdir(parents=True)
    (home / "objects" / "thing").write_text("kept")

    made = run("http://127.0.0.1:1", "backup", str(file), "--json", NORIA_HOME=str(home), REDIS_PORT=port, REDIS_URL="")
    back = run("http://127.0.0.1:1", "restore", str(file), NORIA_HOME=str(tmp_path / "new"), REDIS_PORT=port, REDIS_URL="")

    assert answer(made)["files"] == 2
    assert back.exit_code == 0, back.output
    assert "2 files" in back.stdout
    assert (tmp_path / "new" / "objects" / "thing").read_text() == "kept"


def test_a_restore_over_data_is_refused_with_what_to_do(tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "all.tar"
    (home / "objects").mkdir(parents=True)
    (home / "objects" / "thing").write_text("kept")
    environment = {"NORIA_HOME": str(home), "REDIS_PORT": str(free_port()), "REDIS_URL": ""}
    run("http://127.0.0.1:1", "backup", str(file), **environment)

    result = run("http://127.0.0.1:1", "restore", str(file), **environment)

    assert result.exit_code == 1
    assert "make down" in result.stderr
