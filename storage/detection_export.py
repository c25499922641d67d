"""Images with boxes out again as a ZIP, streamed: Ultralytics' layout, COCO's JSON, or Pascal VOC's XML.

The same data give the same bytes. Names of files are safe already; labels are data, and escaped in each document's way.
"""

import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args
from xml.sax.saxutils import escape  # nosec B406 - writes, and reads nothing

ExportFormat = Literal["yolo", "coco", "voc"]
EXPORT_FORMATS: tuple[ExportFormat, ...] = get_args(ExportFormat)
SPLITS = ("train", "val", "test")
TEXTS = (".txt", ".xml", ".json", ".yaml")
FLUSH_BYTES = 1 << 18
LONG_AGO = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class LabeledBox:
    """A box in pixels from the left and top edge."""

    label: str
    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True, slots=True)
class LabeledImage:
    """An image to export. `name` is safe as a file's name, and unique also without its suffix; `split` is train, val or test."""

    image_sha256: str
    split: str
    name: str
    width: int
    height: int
    boxes: tuple[LabeledBox, ...]

    @staticmethod
    def from_document(document: dict[str, Any]) -> "LabeledImage":
        """From a row of a detection data set as JSON."""
        return LabeledImage(**{**document, "boxes": tuple(LabeledBox(**box) for box in document["boxes"])})


def read_records(path: Path) -> Iterator[LabeledImage]:
    """The rows of a detection data set, from its `records.jsonl`."""
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            yield LabeledImage.from_document(json.loads(line))


def export_zip(format_: ExportFormat, labels: Sequence[str], images: Callable[[], Iterable[LabeledImage]],
               pixels: Callable[[str], Iterable[bytes]]) -> Iterator[bytes]:
    """The ZIP in pieces. `labels` in the order that numbers them, every label of a box among them.

    `images` is called once or more, and gives the same each time; `pixels` gives an image's bytes by its SHA-256.
    """
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]  # written to, no more
        for entry, pieces in _ENTRIES[format_](labels, images, pixels):
            info = zipfile.ZipInfo(entry, LONG_AGO)
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED if entry.endswith(TEXTS) else zipfile.ZIP_STORED
            with archive.open(info, "w") as file:
                for piece in pieces:
                    file.write(piece)
                    if len(sink.held) >= FLUSH_BYTES:
                        yield sink.taken()
            if len(sink.held) >= FLUSH_BYTES:
                yield sink.taken()
    yield sink.taken()


class _Sink:
    """Takes what `zipfile` writes; not seekable, so sizes follow each entry."""

    def __init__(self) -> None:
        self.held = bytearray()

    def write(self, data: bytes) -> int:
        self.held += data
        return len(data)

    def flush(self) -> None:
        pass

    def taken(self) -> bytes:
        piece = bytes(self.held)
        self.held.clear()
        return piece


Entries = Iterator[tuple[str, Iterable[bytes]]]
Images = Callable[[], Iterable[LabeledImage]]
Pixels = Callable[[str], Iterable[bytes]]


def _yolo(labels: Sequence[str], images: Images, pixels: Pixels) -> Entries:
    numbers, used = {label: n for n, label in enumerate(labels)}, set()
    for image in images():
        used.add(image.split)
        lines = [_yolo_line(numbers[box.label], box, image) for box in image.boxes]
        yield f"images/{image.split}/{image.name}", pixels(image.image_sha256)
        yield f"labels/{image.split}/{_stem(image)}.txt", ["".join(lines).encode()]
    splits = "".join(f"{split}: images/{split}\n" for split in SPLITS if split in used)
    names = "".join(f"  {n}: {_yaml_text(label)}\n" for n, label in enumerate(labels))
    yield "data.yaml", [f"path: .\n{splits}names:\n{names}".encode()]


def _yolo_line(number: int, box: LabeledBox, image: LabeledImage) -> str:
    x, y = (box.x1 + box.x2) / 2 / image.width, (box.y1 + box.y2) / 2 / image.height
    return f"{number} {x:.8f} {y:.8f} {(box.x2 - box.x1) / image.width:.8f} {(box.y2 - box.y1) / image.height:.8f}\n"


def _coco(labels: Sequence[str], images: Images, pixels: Pixels) -> Entries:
    used = set()
    for image in images():
        used.add(image.split)
        yield f"{image.split}/{image.name}", pixels(image.image_sha256)
    for split in SPLITS:
        if split in used:
            yield f"annotations/instances_{split}.json", _coco_document(labels, images, split)


def _coco_document(labels: Sequence[str], images: Images, split: str) -> Iterator[bytes]:
    numbers = {label: n for n, label in enumerate(labels, start=1)}
    categories = [{"id": n, "name": label} for label, n in numbers.items()]
    yield f'{{"categories":{json.dumps(categories)},"images":['.encode()
    numbered = ((n, image) for n, image in enumerate(images(), start=1) if image.split == split)
    for position, (n, image) in enumerate(numbered):
        entry = {"id": n, "file_name": image.name, "width": image.width, "height": image.height}
        yield (("," if position else "") + json.dumps(entry)).encode()
    yield b'],"annotations":['
    position = 0
    for n, image in enumerate(images(), start=1):
        for box in image.boxes if image.split == split else ():
            position += 1
            width, height = round(box.x2 - box.x1, 3), round(box.y2 - box.y1, 3)
            annotation = {"id": position, "image_id": n, "category_id": numbers[box.label], "iscrowd": 0,
                          "bbox": [box.x1, box.y1, width, height], "area": round(width * height, 3)}
            yield (("," if position > 1 else "") + json.dumps(annotation)).encode()
    yield b"]}"


def _voc(_: Sequence[str], images: Images, pixels: Pixels) -> Entries:
    for image in images():
        yield f"JPEGImages/{image.name}", pixels(image.image_sha256)
        yield f"Annotations/{_stem(image)}.xml", [_voc_document(image).encode()]
    for split in SPLITS:
        stems = "".join(f"{_stem(image)}\n" for image in images() if image.split == split)
        if stems:
            yield f"ImageSets/Main/{split}.txt", [stems.encode()]


def _voc_document(image: LabeledImage) -> str:
    things = "".join(
        f"<object><name>{escape(box.label)}</name><difficult>0</difficult><bndbox><xmin>{box.x1}</xmin><ymin>{box.y1}</ymin>"
        f"<xmax>{box.x2}</xmax><ymax>{box.y2}</ymax></bndbox></object>" for box in image.boxes)
    size = f"<size><width>{image.width}</width><height>{image.height}</height><depth>3</depth></size>"
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<annotation><filename>{escape(image.name)}</filename>{size}{things}'
            "</annotation>\n")


def _stem(image: LabeledImage) -> str:
    """What an image's annotation is called; `LabeledImage.name` says that it is unique."""
    return image.name.rpartition(".")[0]


def _yaml_text(text: str) -> str:
    """Text as YAML's double-quoted scalar: letters and digits as they are, all that could mean something escaped."""
    return '"' + "".join(c if c.isalnum() or c in " -_.,:/()" else f"\\U{ord(c):08x}" for c in text) + '"'


_ENTRIES: dict[ExportFormat, Callable[[Sequence[str], Images, Pixels], Entries]] = {"yolo": _yolo, "coco": _coco, "voc": _voc}
