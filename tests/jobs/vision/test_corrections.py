"""What a correction changed, against boxes whose overlaps are worked out by hand."""

from jobs.vision.boxes import Box
from jobs.vision.corrections import Changes, changes

CAT = Box("cat", 10, 10, 110, 110)
DOG = Box("dog", 200, 200, 300, 300)


def shifted(box: Box, by: float, label: str | None = None) -> Box:
    return Box(label or box.label, box.x1 + by, box.y1, box.x2 + by, box.y2)


def test_boxes_sent_back_as_they_were_are_confirmed() -> None:
    assert changes([CAT, DOG], [DOG, CAT]) == Changes((), (), (), (), ((CAT, CAT), (DOG, DOG)))


def test_a_box_that_only_one_side_has_was_added_or_removed() -> None:
    assert changes([CAT], [DOG]) == Changes((DOG,), (CAT,), (), (), ())
    assert changes([], [CAT]).added == (CAT,)
    assert changes([CAT, DOG], []).removed == (CAT, DOG)


def test_a_shifted_box_of_the_same_label_was_moved() -> None:
    moved = shifted(CAT, 20)  # IoU 80 / 120

    assert changes([CAT], [moved]) == Changes((), (), ((CAT, moved),), (), ())


def test_a_box_shifted_by_less_than_half_its_overlap_is_another_object() -> None:
    far = shifted(CAT, 40)  # IoU 60 / 140

    assert changes([CAT], [far]) == Changes((far,), (CAT,), (), (), ())


def test_another_label_in_the_same_place_was_relabelled() -> None:
    other = shifted(CAT, 5, "fox")

    assert changes([CAT], [other]) == Changes((), (), (), ((CAT, other),), ())


def test_the_same_label_is_matched_before_a_closer_box_of_another_label() -> None:
    near_fox, further_cat = shifted(CAT, 2, "fox"), shifted(CAT, 20)

    found = changes([CAT], [near_fox, further_cat])

    assert (found.moved, found.added, found.relabelled) == (((CAT, further_cat),), (near_fox,), ())


def test_of_two_candidates_the_one_with_more_overlap_is_the_pair() -> None:
    close, further = shifted(CAT, 12), shifted(CAT, 25)

    assert changes([CAT], [further, close]) == Changes((further,), (), ((CAT, close),), (), ())


def test_a_duplicate_prediction_that_was_deleted_is_removed() -> None:
    again = shifted(CAT, 1)

    found = changes([CAT, again], [CAT])

    assert (found.confirmed, found.removed) == (((CAT, CAT),), (again,))


def test_rounding_a_small_box_to_whole_pixels_confirms_it() -> None:
    small, rounded = Box("cat", 10.4, 10.4, 17.6, 17.6), Box("cat", 10, 10, 18, 18)

    assert changes([small], [rounded]).confirmed == ((small, rounded),)


def test_nothing_against_nothing_is_no_change() -> None:
    assert changes([], []) == Changes((), (), (), (), ())
