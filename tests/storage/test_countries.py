"""The table of countries."""

import zoneinfo

from storage.countries import TIME_ZONES


def test_every_country_has_a_time_zone_that_exists():
    assert len(TIME_ZONES) == 247
    assert set(TIME_ZONES.values()) <= zoneinfo.available_timezones()


def test_large_countries_have_their_most_populous_zone():
    assert [TIME_ZONES[c] for c in ("CO", "US", "BR", "MX")] == [
        "America/Bogota", "America/New_York", "America/Sao_Paulo", "America/Mexico_City"]
