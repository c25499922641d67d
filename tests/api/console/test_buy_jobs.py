"""The jobs behind a company's list and its questions."""

import time
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import g

from api.console import buy_jobs
from api.console.buy_jobs import DOUBLE_CLICK_MS, Days, Terms
from jobs.context import Company
from jobs.errors import InputError, NotFound
from jobs.record import Job
from storage.job_store import End
from tests.api.conftest import Api
from tests.api.console.lists import LIST, MODEL, QUESTION, a_company, a_list, a_stock, line

USUAL = Terms(months="1", review_period_days="", service_percent="95", lead_time_days="7", budget="")


def shop(api: Api) -> Company:
    a_company(api.objects, api.jobs, api.app.extensions["noria"].settings)
    return api.app.extensions["noria"].companies.get("shop")


def test_the_last_list_is_the_newest_that_succeeded(api: Api) -> None:
    company = shop(api)
    with api.app.test_request_context():
        assert buy_jobs.last_list(company) is None
        a_list(api.jobs, api.objects, [line("A")])
        newest = a_list(api.jobs, api.objects, [line("A", 84.0)])

        assert buy_jobs.last_list(company).id == newest


def test_a_list_that_was_kept_by_a_job_that_failed_is_passed_over(api: Api) -> None:
    company = shop(api)
    first = a_list(api.jobs, api.objects, [line("A")])
    models = api.app.extensions["noria"].models
    failed = api.submit(LIST, params={"model": MODEL})["id"]
    models.remember(MODEL, "buy-list", b"x", job_id=failed, succeeded=lambda job_id: job_id == first)
    api.end(failed, "failed", error={"code": "data_error", "message": "x"})

    with api.app.test_request_context():
        assert buy_jobs.last_list(company).id == first


def test_a_job_of_another_company_or_kind_is_not_there(api: Api) -> None:
    company = shop(api)
    other, ask = (api.submit(LIST, params={"model": "empresa_1"})["id"], api.submit(QUESTION, params={"question": "?", "company": "shop"})["id"])

    with api.app.test_request_context():
        assert buy_jobs.own_job(company, ask, QUESTION).id == ask
        for job_id, kind in ((other, LIST), (ask, LIST), ("f" * 24, LIST)):
            with pytest.raises(NotFound):
                buy_jobs.own_job(company, job_id, kind)


def test_questions_are_those_of_the_company_newest_first(api: Api) -> None:
    company = shop(api)
    first = api.submit(QUESTION, params={"question": "one", "company": "shop"})["id"]
    api.submit(QUESTION, params={"question": "other", "model": "empresa_1"})
    second = api.submit(QUESTION, params={"question": "two", "model": MODEL})["id"]

    with api.app.test_request_context():
        assert [job.id for job in buy_jobs.asked_before(company)] == [second, first]


def test_terms_are_those_of_the_list_and_without_one_the_usual_ones(api: Api) -> None:
    job = api.jobs.get(a_list(api.jobs, api.objects, [line("A")], service_level=0.975, budget=5e6, months=0.5))

    assert buy_jobs.terms_of(None) == USUAL
    assert buy_jobs.terms_of(job) == Terms("0.5", "", "97.5", "7", "5000000")


def test_a_list_is_started_by_its_terms_and_otherwise_like_the_one_on_the_page(api: Api) -> None:
    company = shop(api)
    like = api.jobs.get(api.submit(LIST, params={"model": MODEL, "version": 1, "budget": 9.0})["id"])

    with api.app.test_request_context(environ_base={"REMOTE_ADDR": "127.0.0.1"}):
        g.request_id = "r"
        job = buy_jobs.start_list(company, Terms("2", "", "92,5", "14", ""), like, "es")

    assert (job.kind, job.queue, job.state) == (LIST, "cpu.fast", "queued")
    assert job.params == api.submit(LIST, params={
        "company": "shop", "version": 1, "months": 2, "service_level": 0.925, "lead_time_days": 14, "language": "es"})["params"]


@pytest.mark.parametrize(("terms", "field"), [
    (Terms("1", "", "100", "7", ""), "service_level"), (Terms("1", "", "many", "7", ""), "service_level"),
    (Terms("1", "", "95", "-1", ""), "lead_time_days"), (Terms("1", "", "0", "7", ""), "service_level"), (Terms("1", "", "95", "7", "12,5"), "budget"), (Terms("0", "", "95", "7", ""), "months"), (Terms("1", "", "95", "7", "-5"), "budget")])
def test_a_term_that_cannot_be_is_refused_and_named(api: Api, terms: Terms, field: str) -> None:
    company = shop(api)

    with api.app.test_request_context(), pytest.raises(InputError) as refused:
        buy_jobs.start_list(company, terms, None, "en")

    assert [fault.field for fault in refused.value.fields] == [f"params.{field}"]


def test_a_service_level_that_cannot_be_is_refused_in_percent(api: Api) -> None:
    company = shop(api)

    with api.app.test_request_context(), pytest.raises(InputError, match="less than 100 %"):
        buy_jobs.start_list(company, Terms("1", "", "100", "7", ""), None, "en")


def test_a_term_is_read_in_the_pages_language_and_never_as_another_number(api: Api) -> None:
    company = shop(api)

    with api.app.test_request_context(environ_base={"REMOTE_ADDR": "127.0.0.1"}):
        g.request_id = "r"
        job = buy_jobs.start_list(company, Terms("1", "", "95", "7", "48.000.000"), None, "es")
        with pytest.raises(InputError, match="“12.5” is not a number here; write it like 12,500.5"):
            buy_jobs.start_list(company, Terms("1", "", "95", "7", "12.5"), None, "es")

    assert job.params["budget"] == 48e6


def test_the_same_terms_sent_twice_with_a_key_make_one_list_and_others_another(api: Api) -> None:
    company, other = shop(api), Terms("2", "", "95", "7", "")

    with api.app.test_request_context(environ_base={"REMOTE_ADDR": "127.0.0.1"}):
        g.request_id = "r"
        first, again, changed, later = (buy_jobs.start_list(company, terms, None, "en", key).id
                                        for terms, key in ((USUAL, "k"), (USUAL, "k"), (other, "k"), (USUAL, "k2")))

    assert first == again == later != changed


def test_a_list_by_the_same_terms_is_made_anew_once_the_one_before_has_ended(api: Api) -> None:
    company = shop(api)

    def make(like: Job | None = None) -> str:
        with api.app.test_request_context(environ_base={"REMOTE_ADDR": "127.0.0.1"}):
            g.request_id = "r"
            return buy_jobs.start_list(company, USUAL, like, "en").id

    pinned = api.jobs.get(api.submit(LIST, params={"model": MODEL, "version": 1})["id"])
    first, other = make(), make(pinned)
    time.sleep(DOUBLE_CLICK_MS / 1000)
    queued = make()
    fence = api.start(first).fence
    running = make()
    api.jobs.move(first, fence, End("succeeded"))
    anew = make()
    api.end(anew)

    assert first == queued == running
    assert len({first, other, anew}) == 3
    assert make() == anew  # a second click that came after the list


@pytest.mark.parametrize(("stock", "late"), [(date(2026, 11, 3), 2), (date(2026, 11, 1), 0), (date(2026, 10, 31), 0), (date(2026, 10, 30), -2)])
def test_a_stock_of_the_last_day_with_sales_is_as_good_as_one_of_the_first_day_without(stock: date, late: int) -> None:
    assert Days(date(2026, 11, 1), stock).late == late


def test_the_days_of_a_list_are_its_first_and_that_of_its_stocks_upload_by_the_companys_clock(api: Api) -> None:
    company = shop(api)
    document = a_stock(api)
    shown = api.jobs.get(a_list(api.jobs, api.objects, [line("A")]))

    with api.app.test_request_context():
        assert buy_jobs.days_of(company, shown) == Days(date(2026, 11, 1), None)
        days = buy_jobs.days_of(company, replace(shown, result={**shown.result, "stock": document.id}))

    today = datetime.now(ZoneInfo("America/Bogota")).date()
    assert days == Days(date(2026, 11, 1), today)
    assert days.late == (today - date(2026, 11, 1)).days


def test_a_stock_sent_again_before_a_list_was_made_is_of_the_later_day(api: Api) -> None:
    company, document = shop(api), a_stock(api)
    made = api.jobs.get(a_list(api.jobs, api.objects, [line("A")]))
    made = replace(made, result={**made.result, "stock": document.id})
    day, started = timedelta(days=1), datetime.now(ZoneInfo("America/Bogota"))
    again_at = int((started + 2 * day).timestamp() * 1000)
    again = Path(api.app.extensions["noria"].settings.home) / "again.csv"
    again.write_text("item,on_hand\nA-1,1\n", encoding="utf-8")
    api.app.extensions["noria"].datasets.wait(document.id, 30)
    api.app.extensions["noria"].datasets.receive(again, type="stock", name="again", company="shop", now_ms=again_at)

    with api.app.test_request_context():
        days = [buy_jobs.days_of(company, replace(made, created_at=at)).stock for at in (again_at - 1, again_at)]

    assert days == [started.date(), (started + 2 * day).date()]


def test_the_list_before_is_the_one_compared_with_if_it_is_still_there(api: Api) -> None:
    shop(api)
    first = api.jobs.get(a_list(api.jobs, api.objects, [line("A")]))
    second = api.jobs.get(a_list(api.jobs, api.objects, [line("A", 60.0)]))

    with api.app.test_request_context():
        assert buy_jobs.list_before(first) is None
        assert buy_jobs.list_before(second).id == first.id
