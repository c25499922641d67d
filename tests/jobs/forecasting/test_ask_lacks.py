"""Whatever may be missing, and every caution, has a sentence in both languages that takes the same facts in both."""

import re
from typing import get_args

from jobs.forecasting.ask_book import Caution, Reason
from jobs.forecasting.ask_lacks import CAUTIONS, LACKS
from jobs.forecasting.list_words import WORDS
from tests.jobs.forecasting.test_ask_words import facts
from tests.jobs.forecasting.test_question import read


def test_there_is_a_sentence_for_every_lack_and_every_caution_in_both_languages():
    assert set(LACKS) == set(get_args(Reason))
    assert set(CAUTIONS) == set(get_args(Caution))
    for texts in (*LACKS.values(), *CAUTIONS.values()):
        assert set(texts) == {"es", "en"}
        assert facts(texts["es"]) == facts(texts["en"])


def test_what_is_too_much_is_looked_for_by_the_buy_lists_own_word():
    assert f"«{WORDS['overstock']}»" in LACKS["overstock"]["es"]


def test_the_nearest_questions_that_a_refusal_offers_are_understood():
    for part in ("supplier", "margin", "newcomer", "bought"):
        for language, text in LACKS[part].items():
            offered = re.findall("[«“](.*?)[»”]", text)
            assert offered
            assert all(read(question, language=language).intent != "unknown" for question in offered)
