"""What an item's history tells, by hand, and classes against plain loops."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from jobs.forecasting.item_classes import abc, confidence, learn_facts, xyz, yearly_value

NONE = pl.DataFrame(schema={"unique_id": pl.String, "ds": pl.Date})


def history(**items):
    """Monthly items, each a list of units that ends in December 2024."""
    rows = []
    for name, units in items.items():
        for back, y in enumerate(reversed(units)):
            month = 2024 * 12 + 11 - back
            rows.append((name, date(month // 12, month % 12 + 1, 1), float(y)))
    return pl.DataFrame(rows, schema={"unique_id": pl.String, "ds": pl.Date, "y": pl.Float64}, orient="row").sort("unique_id", "ds")


def test_facts_by_hand():
    facts = learn_facts(history(
        even=[10] * 24, dead=[5] * 12 + [0] * 12, almost=[5] * 12 + [1] + [0] * 11, new=[3, 4], kilo=[0.5, 1] * 12, never=[0] * 24), "month", NONE)
    by_name = {name: n for n, name in enumerate(facts.items)}
    assert facts.items.to_list() == sorted(by_name)
    assert {name for name, n in by_name.items() if facts.dead[n]} == {"dead", "never"}
    assert {name for name, n in by_name.items() if facts.new[n]} == {"new"}
    assert {name for name, n in by_name.items() if not facts.whole[n]} == {"kilo"}
    assert facts.year_units[by_name["even"]] == 120
    assert facts.last_sale[by_name["dead"]] == date(2023, 12, 1)
    assert facts.last_sale[by_name["never"]] is None
    assert (facts.periods[by_name["new"]], facts.sales[by_name["almost"]]) == (2, 13)


def test_variation_is_that_of_numpy_over_the_last_year():
    rng = np.random.default_rng(2)
    units = {f"i{n}": rng.poisson(3 + n, 30).tolist() for n in range(5)}
    facts = learn_facts(history(**units), "month", NONE)
    for name, made in zip(facts.items, facts.variation, strict=True):
        last = np.array(units[name][-12:], dtype=float)
        assert made == pytest.approx(last.std() / last.mean())


def test_days_are_compared_over_whole_blocks_of_thirty():
    days = [date.fromordinal(date(2024, 1, 1).toordinal() + n) for n in range(75)]
    frame = pl.DataFrame({"unique_id": ["a"] * 75, "ds": days, "y": [100.0] * 15 + [1.0] * 30 + [2.0] * 30})
    facts = learn_facts(frame, "day", NONE)
    assert facts.variation == pytest.approx([np.std([30, 60]) / 45])


def test_no_item_is_new_where_the_company_is():
    assert not learn_facts(history(a=[1, 2], b=[3, 4]), "month", NONE).new.any()


@pytest.mark.parametrize(("costs", "prices", "expected"), [
    ([4, np.nan, 6], [9, 9, 9], ([40, 100, 180], "cost")), ([np.nan] * 3, [2, np.nan, 4], ([20, 60, 120], "price")),
    ([np.nan] * 3, [np.nan] * 3, ([10, 20, 30], "units"))])
def test_a_years_sales_count_at_cost_else_at_price_else_in_units(costs, prices, expected):
    value, basis = yearly_value(np.array([10.0, 20.0, 30.0]), np.array(costs, dtype=float), np.array(prices, dtype=float))
    assert (value.tolist(), basis) == expected


def test_abc_by_hand_and_against_a_loop():
    assert abc(np.array([4.0, 80, 11, 5, 0])).tolist() == ["C", "A", "B", "B", "C"]
    value = np.random.default_rng(4).gamma(0.3, 10, 200)
    made, seen = abc(value), 0.0
    for n in np.argsort(-value):
        assert made[n] == ("A" if seen < 0.8 * value.sum() else "B" if seen < 0.95 * value.sum() else "C")
        seen += value[n]


def test_nothing_sold_at_all_is_all_c():
    assert abc(np.zeros(3)).tolist() == ["C", "C", "C"]


def test_xyz_limits_lie_at_a_half_and_one():
    assert xyz(np.array([0.5, 0.51, 1.0, 1.01, np.inf])).tolist() == ["X", "Y", "Y", "Z", "Z"]


def test_confidence_is_low_for_what_is_new_dead_or_seldom_sold_and_high_for_a_year_of_even_sales():
    facts = learn_facts(history(even=[10] * 24, seldom=[0] * 12 + [0] * 10 + [4, 4], lumpy=[0, 0, 9] * 8, dead=[5] * 12 + [0] * 12,
                                young=[10] * 6), "month", NONE)
    assert dict(zip(facts.items, confidence(facts, "month").tolist(), strict=True)) == {
        "dead": "low", "even": "high", "lumpy": "medium", "seldom": "low", "young": "medium"}


def test_what_stands_in_for_blank_quantities_is_no_sale_and_after_a_year_of_them_nothing_is_known():
    made = history(blank=[10] * 24, late=[10] * 24, all=[10] * 2, known=[10] * 24)
    border = {"blank": date(2024, 1, 1), "late": date(2024, 2, 1), "all": date(2023, 1, 1)}
    gone = [made.filter((pl.col("unique_id") == name) & (pl.col("ds") >= day)) for name, day in border.items()]
    facts = learn_facts(made, "month", pl.concat(gone).select("unique_id", "ds"))
    assert dict(zip(facts.items, facts.unknown.tolist(), strict=True)) == {"all": True, "blank": True, "known": False, "late": False}
    assert facts.last_known == facts.last_sale == [None, date(2023, 12, 1), date(2024, 12, 1), date(2024, 1, 1)]
    assert facts.sales.tolist() == [0, 12, 24, 13]
    assert confidence(facts, "month").tolist() == ["low", "low", "high", "high"]
