"""`noria submit`: the options of each kind come from its schema."""

import contextlib
import io
import json
import threading
from pathlib import Path
from typing import Literal

import click
import pytest
from click.testing import CliRunner
from pydantic import Field

from api.cli_session import Session
from api.cli_submit import kind_command
from api.cli_watch import say_if_nobody_starts
from api.client import Client
from jobs.catalog import kinds
from jobs.kind import JobKind, Params
from tests.api.conftest import Api
from tests.api.served import answer, run, served
from tests.api.test_references import SALES, uploaded
from tests.kinds import Answer
from tests.services import wait_until


class Part(Params):
    size: int = 1


class OddParams(Params):
    name: str = Field(description="A name.")
    count: int | None = Field(None, description="How many.", json_schema_extra={"unit": "pieces"})
    ratio: float = 0.5
    deep: bool = False
    mode: Literal["fast", "slow"] = "fast"
    items: tuple[str, ...] = ()
    levels: tuple[int, ...] = (80, 95)
    part: Part | None = None
    cap: float | None = Field(None, description="The most.", json_schema_extra={"unit": "money"})
    wait: int = Field(0, description="A field named as one of our own options.")


ODD = JobKind(name="test.odd", summary="Take everything.", params=OddParams, result=Answer, run="nowhere:run", queue="cpu", time_limit_s=1)


def test_every_kind_of_the_catalog_is_a_command_with_its_summary() -> None:
    listed = run("", "submit", "--help").stdout

    for name in kinds():
        assert name in listed


def test_the_help_of_a_kind_shows_each_field_with_unit_and_default() -> None:
    shown = " ".join(CliRunner().invoke(kind_command(ODD), ["--help"]).stdout.split())

    assert "--name TEXT A name. [required]" in shown
    assert "--count INTEGER How many. [pieces]" in shown
    assert "--mode [fast|slow] [default: fast]" in shown
    assert "--levels INTEGER,…" in shown
    assert "--param-wait INTEGER" in shown


@pytest.mark.parametrize("kind", ["forecasting.train", "forecasting.predict"])
def test_each_field_of_a_real_kind_has_an_option(kind: str) -> None:
    options = {o for p in kind_command(kinds()[kind]).params for o in p.opts}

    assert {f"--{name.replace('_', '-')}" for name in kinds()[kind].params.model_fields} <= options


def test_options_are_sent_in_the_types_of_the_schema(api: Api) -> None:
    dataset = uploaded(api, SALES, "sales")
    with served(api.app) as url:
        job = answer(run(url, "submit", "forecasting.train", "--dataset", dataset, "--horizon", "42", "--regressors", "promo, open",
                         "--start", "2024-01-01", "--label", "team=north", "--label", "run=a=b", "--json"))

    sent = {k: v for k, v in job["params"].items() if v not in (None, [])}
    assert sent.items() >= {"dataset": dataset, "horizon": 42, "regressors": ["promo", "open"], "start": "2024-01-01"}.items()
    assert job["labels"] == {"team": "north", "run": "a=b"}


def test_options_stand_over_the_params_given_as_json(api: Api, tmp_path: Path) -> None:
    file = tmp_path / "params.json"
    file.write_text(json.dumps({"seconds": 3.5, "ledger": "here"}), encoding="utf-8")
    with served(api.app) as url:
        job = answer(run(url, "submit", "test.work", "--params-json", f"@{file}", "--ledger", "there", "--json"))

    assert job["params"]["seconds"] == 3.5
    assert job["params"]["ledger"] == "there"


@pytest.mark.parametrize("arguments", [
    ["--params-json", "{"], ["--params-json", "@/no/such/file"], ["--params-json", "[1]"], ["--seconds", "soon"],
    ["--misbehave", "nicely"], ["--label", "north"], ["--nonsense", "1"]])
def test_what_cannot_be_read_is_wrong_usage_and_sends_nothing(api: Api, arguments: list[str]) -> None:
    with served(api.app) as url:
        result = run(url, "submit", "test.work", *arguments)

    assert result.exit_code == 2
    assert api.jobs.page().jobs == ()


@pytest.mark.parametrize("text", ["5.000.000", "5,000,000", "5M", "5 millones", "5000000", "5 000 000", "$ 5\u00a0000\u00a0000", "5\u202f000\u202f000,00", "5 000 mil"])
def test_an_amount_of_money_is_read_as_people_write_it(text: str) -> None:
    assert cap_of(text) == 5e6


@pytest.mark.parametrize(("text", "said"), [("5.000", "may be 5 or 5000: write it without a thousands mark"), ("USD 2000", "is no amount of money"),
                                           ("5 00 000", "is no amount of money"), ("5 000 0000", "is no amount of money")])
def test_an_amount_that_may_be_two_things_or_is_none_is_refused_with_what_to_write(text: str, said: str) -> None:
    with pytest.raises(click.BadParameter, match=said):
        cap_of(text)


def cap_of(text: str) -> float:
    command = kind_command(ODD)
    option = next(p for p in command.params if p.name == "cap")
    return option.type_cast_value(click.Context(command), text)


def test_a_missing_required_field_is_named_before_anything_is_sent() -> None:
    result = CliRunner().invoke(kind_command(ODD), ["--count", "1", "--api", "http://127.0.0.1:1"])

    assert result.exit_code == 2
    assert "Missing --name" in result.stderr


def test_the_same_idempotency_key_shows_the_same_job(api: Api) -> None:
    with served(api.app) as url:
        ids = {answer(run(url, "submit", "test.noop", "--idempotency-key", "k", "--json"))["id"] for _ in range(3)}

    assert len(ids) == 1


def test_a_plain_submit_prints_the_id_first_and_the_hint_apart(api: Api) -> None:
    with served(api.app) as url:
        result = run(url, "submit", "test.noop")

    job_id = result.stdout.split()[0]
    assert api.jobs.get(job_id).kind == "test.noop"
    assert f"noria watch {job_id}" in result.stderr


def test_a_callback_url_is_sent_and_its_refusal_is_shown(make_api) -> None:
    api = make_api(CALLBACK_HOSTS="hooks.example.com", CALLBACK_SECRET="whsec_" + "A" * 32)
    with served(api.app) as url:
        job = answer(run(url, "submit", "test.noop", "--callback-url", "https://hooks.example.com/x", "--json"))
        refused = run(url, "submit", "test.noop", "--callback-url", "https://other.example.com/x")

    assert api.jobs.request_cancel(job["id"]).callback_url == "https://hooks.example.com/x"
    assert refused.exit_code != 0
    assert "CALLBACK_HOSTS" in refused.output


@pytest.mark.parametrize("flag", ["--wait", "--watch"])
def test_who_waits_is_told_at_once_that_no_worker_serves_the_queue(api: Api, flag: str) -> None:
    def cancel() -> None:
        wait_until(lambda: api.jobs.page().jobs != (), what="the job")
        api.jobs.request_cancel(api.jobs.page().jobs[0].id)

    with served(api.app) as url:
        canceling = threading.Timer(0.5, cancel)
        canceling.start()
        result = run(url, "submit", "test.work", flag)
        canceling.join()

    assert "No worker serves the queue cpu now" in result.stderr
    assert "No worker" not in result.stdout


def test_who_waits_for_a_paused_queue_is_told_so_and_else_nothing(api: Api) -> None:
    api.jobs.report_worker("w", {"queues": ["cpu"]}, ttl_s=60)
    session = Session()
    with served(api.app) as url:
        client = Client(url)
        job = client.submit("test.work", {})
        with contextlib.redirect_stderr(io.StringIO()) as quiet:
            say_if_nobody_starts(session, client, job)
        api.jobs.pause_queue("cpu", "x")
        with contextlib.redirect_stderr(io.StringIO()) as told:
            say_if_nobody_starts(session, client, job)

    assert quiet.getvalue() == ""
    assert "noria queues resume cpu" in told.getvalue()
