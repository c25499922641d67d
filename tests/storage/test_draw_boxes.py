"""The painter of boxes as a function, read back with Pillow."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from storage.draw_boxes import COLOURS, INK, draw_boxes
from storage.image_file import MODES

BOX = {"label": "cat", "confidence": 0.5, "x1": 40.0, "y1": 60.0, "x2": 160.0, "y2": 140.0}


def drawn(folder: Path, *boxes: dict[str, Any], mode: str = "RGB", format_: str = "PNG") -> Image.Image:
    """A grey picture of 200 x 160 px with the boxes."""
    source = folder / "image"
    grey = Image.new("L", (200, 160), 100)
    picture = Image.new(mode, grey.size, 100 * 256 + 100) if mode.startswith("I;16") else grey.convert("RGB").convert(mode)
    picture.save(source, format_)
    answer = draw_boxes({"source": str(source), "boxes": list(boxes)}, folder)
    with Image.open(answer["path"]) as image:
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (200, 160))
        return image.copy()


def near(pixel: Any, colour: str) -> bool:
    wanted = [int(colour[n:n + 2], 16) for n in (1, 3, 5)]
    return max(abs(a - b) for a, b in zip(pixel, wanted, strict=True)) < 60


def test_the_outline_stands_where_the_box_is_and_the_rest_is_as_it_was(tmp_path: Path) -> None:
    picture = drawn(tmp_path, BOX)

    assert near(picture.getpixel((100, 139)), COLOURS[0])
    assert near(picture.getpixel((159, 100)), COLOURS[0])
    assert near(picture.getpixel((100, 110)), "#646464")
    assert near(picture.getpixel((190, 10)), "#646464")


def test_the_caption_stands_above_the_box_and_inside_where_there_is_no_room(tmp_path: Path) -> None:
    above = drawn(tmp_path, BOX).crop((41, 46, 90, 60))
    inside = drawn(tmp_path, {**BOX, "y1": 0.0}).crop((44, 3, 90, 14))

    for part in (above, inside):
        pixels = list(part.get_flattened_data())
        assert any(near(p, INK) for p in pixels)
        assert any(near(p, COLOURS[0]) for p in pixels)


def test_each_class_has_a_colour_of_its_own(tmp_path: Path) -> None:
    dog = {**BOX, "label": "dog", "x1": 10.0, "x2": 30.0}

    picture = drawn(tmp_path, BOX, dog)

    assert near(picture.getpixel((159, 100)), COLOURS[0])
    assert near(picture.getpixel((29, 100)), COLOURS[1])


@pytest.mark.parametrize("label", ["<script>", "../../x", "é\U0001f600\u202e", "x" * 100])
def test_any_label_can_be_drawn(tmp_path: Path, label: str) -> None:
    drawn(tmp_path, {**BOX, "label": label})


def test_accents_that_the_font_does_not_have_are_left_out(tmp_path: Path) -> None:
    accented, plain = drawn(tmp_path, {**BOX, "label": "\u00f1and\u00fa"}), drawn(tmp_path, {**BOX, "label": "nandu"})

    assert accented.tobytes() == plain.tobytes()


@pytest.mark.parametrize("mode", sorted(MODES - {"RGBX", "I;16B", "I;16L", "YCbCr"}))
def test_pictures_of_every_kind_of_pixel_keep_their_brightness(tmp_path: Path, mode: str) -> None:
    picture = drawn(tmp_path, mode=mode, format_="TIFF" if mode in {"CMYK", "PA"} else "PNG")

    assert mode == "1" or near(picture.getpixel((100, 110)), "#646464")
