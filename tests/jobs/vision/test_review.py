"""How sure a detector was of an image."""

from jobs.vision.review import sureness


def test_the_box_that_the_model_was_least_sure_of_decides() -> None:
    assert sureness([0.93, 0.26, 0.71]) == 0.26


def test_an_image_without_boxes_stands_between_doubtful_and_sure_ones() -> None:
    order = sorted([[0.9], [], [0.3, 0.99], [0.51]], key=sureness)

    assert order == [[0.3, 0.99], [], [0.51], [0.9]]
