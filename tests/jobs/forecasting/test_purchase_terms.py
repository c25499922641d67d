"""What is known of each item: the stock table first, then the sales, then what was asked."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from jobs.errors import InputError, NotFound
from jobs.forecasting.item_classes import learn_facts
from jobs.forecasting.package import read_card
from jobs.forecasting.purchase_terms import find_stock, last_known, purchase_terms
from jobs.memory_context import MemoryContext
from tests.jobs.forecasting.sales import add_stock


def facts(*items):
    frame = pl.DataFrame({"unique_id": sorted(items), "ds": [date(2024, 1, 1)] * len(items), "y": [0.5 if i == "kilo" else 2.0 for i in sorted(items)]})
    return learn_facts(frame, "month", pl.DataFrame(schema={"unique_id": pl.String, "ds": pl.Date}))


def known(**costs):
    return pl.DataFrame({"item": list(costs), "item_name": [f"Name of {c}" for c in costs], "category": [None] * len(costs),
                         "unit_cost": [float(c) for c in costs.values()], "unit_price": [None] * len(costs)},
                        schema_overrides={"category": pl.String, "unit_price": pl.Float64, "item": pl.String, "item_name": pl.String, "unit_cost": pl.Float64})


def test_the_stock_tables_terms_override_the_defaults_item_by_item():
    ctx = MemoryContext()
    stock = add_stock(ctx, [{"item": "b", "on_hand": 3.333, "on_order": 2, "lead_time_days": 20, "service_level": 0.99, "supplier": "S",
                             "unit_cost": 9, "minimum_order_quantity": 10, "pack_size": 6}, {"item": "ghost", "on_hand": 1}])
    made = purchase_terms(facts("a", "b"), stock, known(a=4, b=5), 7, 0.95)
    assert made.on_hand.tolist() == [0, 3.33]
    assert made.lead_time_days.tolist() == [7, 20]
    assert made.cycle_service_level.tolist() == [0.95, 0.99]
    assert made.unit_cost.tolist() == [4, 9]
    assert (made.minimum.tolist(), made.pack.tolist()) == ([0, 10], [1, 6])
    assert made.suppliers.to_list() == [None, "S"]
    assert (made.not_in_stock, made.default_lead_times, made.default_service_levels, made.unknown) == (1, 1, 1, ("ghost",))


def test_without_stock_everything_is_0_and_unknown_costs_stay_unknown():
    made = purchase_terms(facts("a", "kilo"), None, known(a=4), 7, 0.95)
    assert (made.stock_known, made.on_hand.tolist(), made.on_order.tolist()) == (False, [0, 0], [0, 0])
    assert made.unit.tolist() == made.pack.tolist() == [1, 0.01]
    assert np.isnan(made.unit_cost).tolist() == [False, True]


def test_the_last_cost_above_0_of_each_item_counts(store):
    found = last_known(store, read_card(store.model_version("empresa_900123456")))
    rows = {row["item"]: row for row in found.to_dicts()}
    assert (rows["part 3"]["unit_cost"], rows["part 3"]["unit_price"], rows["part 3"]["item_name"]) == (5, 7.5, "Name of part 3")
    assert rows["costless"]["unit_cost"] is None


def test_sales_that_are_gone_leave_everything_unknown(store):
    bare = MemoryContext(versions=store.versions)
    assert last_known(bare, read_card(bare.model_version("empresa_900123456"))).height == 0


def test_the_companys_last_stock_is_found_and_another_type_refused(store):
    ctx = MemoryContext(versions=store.versions, datasets=dict(store.datasets))
    card = read_card(ctx.model_version("empresa_900123456"))
    assert find_stock(ctx, None, card) is None
    add_stock(ctx, [{"item": "a", "on_hand": 1}], name="first", company="acme")
    add_stock(ctx, [{"item": "a", "on_hand": 1}], name="second", company="acme")
    add_stock(ctx, [{"item": "a", "on_hand": 1}], name="other", company="else")
    assert find_stock(ctx, None, card).id == "second"
    assert find_stock(ctx, "first", card).id == "first"
    with pytest.raises(InputError, match="of type `stock` is needed") as refused:
        find_stock(ctx, "sales", card)
    assert refused.value.fields[0].field == "params.stock"
    with pytest.raises(NotFound):
        find_stock(ctx, "nothing", card)
