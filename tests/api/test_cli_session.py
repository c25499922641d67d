"""Where the command line looks for the API, and how it shows errors."""

from pathlib import Path

import pytest

from api.cli_session import Session, show_error
from jobs.errors import FieldError, InputError
from tests.api.conftest import KEY


def session(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, api: str = "", key: str = "", **environment: str) -> Session:
    for name in ("API_HOST", "API_PORT", "API_KEYS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NORIA_HOME", str(tmp_path))
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Session(api=api, key=key)


def test_the_address_is_that_of_the_settings_by_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert session(monkeypatch, tmp_path, API_PORT="8123").client().url == "http://127.0.0.1:8123"


def test_a_named_address_stands_over_the_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert session(monkeypatch, tmp_path, api="https://noria.example/", API_PORT="8123").client().url == "https://noria.example"


def test_the_first_key_of_the_settings_opens_the_api_of_the_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert session(monkeypatch, tmp_path, API_KEYS=f"{KEY},other").client().key == KEY


def test_no_key_of_this_machine_is_sent_to_another_address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert session(monkeypatch, tmp_path, api="https://noria.example", API_KEYS=KEY).client().key == ""


@pytest.mark.parametrize(("message", "shown"), [
    ("There is no company 'tienda'.", "There is no company 'tienda'.\n  at params.company"),
    ("params.company is not there.", "params.company is not there.\n  params.company: There is no company 'tienda'."),
    ("params.company: There is no company 'tienda'.", "params.company: There is no company 'tienda'.")])
def test_an_error_says_nothing_twice(capsys: pytest.CaptureFixture[str], message: str, shown: str) -> None:
    show_error(Session(), InputError(message, fields=(FieldError("params.company", "There is no company 'tienda'."),)))

    assert capsys.readouterr().err.strip() == f"The input is not valid. {shown}"
