"""Images from upload to a local copy, on every store."""

import hashlib
import io
import threading
from pathlib import Path

import pytest
from PIL import Image

from jobs.errors import InputError, NotFound, TooLarge
from jobs.settings import Settings
from storage import names
from storage.images import ImageDocument, Images, image_document, suffix_of
from storage.memory_jobs import MemoryJobStore
from storage.object_store import ObjectStore
from tests.storage.pictures import picture


@pytest.fixture
def images(local_objects: ObjectStore, index: MemoryJobStore, settings: Settings) -> Images:
    return Images(local_objects, index, settings)


def test_an_upload_is_kept_by_its_content_on_every_store(objects: ObjectStore, index: MemoryJobStore, settings: Settings, tmp_path: Path):
    # When an image is received
    images, content = Images(objects, index, settings), picture()
    document, created = images.receive(content, now_ms=1_700_000_000_000)
    # Then its document, its bytes and a local copy are there
    sha256 = hashlib.sha256(content).hexdigest()
    assert created
    assert document == ImageDocument(sha256[:24], sha256, 64, 48, "jpg", len(content), 1_700_000_000_000)
    assert objects.read(names.image(sha256)) == content
    local = images.local(sha256, tmp_path / "cache")
    assert (local.name, local.read_bytes()) == (f"{sha256}.jpg", content)
    assert images.local(sha256, tmp_path / "cache") == local
    assert images.page()[0] == (document,)
    assert image_document(document)["links"] == {"self": f"/v1/images/{document.id}"}
    assert list((settings.home / "inspect").iterdir()) == []


def test_the_same_bytes_again_are_the_same_image_and_not_parsed(images: Images, settings: Settings, tmp_path: Path):
    # Given an upright image and a turned one
    upright, turned = picture(1), picture(2, orientation=6)
    first = [d for d, _ in images.receive_all([upright, turned], now_ms=1)]
    # When both come again, as files, where nothing could be parsed
    settings.home.joinpath("inspect").rmdir()
    settings.home.joinpath("inspect").touch()
    (tmp_path / "a").write_bytes(upright)
    again = images.receive_all([tmp_path / "a", turned], now_ms=2)
    # Then they are known
    assert again == [(d, False) for d in first]


def test_a_turned_image_and_its_upright_bytes_are_one_image(images: Images, local_objects: ObjectStore):
    document, _ = images.receive(picture(orientation=6))
    assert (document.width, document.height) == (48, 64)
    again, created = images.receive(local_objects.read(names.image(document.sha256)))
    assert (again, created) == (document, False)


def test_of_several_images_all_are_kept_or_none(images: Images, local_objects: ObjectStore):
    with pytest.raises(InputError) as e:
        images.receive_all([picture(1), b"junk", picture(2)])
    assert [f.field for f in e.value.fields] == ["file[1]"]
    assert list(local_objects.names("images/")) == []


def test_more_pixels_than_allowed_are_too_large(local_objects: ObjectStore, index: MemoryJobStore, tmp_path: Path):
    images = Images(local_objects, index, Settings(noria_home=tmp_path / "home", max_image_mp=0.003))
    with pytest.raises(TooLarge, match=r"file\[0\] has 64 x 48 pixels; 0.003 megapixels"):
        images.receive(picture())


def test_many_uploads_of_the_same_image_at_once_make_one(images: Images):
    results: list[tuple[ImageDocument, bool]] = []
    threads = [threading.Thread(target=lambda: results.append(images.receive(picture()))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({document for document, _ in results}) == 1
    assert sum(created for _, created in results) == 1


@pytest.mark.parametrize("image_id", ["", "0" * 24, "../../etc/passwd", "0" * 64])
def test_what_is_not_there_is_not_found(images: Images, image_id: str, tmp_path: Path):
    with pytest.raises(NotFound):
        images.get(image_id)
    with pytest.raises(NotFound):
        images.local(image_id, tmp_path)


def test_reindexing_lists_every_image_again(images: Images, local_objects: ObjectStore, settings: Settings):
    documents = {d for d, _ in images.receive_all([picture(n) for n in range(3)])}
    fresh = Images(local_objects, MemoryJobStore(), settings)
    assert fresh.page()[0] == ()
    assert fresh.reindex() == 3
    assert set(fresh.page()[0]) == documents


@pytest.mark.parametrize(("format_", "suffix"), [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp"), ("BMP", "bmp"), ("TIFF", "tif")])
def test_the_first_bytes_tell_the_suffix(format_: str, suffix: str):
    assert suffix_of(picture(format_=format_)[:4]) == suffix


def test_boxes_are_drawn_into_a_copy_of_the_image(images: Images, settings: Settings, local_objects: ObjectStore):
    document, _ = images.receive(picture(size=(120, 90)))
    box = {"label": "../<b>", "confidence": 0.9, "x1": 10, "y1": 30, "x2": 50, "y2": 60}

    with Image.open(io.BytesIO(images.with_boxes(document, [box]))) as drawn, Image.open(io.BytesIO(images.with_boxes(document, []))) as bare:
        assert (drawn.format, drawn.size, bare.size) == ("JPEG", (120, 90), (120, 90))
        assert drawn.getpixel((11, 45)) != bare.getpixel((11, 45))
    assert hashlib.sha256(local_objects.read(names.image(document.sha256))).hexdigest() == document.sha256
    assert list((settings.home / "inspect").iterdir()) == []
