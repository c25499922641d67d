"""Which codes of a stock are none of the articles', and which only look otherwise."""

import pytest

from jobs.forecasting.stock_codes import StrangeCodes, strange_codes


@pytest.mark.parametrize(("stock", "article"), [("1", "00001"), ("0012", "12"), ("a-1", "A-1"), ("A 1", "A1"), ("0", "000")])
def test_a_code_that_differs_by_zeros_capitals_or_spaces_only_is_told_with_the_articles(stock, article):
    assert strange_codes(["x", stock], ["x", article]) == StrangeCodes(2, 1, ((stock, article),))


def test_codes_of_which_most_are_no_articles_are_told_and_a_few_that_were_never_sold_are_not():
    assert strange_codes(["p", "q", "x"], ["x", "y"]) == StrangeCodes(3, 2, ())
    assert strange_codes(["p", "x", "y"], ["x", "y", "z"]) is None
    assert strange_codes([], ["x"]) is None


def test_an_article_that_the_stock_has_is_not_looked_for_under_another_code():
    assert strange_codes(["00001", "1"], ["00001"]) is None
