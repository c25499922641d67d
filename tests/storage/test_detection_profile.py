"""What the profile of a detection data set says."""

from collections import Counter

from storage.detection_layout import Layout
from storage.detection_profile import detection_profile


def row(split: str, *labels: str) -> dict[str, object]:
    return {"split": split, "boxes": [{"label": label} for label in labels]}


def test_classes_keep_their_order_and_are_counted_by_box_and_image():
    profile = detection_profile(Layout("coco", ["b", "a", "unused"]), [row("val", "a", "a"), row("train", "b"), row("train")], validation_made=False)
    assert profile["classes"] == [{"label": "b", "boxes": 1, "images": 1}, {"label": "a", "boxes": 2, "images": 1}, {"label": "unused", "boxes": 0, "images": 0}]
    assert list(profile["splits"].items()) == [("train", {"images": 2, "boxes": 1}), ("val", {"images": 1, "boxes": 2})]
    assert (profile["images_without_boxes"], profile["boxes"], profile["rows"]) == (1, 3, 3)
    assert profile["notes"] == ["The data set was read as COCO's JSON."]


def test_every_finding_is_a_number_and_a_sentence():
    counts = Counter({"degenerate_boxes": 1234, "crowd_boxes": 1, "duplicates": 2})
    profile = detection_profile(Layout("voc", ["a"], counts=counts), [row("train", "a")], validation_made=True)
    assert profile["dropped_boxes"] == 1235
    assert profile["notes"][1].startswith("It names no validation split")
    assert "Boxes have no size or lie outside of their image and were dropped: 1,234." in profile["notes"]
    assert len(profile["notes"]) == 5
