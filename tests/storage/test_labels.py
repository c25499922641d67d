"""What a class may be called."""

import pytest

from storage.labels import cleaned_label


@pytest.mark.parametrize("label", ["../../x", "a: b", "<b>x</b>", "no", "- {a: &b", "ñandú 鳥 🐦", "x" * 100])
def test_any_text_of_a_person_is_a_label_as_it_is(label: str):
    assert cleaned_label(f"  {label} ") == label


@pytest.mark.parametrize("label", ["", "  ", "x" * 101, "a\nb", "a\x00", "\ud800", "\uffff"])
def test_texts_that_no_document_could_hold_are_refused(label: str):
    with pytest.raises(ValueError, match="a label"):
        cleaned_label(label)
