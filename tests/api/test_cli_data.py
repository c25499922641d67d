"""upload, company, kinds, settings."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.settings import load_settings
from tests.api.conftest import KEY, Api
from tests.api.served import answer, run, served

SALES = "fecha;artículo;unidades\n" + "".join(f"2024-{m:02d}-{d:02d};A1;{d}\n" for m in range(1, 13) for d in range(1, 29))


@pytest.fixture
def url(api: Api) -> Iterator[str]:
    with served(api.app) as address:
        yield address


def test_an_upload_shows_the_id_the_rows_and_what_was_found(url: str, tmp_path: Path) -> None:
    file = tmp_path / "ventas.csv"
    file.write_text(SALES, encoding="utf-8")
    columns = ("--map", "item=artículo", "--map", "quantity=unidades", "--map", "date=fecha")

    result = run(url, "upload", str(file), "--name", "mine", *columns)

    assert result.exit_code == 0, result.stderr
    assert "sales  mine  336 rows" in result.stdout
    again = answer(run(url, "upload", str(file), "--name", "mine", *columns, "--json"))
    assert result.stdout.split()[0] == again["id"]
    assert again["name"] == "mine"


def test_an_upload_says_the_notes_first_and_then_each_finding_on_a_line(url: str, tmp_path: Path) -> None:
    file = tmp_path / "ventas.csv"
    file.write_text(SALES.replace("2024-01-01;A1;1\n", "2024-01-01;A1;1,1\n2024-01-01;A1;-3\n"), encoding="utf-8")

    lines = run(url, "upload", str(file)).stdout.splitlines()

    notes = [line for line in lines if line.startswith("- ")]
    assert lines[1:1 + len(notes)] == notes
    assert any("kept as returns" in line for line in notes)
    assert len(lines) < 35
    assert "units_by_period" not in "".join(lines)
    told = {" ".join(line.split()[:2]): line.split()[2:] for line in lines[1 + len(notes):]}
    assert told["units total"] == ["4,869.1"]
    assert answer(run(url, "upload", str(file), "--json"))["profile"]["units_by_period"]["starts"]


def test_sales_that_replace_longer_ones_are_warned_of(url: str, tmp_path: Path) -> None:
    run(url, "company", "set", "shop", "--nit", "900123456", "--name", "Shop")
    whole, month = tmp_path / "whole.csv", tmp_path / "month.csv"
    whole.write_text(SALES, encoding="utf-8")
    month.write_text(SALES.splitlines()[0] + "\n2025-01-02;A1;1\n2025-01-03;A1;2\n", encoding="utf-8")

    first, second = (run(url, "upload", str(file), "--company", "shop") for file in (whole, month))

    assert "replaces" not in first.stdout
    assert "This file begins 2025-01-02; the one before it began 2024-01-01." in second.stdout
    assert "upload the whole history again" in " ".join(second.stdout.split())


def test_a_file_that_cannot_be_used_exits_with_one_and_says_why(url: str, tmp_path: Path) -> None:
    file = tmp_path / "empty.csv"
    file.touch()

    result = run(url, "upload", str(file))

    assert result.exit_code == 1
    assert "cannot be used" in result.stderr


def test_a_file_that_is_not_there_is_wrong_usage(url: str) -> None:
    assert run(url, "upload", "/no/such/file.csv").exit_code == 2


def test_a_company_is_set_and_shown(url: str) -> None:
    assert run(url, "company", "set", "1", "--nit", "900123456", "--name", "Café Ltda").exit_code == 0

    assert run(url, "company", "set", "2", "--nit", "900.123.457-1", "--name", "Bar").exit_code == 0
    assert answer(run(url, "company", "show", "2", "--json"))["nit"] == "9001234571"
    assert answer(run(url, "company", "show", "1", "--json"))["timezone"] == "America/Bogota"
    assert "Café Ltda" in run(url, "company", "show", "1").stdout


def test_kinds_are_listed_and_one_is_shown_with_its_schema(url: str) -> None:
    assert "test.noop" in run(url, "kinds").stdout
    assert "value" in answer(run(url, "kinds", "test.noop", "--json"))["params"]["properties"]
    assert run(url, "kinds", "no.such").exit_code == 2


def test_a_setting_is_written_to_the_home_and_read_back(tmp_path: Path) -> None:
    home = str(tmp_path / "home")

    assert run("", "settings", "set", "mlflow_tracking_uri", "http://mlflow:5000", NORIA_HOME=home).exit_code == 0

    assert load_settings({"NORIA_HOME": home}).tracking_uri == "http://mlflow:5000"
    assert answer(run("", "settings", "show", "MLFLOW_TRACKING_URI", "--json", NORIA_HOME=home)) == {
        "MLFLOW_TRACKING_URI": "http://mlflow:5000"}


@pytest.mark.parametrize(("name", "value"), [("CPU_SLOTS", "many"), ("NO_SUCH", "1"), ("LEASE_S", "-1")])
def test_a_setting_that_is_wrong_is_refused_and_not_written(tmp_path: Path, name: str, value: str) -> None:
    result = run("", "settings", "set", name, "--", value, NORIA_HOME=str(tmp_path))

    assert result.exit_code == 1
    assert list(tmp_path.iterdir()) == []


def test_secrets_are_never_shown(tmp_path: Path) -> None:
    secrets = {"API_KEYS": KEY, "FLOWER_PASSWORD": "a-password-of-mine", "NORIA_HOME": str(tmp_path),
               "CALLBACK_SECRET": "whsec_c2VjcmV0IG9mIHRoZSB0ZXN0cyBvZiBjYWxsYmFja3M="}

    shown = run("", "settings", "show", **secrets).stdout + run("", "settings", "show", "--json", **secrets).stdout

    assert KEY not in shown
    assert "a-password-of-mine" not in shown
    assert "c2VjcmV0" not in shown
    assert "not shown" in shown


def test_passwords_in_addresses_are_never_shown(tmp_path: Path) -> None:
    addresses = {"REDIS_URL": "redis://:pass-word@broker:6379/0", "MLFLOW_TRACKING_URI": "https://me:pass-word@mlflow.example/x",
                 "MLFLOW_UI_URL": "https://me:pass-word@ui.example", "STORAGE_URL": "s3://me:pass-word@bucket/prefix"}

    shown = answer(run("", "settings", "show", "--json", **addresses, NORIA_HOME=str(tmp_path)))

    assert "pass-word" not in str(shown)
    assert [shown[name] for name in addresses] == ["redis://broker:6379/0", "https://mlflow.example/x", "https://ui.example",
                                                   "s3://bucket/prefix"]


def test_a_setting_that_does_not_exist_is_wrong_usage(tmp_path: Path) -> None:
    assert run("", "settings", "show", "NO_SUCH", NORIA_HOME=str(tmp_path)).exit_code == 2


def test_a_decimal_mark_is_said_where_a_file_does_not_tell(url: str, tmp_path: Path) -> None:
    file = tmp_path / "sales.csv"
    file.write_text("date,item,quantity\n2024-01-01,a,1.500\n2024-01-02,a,2.750\n", encoding="utf-8")

    assert "--decimal-mark ," in " ".join(run(url, "upload", str(file)).stderr.split())
    assert answer(run(url, "upload", str(file), "--decimal-mark", ",", "--json"))["profile"]["units_total"] == 4250
