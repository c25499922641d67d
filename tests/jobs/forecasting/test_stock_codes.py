"""Which codes of a stock are none of the articles', and which only look otherwise."""

import pytest

from jobs.forecasting.stock_codes import SAMPLE, StrangeCodes, code_sample, strange_codes, strange_in_samples


@pytest.mark.parametrize(("stock", "article"), [("1", "00001"), ("0012", "12"), ("a-1", "A-1"), ("A 1", "A1"), ("0", "000")])
def test_a_code_that_differs_by_zeros_capitals_or_spaces_only_is_told_with_the_articles(stock, article):
    assert strange_codes(["x", stock], ["x", article]) == StrangeCodes(2, 1, ((stock, article),))


def test_codes_of_which_most_are_no_articles_are_told_and_a_few_that_were_never_sold_are_not():
    assert strange_codes(["p", "q", "x"], ["x", "y"]) == StrangeCodes(3, 2, ())
    assert strange_codes(["p", "x", "y"], ["x", "y", "z"]) is None
    assert strange_codes([], ["x"]) is None


def test_an_article_that_the_stock_has_is_not_looked_for_under_another_code():
    assert strange_codes(["00001", "1"], ["00001"]) is None


def test_samples_of_small_tables_are_the_tables():
    stock, articles = ["1", "p", "x"], ["00001", "x", "y"]

    assert sorted(code_sample(stock)) == stock
    assert strange_in_samples(code_sample(stock), code_sample(articles)) == StrangeCodes(3, 2, (("1", "00001"),))
    assert strange_in_samples(code_sample(["x"]), code_sample(articles)) is None


def test_samples_of_large_tables_tell_lost_zeros_and_a_stock_of_others_and_nothing_of_one_that_fits():
    articles = [f"{n:06}" for n in range(5000)]
    lost = [code.lstrip("0") or "0" for code in articles[:3000]]
    others = [*articles[:1000], *(f"other-{n}" for n in range(3000))]
    fits = [*articles[:3000], *(f"other-{n}" for n in range(300))]

    def told(stock: list[str]) -> StrangeCodes | None:
        sample = code_sample(reversed(stock))
        assert len(sample) == SAMPLE
        return strange_in_samples(sample, code_sample(articles))

    found = told(lost)
    assert found
    assert found.strange == found.total == len(found.alike) > SAMPLE / 3
    assert all(article.lstrip("0") == code for code, article in found.alike)
    most = told(others)
    assert most
    assert 0.6 < most.strange / most.total < 0.9
    assert most.alike == ()
    assert told(fits) is None
