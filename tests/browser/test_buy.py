"""The buy list and the box for questions: a buyer's work with a real worker on real sales, and the pages by themselves."""

import csv
import io
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from playwright.sync_api import Page, Route, expect

from api.client import Client
from jobs.settings import load_settings
from storage.api_keys import KeyStore
from storage.models import Models
from storage.objects import open_store
from tests.api.console.lists import LIST, MODEL, a_company, a_list, an_answer, line
from tests.browser.conftest import DESKTOP, LONG_MS, PHONE, Console, open_page, picture, quickest, running_console, violations
from tests.services import Valkey, wait_until
from tests.workers.conftest import Plant

ITEMS = 120
XSS = "<img src=x onerror=alert(1)>\"'><script>alert(1)</script>{{7*7}}"
ANSWER: dict[str, Any] = {
    "intent": "demand", "explanation": "I understood that you want to know how much sells. I expect about 5 units to be sold.",
    "understood": {"start": "2026-12-01", "end": "2026-12-31", "compare_start": None, "compare_end": None, "items": ["A-1", "A-2"],
                   "budget": None, "limit": None, "language": "en"},
    "data": {"units": 5.0, "items": [{"item": f"A-{n}", "item_name": f"Part {n}", "units": 5.0 - n} for n in range(1, 5)]},
    "candidates": [{"asked": "part", "item": "A-1", "item_name": "Part 1", "score": 90.0}]}


@pytest.fixture
def expected_errors() -> list[str]:
    return ["422", "ERR_", "Failed to load resource"]


# With a real worker: one shop that has trained on real sales, for all of these tests.

@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Iterator[tuple[Plant, Client]]:
    """A company `shop` with a model of the 120 parts that sold most, its stock, a worker, and an API."""
    folder = tmp_path_factory.mktemp("shop")
    broker = Valkey(folder / "broker").start()
    home = folder / "home"
    home.mkdir()
    plant = Plant(home, broker)
    with running_console(home, broker) as console:
        client = Client(console.url)
        client.set_company("shop", {"nit": "900123456", "name": "North & Sons", "country": "CO", "currency": "COP"})
        sales, stock = real_sales(shared_data, ITEMS)
        for table, kind in ((sales, "sales"), (stock, "stock")):
            table.write_csv(folder / f"{kind}.csv")
            client.upload(folder / f"{kind}.csv", type=kind, company="shop")
        plant.start_worker("cpu,cpu.fast", LEASE_S="30")
        done = client.wait(client.submit("forecasting.train", {"company": "shop", "folds": 1})["id"])
        assert done["state"] == "succeeded", done["error"]
        yield plant, client
    plant.stop()
    broker.stop()


def real_sales(shared_data: Path, items: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Monthly sums of the car parts that sold most, with names and costs, moved to end in October 2026; and a stock of them by two suppliers."""
    wide = pl.read_csv(shared_data / "carparts.csv", infer_schema_length=None, null_values=["NA", ""]).drop_nulls()
    wide = wide.with_columns(sold=pl.sum_horizontal(wide.columns[1:])).sort("sold", descending=True).head(items).drop("sold")
    long = wide.unpivot(index="Part", variable_name="month", value_name="quantity").with_columns(number=pl.col("Part") % 97)
    sales = long.select(
        date=pl.concat_str(pl.lit("01-"), "month").str.to_date("%d-%b-%y").dt.offset_by("295mo"), item="Part", quantity="quantity",
        item_name=pl.concat_str(pl.lit("Lamp "), pl.col("Part").cast(pl.String).str.tail(4)), category=pl.lit("lamps"),
        unit_price=2000 + 150 * pl.col("number"), unit_cost=1000 + 100 * pl.col("number"))
    stock = wide.select(item="Part", on_hand=pl.col("Part") % 5, supplier=pl.when(pl.col("Part") % 2 == 0).then(pl.lit("North")).otherwise(
        pl.lit("South")), pack_size=pl.lit(6))
    return sales, stock


def slide(page: Page, name: str, value: float) -> None:
    """Move a slider as a person does who lets go of it there."""
    page.evaluate("""([name, value]) => {
        const slide = document.getElementById(name + "-slide");
        slide.value = value;
        for (const type of ["input", "change"]) slide.dispatchEvent(new Event(type, { bubbles: true }));
    }""", [name, value])


def shown_list(page: Page) -> str:
    return page.get_attribute("#live", "data-list") or ""


def answered_in(page: Page, name: str, value: float) -> float:
    """Seconds from letting a slider go until another list stands on the page, by the page's own clock."""
    return float(page.evaluate("""async ([name, value]) => {
        const live = document.getElementById("live"), before = live.dataset.list, slide = document.getElementById(name + "-slide");
        const seen = new Promise((done, fail) => { setTimeout(() => fail("no other list came"), 60000); new MutationObserver((_, watch) => {
            if (live.dataset.list !== before) { watch.disconnect(); requestAnimationFrame(() => done(performance.now())); }
        }).observe(live, { attributes: true }); });
        const from = performance.now();
        slide.value = value;
        for (const type of ["input", "change"]) slide.dispatchEvent(new Event(type, { bubbles: true }));
        return (await seen) - from;
    }""", [name, value])) / 1000


def test_a_buyer_makes_a_list_plays_with_it_edits_it_and_exports_it(trained: tuple[Plant, Client], page: Page) -> None:
    _, client = trained
    base = client.url + "/forecasts/shop/buy"
    open_page(page, base)
    expect(page.get_by_text("No list was made of this company's model yet.")).to_be_visible()
    page.get_by_role("button", name="Make the list").click()
    expect(page.locator("tr.line").first).to_be_visible(timeout=LONG_MS)
    first = shown_list(page)
    result = client.job(first)["result"]
    expect(page.locator('[data-total="articles"]')).to_have_text(str(result["items_recommended"]))
    expect(page.locator("tr.line")).to_have_count(min(100, result["rows_total"]))

    # each quantity opens its own sum
    advised = result["recommendations"][0]
    page.locator("button.why").first.click()
    expect(page.locator(".why-line .sum").first).to_have_text(advised["reason"])

    # a quantity that is changed by hand stays through what-if, sorting and a reload, and counts in the totals
    item = next(row for row in result["recommendations"] if row["quantity"])
    field = page.locator(f'input[data-item="{item["item"]}"]')
    field.fill("17")
    money = result["investment_total"] + (17 - item["quantity"]) * item["unit_cost"]
    expect(page.locator('[data-total="investment"]')).to_have_text(f"{money:,.0f}")
    expect(page.locator("#edits")).to_contain_text("Changed by hand: 1")
    levels = iter((80, 85, 90, 92))
    assert quickest("what-if", 4, lambda: answered_in(page, "service_percent", next(levels))) < 1.0
    assert shown_list(page) != first
    page.locator("thead").get_by_role("link", name="Investment").click()
    page.wait_for_url(re.compile("sort=-investment"))
    expect(field).to_have_value("17")
    sorted_one = shown_list(page)
    slide(page, "service_percent", 95)
    expect(page.locator("#live")).not_to_have_attribute("data-list", sorted_one, timeout=LONG_MS)
    expect(page).to_have_url(re.compile("sort=-investment"))
    page.reload()
    expect(field).to_have_value("17")
    expect(page.locator("tr.edited")).to_have_count(1)

    with page.expect_download() as download:
        page.get_by_role("button", name="Export what is to be ordered (CSV)").click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8-sig"))))
    edited = next(row for row in rows if row["item"] == item["item"])
    assert (edited["quantity"], float(edited["investment"])) == ("17", 17 * item["unit_cost"])
    picture(page, "buy-real")

    page.get_by_role("button", name="Discard them all").click()
    expect(field).not_to_have_value("17")
    expect(page.locator("#edits")).to_be_hidden()


def test_a_budget_limits_the_list_and_what_changed_is_said(trained: tuple[Plant, Client], page: Page) -> None:
    _, client = trained
    job = client.wait(client.submit(LIST, {"model": MODEL})["id"])
    budget = round(job["result"]["investment_total"] / 3)
    open_page(page, client.url + "/forecasts/shop/buy")

    page.get_by_label("Budget").last.fill(str(budget))
    page.keyboard.press("Enter")

    expect(page.get_by_text(f"of {budget:,} COP")).to_be_visible(timeout=LONG_MS)
    made = client.job(shown_list(page))
    assert made["params"]["budget"] == budget
    assert made["result"]["investment_total"] <= budget
    page.get_by_role("link", name="Which, and why").click()
    expect(page.locator(".why-line").first).to_contain_text("budget none →")


def test_a_question_is_answered_and_asked_back(trained: tuple[Plant, Client], new_page: Callable[..., Page]) -> None:
    _, client = trained
    page = new_page(locale="es-CO")
    open_page(page, client.url + "/forecasts/shop/ask")
    page.get_by_role("button", name="Compara este mes con el mes pasado").dblclick(delay=120)
    expect(page.locator(".answer")).to_contain_text("Entendí que quieres saber", timeout=LONG_MS)
    expect(page.locator(".understood")).to_contain_text("cómo se comparan dos épocas")
    picture(page, "ask-real-spanish")

    code = next(row["item"] for row in client.wait(client.submit(LIST, {"model": MODEL})["id"])["result"]["recommendations"])
    page.get_by_label("¿Qué quieres saber?").fill(f"How much will lamp {code[-4:-1]} sell next month?")
    page.get_by_role("button", name="Preguntar", exact=True).dblclick(delay=120)
    expect(page.get_by_role("heading", name="¿Cuál quieres decir?")).to_be_visible(timeout=LONG_MS)
    page.get_by_role("button", name=f"({code})").click()
    expect(page.locator(".understood")).to_contain_text(code, timeout=LONG_MS)
    expect(page.locator(".answer")).to_contain_text("I expect about")
    expect(page.locator(".questions li")).to_have_count(3)


def test_while_the_worker_does_not_move_the_old_list_stays_and_the_new_one_comes_by_itself(trained: tuple[Plant, Client], page: Page) -> None:
    plant, client = trained
    old = client.wait(client.submit(LIST, {"model": MODEL})["id"])["id"]
    open_page(page, client.url + "/forecasts/shop/buy")
    plant.workers[-1].signal(signal.SIGSTOP)

    slide(page, "service_percent", 88)

    expect(page.get_by_label("The list that is being made")).to_be_visible()
    assert shown_list(page) == old
    expect(page.locator("tr.line").first).to_be_visible()
    picture(page, "buy-no-worker")

    plant.workers[-1].signal(signal.SIGCONT)
    expect(page.get_by_label("The list that is being made")).to_be_hidden()
    assert client.job(shown_list(page))["params"]["service_level"] == 0.88


# Without a worker: lists and answers that stand in the store.

def filled(console: Console) -> dict[str, str]:
    """A company with a list of every sort of line, the one before it, and answers; gives the pages to look at, by name."""
    objects = open_store((console.home / "objects").as_uri())
    settings = load_settings({"NORIA_HOME": str(console.home), "REDIS_URL": console.valkey.url})
    a_company(objects, console.jobs, settings)
    a_list(console.jobs, objects, [line(f"A-{n}", 12.0) for n in range(1, 9)])
    a_list(console.jobs, objects, [
        line("A-1", 96.0, exceptions=["stockout"], days_of_stock=2.0, on_hand=4.0), line("A-2", 40.0, unit_cost=None, investment=0.0,
        exceptions=["no_cost"]), line("A-3", 10.0, exceptions=["new"], confidence="low", item_name="A lamp with quite a long name, for the left side"),
        line("A-4", 0.0, exceptions=["overstock"], on_hand=900.0), line("A-5", 0.0, exceptions=["dead"], on_hand=7.0), line("A-6", 12.0),
        *(line(f"B-{n}", 24.0, supplier="South") for n in range(1, 9))],
        warnings=["More is ordered than was sold in the last twelve months, of 3 of the 130 items to order: Lamp, Nut, Bolt. Ask for a lower service level."], budget=4e6)
    answered = an_answer(console.jobs, objects, "How much will part sell in December?", ANSWER)
    console.worker("fast@here", "cpu.fast")
    waits = console.submit(LIST, "cpu.fast", {"model": MODEL, "language": "en"})
    console.jobs.publish(waits, console.start(waits).fence, [("progress", {"fraction": 0.4, "stage": "forecast", "message": ""})])
    return {"buy": "/forecasts/shop/buy", "buy-pending": f"/forecasts/shop/buy?job={waits}", "ask": f"/forecasts/shop/ask?job={answered}"}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_are_clean_for_axe_and_fit_the_screen(console: Console, new_page: Callable[..., Page], theme: str) -> None:
    pages, found = filled(console), []
    for width, viewport in (("desktop", DESKTOP), ("phone", PHONE)):
        page = new_page(traced=False, viewport=viewport, color_scheme=theme)
        for name, path in pages.items():
            if name == "buy-pending" and theme == "dark":
                continue
            open_page(page, console.url + path)
            if name == "buy":
                page.locator("button.why").first.click()
                page.locator("input[data-item]").nth(2).fill("7")
                expect(page.locator("#edits")).to_be_visible()
            page.evaluate("scrollTo(0, 0)")
            picture(page, f"{name}-{theme}-{width}")
            found += [f"{name} {width}: {violation}" for violation in violations(page)]
            if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
                found.append(f"{name} {width}: wider than the screen")
        page.context.close()

    assert found == []


def test_a_newer_list_comes_by_itself_and_takes_no_edit_with_it(console: Console, page: Page) -> None:
    filled(console)
    open_page(page, console.url + "/forecasts/shop/buy?show=order")
    old, field = shown_list(page), page.locator('input[data-item="A-6"]')
    field.fill("13")
    other = page.locator('input[data-item="B-7"]')
    other.focus()

    objects = open_store((console.home / "objects").as_uri())
    new = a_list(console.jobs, objects, [line("A-6", 36.0), line("B-7", 48.0)])

    expect(page.locator("#live")).to_have_attribute("data-list", new)
    assert new != old
    expect(field).to_have_value("13")
    expect(page.locator("#line-A-6")).to_contain_text("advised: 36")
    expect(page.locator("#line-A-6 [data-investment]")).to_have_text("13,000")
    expect(page.locator('[data-total="units"]')).to_have_text("61")
    expect(other).to_be_focused()
    page.get_by_role("button", name="Back to the advised quantity of Part A-6").click()
    expect(field).to_have_value("36")


def test_a_list_of_2700_articles_is_quick_and_goes_on_as_one_scrolls(console: Console, page: Page) -> None:
    objects = open_store((console.home / "objects").as_uri())
    a_company(objects, console.jobs, load_settings({"NORIA_HOME": str(console.home), "REDIS_URL": console.valkey.url}))
    a_list(console.jobs, objects, [line(f"A-{n:04}", float(n % 90), exceptions=["stockout"] if n % 9 == 0 else []) for n in range(2700)])
    open_page(page, console.url + "/forecasts/shop/buy?show=all")
    expect(page.locator("tr.line")).to_have_count(100)

    page.locator("tr.more").scroll_into_view_if_needed()
    expect(page.locator("tr.line")).to_have_count(200)

    def find(code: str) -> None:
        page.get_by_role("searchbox", name="Find").fill(code)
        expect(page.locator("tr.line")).to_have_count(1)
        expect(page.locator("tr.line")).to_contain_text(code.upper())

    codes = iter(["a-2699", "a-2698", "a-2697"])
    assert quickest("an article found among 2,700", 3, lambda: find(next(codes))) < 1.0
    page.get_by_role("searchbox", name="Find").fill("")
    expect(page.locator("tr.line")).to_have_count(100)
    page.get_by_role("link", name="Will run out 300").click()
    page.wait_for_url(re.compile("show=stockout"))
    expect(page.locator(".show [aria-current]")).to_have_text("Will run out 300")
    expect(page.locator("tr.line")).to_have_count(100)


def test_a_worker_that_goes_while_a_list_waits_is_said_without_a_reload(console: Console, page: Page) -> None:
    filled(console)
    waits = console.submit(LIST, "cpu.fast", {"model": MODEL, "language": "en"})
    open_page(page, f"{console.url}/forecasts/shop/buy?job={waits}")
    expect(page.get_by_text("A new list is being made.")).to_be_visible()
    expect(page.get_by_text("No worker serves queue")).to_have_count(0)

    console.jobs.report_worker("fast@here", {"queues": ["cpu.fast"], "slots": 1}, ttl_s=1)

    expect(page.get_by_text("No worker serves queue cpu.fast")).to_be_visible()


def test_a_term_that_cannot_be_is_said_and_the_list_stays(console: Console, page: Page) -> None:
    filled(console)
    open_page(page, console.url + "/forecasts/shop/buy")

    page.get_by_label("Service level").last.fill("100")
    page.keyboard.press("Enter")

    expect(page.locator("#said")).to_contain_text("more than 0 and less than 100")
    expect(page.locator("tr.line").first).to_be_visible()


def test_quantities_are_read_in_the_pages_language_and_what_is_none_is_refused_at_its_field(console: Console, new_page: Callable[..., Page]) -> None:
    filled(console)
    page = new_page(locale="es-CO")
    open_page(page, console.url + "/forecasts/shop/buy")
    field, line_, fault = (page.locator(place) for place in ('input[data-item="B-1"]', "#line-B-1", "#line-B-1 [data-fault]"))

    def type_in(text: str) -> None:
        field.fill(text)
        field.blur()

    type_in("1.000")
    expect(line_.locator("[data-investment]")).to_have_text("1.000.000")
    expect(fault).to_have_text("Empaques de 12: 996 o 1.008.")
    for text, said in (("12,5", "Se vende en unidades enteras."), ("12.5", "«12.5» no es un número aquí; escríbelo así: 12.500,5."), ("-3", "No se puede pedir menos de 0."),
                       ("1000000000000", "Es más de 1.000.000.000: revísalo.")):
        type_in(text)
        expect(field).to_have_value(text)
        expect(fault).to_have_text(f"{said} Mientras no se corrija, cuenta lo sugerido: 24.")
        expect(line_.locator("[data-investment]")).to_have_text("24.000")
    picture(page, "buy-refused-spanish")
    page.get_by_role("button", name="Exportar lo que hay que pedir (CSV)").click()
    expect(page.locator("#said")).to_contain_text("B-1: Es más de 1.000.000.000")
    expect(field).to_be_focused()
    type_in("1.234.560")
    assert field.evaluate("it => it.scrollWidth <= it.clientWidth")
    expect(fault).to_have_text("")


def test_a_budget_of_millions_is_seen_to_its_last_digit_and_a_term_that_is_no_number_makes_no_list(console: Console, new_page: Callable[..., Page]) -> None:
    filled(console)
    page = new_page(locale="es-CO")
    for width in (1280, 1024, 390):
        page.set_viewport_size({"width": width, "height": 860})
        open_page(page, console.url + "/forecasts/shop/buy")
        if width == 390:
            page.locator(".what-if summary").click()
        field = page.locator("#budget")
        field.fill("1.000.000.000.000")
        assert field.evaluate("it => it.scrollWidth <= it.clientWidth"), width
    field.fill("48.000.000,5.1")
    field.press("Tab")
    page.wait_for_timeout(1200)
    assert page.evaluate("document.getElementById('budget').validationMessage") == "«48.000.000,5.1» no es un número aquí; escríbelo así: 12.500,5."
    assert console.jobs.page(kind=LIST, state="queued").jobs == ()


def test_a_double_click_and_a_row_of_arrow_keys_make_one_list_each(console: Console, page: Page) -> None:
    filled(console)
    open_page(page, console.url + "/forecasts/shop/buy")

    page.get_by_role("button", name="Make the list").dblclick()
    page.wait_for_url(re.compile("job="))
    assert len(console.jobs.page(kind=LIST, state="queued").jobs) == 1

    page.locator("#service_percent-slide").focus()
    for _ in range(6):
        page.keyboard.press("ArrowLeft")
    expect(page.locator("#service_percent")).to_have_value("92")
    wait_until(lambda: len(console.jobs.page(kind=LIST, state="queued").jobs) > 1, what="the list of the last arrow key")
    page.wait_for_timeout(1500)
    levels = [job.params["service_level"] for job in console.jobs.page(kind=LIST, state="queued").jobs]
    assert levels == [0.92, 0.95]


def test_a_refresh_that_was_on_its_way_does_not_bring_back_the_question_before(console: Console, page: Page) -> None:
    answered = filled(console)["ask"]
    open_page(page, console.url + answered)
    held: list[Route] = []
    page.route(re.compile(re.escape(answered)), lambda route: held.append(route))
    with page.expect_request(re.compile(re.escape(answered))):
        page.evaluate("noria.refresh()")

    page.get_by_label("What do you want to know?").fill("What sells the least?")
    page.keyboard.press("Enter")
    expect(page.locator(".asked")).to_have_text("What sells the least?")
    with page.expect_response(re.compile(re.escape(answered))):
        held[0].continue_()
    page.wait_for_timeout(300)

    expect(page.locator(".asked")).to_have_text("What sells the least?")
    expect(page.locator(".answer")).to_have_count(0)


def test_the_order_of_a_supplier_takes_along_what_was_changed_by_hand(console: Console, page: Page) -> None:
    objects = open_store((console.home / "objects").as_uri())
    a_company(objects, console.jobs, load_settings({"NORIA_HOME": str(console.home), "REDIS_URL": console.valkey.url}))
    a_list(console.jobs, objects, [line("A-1"), line("B-2", 0.0, supplier="South & Co", exceptions=["overstock"])])
    open_page(page, console.url + "/forecasts/shop/buy")
    south = page.locator("tr[data-supplier='South & Co']")
    expect(south).to_be_hidden()

    page.locator('input[data-item="B-2"]').fill("24")

    expect(south.locator("td").first).to_have_text("1")
    expect(south.locator("td").nth(2)).to_have_text("24,000")
    with page.expect_download() as download:
        page.get_by_role("button", name="Order of South & Co as CSV").click()
    (row,) = csv.DictReader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8-sig")))
    assert (download.value.suggested_filename, row["item"], row["quantity"], row["packs"]) == ("order-shop-South__Co.csv", "B-2", "24", "2")


def test_the_role_read_looks_and_has_nothing_to_press(tmp_path: Path, valkey: Valkey, page: Page) -> None:
    secret = KeyStore(open_store((tmp_path / "objects").as_uri())).create("reader", "read")[1]
    with running_console(tmp_path, valkey) as console:
        pages = filled(console)
        page.goto(console.url + pages["buy"])
        page.get_by_label("API key").fill(secret)
        page.keyboard.press("Enter")
        expect(page.locator("tr.line").first).to_be_visible()
        expect(page.locator("#terms, input[data-item], [data-export]")).to_have_count(0)
        page.locator("button.why").first.click()
        expect(page.locator(".why-line .sum").first).to_be_visible()
        open_page(page, console.url + pages["ask"])
        expect(page.locator(".answer")).to_be_visible()
        expect(page.locator("#live form, main textarea, .ask-box")).to_have_count(0)


def test_text_of_others_is_shown_and_never_run(console: Console, page: Page) -> None:
    alerts = []
    page.on("dialog", lambda d: (alerts.append(d.message), d.dismiss()))
    objects = open_store((console.home / "objects").as_uri())
    a_company(objects, console.jobs, load_settings({"NORIA_HOME": str(console.home), "REDIS_URL": console.valkey.url}), name=XSS)
    a_list(console.jobs, objects, [line(XSS, item_name=XSS, supplier=XSS, category=XSS, reason=XSS, exceptions=["stockout"])], warnings=[XSS])
    answer = {**ANSWER, "explanation": XSS, "candidates": [{"asked": XSS, "item": XSS, "item_name": XSS, "score": 1.0}],
              "data": {"items": [{"item": XSS, "item_name": XSS, "units": 1.0}], "assumptions": [XSS]}}
    job = an_answer(console.jobs, objects, XSS, answer)

    open_page(page, console.url + "/forecasts/shop/buy")
    page.locator("input[data-item]").fill("5")
    expect(page.locator("#edits li")).to_contain_text(XSS)
    expect(page.locator("tr.line")).to_contain_text(XSS)
    open_page(page, f"{console.url}/forecasts/shop/buy?find={XSS}&show={XSS}&sort={XSS}")
    open_page(page, f"{console.url}/forecasts/shop/ask?job={job}")
    expect(page.locator(".answer")).to_contain_text(XSS)

    assert page.locator("img[src=x]").count() == 0
    assert alerts == []
    assert Models(objects, console.jobs).champion(MODEL) == 1
