"""The mark before decimals as it is said."""

import pytest

from jobs.errors import InputError
from storage.convention import mark_of


def test_a_mark_is_said_by_its_character():
    assert (mark_of("."), mark_of(",")) == ("point", "comma")


@pytest.mark.parametrize("text", ["", "comma", ";", ".,"])
def test_any_other_text_is_refused_by_the_name_of_its_field(text: str):
    with pytest.raises(InputError) as e:
        mark_of(text)
    assert [f.field for f in e.value.fields] == ["decimal"]
