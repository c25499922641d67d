"""Pascal VOC's layout: an XML for each image, in `Annotations/` or next to it, and lists of splits in `ImageSets/Main/`."""

import math
from collections import defaultdict
from pathlib import PurePosixPath
from xml.etree.ElementTree import Element, TreeBuilder  # nosec B405 - filled by a parser that refuses entities
from xml.parsers import expat

from storage.detection_archive import Archive
from storage.detection_layout import Annotated, Box, Faults, Layout, Split, require_label, split_of_folders

MAX_XML_BYTES = 4 << 20
# trainval first, so that the narrower lists have the last word
LISTS: tuple[tuple[str, Split], ...] = (("trainval", "train"), ("train", "train"), ("test", "test"), ("val", "val"))


def voc_files(archive: Archive) -> tuple[str, ...]:
    """Paths of the XML files, if the first ones of them are VOC's; else none."""
    paths = archive.with_suffix(".xml")
    return paths if any(_parsed(archive, path) is not None for path in paths[:20]) else ()


def read_voc(archive: Archive, files: tuple[str, ...]) -> Layout:
    """The data set that the XML `files` describe. Raises DatasetUnusable naming files."""
    faults, layout, labels = Faults(), Layout("voc", []), dict[str, None]()
    by_stem: dict[str, list[str]] = defaultdict(list)
    for path in archive.images:
        by_stem[PurePosixPath(path).stem].append(path)
    lists, used = _lists(archive), set()
    for path in files:
        root = _parsed(archive, path)
        if root is None:
            faults.add(path, "is not an annotation in VOC's XML")
            continue
        image = _image(path, root, by_stem)
        if image is None or image in used:
            layout.counts["missing_images" if image is None else "repeated_annotations"] += 1
            continue
        used.add(image)
        split = lists.get(PurePosixPath(image).stem) if lists else split_of_folders(image)
        if lists and split is None:
            layout.counts["unlisted_images"] += 1
            continue
        boxes = _boxes(path, root, faults)
        labels |= dict.fromkeys(box[0] for box in boxes)
        layout.images.append(Annotated(image, split, boxes, _size(root)))
    faults.raise_if_any()
    layout.labels = sorted(labels)
    layout.counts["unannotated_images"] = len(archive.images) - len(used)
    return layout


def _parsed(archive: Archive, path: str) -> Element | None:
    """The root of an `annotation`, or None. A document type (and so any entity) is refused, as no VOC file has one."""
    builder, parser = TreeBuilder(), expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = builder.start, builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(archive.read(path, MAX_XML_BYTES), True)
        root = builder.close()
    except (expat.ExpatError, ValueError, LookupError, AssertionError):
        return None
    return root if root.tag == "annotation" else None


def _refuse(*_: object) -> None:
    raise ValueError


def _lists(archive: Archive) -> dict[str, Split]:
    """Splits by the stem of an image, as `ImageSets/Main/*.txt` tell them."""
    found: dict[str, Split] = {}
    for name, split in LISTS:
        for path in archive.with_suffix(".txt"):
            if PurePosixPath(path).parts[-3:-1] == ("ImageSets", "Main") and PurePosixPath(path).stem == name:
                words = (line.split() for line in archive.text(path).splitlines())
                found |= {PurePosixPath(word[0].replace("\\", "/")).name: split for word in words if word}
    return found | {PurePosixPath(name).stem: split for name, split in found.items()
                    if PurePosixPath(name).suffix.lower() in {".jpg", ".jpeg", ".png", ".bmp", ".xml"}}


def _image(path: str, root: Element, by_stem: dict[str, list[str]]) -> str | None:
    """The image of an annotation: of the same stem or the file name it tells, nearest to it in the folders."""
    told = PurePosixPath((root.findtext("filename") or "").strip().replace("\\", "/")).stem
    candidates = by_stem.get(PurePosixPath(path).stem) or by_stem.get(told) or []
    folders = PurePosixPath(path).parts[:-1]

    def nearness(candidate: str) -> int:
        shared = 0
        for mine, its in zip(folders, PurePosixPath(candidate).parts[:-1], strict=False):
            if mine != its:
                break
            shared += 1
        return shared

    return max(candidates, key=nearness, default=None)


def _boxes(path: str, root: Element, faults: Faults) -> list[Box]:
    boxes: list[Box] = []
    for number, thing in enumerate(root.iterfind("object"), start=1):
        label = require_label(thing.findtext("name") or "", path, faults)
        corners = [_number(thing.findtext(f"bndbox/{name}")) for name in ("xmin", "ymin", "xmax", "ymax")]
        if any(corner is None for corner in corners):
            faults.add(path, f"object {number} has no bndbox of four numbers")
        elif label is not None:
            x1, y1, x2, y2 = (corner for corner in corners if corner is not None)
            boxes.append((label, x1, y1, x2, y2))
    return boxes


def _size(root: Element) -> tuple[int, int] | None:
    width, height = _number(root.findtext("size/width")), _number(root.findtext("size/height"))
    return (int(width), int(height)) if width and height and min(width, height) > 0 else None


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and abs(number) < 1e9 else None
