"""The images' child as a function: an answer for each source, in order."""

from pathlib import Path

from storage.inspect_images import inspect_images
from tests.storage.pictures import picture


def test_each_source_has_its_facts_or_its_fault(tmp_path: Path):
    # Given an upright image, a turned one, junk, and one that is too large
    contents = [picture(), picture(orientation=6), b"junk", picture(size=(200, 100))]
    sources = [tmp_path / f"sent-{n}" for n, _ in enumerate(contents)]
    for source, content in zip(sources, contents, strict=True):
        source.write_bytes(content)
    # When they are inspected
    answer = inspect_images({"sources": [str(s) for s in sources], "max_pixels": 10_000}, tmp_path)["images"]
    # Then each has its own answer
    assert answer[0] == {"path": str(sources[0]), "suffix": "jpg", "width": 64, "height": 48}
    assert answer[1] == {"path": str(tmp_path / "upright-1"), "suffix": "jpg", "width": 48, "height": 64}
    assert [facts.get("too_large") for facts in answer] == [None, None, False, True]
