"""One foreign image, checked by its header before it is decoded, and made upright. Runs in a bounded child only."""

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps, JpegImagePlugin

from jobs.errors import InputError, TooLarge

FORMATS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "BMP": "bmp", "TIFF": "tif"}
MODES = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "I;16", "I;16B", "I;16L"})
ORIENTATION = 0x0112
SIDEWAYS = frozenset({5, 6, 7, 8})
WHAT = "JPEG, PNG, WebP, BMP or TIFF"

Image.MAX_IMAGE_PIXELS = None  # the caller's own limit is kept instead, before anything is decoded


@dataclass(frozen=True, slots=True)
class Picture:
    """An image that could be decoded whole: its size in pixels when upright, and as it was stored.

    `orientation` is EXIF's (1: upright already); `suffix` is that of its format; `path` holds the upright bytes.
    """

    path: Path
    suffix: str
    width: int
    height: int
    stored: tuple[int, int]
    orientation: int


class _Foreign(io.BufferedReader):
    """A file of which no more is asked than it holds: what a damaged one claims would be set aside before it is read."""

    def read(self, size: int | None = -1, /) -> bytes:
        """See io: at most what is left of the file."""
        left = os.fstat(self.fileno()).st_size - self.tell()
        return super().read(max(0, left) if size is None or size < 0 else min(size, max(0, left)))


def make_upright(source: Path, target: Path, max_pixels: int) -> Picture:
    """The image at `source`, decoded once to prove it whole; only a turned one is encoded again, to `target`.

    A JPEG keeps its quantisation tables, the other formats are written without loss. Raises TooLarge for more than
    `max_pixels`, and InputError for what is not one whole image of a known format.
    """
    try:
        # A file, not its path: Pillow would map some TIFFs into memory, and then turn them wrongly.
        with _Foreign(source.open("rb", buffering=0)) as file, Image.open(file, formats=tuple(FORMATS)) as image:
            return _decoded(image, source, target, max_pixels)
    except (InputError, TooLarge, MemoryError):
        raise
    except Exception:  # noqa: BLE001 - a decoder may raise anything at all when it meets junk
        raise InputError(f"is damaged, cut short, or not an image that can be read ({WHAT})") from None


def _decoded(image: Image.Image, source: Path, target: Path, max_pixels: int) -> Picture:
    width, height = image.size
    if width * height > max_pixels:
        raise TooLarge(f"has {width} x {height} pixels; {max_pixels / 1e6:g} megapixels are the most (MAX_IMAGE_MP)")
    format_ = "JPEG" if image.format == "MPO" else str(image.format)
    if format_ != "JPEG" and getattr(image, "n_frames", 1) > 1:
        raise InputError("holds more than one picture; send a still one")
    if image.mode not in MODES:
        raise InputError(f"has pixels of a kind that cannot be used ({image.mode}); save it as 8-bit RGB")
    orientation = int(image.getexif().get(ORIENTATION, 1))
    image.load()
    orientation = orientation if 1 < orientation <= 8 else 1
    if orientation == 1:
        return Picture(source, FORMATS[format_], width, height, (width, height), 1)
    options = _options(image, format_, sideways=orientation in SIDEWAYS)
    # A TIFF is turned by its plugin while it is loaded, and says its upright size from the start.
    turned = image if format_ == "TIFF" else ImageOps.exif_transpose(image)
    bare = Image.new(turned.mode, turned.size)
    bare.paste(turned)
    if turned.palette is not None:
        bare.putpalette(turned.palette)
    bare.save(target, format=format_, **options)
    stored = (bare.height, bare.width) if orientation in SIDEWAYS else bare.size
    return Picture(target, FORMATS[format_], bare.width, bare.height, stored, orientation)


def _options(image: Image.Image, format_: str, *, sideways: bool) -> dict[str, Any]:
    kept = {"icc_profile": image.info["icc_profile"]} if image.info.get("icc_profile") else {}
    if format_ == "PNG":
        return kept | ({"transparency": image.info["transparency"]} if "transparency" in image.info else {})
    if format_ == "WEBP":
        return kept | {"lossless": True, "exact": True}
    if format_ == "TIFF":
        return kept | {"compression": "tiff_deflate"}
    tables = getattr(image, "quantization", None)
    if format_ != "JPEG" or not tables:
        return kept
    sampling = JpegImagePlugin.get_sampling(image)
    if sideways:
        tables = {n: [table[8 * (i % 8) + i // 8] for i in range(64)] for n, table in tables.items()}
        sampling = 0 if sampling == 1 else sampling  # 4:2:2 on its side has no name here: all colour is kept
    return kept | {"qtables": tables, "subsampling": max(sampling, 0)}
