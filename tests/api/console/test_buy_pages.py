"""The pages of the buy list and of questions, as the server answers them."""

import csv
import io
import json
import time
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from python_calamine import CalamineWorkbook

from api.console.buy_jobs import DOUBLE_CLICK_MS
from tests.api.conftest import Api
from tests.api.console.conftest import OWN, PAGE, sign_in
from tests.api.console.lists import LIST, MODEL, QUESTION, a_company, a_list, a_stock, an_answer, line

BUY, ASK = "/forecasts/shop/buy", "/forecasts/shop/ask"
TERMS = {"months": "1", "service_percent": "95", "lead_time_days": "7", "budget": ""}
ANSWER = {"intent": "demand", "understood": {"start": "2026-12-01", "end": "2026-12-31", "items": ["A-1"], "budget": None, "limit": None,
                                             "compare_start": None, "compare_end": None, "language": "en"},
          "explanation": "I expect about 5 units.", "data": {"items": [{"item": "A-1", "units": 5.0}]}, "candidates": []}


def made(api: Api, *lines: dict[str, Any], **company: Any) -> str:
    """The id of a list of the company `shop`."""
    a_company(api.objects, api.jobs, api.app.extensions["noria"].settings, **company)
    return a_list(api.jobs, api.objects, lines or [line("A-1"), line("B-2", 24.0, exceptions=["stockout"])])


def text(api: Api, address: str) -> str:
    answer = api.client.get(address, headers=PAGE)
    assert answer.status_code == 200, answer.text
    return answer.text


def read(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


def items(page: str) -> list[str]:
    return [part.partition('"')[0] for part in page.split('id="line-')[1:]]


def test_a_company_that_is_not_there_is_said_so(api: Api) -> None:
    assert api.client.get("/forecasts/nobody/buy", headers=PAGE).status_code == 404
    assert api.client.get("/forecasts/nobody/ask", headers=PAGE).status_code == 404


def test_without_a_model_the_next_step_is_training(api: Api) -> None:
    a_company(api.objects, api.jobs, api.app.extensions["noria"].settings, champion=False)

    for address in (BUY, ASK):
        page = text(api, address)
        assert 'class="button" href="/forecasts/shop"' in page
        assert 'method="post" action="/forecasts' not in page


def test_without_a_list_the_next_step_is_the_first_one(api: Api) -> None:
    a_company(api.objects, api.jobs, api.app.extensions["noria"].settings)

    page = text(api, BUY)
    assert "Make the list" in page
    assert "Upload the stock first (item, on_hand, " in page
    assert "existencias (columnas «código» y «existencias»" in api.client.get(BUY, headers={**PAGE, "Accept-Language": "es"}).text


def test_the_stock_that_a_first_list_counts_is_named_by_its_file_day_and_articles(api: Api) -> None:
    a_company(api.objects, api.jobs, api.app.extensions["noria"].settings)
    stock = a_stock(api)
    api.app.extensions["noria"].datasets.wait(stock.id, 10)

    page = text(api, BUY)

    today = datetime.now(ZoneInfo("America/Bogota"))
    assert f"It counts the stock of stock, uploaded on {today:%b} {today.day}, {today.year}: 1 articles." in page
    assert "Upload the stock first" not in page


def test_each_quantity_stands_with_its_sum_and_what_it_adds_up_to(api: Api) -> None:
    made(api)

    page = text(api, BUY)

    assert "forecast 120 + safety stock 34 − on hand 60 − on order 0 = 94 → 96 in packs of 12" in page
    assert '<b data-total="units">120</b>' in page
    assert '<b data-total="investment">120,000</b>' in page
    assert "hurry it, or tell customers" in page


def test_the_address_says_which_rows_there_are_and_in_which_order(api: Api) -> None:
    made(api)

    assert items(text(api, f"{BUY}?show=stockout")) == ["B-2"]
    assert items(text(api, f"{BUY}?sort=quantity")) == ["B-2", "A-1"]
    assert items(text(api, f"{BUY}?find=part+a-1")) == ["A-1"]
    assert "No article is like that" in text(api, f"{BUY}?find=zzz")


def test_a_long_list_comes_in_parts_in_the_order_of_the_address(api: Api) -> None:
    job = made(api, *(line(f"A-{n:04}", float(n)) for n in range(1, 251)))

    first = text(api, f"{BUY}?job={job}&sort=-quantity")
    address = first.partition('<tr class="more">')[2].partition('hx-get="')[2].partition('"')[0].replace("&amp;", "&")
    second = text(api, address)

    assert items(first) == [f"A-{n:04}" for n in range(250, 150, -1)]
    assert items(second) == [f"A-{n:04}" for n in range(150, 50, -1)]
    assert "50 more articles" in second


def test_what_changed_since_the_last_list_is_said_with_its_reason(api: Api) -> None:
    first = made(api)
    a_list(api.jobs, api.objects, [line("A-1", 60.0, on_hand=90.0)])

    page = text(api, f"{BUY}?show=changed")

    assert f"{BUY}?job={first}" in page
    assert "<b>0</b> more, <b>1</b> less, <b>1</b> gone" in page
    assert "on hand 60 → 90" in page


def test_a_change_of_terms_starts_the_same_job_as_the_contract_and_leads_to_it(api: Api) -> None:
    like = made(api)

    answer = api.client.post(BUY, data={**TERMS, "service_percent": "92.5", "budget": "5000000", "like": like, "show": "order", "sort": "-quantity"},
                             headers=OWN)

    job = api.jobs.page(kind=LIST, state="queued").jobs[0]
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{BUY}?job={job.id}&show=order&sort=-quantity")
    assert job.params == api.submit(LIST, params={"company": "shop", "service_level": 0.925, "budget": 5e6, "language": "en"})["params"]


def test_while_a_list_is_made_the_last_one_stays_and_a_missing_worker_is_said(api: Api) -> None:
    made(api)
    job = api.submit(LIST, params={"model": MODEL})["id"]

    page = text(api, f"{BUY}?job={job}")
    assert f'data-job="{job}"' in page
    assert "No worker serves queue cpu.fast" in page
    assert items(page) == ["A-1", "B-2"]

    api.jobs.report_worker("fast@here", {"queues": ["cpu.fast"], "slots": 1}, ttl_s=60)
    assert "No worker serves queue" not in text(api, f"{BUY}?job={job}")


def test_a_list_that_failed_says_why_and_the_last_one_stays(api: Api) -> None:
    made(api)
    job = api.submit(LIST, params={"model": MODEL})["id"]
    api.end(job, "failed", error={"code": "data_error", "message": "The regressors are missing."})

    page = text(api, f"{BUY}?job={job}")

    assert "The regressors are missing." in page
    assert items(page) == ["A-1", "B-2"]


@pytest.mark.parametrize("terms", [{"service_percent": "100"}, {"budget": "much"}, {"like": "f" * 24}])
def test_terms_that_cannot_be_are_refused_with_what_is_wrong(api: Api, terms: dict[str, str]) -> None:
    made(api)

    answer = api.client.post(BUY, data={**TERMS, **terms}, headers={**OWN, "HX-Request": "true"})

    assert answer.status_code in (404, 422)
    assert answer.json["detail"]


def test_the_export_has_the_quantities_of_the_person_and_no_formula(api: Api) -> None:
    job = made(api, line("=A", item_name="@SUM(A1)"), line("B-2", 24.0))

    answer = api.client.post(f"{BUY}/export?format=csv", data={"job": job, "edits": json.dumps({"B-2": 36})}, headers=OWN)

    assert answer.headers["Content-Disposition"] == "attachment; filename=buy-list-shop.csv"
    rows = read(answer)
    assert [(row["item"], row["item_name"], row["quantity"], row["advised_quantity"], row["investment"]) for row in rows] == [
        ("'=A", "'@SUM(A1)", "96", "96", "96000"), ("B-2", "Part B-2", "36", "24", "36000")]


@pytest.mark.parametrize("edits", ["[1]", "{", '{"B-2": "many"}', '{"B-2": -1}'])
def test_edits_that_cannot_be_are_refused(api: Api, edits: str) -> None:
    job = made(api)

    assert api.client.post(f"{BUY}/export", data={"job": job, "edits": edits}, headers=OWN).status_code == 422


def test_figures_of_all_articles_are_given_for_totals(api: Api) -> None:
    job = made(api)

    answer = api.client.get(f"{BUY}/figures?job={job}", headers=PAGE)

    assert answer.json == {"A-1": [96.0, 1000.0, "North"], "B-2": [24.0, 1000.0, "North"]}
    assert "immutable" in answer.headers["Cache-Control"]


def test_the_order_of_a_supplier_has_the_quantities_of_the_person_also_where_none_was_advised(api: Api) -> None:
    job = made(api, line("A-1"), line("B-2", 0.0, supplier="South & Co"), line("C-3", 0.0, supplier="South & Co"))
    page, edits = text(api, BUY), {"job": job, "edits": json.dumps({"A-1": 12, "B-2": 24})}

    assert f'formaction="{BUY}/export?supplier=South+%26+Co&amp;format=csv"' in page
    south = api.client.post(f"{BUY}/export?supplier=South+%26+Co&format=csv", data=edits, headers=OWN)
    assert south.headers["Content-Disposition"] == "attachment; filename=order-shop-South__Co.csv"
    assert [(row["item"], row["quantity"], row["packs"]) for row in read(south)] == [("B-2", "24", "2")]
    north = api.client.post(f"{BUY}/export?supplier=North&format=xlsx", data=edits, headers=OWN)
    assert CalamineWorkbook.from_filelike(io.BytesIO(north.data)).get_sheet_by_name("Order").to_python()[1][:3] == ["A-1", "Part A-1", 12.0]
    whole = api.client.post(f"{BUY}/export?rows=all&format=csv", data=edits, headers=OWN)
    assert [row["item"] for row in read(whole)] == ["A-1", "B-2", "C-3"]


def test_above_the_list_stands_from_which_day_it_counts_and_that_its_stock_is_of_another(api: Api) -> None:
    made(api)
    assert "This list counts from Nov 1, 2026" in text(api, BUY)
    assert "Its stock was uploaded" not in text(api, BUY)

    stock = a_stock(api)
    a_list(api.jobs, api.objects, [line("A-1")], used=stock.id)

    today = datetime.now(ZoneInfo("America/Bogota")).date()
    page = text(api, BUY)
    assert f"{(today - date(2026, 11, 1)).days:,} days later" in page
    assert "Upload the sales up to that day (each sale, no sums by month), train, and make the list anew; or use Ask, which counts from today." in page


def test_the_list_that_it_is_compared_with_is_named_by_its_time_and_other_terms_are_said(api: Api) -> None:
    made(api)
    a_list(api.jobs, api.objects, [line("A-1", 60.0)], service_level=0.64)

    page = text(api, BUY)

    assert "the list of Nov 27, 2026, 3:00" in page
    assert ", which was made with other terms" in page
    assert "service level 64 %, lead time 7 days, has to last 1 month, no budget" in page


def test_a_form_that_is_sent_twice_makes_one_list(api: Api) -> None:
    like = made(api)

    first, second = (api.client.post(BUY, data={**TERMS, "key": "k", "after": like, "like": like}, headers=OWN) for _ in range(2))

    assert first.headers["Location"] == second.headers["Location"]
    assert len(api.jobs.page(kind=LIST, state="queued").jobs) == 1


def test_a_second_click_on_the_page_of_a_list_that_is_being_made_makes_no_other(api: Api) -> None:
    made(api)
    version = a_list(api.jobs, api.objects, [line("A-1")], version=1)
    a_list(api.jobs, api.objects, [line("A-1")])

    def click(address: str) -> str:
        page = text(api, address)
        sent = {name: page.partition(f'name="{name}" value="')[2].partition('"')[0] for name in ("key", "after", "like")}
        return str(api.client.post(BUY, data={**TERMS, **sent}, headers=OWN).headers["Location"])

    first = click(f"{BUY}?job={version}")
    time.sleep(DOUBLE_CLICK_MS / 1000)

    assert click(first) == first
    assert [job.params["version"] for job in api.jobs.page(kind=LIST, state="queued").jobs] == [1]


def test_numbers_of_the_form_stand_as_the_language_writes_them(api: Api) -> None:
    made(api)
    a_list(api.jobs, api.objects, [line("A-1", 1200.0)], budget=48e6, service_level=0.975)

    page = api.client.get(BUY, headers={**PAGE, "Accept-Language": "es"}).text

    assert 'value="48.000.000" aria-describedby="budget-help"' in page
    assert 'value="97,5" aria-describedby="service_percent-help"' in page
    assert 'value="1.200" data-pack-size="12"' in page


def test_files_of_the_job_are_linked_with_the_order_of_each_supplier_for_who_only_looks(keyed: tuple[Api, dict[str, str]]) -> None:
    api, secrets = keyed
    job = made(api)
    sign_in(api, secrets["read"])

    page = text(api, BUY)

    for name in ("recommendations.xlsx", "recommendations.csv", "orders/North.xlsx", "orders/North.csv"):
        assert f'href="/jobs/{job}/artifacts/{name}"' in page


def test_a_question_starts_the_same_job_as_the_contract_and_leads_to_it(api: Api) -> None:
    made(api)

    answer = api.client.post(ASK, data={"question": " What will run out? "}, headers=OWN)

    job = api.jobs.page(kind=QUESTION).jobs[0]
    assert answer.headers["Location"] == f"{ASK}?job={job.id}"
    assert job.params == api.submit(QUESTION, params={"question": "What will run out?", "company": "shop"})["params"]
    assert api.client.post(ASK, data={"question": "  "}, headers=OWN).status_code == 422


def test_a_question_that_is_sent_twice_is_asked_once_and_again_after_its_answer(api: Api) -> None:
    made(api)
    sent = {"question": "What will run out?", "key": "k", "after": ""}

    def ask(**more: str) -> str:
        return str(api.client.post(ASK, data={**sent, **more}, headers=OWN).headers["Location"])

    first, second = ask(), ask()
    after = {"after": first.rpartition("=")[2]}
    third = ask(**after)  # a second click that came after the answer
    time.sleep(DOUBLE_CLICK_MS / 1000)
    stale, later = ask(), ask(**after)

    assert first == second == third == stale != later
    assert len(api.jobs.page(kind=QUESTION).jobs) == 2
    page = text(api, first)
    assert 'id="key" name="key"' in page
    assert f'id="after" name="after" value="{first.rpartition("=")[2]}"' in page


def test_a_term_that_cannot_be_is_called_as_on_the_page_and_by_the_contract_as_its_field(api: Api) -> None:
    made(api)

    said = {accept: api.client.post(BUY, data={**TERMS, "months": "30"}, headers={**OWN, "Accept-Language": "es", "Accept": accept})
            for accept in ("text/html", "application/json")}

    assert "Tiene que durar: tiene que ser 24 o menos" in said["text/html"].text
    assert "params.months" not in said["text/html"].text
    assert said["application/json"].json["errors"][0]["field"] == "params.months"


def test_an_answer_stands_under_what_was_understood_with_its_table_and_the_questions_before(api: Api) -> None:
    made(api)
    job = an_answer(api.jobs, api.objects, "How much?", ANSWER)
    an_answer(api.jobs, api.objects, "And <b>now</b>?", ANSWER)

    page = text(api, f"{ASK}?job={job}")

    assert page.index("Dec 1, 2026 – Dec 31, 2026") < page.index("I expect about 5 units.") < page.index("<td>A-1</td>")
    assert "And &lt;b&gt;now&lt;/b&gt;?" in page
    assert page.index("And &lt;b") < page.rindex("How much?")


def test_an_article_that_is_not_sure_is_a_button_that_asks_again_with_it(api: Api) -> None:
    made(api)
    candidates = [{"asked": "lamp", "item": "L-1", "item_name": "Lamp \"1\"", "score": 80.0}]
    job = an_answer(api.jobs, api.objects, "How many lamp?", {**ANSWER, "candidates": candidates})

    page = text(api, f"{ASK}?job={job}")

    assert 'value="How many L-1?"' in page
    assert "Lamp &#34;1&#34; (L-1)" in page


def test_the_role_read_sees_lists_and_answers_and_no_button_that_submits(keyed: tuple[Api, dict[str, str]]) -> None:
    api, secrets = keyed
    job = made(api)
    answered = an_answer(api.jobs, api.objects, "How much?", {**ANSWER, "candidates": [{"asked": "a", "item": "B", "item_name": None, "score": 1.0}]})
    sign_in(api, secrets["read"])

    for address in (BUY, f"{ASK}?job={answered}"):
        page = text(api, address)
        assert 'action="/forecasts/shop/buy" ' not in page.replace('method="get" action="/forecasts/shop/buy" ', "")
        assert 'action="/forecasts/shop/ask"' not in page
        assert "data-item=" not in page
    assert items(text(api, BUY)) == ["A-1", "B-2"]
    for address, data in ((BUY, TERMS), (f"{BUY}/export", {"job": job}), (ASK, {"question": "?"})):
        assert api.client.post(address, data=data, headers=OWN).status_code == 403

    sign_in(api, secrets["submit"])
    assert api.client.post(f"{BUY}/export", data={"job": job}, headers=OWN).status_code == 200
    assert "data-item=" in text(api, BUY)
