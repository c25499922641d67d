"""The variables of supervisord.conf, by the settings."""

import re
import stat
from configparser import ConfigParser
from pathlib import Path

import pytest

from deploy.environment import (
    CONFIG,
    LONGEST_SOCKET_PATH,
    flower_password,
    password_file,
    ports,
    prepare_home,
    socket_path,
    starts_broker,
    starts_mlflow,
    supervisor_environment,
    variables,
)
from jobs.settings import Settings, load_settings


def settings(tmp_path: Path, **environment: str) -> Settings:
    return load_settings({"NORIA_HOME": str(tmp_path), **environment})


def test_every_variable_that_the_config_file_names_is_given(tmp_path: Path) -> None:
    named = set(re.findall(r"%\(ENV_(\w+)\)s", CONFIG.read_text(encoding="utf-8")))

    assert named <= set(variables(settings(tmp_path)))


def test_by_default_the_stack_brings_all_four_servers(tmp_path: Path) -> None:
    assert set(ports(settings(tmp_path))) == {"API_PORT", "REDIS_PORT", "MLFLOW_PORT", "FLOWER_PORT"}


@pytest.mark.parametrize(("environment", "left_out"), [
    ({"REDIS_URL": "redis://elsewhere:6379/0"}, "REDIS_PORT"), ({"MLFLOW_PORT": ""}, "MLFLOW_PORT"), ({"FLOWER_PORT": ""}, "FLOWER_PORT"),
    ({"MLFLOW_TRACKING_URI": "http://mlflow.example:5000"}, "MLFLOW_PORT"), ({"MLFLOW_TRACKING_URI": "off"}, "MLFLOW_PORT"),
    ({"MLFLOW_TRACKING_URI": "http://127.0.0.1:5001"}, "MLFLOW_PORT")])
def test_what_is_not_wanted_is_left_out(tmp_path: Path, environment: dict[str, str], left_out: str) -> None:
    chosen = settings(tmp_path, **environment)

    assert left_out not in ports(chosen)
    assert "false" in {variables(chosen)[name] for name in ("START_BROKER", "START_MLFLOW", "START_FLOWER")}


def test_an_uri_that_names_the_embedded_mlflow_starts_it(tmp_path: Path) -> None:
    assert starts_mlflow(settings(tmp_path, MLFLOW_TRACKING_URI="http://localhost:5000/"))
    assert starts_broker(settings(tmp_path))


def test_threads_are_the_cores_shared_by_the_slots(tmp_path: Path) -> None:
    one, many = variables(settings(tmp_path)), variables(settings(tmp_path, CPU_SLOTS="200"))

    assert int(one["CPU_THREADS"]) >= 1
    assert many["CPU_THREADS"] == "1"


def test_no_secret_is_among_the_variables_that_are_printed(tmp_path: Path) -> None:
    chosen = settings(tmp_path, FLOWER_PASSWORD="a-password", API_KEYS="a-key-of-mine")

    assert not {"a-password", "a-key-of-mine"} & set(variables(chosen).values())


def test_a_long_home_gets_a_short_socket_of_its_own(tmp_path: Path) -> None:
    long = tmp_path / ("a" * 60) / ("b" * 60)

    paths = {socket_path(long), socket_path(long / "c"), socket_path(Path("/srv/noria"))}

    assert len(paths) == 3
    assert all(len(str(path)) <= LONGEST_SOCKET_PATH for path in paths)
    assert socket_path(Path("/srv/noria")) == Path("/srv/noria/supervisor.sock")


def test_supervisor_of_another_supervisor_is_not_confused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPERVISOR_PROCESS_NAME", "outer")
    monkeypatch.setenv("SOMETHING", "else")

    given = supervisor_environment(settings(tmp_path))

    assert "SUPERVISOR_PROCESS_NAME" not in given
    assert given["SOMETHING"] == "else"
    assert given["NORIA_HOME"] == str(tmp_path)


def test_a_password_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    chosen = settings(tmp_path / "home")

    first = flower_password(chosen)

    assert flower_password(chosen) == first
    assert len(first) >= 20
    assert stat.S_IMODE(password_file(chosen).stat().st_mode) == 0o600


def test_a_password_in_the_settings_is_not_written_anywhere(tmp_path: Path) -> None:
    chosen = settings(tmp_path, FLOWER_PASSWORD="a-password")

    assert flower_password(chosen) == "a-password"
    assert not password_file(chosen).exists()


def test_the_home_is_prepared_for_all_programs(tmp_path: Path) -> None:
    chosen = settings(tmp_path / "new" / "home")

    prepare_home(chosen)

    assert {path.name for path in chosen.home.iterdir()} == {"logs", "broker", "mlflow"}


def test_the_log_of_every_program_is_rotated() -> None:
    config = ConfigParser(interpolation=None, inline_comment_prefixes=None)
    config.read(CONFIG)
    programs = [config[name] for name in config.sections() if name.startswith("program:")]

    assert len(programs) >= 6
    assert all(program["stdout_logfile_maxbytes"] == "10MB" and program["redirect_stderr"] == "true" for program in programs)
    assert all(int(program["stdout_logfile_backups"]) >= 1 for program in programs)
    assert config["eventlistener:sweeper"]["stderr_logfile_maxbytes"] == "1MB"
