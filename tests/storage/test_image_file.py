"""Foreign images: judged by their header, decoded whole, turned upright."""

import io
import random
import struct
import tempfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from jobs.errors import InputError, TooLarge
from storage.image_file import Picture, make_upright
from tests.storage.pictures import picture

LIMIT = 40_000_000


def upright(folder: Path, content: bytes, limit: int = LIMIT) -> Picture:
    (folder / "source").write_bytes(content)
    return make_upright(folder / "source", folder / "target", limit)


def huge_png(width: int, height: int) -> bytes:
    """A small file that says it is large, and is: one bit a pixel, all of them black."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = zlib.compress(bytes((width // 8 + 2) * height), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("format_", "suffix"), [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp"), ("BMP", "bmp"), ("TIFF", "tif")])
def test_an_upright_image_of_each_format_stays_byte_for_byte(tmp_path: Path, format_: str, suffix: str):
    found = upright(tmp_path, picture(format_=format_))
    assert (found.path, found.suffix, found.width, found.height) == (tmp_path / "source", suffix, 64, 48)
    assert not (tmp_path / "target").exists()


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_turned_image_is_stored_as_a_viewer_shows_it(tmp_path: Path, format_: str, orientation: int):
    # Given a picture that lies in its file in some way
    options = {"lossless": True} if format_ == "WEBP" else {"quality": 90} if format_ == "JPEG" else {}
    content = picture(format_=format_, orientation=orientation, **options)
    # When it is made upright
    found = upright(tmp_path, content)
    # Then it looks as a viewer that knows EXIF shows the original, and says nothing of an orientation
    with Image.open(io.BytesIO(picture(format_=format_, **options))) as plain:
        plain.getexif()[0x0112] = orientation
        expected = np.asarray(ImageOps.exif_transpose(plain).convert("RGB"), dtype=int)
    with Image.open(found.path) as image:
        assert image.getexif().get(0x0112, 1) == 1
        assert image.size == (found.width, found.height) == ((48, 64) if orientation >= 5 else (64, 48))
        difference = np.abs(np.asarray(image.convert("RGB"), dtype=int) - expected)
    assert difference.max() <= (6 if format_ == "JPEG" else 0)
    assert found.stored == (64, 48)


def test_a_jpeg_on_its_side_keeps_its_quantisation_turned_and_so_nearly_every_pixel(tmp_path: Path):
    # Given a coarse JPEG of whole blocks, whose tables differ across and down
    content = picture(5, (128, 128), orientation=6, quality=40, subsampling=0)
    with Image.open(io.BytesIO(content)) as image:
        tables, expected = image.quantization, np.asarray(ImageOps.exif_transpose(image), dtype=int)
    # When it is turned
    found = upright(tmp_path, content)
    # Then its tables are turned with it, and what was rounded once is not rounded otherwise
    with Image.open(found.path) as turned:
        assert {n: np.reshape(t, (8, 8)).T.tolist() for n, t in tables.items()} == {n: np.reshape(t, (8, 8)).tolist() for n, t in turned.quantization.items()}
        assert np.abs(np.asarray(turned, dtype=int) - expected).mean() < 0.1


@pytest.mark.parametrize(("format_", "mode"), [("TIFF", "L"), ("TIFF", "P"), ("TIFF", "CMYK"), ("TIFF", "I;16"), ("PNG", "P"), ("PNG", "1"), ("PNG", "LA"), ("JPEG", "L")])
def test_pictures_of_every_kind_of_pixel_are_turned(tmp_path: Path, format_: str, mode: str):
    with Image.open(io.BytesIO(picture(format_="PNG"))) as base:
        plain = Image.fromarray(np.asarray(base.convert("L"), dtype=np.uint16) * 200) if mode == "I;16" else base.convert(mode)
    exif, file = Image.Exif(), io.BytesIO()
    exif[0x0112] = 6
    plain.save(file, format_, exif=exif)
    found = upright(tmp_path, file.getvalue())
    with Image.open(found.path) as image:
        turned = plain.transpose(Image.Transpose.ROTATE_270)
        assert (image.mode, image.size) == (turned.mode, turned.size)
        assert format_ == "JPEG" or image.tobytes() == turned.tobytes()


def test_a_bomb_is_refused_by_its_header_alone(tmp_path: Path):
    content = huge_png(12_000, 12_000)
    assert len(content) < 40_000
    with pytest.raises(TooLarge, match="12000 x 12000 pixels; 40 megapixels"):
        upright(tmp_path, content)


@pytest.mark.parametrize("content", [b"", b"not an image", b"GIF89a" + bytes(100), b"%PDF-1.7", picture()[:-400], picture(format_="PNG")[:400]])
def test_what_is_no_whole_image_is_refused(tmp_path: Path, content: bytes):
    with pytest.raises(InputError, match="is damaged"):
        upright(tmp_path, content)


def test_an_animation_is_refused_as_more_than_one_picture(tmp_path: Path):
    frames = [Image.new("RGB", (32, 32), color) for color in ("red", "blue")]
    file = io.BytesIO()
    frames[0].save(file, "WEBP", save_all=True, append_images=frames[1:])
    with pytest.raises(InputError, match="more than one picture"):
        upright(tmp_path, file.getvalue())


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["JPEG", "PNG", "WEBP", "BMP", "TIFF"]), st.randoms(use_true_random=False), st.integers(1, 20))
def test_damaged_bytes_are_an_image_or_refused_with_a_reason(format_: str, chance: random.Random, hits: int):
    content = bytearray(picture(format_=format_, orientation=chance.choice([1, 6])))
    for _ in range(hits):
        content[chance.randrange(len(content))] = chance.randrange(256)
    with tempfile.TemporaryDirectory() as made:
        try:
            found = upright(Path(made), bytes(content), 1_000_000)
        except (InputError, TooLarge) as e:
            reason, pixels = e.message, 1
        else:
            reason, pixels = "a sound image", found.width * found.height
        assert len(reason) > 10
        assert 0 < pixels <= 1_000_000
