"""The buyer's pages: companies, their data, training, accuracy, and what is expected of each article."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from storage.api_keys import KeyStore
from storage.objects import open_store
from tests.browser.companies import car_parts, carry_out, put_company, send, small_sales, train_company
from tests.browser.conftest import DESKTOP, PHONE, Console, open_page, picture, running_console, settled, violations
from tests.jobs.forecasting.sales import promoted_sales
from tests.services import Valkey

XSS = "<img src=x onerror=alert(1)>'\"><script>alert(1)</script>{{7*7}}"


@pytest.fixture
def expected_errors() -> list[str]:
    return ["422", "Failed to load resource", "ERR_"]


def csv(folder: Path, content: bytes, name: str = "ventas.csv") -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def test_the_buyer_creates_a_company_uploads_sales_and_trains(console: Console, page: Page, tmp_path: Path, shared_data: Path) -> None:
    console.worker("cpu@here", "cpu")
    open_page(page, console.url)
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Forecasts").click()
    expect(page.get_by_text("There is no company yet.")).to_be_visible()
    picture(page, "forecasts-empty")
    assert violations(page) == []
    page.reload()  # a picture leaves styles on what is typed in, which the policy forbids to take over

    page.get_by_label("Name").fill("Repuestos Andinos")
    page.get_by_label("Short id").fill("andes")
    page.get_by_label("Tax number").fill("NIT 900.123")
    page.get_by_label("Country").select_option("CO")
    expect(page.get_by_label("Currency")).to_have_value("COP")
    page.get_by_role("button", name="Create the company").click()
    expect(page.locator("#company-nit-fault")).to_contain_text("digits only, 1 to 20 of them: leave letters and signs out")
    expect(page.get_by_label("Name")).to_have_value("Repuestos Andinos")
    assert violations(page) == []
    page.get_by_label("Tax number").fill("900.123.456")
    page.get_by_role("button", name="Create the company").click()

    expect(page.get_by_text("The sales of this company are not here yet.")).to_be_visible()
    picture(page, "company-empty")
    assert violations(page) == []
    page.locator("#file").set_input_files(csv(tmp_path, car_parts(shared_data)))
    page.get_by_role("button", name="Upload").click()

    expect(page.get_by_text("ventas.csv is here: 2,040 rows.")).to_be_visible()
    expect(page.get_by_text("the rows are monthly sums, and stay so")).to_be_visible()
    expect(page.locator(".bars canvas")).to_be_visible()
    page.get_by_role("button", name="Train").click()

    expect(page.get_by_role("heading", name="The model is being trained")).to_be_visible()
    job = console.jobs.page().jobs[0]
    assert (job.kind, job.params["company"]) == ("forecasting.train", "andes")
    carry_out(console, job.id)
    expect(page.get_by_role("heading", name="How good it is")).to_be_visible()
    expect(page.locator(".fan canvas")).to_be_visible()
    expect(page.get_by_role("link", name="Buy list")).to_have_attribute("href", "/forecasts/andes/buy")


def test_a_form_that_comes_back_copies_no_style_that_a_browsers_tool_gave_its_fields(console: Console, page: Page) -> None:
    open_page(page, f"{console.url}/forecasts")
    page.locator("#company-nit").fill("none")
    page.evaluate("document.getElementById('company-nit').style.width = '300px'")  # as password managers and screenshots do

    page.get_by_role("button", name="Create the company").click()

    expect(page.locator("#company-nit-fault")).to_be_visible()
    expect(page.locator("#company-nit")).to_have_value("none")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_companys_page_is_clean_and_fits_the_screen(
    console: Console, new_page: Callable[..., Page], shared_data: Path, theme: str,
) -> None:
    put_company(console)
    put_company(console, "new", nit="800", name="A company without sales")
    send(console, car_parts(shared_data))
    send(console, b"item,on_hand,supplier\n21029627,4,Norte\n21029628,-1,Sur\n21029628,2,Sur\n", "stock", name="existencias.csv")
    train_company(console)
    found = []
    for width, viewport in (("desktop", DESKTOP), ("phone", PHONE)):
        page = new_page(viewport=viewport, color_scheme=theme, locale="es-CO" if theme == "dark" else "en-US")
        for name, path in (("forecasts", "/forecasts"), ("company", "/forecasts/andes")):
            open_page(page, console.url + path)
            if name == "company":
                page.locator(".fan canvas").wait_for()
                page.locator(".fan details summary").first.click()
            picture(page, f"{name}-{theme}-{width}")
            found += [f"{name} {width}: {violation}" for violation in violations(page)]
            if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
                found.append(f"{name} {width}: wider than the screen")

    assert found == []


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_companys_long_name_hides_nothing_else(console: Console, new_page: Callable[..., Page], viewport: dict[str, int]) -> None:
    page = new_page(viewport=viewport)
    put_company(console, nit="800", name="Bodega del Sur")
    put_company(console, "new", name="Repuestos" * 22)
    for address in ("/forecasts/new", "/forecasts/new/buy", "/forecasts/new/ask", "/forecasts"):
        open_page(page, f"{console.url}{address}")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, address

    table = page.locator("table.companies")
    assert table.evaluate("table => table.scrollWidth - table.parentElement.clientWidth") <= 0
    expect(table.get_by_role("link", name="upload the sales").last).to_be_in_viewport(ratio=1)
    picture(page, f"forecasts-long-name-{viewport['width']}")


def test_an_article_is_found_and_drawn_and_the_address_keeps_it(console: Console, page: Page, shared_data: Path) -> None:
    put_company(console)
    send(console, car_parts(shared_data))
    train_company(console)
    open_page(page, f"{console.url}/forecasts/andes")
    caption = page.locator(".fan figcaption")
    expect(caption).to_have_text("All articles")
    choices = page.get_by_role("navigation", name="What is drawn")
    choices.get_by_role("link", name="Frenos").click()
    expect(caption).to_have_text("Frenos")

    name = choices.get_by_role("link", name=re.compile("Pieza")).nth(3).inner_text().split("\n")[0]
    page.get_by_role("searchbox", name="Find an article").press_sequentially(name.lower()[-4:])

    expect(caption).to_contain_text(name)
    expect(choices.get_by_role("link", name="Frenos")).to_have_count(0)
    expect(page.get_by_role("searchbox", name="Find an article")).to_be_focused()
    page.get_by_text("The numbers").click()
    expect(page.get_by_role("region", name="Table of the forecast").get_by_role("row")).to_have_count(4)
    page.reload()
    expect(caption).to_contain_text(name)
    expect(page.locator(".fan canvas")).to_be_visible()
    settled(page)  # a refresh takes what is read off the chart away
    page.locator(".fan .u-over").hover()
    expect(page.locator(".fan [data-readout]")).to_contain_text("sold")


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_no_label_of_a_chart_is_cut(console: Console, new_page: Callable[..., Page], viewport: dict[str, int]) -> None:
    page = new_page(viewport=viewport, locale="es-CO")
    put_company(console)
    send(console, small_sales(months=34))
    train_company(console)
    page.add_init_script("""window.drawn = []; const fill = CanvasRenderingContext2D.prototype.fillText;
        CanvasRenderingContext2D.prototype.fillText = function (text, x, ...rest) {
          const half = this.measureText(text).width / 2;
          if (this.textAlign === "center") drawn.push([text, x - half, this.canvas.width - x - half]);
          fill.call(this, text, x, ...rest); };""")

    open_page(page, f"{console.url}/forecasts/andes")
    page.locator(".fan canvas").wait_for()

    labels = page.evaluate("drawn")
    assert "ene 2024" in [text for text, *_ in labels]
    assert [label for label in labels if min(label[1:]) < 0] == []
    picture(page, f"forecasts-labels-{viewport['width']}")


def test_columns_of_other_names_are_chosen_by_hand(console: Console, page: Page, tmp_path: Path) -> None:
    put_company(console)
    odd = small_sales().replace(b"date,item,quantity,item_name", b"when,thing,how many,called")
    open_page(page, f"{console.url}/forecasts/andes")
    page.locator("#file").set_input_files(csv(tmp_path, odd))
    page.get_by_role("button", name="Upload").click()

    expect(page.get_by_role("alert")).to_contain_text("The file has no column for date, item, quantity")
    picture(page, "company-mapping")
    assert violations(page) == []
    for name, column in (("date", "when"), ("item", "thing"), ("quantity", "how many"), ("item_name", "called")):
        page.locator(f"#mapping-{name}").select_option(column)
    page.get_by_role("button", name="Upload").click()

    expect(page.get_by_text("ventas.csv is here: 108 rows.")).to_be_visible()


def test_a_model_that_has_to_be_told_the_future_asks_for_it_and_forecasts_on_demand(console: Console, page: Page) -> None:
    put_company(console)
    past, future = (table.with_columns(date=table["date"].dt.offset_by("1y")) for table in promoted_sales(400))
    send(console, past.write_csv().encode())
    send(console, future.write_csv().encode(), "future", name="promociones.csv")
    train_company(console, regressors=["promo"], horizon=14)
    open_page(page, f"{console.url}/forecasts/andes")
    expect(page.get_by_text("The history is here")).to_be_visible()
    expect(page.locator(".fan canvas")).to_be_visible()
    page.get_by_text("Events", exact=True).click()
    expect(page.locator(".events")).to_contain_text("promo")
    expect(page.locator(".events")).to_contain_text("Inmaculada")

    page.get_by_role("button", name="Forecast now").click()
    expect(page.get_by_role("heading", name="The forecast is being made")).to_be_visible()
    carry_out(console, console.jobs.page(kind="forecasting.predict").jobs[0].id)

    expect(page.get_by_text("Next 14 days")).to_be_visible()
    page.get_by_role("navigation", name="What is drawn").get_by_role("link", name="i0").click()
    expect(page.locator(".fan figcaption")).to_have_text("i0")
    expect(page.locator(".fan canvas")).to_be_visible()
    picture(page, "company-daily")
    page.get_by_role("button", name="Show the whole history").click()
    expect(page.get_by_role("button", name="Show the last part")).to_be_visible()
    assert violations(page) == []


def test_a_failed_training_and_a_missing_worker_are_said(console: Console, page: Page) -> None:
    put_company(console)
    send(console, small_sales())
    job = console.submit("forecasting.train", "cpu", {"company": "andes"})
    open_page(page, f"{console.url}/forecasts/andes")
    expect(page.get_by_text("No worker serves queue cpu now")).to_be_visible()

    console.worker("cpu@here", "cpu")
    fence = console.start(job).fence
    expect(page.get_by_text("No worker serves queue cpu now")).to_have_count(0)
    console.jobs.publish(job, fence, [("progress", {"fraction": 0.5, "stage": "backtest", "message": "fold 2 of 3"})])
    expect(page.locator(f"[data-job='{job}'] [data-stage]")).to_have_text("backtest")
    console.fail_running(job, fence, "There are 4 months of sales; a horizon of 3 needs at least 9.")

    expect(page.get_by_label("The last training")).to_contain_text("a horizon of 3 needs at least 9")
    assert violations(page) == []


def test_text_of_others_is_shown_on_the_pages_of_forecasts_and_never_run(console: Console, page: Page) -> None:
    alerts = []
    page.on("dialog", lambda d: (alerts.append(d.message), d.dismiss()))
    put_company(console, name=XSS)
    send(console, small_sales(name=XSS).replace(b"item_name", b"category", 1), name=f"{XSS.replace('/', '')}.csv")
    send(console, small_sales(name=XSS), name=f"{XSS.replace('/', '')}.csv")
    train_company(console)
    for path in ("/forecasts", f"/forecasts/andes?q={XSS}", f"/forecasts/andes?show=item:{XSS}", "/forecasts/andes?q=A-1"):
        open_page(page, console.url + path)

    expect(page.locator(".fan figcaption")).to_contain_text(XSS)
    expect(page.locator(".fan canvas")).to_be_visible()
    assert page.locator("img[src=x]").count() == 0
    assert alerts == []


def test_with_the_broker_stopped_a_companys_page_says_so_and_comes_back(tmp_path: Path, new_page: Callable[..., Page]) -> None:
    broker = Valkey(tmp_path / "broker").start()
    with running_console(tmp_path / "home", broker) as console:
        put_company(console)
        stays, late = new_page(), new_page()
        open_page(stays, f"{console.url}/forecasts/andes")
        broker.kill()
        expect(stays.locator("#trouble")).to_be_visible()
        open_page(late, f"{console.url}/forecasts/andes")
        expect(late.get_by_role("heading", name="The broker does not answer")).to_be_visible()

        broker.start()
        expect(stays.locator("#trouble")).to_be_hidden()
        expect(late.get_by_role("heading", name="Upload a file")).to_be_visible()
    broker.stop()


def test_who_may_only_look_gets_no_forms(tmp_path: Path, valkey: Valkey, page: Page) -> None:
    secret = KeyStore(open_store((tmp_path / "objects").as_uri())).create("reader", "read")[1]
    with running_console(tmp_path, valkey) as console:
        page.goto(f"{console.url}/forecasts")
        page.get_by_label("API key").fill(secret)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Forecasts")).to_be_visible()
        expect(page.get_by_text("Somebody whose key may submit")).to_be_visible()
        expect(page.get_by_role("button", name="Create the company")).to_have_count(0)
