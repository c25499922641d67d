"""ZIPs that mean harm, or are merely broken, before anything of them is unpacked."""

import stat
import zipfile
from pathlib import Path

import pytest

from jobs.errors import DatasetUnusable
from storage import detection_archive
from storage.detection_archive import Archive
from tests.storage.pictures import write_zip

LIMIT = 1 << 26


def opened(folder: Path, files: dict[str, bytes | str], limit: int = LIMIT) -> Archive:
    return Archive(write_zip(folder / "data.zip", files), limit)


def test_files_are_listed_in_order_without_the_clutter_of_desktops(tmp_path: Path):
    archive = opened(tmp_path, {"b/2.JPG": b"2", "b\\1.png": b"1", "./a.txt": "ñ", "__MACOSX/b/._1.png": b"", "b/.DS_Store": b"", "c/Thumbs.db": b""})
    assert archive.files == ("a.txt", "b/1.png", "b/2.JPG")
    assert archive.images == ("b/1.png", "b/2.JPG")
    assert archive.text("a.txt") == "ñ"
    archive.extract("b/1.png", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"1"


@pytest.mark.parametrize("name", ["../x.jpg", "a/../../x.jpg", "/etc/passwd", "..\\x.jpg", "C:\\x.jpg", "c:/x.jpg"])
def test_a_path_that_points_out_of_the_zip_is_refused(tmp_path: Path, name: str):
    with pytest.raises(DatasetUnusable, match="points out of it"):
        opened(tmp_path, {name: b"x"})


def test_links_are_refused_as_they_could_point_anywhere(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as made:
        link = zipfile.ZipInfo("images/1.jpg")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(link, "/etc/passwd")
    with pytest.raises(DatasetUnusable, match="holds the link"):
        Archive(tmp_path / "data.zip", LIMIT)


def test_a_file_that_grows_beyond_reason_is_refused_unread(tmp_path: Path):
    with pytest.raises(DatasetUnusable, match="grows more than 200 times"):
        opened(tmp_path, {"images/1.bmp": bytes(20 << 20)})


def test_more_bytes_than_allowed_are_refused_whatever_their_ratio(tmp_path: Path):
    with pytest.raises(DatasetUnusable, match="grows beyond 1 MiB"):
        opened(tmp_path, {f"{n}.txt": bytes(range(256)) * 2000 for n in range(4)}, 1 << 20)


def test_more_files_or_images_than_allowed_are_refused(tmp_path: Path):
    assert detection_archive.MAX_MEMBERS >= 4 * detection_archive.MAX_IMAGES
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as made:
        for n in range(detection_archive.MAX_IMAGES + 1):
            made.writestr(zipfile.ZipInfo(f"{n}.jpg"), b"")
    with pytest.raises(DatasetUnusable, match="100,001 images; 100,000 are the most"):
        Archive(tmp_path / "data.zip", LIMIT)


@pytest.mark.parametrize("inner", ["more.zip", "images/x.tar.gz", "a.7z"])
def test_an_archive_within_the_archive_is_refused(tmp_path: Path, inner: str):
    with pytest.raises(DatasetUnusable, match="another archive"):
        opened(tmp_path, {inner: b"PK", "1.jpg": b""})


def test_the_same_path_twice_is_refused(tmp_path: Path):
    with pytest.raises(DatasetUnusable, match="twice"):
        opened(tmp_path, {"a/1.jpg": b"1", "a\\1.jpg": b"2"})


def test_a_protected_zip_and_odd_compressions_are_refused(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "data.zip", "w", zipfile.ZIP_LZMA) as made:
        made.writestr("1.jpg", b"x" * 100)
    with pytest.raises(DatasetUnusable, match="use deflate"):
        Archive(tmp_path / "data.zip", LIMIT)
    raw = bytearray(write_zip(tmp_path / "data.zip", {"1.jpg": b"x"}).read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "data.zip").write_bytes(raw)
    with pytest.raises(DatasetUnusable, match="password"):
        Archive(tmp_path / "data.zip", LIMIT)


def test_a_damaged_file_is_told_apart_from_a_good_one(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as made:
        made.writestr("good.txt", "good")
        made.writestr("bad.txt", "damage-me")
    (tmp_path / "data.zip").write_bytes((tmp_path / "data.zip").read_bytes().replace(b"damage-me", b"damaged!!"))
    archive = Archive(tmp_path / "data.zip", LIMIT)
    assert archive.text("good.txt") == "good"
    with pytest.raises(DatasetUnusable, match=r"'bad.txt' in the ZIP is damaged"):
        archive.text("bad.txt")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a zip", b"PK\x05\x06" + b"\xff" * 18])
def test_what_is_no_zip_is_refused(tmp_path: Path, content: bytes):
    (tmp_path / "data.zip").write_bytes(content)
    with pytest.raises(DatasetUnusable, match="not a ZIP archive"):
        Archive(tmp_path / "data.zip", LIMIT)
