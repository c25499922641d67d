"""What is usual in a country."""

import pytest

from api.locales import usual_mark


@pytest.mark.parametrize(("countries", "mark"), [("CO ES DE BR AR CL EC FR", "comma"), ("US GB MX PE CH IN JP PR", "point"), ("AQ", None)])
def test_the_mark_before_decimals_is_that_of_the_countrys_main_language(countries: str, mark: str | None) -> None:
    assert {usual_mark(country) for country in countries.split()} == {mark}
