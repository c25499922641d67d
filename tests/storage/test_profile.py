"""Profiles: the numbers, the frequency and the sentences."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from storage.columns import TableType
from storage.csv_file import CsvFile
from storage.profile import profile_table
from storage.raw_file import scan
from storage.table import build_table


def profiled(folder: Path, text: str, type_: TableType = "sales", day: date | None = None) -> dict[str, Any]:
    (folder / "f.csv").write_bytes(text.encode())
    file = CsvFile(folder / "f.csv", folder, scan(folder / "f.csv").lines)
    profile = profile_table(build_table(file, type_, {}, 10_000, day=day), type_, file)
    json.dumps(profile, allow_nan=False)
    return profile


def test_every_finding_is_counted_and_said(tmp_path: Path):
    profile = profiled(tmp_path, "date,item,quantity\n2024-01-05,a,1\n2024-01-05,a,2\n2024-03-09,a,-1\n2024-03-20,b,0\n2024-03-21,b,\n,,\n")
    expected = {"rows": 4, "series": 2, "first_date": "2024-01-05", "last_date": "2024-03-20", "frequency": "month", "period_sums": False,
                "duplicates": 1, "gaps": 1, "series_with_gaps": 1, "negative_quantities": 1, "missing_quantities": 1, "zero_quantities": 1,
                "blank_rows": 1, "units_total": 2.0, "date_format": "YYYY-MM-DD"}
    assert {name: profile[name] for name in expected} == expected
    assert sorted(profile["sample"]["codes"]) == ["a", "b"]
    said = " ".join(profile["notes"])
    assert profile["missing_read_as"] == "unknown"
    for words in ("summed by month", "1 row repeat", "1 periods (monthly)", "kept as returns", "no quantity: it is taken as unknown, not as 0",
                  "quantity 0", "1 row are blank"):
        assert words in said


def test_a_period_whose_quantity_is_unknown_is_no_gap(tmp_path: Path):
    profile = profiled(tmp_path, "date,item,quantity\n2024-01-01,a,1\n2024-02-01,a,\n2024-03-01,a,2\n2024-04-01,a,0\n2024-05-01,a,\n")
    assert (profile["gaps"], profile["missing_quantities"], profile["last_date"]) == (0, 2, "2024-04-01")


def test_much_left_blank_where_no_0_is_written_counts_as_nothing_sold(tmp_path: Path):
    rows = "".join(f"2024-{m:02}-01,a,{'' if m % 2 else m}\n" for m in range(1, 13))
    profile = profiled(tmp_path, "date,item,quantity\n" + rows)
    assert (profile["missing_quantities"], profile["missing_read_as"], profile["gaps"]) == (6, "zero", 5)
    assert "6 rows have no quantity: it is taken as nothing sold, since many rows have none and no row says 0." in profile["notes"]


def test_items_that_sold_once_do_not_make_sale_lines_daily(tmp_path: Path):
    once = "".join(f"2024-02-{1 + n % 28:02},once-{n},1\n" for n in range(50))
    seldom = "".join(f"2024-{m:02}-{n + 3:02},seldom-{n},1\n" for n in range(10) for m in range(1, 13))
    profile = profiled(tmp_path, "date,item,quantity\n" + once + seldom)
    assert (profile["frequency"], profile["period_sums"]) == ("month", False)
    assert profiled(tmp_path, "date,item,quantity\n" + once)["frequency"] == "day"


def test_daily_weekly_and_quarterly_gaps_are_counted_in_their_periods(tmp_path: Path):
    header = "date,item,quantity\n"
    daily = profiled(tmp_path, header + "".join(f"2024-01-{d:02},a,1\n" for d in range(1, 31) if d not in (7, 8)))
    assert (daily["frequency"], daily["gaps"]) == ("day", 2)
    weekly = profiled(tmp_path, header + "".join(f"2024-01-{d:02},a,1\n" for d in (1, 8, 29)))
    assert (weekly["frequency"], weekly["period_sums"], weekly["gaps"]) == ("week", True, 2)
    sundays = profiled(tmp_path, header + "".join(f"2024-01-{d:02},a,1\n" for d in (7, 14, 28)))
    assert (sundays["frequency"], sundays["gaps"]) == ("week", 1)
    quarterly = profiled(tmp_path, header + "2023-10-01,a,1\n2024-01-01,a,1\n2024-10-01,a,1\n")
    assert (quarterly["frequency"], quarterly["gaps"]) == ("quarter", 2)
    monthly = profiled(tmp_path, header + "2023-11-30,a,1\n2024-02-29,a,1\n")
    assert (monthly["frequency"], monthly["period_sums"], monthly["gaps"]) == ("month", True, 2)


def test_a_guess_at_dates_or_decimals_is_said(tmp_path: Path):
    profile = profiled(tmp_path, 'date,item,quantity\n03/04/2024,a,"1,234"\n05/06/2024,a,2\n')
    assert profile["date_ambiguous"]
    said = " ".join(profile["notes"])
    assert "day first" in said
    assert "thousands mark" in said


def test_mapping_and_candidates_tell_what_was_used(tmp_path: Path):
    profile = profiled(tmp_path, "Fecha;Articulo Codigo;Cantidad;Promo;Nota\n2024-01-01;01;1;0;x\n2024-01-02;01;2;1;y\n")
    assert profile["mapping"] == {"date": "Fecha", "item": "Articulo Codigo", "quantity": "Cantidad"}
    assert (profile["regressor_candidates"], profile["ignored_columns"], profile["delimiter"]) == (["Promo"], ["Nota"], ";")


def test_future_data_have_a_profile_of_their_own(tmp_path: Path):
    profile = profiled(tmp_path, "date,item,promo\n2024-01-01,a,1\n2024-01-01,a,0\n", "future")
    assert (profile["rows"], profile["series"], profile["columns"]) == (2, 1, ["date", "item", "promo"])
    assert "the last one of each counts" in " ".join(profile["notes"])
    assert "frequency" not in profile


def test_the_units_of_each_period_are_told_in_the_datas_own_frequency(tmp_path: Path):
    header = "date,item,quantity\n"
    monthly = profiled(tmp_path, header + "2024-01-01,a,1\n2024-01-01,b,2.5\n2024-03-01,a,-1\n2024-03-01,b,\n")
    assert monthly["units_by_period"] == {"frequency": "month", "starts": ["2024-01-01", "2024-03-01"], "units": [3.5, -1.0]}


def test_the_units_of_a_long_history_are_told_by_longer_periods(tmp_path: Path):
    days = [date(2020, 1, 1) + timedelta(days=n) for n in range(1000)]
    daily = profiled(tmp_path, "date,item,quantity\n" + "".join(f"{day},a,{day.day}\n" for day in days))
    assert (daily["frequency"], daily["units_by_period"]["frequency"]) == ("day", "week")
    assert daily["units_by_period"]["starts"][:2] == ["2019-12-30", "2020-01-06"]
    assert daily["units_by_period"]["units"][:2] == [1 + 2 + 3 + 4 + 5, sum(range(6, 13))]
    assert sum(daily["units_by_period"]["units"]) == daily["units_total"]


def test_a_single_date_tells_no_frequency(tmp_path: Path):
    notes = profiled(tmp_path, "date,item,quantity\n2024-01-01,a,1\n2024-01-01,b,2\n")["notes"]
    assert notes == ["All rows have one date, which tells no frequency: it takes a history to forecast from."]


def test_rows_dated_after_the_upload_are_told_first(tmp_path: Path):
    good = "".join(f"2026-{m:02}-{d:02},a,1\n" for m in range(1, 11) for d in range(1, 29))
    profile = profiled(tmp_path, "date,item,quantity\n" + good + "2027-11-26,B-1,3\n", day=date(2026, 11, 27))
    assert (profile["rows"], profile["last_date"], profile["dated_later"], profile["dated_later_left_out"]) == (280, "2026-10-28", 1, True)
    assert profile["notes"][0].startswith("Left out: 1 row dated after the day of the upload. The first is row 282 (item B-1, 2027-11-26)")
    kept = profiled(tmp_path, "date,item,quantity\n" + good, day=date(2025, 11, 27))
    assert (kept["rows"], kept["dated_later"], kept["dated_later_left_out"]) == (280, 280, False)
    assert kept["notes"][0].startswith("Dated after the day of the upload: 280 rows. They are kept")
    assert profiled(tmp_path, "date,item,quantity\n" + good)["dated_later"] == 0


def test_a_quantity_far_beyond_all_others_is_told_and_kept(tmp_path: Path):
    good = "".join(f"2026-{m:02}-{d:02},a,{d}\n" for m in range(1, 11) for d in range(1, 29))
    profile = profiled(tmp_path, "date,item,quantity\n" + good + "2026-11-26,B-1,8412345678905\n2027-11-26,B-1,3\n", day=date(2026, 11, 27))
    assert [note.partition(":")[0] for note in profile["notes"][:2]] == [
        "Left out", "The quantity in row 282 (item B-1) is 8412345678905, more than 1,000 times the next largest"]
    assert profile["units_total"] > 8e12
    late = profiled(tmp_path, "date,item,quantity\n" + good + "2027-11-26,B-1,8412345678905\n", day=date(2026, 11, 27))
    assert not any("next largest" in note for note in late["notes"])
