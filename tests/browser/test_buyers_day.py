"""The buyer's whole day from an empty system, with a real worker on real sales: company, files, training, buy list, questions."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Console, open_page, picture, picture_for_readme
from tests.browser.test_buy import real_sales
from tests.workers.conftest import Plant

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
ITEMS = 12
LONG_MS = 120_000


@pytest.fixture
def plant(console: Console) -> Iterator[Plant]:
    """The console's installation with a worker."""
    plant = Plant(console.home, console.valkey)
    plant.start_worker(LEASE_S="30")
    yield plant
    plant.stop()


def upload(page: Page, kind: str, file: Path) -> None:
    """Send a file on the company's page, and see it arrive."""
    page.get_by_role("radio", name=kind).check()
    page.locator("#file").set_input_files(file)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text(f"{file.name} is here:")).to_be_visible()


def test_from_the_first_file_to_an_order_and_answers(console: Console, plant: Plant, page: Page, tmp_path: Path, shared_data: Path) -> None:
    files = {name: tmp_path / f"{name}.csv" for name in ("sales", "stock")}
    for table, file in zip(real_sales(shared_data, ITEMS), files.values(), strict=True):
        table.write_csv(file)

    # the empty system leads to a company
    open_page(page, console.url)
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Forecasts").click()
    expect(page.get_by_text("There is no company yet.")).to_be_visible()
    page.get_by_label("Name").fill("Faros & Hijos")
    page.get_by_label("Short id").fill("faros")
    page.get_by_label("Tax number").fill("900123456")
    page.get_by_label("Country").select_option("CO")
    page.get_by_role("button", name="Create the company").click()

    # its sales and its stock are read and told about
    expect(page.get_by_text("The sales of this company are not here yet.")).to_be_visible()
    upload(page, "Sales", files["sales"])
    expect(page.get_by_text(f"{ITEMS * 51:,} rows").first).to_be_visible()
    upload(page, "Stock", files["stock"])

    # a model is trained, and watched to its end
    page.get_by_text("Choices").click()
    page.get_by_label("How far ahead").fill("1")
    page.get_by_role("button", name="Train").click()
    expect(page.get_by_role("heading", name="The model is being trained")).to_be_visible()
    expect(page.locator("[data-job] [data-stage]")).not_to_be_empty(timeout=LONG_MS)
    expect(page.get_by_role("heading", name="How good it is")).to_be_visible(timeout=LONG_MS)
    expect(page.get_by_text("the model was off by")).to_be_visible()
    expect(page.locator(".fan canvas")).to_be_visible()
    picture(page, "buyers-day-company")

    # the buy list is made, a quantity put right by hand, and what is to be ordered taken along
    page.get_by_role("link", name="Buy list").click()
    expect(page.get_by_role("heading", name="Buy list")).to_be_visible()
    page.wait_for_selector("body[data-ready]")
    page.get_by_role("button", name="Make the list").click()
    rows = page.locator("tr.line")
    expect(rows.first).to_be_visible()
    expect(page.get_by_text("A lower service level buys less")).to_be_visible()
    page.get_by_label("Service level").last.fill("80")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="What changed")).to_be_visible(timeout=LONG_MS)
    page.locator(".show").get_by_role("link", name="All articles").click()
    expect(page.locator(".show [aria-current]")).to_contain_text("All articles")
    expect(rows).to_have_count(ITEMS)
    rows.nth(1).locator("button.why").click()
    expect(page.locator(".why-line .sum").nth(1)).to_be_visible()
    field = rows.first.locator("input[data-item]")
    item = field.get_attribute("data-item")
    field.fill("24")
    expect(page.locator("#edits")).to_contain_text("Changed by hand: 1")
    page.get_by_text("What if …").click()
    picture_for_readme(page, "buy-list", height=1100)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export what is to be ordered (CSV)").click()
    with Path(download.value.path()).open(encoding="utf-8-sig") as content:
        ordered = {row["item"]: float(row["quantity"]) for row in csv.DictReader(content)}
    assert ordered[str(item)] == 24
    assert len(ordered) <= ITEMS
    assert all(quantity > 0 for quantity in ordered.values())

    # questions are answered in the language they are asked in, and what was understood stands above the answer
    page.get_by_role("link", name="Ask a question").click()
    for question, understood, answer in (
            ("¿Cuánto se va a vender en los próximos 2 meses?", "how much sells", "Entendí que quieres saber"),
            ("What are the 3 best sellers of this year?", "what sells the most", "I understood that you want to know")):
        page.get_by_label("What do you want to know?").fill(question)
        page.keyboard.press("Enter")
        expect(page.locator(".asked")).to_have_text(question)
        expect(page.locator(".understood")).to_be_visible()
        expect(page.locator(".answer")).to_contain_text(answer)
        expect(page.locator(".understood")).to_contain_text(understood)
    expect(page.locator(".questions li")).to_have_count(2)
    picture(page, "buyers-day-ask")
