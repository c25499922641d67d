"""The beginning of files."""

import pytest

from api.console.preview import MOST_BYTES, MOST_ROWS, Preview, can_preview, preview_of
from jobs.record import Artifact
from storage.objects import open_store


@pytest.fixture
def preview(tmp_path):
    objects = open_store(tmp_path.as_uri())

    def make(content: bytes, media_type: str) -> Preview | None:
        objects.put("file", content)
        return preview_of(objects, Artifact("file", "file", len(content), "", media_type))
    return make


def test_a_long_table_is_shown_by_its_head_and_its_first_rows(preview) -> None:
    found = preview(b"a,b\n" + b'"1,5",2\n' * 1000, "text/csv")

    assert found.rows[:2] == (("a", "b"), ("1,5", "2"))
    assert (len(found.rows), found.cut) == (MOST_ROWS + 1, True)


def test_a_row_that_is_cut_in_its_middle_is_left_out(preview) -> None:
    found = preview(b"a\n" + b"x" * 40_000 + b"\n" + b"y" * MOST_BYTES, "text/csv")

    assert found.rows == (("a",), ("x" * 40_000,))
    assert found.cut


def test_json_is_spread_out_and_what_is_none_is_shown_as_it_is(preview) -> None:
    assert preview(b'{"a":[1]}', "application/json").text == '{\n  "a": [\n    1\n  ]\n}'
    assert preview(b"{no", "application/json").text == "{no"


def test_no_more_than_the_beginning_of_a_text_is_read(preview) -> None:
    found = preview(b"\xff" + b"x" * (MOST_BYTES * 2), "text/plain")

    assert len(found.text) == MOST_BYTES
    assert found.cut


def test_pictures_are_shown_and_other_files_are_not(preview) -> None:
    assert preview(b"png", "image/png") == Preview("picture")
    assert preview(b"<script>", "text/html") is None
    assert not can_preview(Artifact("f", "f", 1, "", "image/svg+xml"))
