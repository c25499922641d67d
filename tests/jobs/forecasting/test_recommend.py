"""The purchase job from params to files: what it answers, logs, writes and remembers."""

import io
import json
from datetime import date

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from jobs.context import Company
from jobs.errors import InputError, JobCanceled, NotFound
from jobs.forecasting import recommend, train
from jobs.forecasting.recommend import first_rows
from jobs.memory_context import MemoryContext
from tests.jobs.forecasting.sales import add, add_stock, chance_sales, monthly_sums, recommend_params, store_sales, train_params

STOCK = [{"item": "part 0", "on_hand": 0, "supplier": "=cmd|' /C calc'!A0"}, {"item": "part 1", "on_hand": 90_000, "supplier": "A/B"},
         {"item": "part 2", "on_hand": 60, "pack_size": 12, "supplier": "A/B"}, {"item": "part 3", "on_hand": 90, "supplier": "A B"},
         {"item": "dead", "on_hand": 5, "supplier": "A B"}, {"item": "ghost", "on_hand": 1},
         *({"item": f"part {n}", "on_hand": 40.0 * n} for n in range(4, 8)), {"item": "new", "on_hand": 40}, {"item": "costless", "on_hand": 40}]


@pytest.fixture
def ctx(store) -> MemoryContext:
    """A fresh context that knows the company's model, its sales, and nothing of earlier lists."""
    return MemoryContext(versions=store.versions, datasets=dict(store.datasets))


def run(ctx, **given):
    return recommend.run(recommend_params(**given), ctx)


def csv(ctx, name="recommendations.csv"):
    return pl.read_csv(io.BytesIO(ctx.artifacts[name]), schema_overrides={"item": pl.String})


def test_the_answer_has_the_contracts_names_and_adds_up(ctx):
    add_stock(ctx, STOCK)
    result = run(ctx, stock="stock").model_dump(mode="json", by_alias=True)
    contract = ["item", "item_name", "quantity", "unit_cost", "investment", "forecast", "safety_stock", "on_hand", "on_order", "reorder_point", "reason"]
    assert all(list(row)[:11] == contract for row in result["recommendations"])
    bought = [row for row in result["recommendations"] if row["quantity"] > 0]
    assert result["items_recommended"] == len(bought)
    assert result["quantity_total"] == pytest.approx(sum(row["quantity"] for row in bought))
    assert result["investment_total"] == pytest.approx(sum(row["investment"] for row in bought))
    assert all(row["investment"] == pytest.approx(row["quantity"] * (row["unit_cost"] or 0)) for row in bought)
    assert (result["stock"], result["starts"], result["items"]) == ("stock", "2024-01-01", 11)
    assert result["exceptions"] == {"stockout": 1, "no_cost": 1, "unknown": 0, "new": 1, "overstock": 1, "dead": 1}
    json.dumps(result, allow_nan=False)


def test_a_company_stands_for_its_model(ctx, store):
    ctx.companies |= store.companies
    assert run(ctx, company="acme").recommendations == run(ctx).recommendations


def test_exceptions_come_first_and_what_needs_no_action_is_left_to_the_csv(ctx):
    add_stock(ctx, STOCK)
    result = run(ctx, stock="stock")
    marked = [bool(row.exceptions) for row in result.recommendations]
    assert marked == sorted(marked, reverse=True)
    assert result.recommendations[0].item == "part 0"
    assert csv(ctx).height == 11
    assert result.rows_total == len(result.recommendations)


def test_the_companys_last_stock_is_used_and_without_one_the_answer_says_so(ctx):
    nothing = run(ctx)
    assert nothing.stock is None
    assert any("No stock was given" in sentence for sentence in nothing.assumptions)
    add_stock(ctx, STOCK, name="mine", company="acme")
    assert run(ctx).stock == "mine"


def test_months_are_the_review_period_unless_its_days_are_given(ctx):
    assert run(ctx, months=2).review_period_days == 60.8
    assert run(ctx, months=2, review_period_days=10.0).review_period_days == 10
    assert ctx.params["meses_proyeccion"] == 2


def test_a_recommendation_run_logs_what_the_old_system_logged(ctx):
    result = run(ctx)
    expected = {"modelo_id": "empresa_900123456", "nit_empresa": "900123456", "tipo_prediccion": "recomendaciones",
                "predictor_principal": result.predictor, "meses_proyeccion": 1, "total_predicciones": 11}
    assert ctx.params | expected == ctx.params
    logged = {name: value for name, value, _ in ctx.metrics}
    assert logged == {
        "demanda_total": result.summary.demand_total, "demanda_promedio": result.summary.demand_mean,
        "demanda_maxima": result.summary.demand_max, "demanda_minima": result.summary.demand_min,
        "total_articulos_recomendados": result.items_recommended, "cantidad_total_recomendada": result.quantity_total,
        "inversion_total": result.investment_total}
    assert "stock_sha256" not in ctx.params
    assert csv(ctx)["forecast"].sum() == pytest.approx(logged["demanda_total"])
    document = json.loads(ctx.artifacts["prediction_metadata.json"])
    assert document["inversion_total"] == result.investment_total
    assert document["assumptions"] == list(result.assumptions)


def test_each_supplier_gets_an_order_of_its_own_that_is_safe_to_open(ctx):
    add_stock(ctx, STOCK)
    result = run(ctx, stock="stock")
    files = {order.supplier: order.file for order in result.orders}
    assert files == {None: "orders/no-supplier", "=cmd|' /C calc'!A0": "orders/cmd-C-calc-A0", "A/B": files["A/B"], "A B": files["A B"]}
    assert {files["A/B"], files["A B"]} == {"orders/A-B", "orders/A-B-2"}
    for order in result.orders:
        table = csv(ctx, f"{order.file}.csv")
        assert (table.height, table["quantity"].sum()) == (order.items, order.quantity)
        assert (table["packs"] * table["pack_size"]).to_list() == table["quantity"].to_list()
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(ctx.artifacts[f"{order.file}.xlsx"])).get_sheet_by_name("Order").to_python()
        assert len(sheet) == order.items + 1
    assert "'=cmd|' /C calc'!A0" in csv(ctx)["supplier"].to_list()


def test_what_is_sold_by_weight_has_no_packs_unless_it_is_packed(store):
    # given items that are sold in fractions, of which the stock names one pack
    ctx = MemoryContext(companies=dict(store.companies))
    add(ctx, store_sales().with_columns(quantity=pl.col("quantity") * 0.37), "month", sums=True, company="acme")
    train.run(train_params(company="acme", folds=2), ctx)
    add_stock(ctx, [{"item": "part 1", "on_hand": 0, "pack_size": 2.5}, {"item": "part 2", "on_hand": 0}], company="acme")
    run(ctx)
    order = {row["item"]: row for row in csv(ctx, "orders/no-supplier.csv").to_dicts()}
    assert order["part 1"]["packs"] == order["part 1"]["quantity"] / 2.5
    assert (order["part 2"]["packs"], order["part 2"]["pack_size"]) == (None, None)


def test_more_suppliers_than_files_share_the_last_one(ctx, monkeypatch):
    monkeypatch.setattr(recommend, "MOST_FILES", 2)
    add_stock(ctx, [{"item": f"part {n}", "on_hand": 0, "supplier": f"S{n}"} for n in range(5)])
    result = run(ctx, stock="stock")
    assert [order.file for order in result.orders].count("orders/other-suppliers") == 4
    others = csv(ctx, "orders/other-suppliers.csv")
    assert others.columns[0] == "supplier"
    assert others["quantity"].sum() == sum(order.quantity for order in result.orders[2:])


def workbook(ctx, name="recommendations.xlsx"):
    return CalamineWorkbook.from_filelike(io.BytesIO(ctx.artifacts[name]))


def test_the_workbook_has_what_is_bought_first_and_what_the_budget_leaves_out_on_a_sheet_of_its_own(ctx):
    add_stock(ctx, STOCK)
    for budget in (None, 30.0):
        run(ctx, stock="stock", budget=budget)
        made = {row["item"]: row for row in csv(ctx).to_dicts()}
        book = {name: workbook(ctx).get_sheet_by_name(name).to_python() for name in workbook(ctx).sheet_names[:-2]}
        sheets = {name: [row[0] for row in rows[1:]] for name, rows in book.items()}
        assert list(sheets) == ["Buy list", *(["Left out by budget"] if budget else []), "To look at", "Nothing to do"]
        assert all(rows[0] == csv(ctx).columns for rows in book.values())
        assert sorted(item for items in sheets.values() for item in items) == sorted(made)
        assert sheets["Buy list"] == [item for item, row in made.items() if row["quantity"] > 0]
        left = sheets.get("Left out by budget", [])
        assert all("the budget allows 0" in made[item]["reason"] or "money is limited" in made[item]["reason"] for item in left)
        assert {"part 1", "dead"} <= set(sheets["To look at"])
        assert not any("budget allows" in made[item]["reason"] for item in sheets["To look at"] + sheets["Nothing to do"])
    assert left


def test_the_workbook_says_what_all_adds_up_to_and_what_is_taken_for_granted(ctx):
    result = run(ctx)
    totals = dict(workbook(ctx).get_sheet_by_name("Totals").to_python()[1:])
    assert totals == result.totals.model_dump()
    assert [row[0] for row in workbook(ctx).get_sheet_by_name("Assumptions").to_python()[1:]] == [*result.warnings, *result.assumptions]
    order = workbook(ctx, "orders/no-supplier.xlsx").get_sheet_by_name("Totals").to_python()
    assert order == [["total", "value"], ["quantity", result.quantity_total], ["investment", result.investment_total]]


def test_a_spanish_workbook_has_spanish_headings_and_the_csv_keeps_the_names_of_the_api(ctx):
    add_stock(ctx, STOCK)
    run(ctx, stock="stock", language="es")
    assert workbook(ctx).sheet_names == ["Lista de compras", "Por revisar", "Nada que hacer", "Totales", "Supuestos"]
    heading, first = workbook(ctx).get_sheet_by_name("Lista de compras").to_python()[:2]
    assert heading[:3] == ["artículo código", "artículo nombre", "cantidad a pedir"]
    assert dict(zip(heading, first, strict=True))["excepciones"] == "se agota"
    assert csv(ctx).columns[:3] == ["item", "item_name", "quantity"]
    assert workbook(ctx, "orders/no-supplier.xlsx").sheet_names == ["Pedido", "Totales"]


def test_the_totals_say_what_the_order_is_made_of(ctx):
    add_stock(ctx, STOCK)
    for given in ({}, {"budget": 300.0}):
        result = run(ctx, stock="stock", **given)
        t = result.totals
        assert t.forecast + t.safety_stock - t.on_hand - t.on_order + t.rounding - t.cut == pytest.approx(t.quantity, abs=0.01)
        assert (t.quantity, t.investment) == (result.quantity_total, result.investment_total)
        assert t.rounding > 0 or given
        assert (t.cut > 0) == bool(given)


def test_safety_stock_that_outweighs_the_forecast_is_told_of_with_the_level_that_asks_for_it(ctx):
    # given items that sell in two of five months, and others that sell evenly
    seldom = MemoryContext()
    add(seldom, chance_sales(8, 18), "month", sums=True)
    train.run(train_params(folds=1), seldom)
    for level in (0.5, 0.95):
        result = run(seldom, model="sales", service_level=level)
        # then what dominates is said, and what is smaller is not
        dominates = result.totals.safety_stock > result.totals.forecast
        assert dominates == (level == 0.95)
        assert any(f"a service level of {100 * level:g} % takes that much" in sentence for sentence in result.warnings) == dominates
    assert not any("takes that much" in sentence for sentence in run(ctx).warnings)


def test_an_investment_of_which_nothing_is_known_is_no_0(store):
    ctx = MemoryContext(companies=dict(store.companies))
    add(ctx, store_sales().drop("unit_cost", "unit_price", strict=False), "month", sums=True, company="acme")
    train.run(train_params(company="acme", folds=2), ctx)
    result = run(ctx)
    assert (result.totals.investment, result.investment_total) == (None, 0.0)
    assert result.totals.quantity > 0


def test_sales_that_end_long_ago_and_a_budget_that_does_not_reach_are_said_first(ctx):
    assert "end before 2024-01-01" in run(ctx).warnings[0]
    assert any(sentence.startswith("The budget does not reach: of ") for sentence in run(ctx, budget=10.0).warnings)


def test_codes_of_the_stock_that_no_article_has_are_said_first_and_do_not_count(ctx):
    add_stock(ctx, [{"item": "Part 0", "on_hand": 1e6}, {"item": "part 1", "on_hand": 1e6}])
    result = run(ctx, stock="stock")

    assert "not in the sales that the model knows: 1 of 2; what" in result.warnings[0]
    assert "the stock has 'Part 0', the sales have 'part 0'" in result.warnings[0]
    assert {row.item: row.on_hand for row in result.recommendations}["part 0"] == 0


def test_what_runs_out_and_gets_nothing_of_the_budget_is_named(ctx):
    add_stock(ctx, STOCK)
    assert any("Name of part 0" in sentence for sentence in run(ctx, stock="stock", budget=1.0).warnings)
    assert not any("part 0" in sentence for sentence in run(ctx, stock="stock").warnings)


@pytest.fixture(scope="module")
def blank() -> MemoryContext:
    """The company's model, of sales in which `part 1` is blank from November 2022 on."""
    ctx = MemoryContext()
    ctx.companies["acme"] = Company("acme", "900123456", "Acme", "CO", "COP", "America/Bogota", "sales")
    known = (pl.col("item") != "part 1") | (pl.col("date") < date(2022, 11, 1))
    add(ctx, monthly_sums(3).with_columns(quantity=pl.when(known).then("quantity")), "month", sums=True, company="acme")
    train.run(train_params(company="acme", folds=1), ctx)
    return ctx


def test_what_is_not_known_for_a_year_is_marked_and_never_sure(blank):
    said = next(message for level, message in blank.logs if level == "warning")
    assert said.startswith("Of 1 items no quantity is known for a year or more (part 1): ")
    made = {row.item: row for row in run(MemoryContext(versions=blank.versions, datasets=dict(blank.datasets))).recommendations}
    assert (made["part 1"].exceptions, made["part 1"].confidence) == (("unknown",), "low")
    assert "its sales are blank after 2022-10" in made["part 1"].reason
    assert (made["part 0"].exceptions, made["part 0"].confidence) == ((), "high")


def test_the_next_list_says_what_changed_and_why(ctx):
    first = run(ctx)
    assert first.changes is None
    add_stock(ctx, STOCK)
    second = run(ctx, stock="stock")
    assert (second.changes.job, second.changes.more, second.changes.less) == ("job-in-memory", 0, 9)
    changed = {row.item: row for row in second.recommendations if row.change}
    before = {row.item: row.quantity for row in first.recommendations}
    assert changed["part 2"].change == changed["part 2"].quantity - before["part 2"]
    assert changed["part 2"].change_reason == "on hand 0 → 60, pack size 1 → 12"
    assert run(ctx, stock="stock").changes.less == 0


def test_a_budget_is_kept_to_the_cent(ctx):
    whole = run(ctx).investment_total
    result = run(ctx, budget=whole / 3)
    assert 0.8 * whole / 3 < result.investment_total <= whole / 3


def test_spanish_reasons_are_spanish(ctx):
    assert all(row.reason.startswith("pronóstico") for row in run(ctx, language="es").recommendations)


def test_the_same_list_twice_is_the_same(ctx):
    one, two = run(ctx), run(ctx)
    assert one.recommendations == two.recommendations
    assert one.orders == two.orders


def test_at_most_a_thousand_rows_are_answered_and_idle_stock_gives_way(ctx):
    table = pl.DataFrame({"item": ["a", "b", "c", "d"], "quantity": [0.0, 0.0, 5.0, 0.0],
                          "exceptions": [["stockout"], ["overstock"], [], ["dead"]]}, schema_overrides={"exceptions": pl.List(pl.String)})
    assert first_rows(table, 3)["item"].to_list() == ["a", "b", "c"]
    assert first_rows(table, 2)["item"].to_list() == ["a", "c"]


def test_an_unknown_model_or_stock_is_not_found_and_sales_are_no_stock(ctx):
    with pytest.raises(NotFound):
        run(ctx, model="nothing")
    with pytest.raises(NotFound):
        run(ctx, stock="nothing")
    with pytest.raises(InputError, match="of type `stock`"):
        run(ctx, stock="sales")


def test_a_canceled_list_stops(ctx):
    ctx.stop = True
    with pytest.raises(JobCanceled):
        run(ctx)
    assert ctx.artifacts == {}
