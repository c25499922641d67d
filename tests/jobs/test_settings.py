from pathlib import Path

import pytest

from jobs.errors import InputError
from jobs.settings import load_settings, read_env_file, write_setting


def test_every_setting_has_a_default(tmp_path: Path) -> None:
    settings = load_settings({"NORIA_HOME": str(tmp_path)})
    assert settings.broker_url == "redis://127.0.0.1:6399/0"
    assert settings.tracking_uri == "http://127.0.0.1:5000"
    assert settings.objects_url == f"file://{tmp_path}/objects"
    assert (settings.api_host, settings.lease_s, settings.retrain_threshold) == ("127.0.0.1", 30, 5)


def test_the_file_stands_over_the_environment_and_is_read_again(tmp_path: Path) -> None:
    environ = {"NORIA_HOME": str(tmp_path), "MLFLOW_TRACKING_URI": "http://a:1/"}
    assert load_settings(environ).tracking_uri == "http://a:1"
    write_setting(tmp_path, "MLFLOW_TRACKING_URI", "http://b:2")
    assert load_settings(environ).tracking_uri == "http://b:2"
    write_setting(tmp_path, "LEASE_S", "5")
    assert read_env_file(tmp_path / "settings.env") == {"MLFLOW_TRACKING_URI": "http://b:2", "LEASE_S": "5"}
    assert (tmp_path / "settings.env").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("uri", "port", "expected"), [("off", "5000", None), ("", "", None), ("", "5001", "http://127.0.0.1:5001")])
def test_tracking_can_be_off_or_follow_the_port(tmp_path: Path, uri: str, port: str, expected: str | None) -> None:
    environ = {"NORIA_HOME": str(tmp_path), "MLFLOW_TRACKING_URI": uri, "MLFLOW_PORT": port}
    assert load_settings(environ).tracking_uri == expected


@pytest.mark.parametrize(("name", "value"), [("API_PORT", "eighty"), ("LEASE_S", "0"), ("CPU_SLOTS", "-1"), ("LOG_LEVEL", "loud")])
def test_a_wrong_value_is_named_with_its_variable(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(InputError, match=name):
        load_settings({"NORIA_HOME": str(tmp_path), name: value})


@pytest.mark.parametrize(("name", "value"), [("NOT_A_SETTING", "1"), ("API_PORT", "eighty"), ("NORIA_HOME", "x"), ("LEASE_S", "5\nAPI_PORT=1")])
def test_a_setting_that_would_not_load_is_not_written(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(InputError):
        write_setting(tmp_path, name, value)
    assert not (tmp_path / "settings.env").exists()


def test_keys_are_never_shown_by_printing_the_settings(tmp_path: Path) -> None:
    settings = load_settings({"NORIA_HOME": str(tmp_path), "API_KEYS": "secret-one, secret-two"})
    assert [k.get_secret_value() for k in settings.api_keys] == ["secret-one", "secret-two"]
    assert "secret" not in repr(settings).replace("SecretStr", "")


def test_an_empty_variable_means_the_default(tmp_path: Path) -> None:
    assert load_settings({"NORIA_HOME": str(tmp_path), "API_PORT": "", "REDIS_URL": ""}).api_port == 8000
