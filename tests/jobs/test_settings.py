from pathlib import Path

import pytest

from jobs.errors import InputError
from jobs.settings import load_settings, read_env_file, without_userinfo, write_setting


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
    assert "secret-" not in repr(settings)


def test_an_empty_variable_means_the_default(tmp_path: Path) -> None:
    assert load_settings({"NORIA_HOME": str(tmp_path), "API_PORT": "", "REDIS_URL": ""}).api_port == 8000


def test_links_to_mlflow_never_hold_the_password_that_noria_uses(tmp_path: Path) -> None:
    settings = load_settings({"NORIA_HOME": str(tmp_path), "MLFLOW_TRACKING_URI": "https://me:p@ss@mlflow.example:5000/x/"})
    assert settings.tracking_uri == "https://me:p@ss@mlflow.example:5000/x"
    assert settings.tracking_ui_url == "https://mlflow.example:5000/x"
    assert load_settings({"NORIA_HOME": str(tmp_path), "MLFLOW_TRACKING_URI": "off"}).tracking_ui_url is None


@pytest.mark.parametrize(("url", "shown"), [
    ("redis://:secret@h:1/0", "redis://h:1/0"), ("http://h/a@b?c=d@e", "http://h/a@b?c=d@e"), ("s3://bucket/prefix", "s3://bucket/prefix"),
    ("me@example.org", "me@example.org"), ("", ""),
    ('{"a": "http://u:p@h:1/x", "b": "http://h", "by": "cpu@h"} https://u@i', '{"a": "http://h:1/x", "b": "http://h", "by": "cpu@h"} https://i')])
def test_only_the_user_and_password_of_an_address_are_taken_out(url: str, shown: str) -> None:
    assert without_userinfo(url) == shown


@pytest.mark.parametrize("change", [{"JOB_RETENTION_DAYS": "0.5"}, {"JOB_RETENTION_DAYS": "2", "IDEMPOTENCY_HOURS": "49"}])
def test_a_job_is_never_dropped_before_its_key_is(tmp_path: Path, change: dict[str, str]) -> None:
    with pytest.raises(InputError, match="JOB_RETENTION_DAYS"):
        load_settings({"NORIA_HOME": str(tmp_path), **change})
    assert load_settings({"NORIA_HOME": str(tmp_path), "JOB_RETENTION_DAYS": "2", "IDEMPOTENCY_HOURS": "48"}).idempotency_hours == 48


def test_a_setting_that_does_not_go_with_the_others_in_the_file_is_not_written(tmp_path: Path) -> None:
    write_setting(tmp_path, "IDEMPOTENCY_HOURS", "72")
    with pytest.raises(InputError, match="JOB_RETENTION_DAYS"):
        write_setting(tmp_path, "JOB_RETENTION_DAYS", "2")
    assert read_env_file(tmp_path / "settings.env") == {"IDEMPOTENCY_HOURS": "72"}


@pytest.mark.parametrize("secret", ["whsec_", "whsec_!!!", "c2VjcmV0IG9mIHRoZSB0ZXN0cyBvZiBjYWxsYmFja3M=", "whsec_" + "A" * 28, "whsec_" + "A" * 92])
def test_a_secret_that_is_not_one_of_standard_webhooks_is_refused_without_repeating_it(tmp_path: Path, secret: str) -> None:
    with pytest.raises(InputError, match="CALLBACK_SECRET") as caught:
        load_settings({"NORIA_HOME": str(tmp_path), "CALLBACK_SECRET": secret})
    assert secret.removeprefix("whsec_") in ("", "!!!") or secret not in str(caught.value)


def test_the_bytes_that_callbacks_are_signed_with_come_from_the_secret(tmp_path: Path) -> None:
    settings = load_settings({"NORIA_HOME": str(tmp_path), "CALLBACK_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})
    assert settings.callback_key.hex() == "31f290f6bf06298aab4f08d43c3f082cf648a362da2da4b0"
    assert "MfKQ9r8" not in repr(settings)
    assert load_settings({"NORIA_HOME": str(tmp_path)}).callback_key == b""


def test_a_host_of_callbacks_that_says_nothing_clear_is_named_with_its_variable(tmp_path: Path) -> None:
    assert load_settings({"NORIA_HOME": str(tmp_path), "CALLBACK_HOSTS": "a.example, *.b.example"}).callback_hosts == ("a.example", "*.b.example")
    with pytest.raises(InputError, match="CALLBACK_HOSTS"):
        load_settings({"NORIA_HOME": str(tmp_path), "CALLBACK_HOSTS": "a.example/path"})
