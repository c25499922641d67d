"""Data sets from upload to table, on every store."""

import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import asdict, replace
from pathlib import Path

import polars as pl
import psutil
import pytest

from jobs.errors import DatasetUnusable, InputError, NotFound, StorageUnavailable, Unavailable
from jobs.settings import Settings
from storage import names
from storage.datasets import DatasetDocument, Datasets, dataset_document, remove_stale_scratch
from storage.images import Images
from storage.memory_jobs import MemoryJobStore
from storage.object_store import ObjectStore
from tests.services import wait_until
from tests.storage.files import SALES
from tests.storage.pictures import write_zip, yolo_files

ROOT = Path(__file__).parents[2]
# Of this program alone, in KiB: ru_maxrss would count the parent's memory that a fork inherits.
PEAK = "peak = lambda: int(next(l for l in open('/proc/self/status') if l.startswith('VmHWM')).split()[1])\n"
BAD = SALES + b"2024-01-04,0012,many\n"


def upload(datasets: Datasets, folder: Path, content: bytes = SALES, wait_s: float = 60, **options: object) -> tuple[DatasetDocument, bool]:
    """Receive `content` as an API would, and wait for its inspection."""
    source = folder / "spooled"
    source.write_bytes(content)
    document, created = datasets.receive(source, **{"type": "sales", "name": "Ventas 2024.csv", "filename": "v.csv", **options})  # type: ignore[arg-type]
    source.unlink()
    return datasets.wait(document.id, wait_s), created


def test_an_upload_becomes_a_table_on_every_store(objects: ObjectStore, index: MemoryJobStore, settings: Settings, tmp_path: Path):
    # When a file is uploaded
    datasets = Datasets(objects, index, settings)
    document, created = upload(datasets, tmp_path, company="c1", now_ms=1_700_000_000_000)
    # Then its document, its bytes and its table are there
    assert created
    shown = dataset_document(document)
    assert {k: shown[k] for k in ("type", "name", "original_name", "rows", "company", "created_at", "mapping")} == {
        "type": "sales", "name": "Ventas-2024.csv", "original_name": "Ventas 2024.csv", "rows": 3, "company": "c1",
        "created_at": "2023-11-14T22:13:20.000Z", "mapping": {}}
    assert shown["profile"]["series"] == 1
    assert objects.read(names.blob(document.sha256)) == SALES
    local = datasets.local(document.id, tmp_path / "cache")
    assert pl.read_parquet(local.path)["item"].to_list() == ["0012"] * 3
    assert (local.id, local.rows, local.type) == (document.id, 3, "sales")
    # And nothing of the work is left over
    assert sorted(n.split("/")[-1] for n in objects.names("datasets/")) == ["profile.json", "table.parquet", "upload.json"]
    assert list((settings.home / "inspect").iterdir()) == []


def test_the_same_bytes_again_give_the_same_document_which_keeps_when_and_under_which_name_they_came(datasets: Datasets, tmp_path: Path):
    first, _ = upload(datasets, tmp_path, now_ms=1)
    again, created = upload(datasets, tmp_path, name="another name", now_ms=2)
    assert (dataset_document(again), created) == (dataset_document(first), False)
    kept = datasets.get(first.id)
    assert kept == replace(first, sent_name="another name", sent_at=2)


def test_a_sale_dated_after_its_upload_is_in_neither_profile_nor_table_however_late_it_is_read(datasets: Datasets, tmp_path: Path):
    # Given a file with a year mistyped, uploaded in March 2024
    late = SALES + b"2025-01-02,0012,2\n"
    document, _ = upload(datasets, tmp_path, late, now_ms=1_710_000_000_000)
    # When it is read, and sent once more, after that date
    again, _ = upload(datasets, tmp_path, late, now_ms=1_790_000_000_000)
    # Then the row is left out of all that is made of it
    assert again.profile == document.profile
    assert (document.rows, document.profile["last_date"]) == (3, "2024-01-03")  # type: ignore[index]
    assert document.profile["notes"][0].startswith("Left out: 1 row dated after")  # type: ignore[index]
    assert pl.read_parquet(datasets.local(document.id, tmp_path / "cache").path).height == 3


def test_an_older_file_sent_again_is_the_last_one_of_its_company(datasets: Datasets, local_objects: ObjectStore, settings: Settings,
                                                                tmp_path: Path):
    # Given two data sets of a company, and the older one sent once more
    older = upload(datasets, tmp_path, company="c", now_ms=1)[0]
    newer = upload(datasets, tmp_path, SALES + b"2024-02-01,b,1\n", company="c", now_ms=2)[0]
    assert datasets.latest_for_company("c") == newer.id
    again, created = upload(datasets, tmp_path, company="c", now_ms=3)
    assert (again.id, created) == (older.id, False)
    # Then it is the last one, also for an index made anew, and its place in the list of all stays
    assert datasets.latest_for_company("c") == older.id
    anew = Datasets(local_objects, MemoryJobStore(), settings)
    assert anew.reindex() == 2
    assert anew.latest_for_company("c") == older.id
    assert [d.id for d in anew.page()[0]] == [newer.id, older.id]


def test_sales_of_a_company_that_replace_longer_ones_say_what_is_lost(datasets: Datasets, tmp_path: Path):
    # Given the whole history of a company
    whole = upload(datasets, tmp_path, company="c", now_ms=1)[0]
    # When only the new month is sent for it, or for nobody, or for another one
    month = b"date,item,quantity\n2024-02-01,0012,3\n2024-02-02,0012,4.5\n2024-02-03,0012,1\n"
    alone, elsewhere = upload(datasets, tmp_path, month)[0], upload(datasets, tmp_path, month, company="d")[0]
    new = upload(datasets, tmp_path, month, company="c", now_ms=2)[0]
    # Then the company's profile says so, also to jobs
    said = "This file begins 2024-02-01; the one before it began 2024-01-01. A data set replaces the one before"
    assert [d.profile["warnings"] for d in (whole, alone, elsewhere)] == [[], [], []]  # type: ignore[index]
    assert new.profile["warnings"][0].startswith(said)  # type: ignore[index]
    assert datasets.local(new.id, tmp_path / "cache").profile["warnings"] == new.profile["warnings"]  # type: ignore[index]


def test_a_file_sent_again_is_compared_with_the_last_one_until_then(datasets: Datasets, tmp_path: Path):
    # Given a month that was sent first, and the whole history after it
    month = b"date,item,quantity\n2024-01-02,0012,4.5\n2024-01-03,0012,1\n"
    assert upload(datasets, tmp_path, month, company="c", now_ms=1)[0].profile["warnings"] == []  # type: ignore[index]
    assert upload(datasets, tmp_path, company="c", now_ms=2)[0].profile["warnings"] == []  # type: ignore[index]
    # When the month is sent again, twice
    for now in (3, 4):
        again = upload(datasets, tmp_path, month, company="c", now_ms=now)[0]
        # Then it is told what it replaces
        assert "began 2024-01-01" in again.profile["warnings"][0]  # type: ignore[index]
    # And the whole history replaces nothing
    assert upload(datasets, tmp_path, company="c", now_ms=5)[0].profile["warnings"] == []  # type: ignore[index]


def test_the_data_sets_of_a_company_are_listed_by_type_the_last_uploaded_first(datasets: Datasets, tmp_path: Path):
    older = upload(datasets, tmp_path, company="c", now_ms=1)[0]
    newer = upload(datasets, tmp_path, SALES + b"2024-02-01,b,1\n", company="c", now_ms=2)[0]
    upload(datasets, tmp_path, company="other", now_ms=3)
    stock = upload(datasets, tmp_path, b"item,on_hand\na,1\nb,2\n", company="c", type="stock", now_ms=4)[0]
    def ids(type_: str, **limit: int) -> list[str]:
        return [d.id for d in datasets.of_company("c", type_, **limit)]

    assert ids("sales") == [newer.id, older.id]
    upload(datasets, tmp_path, company="c", now_ms=5)
    assert ids("sales", limit=1) == [older.id]
    assert (ids("stock"), ids("future")) == ([stock.id], [])


@pytest.mark.parametrize("change", [{"company": "c2"}, {"mapping": {"quantity": "quantity"}}, {"type": "future", "content": b"date,item,promo\n2024-01-01,a,1\n2024-01-02,a,0\n"}])
def test_another_type_company_or_mapping_is_another_data_set(datasets: Datasets, tmp_path: Path, change: dict[str, object]):
    first, _ = upload(datasets, tmp_path)
    content = change.pop("content", SALES)
    second, created = upload(datasets, tmp_path, content, **change)  # type: ignore[arg-type]
    assert created
    assert second.id != first.id


def test_many_clients_at_once_make_one_data_set(datasets: Datasets, tmp_path: Path):
    results, start = [], threading.Barrier(8)

    def client(n: int) -> None:
        (tmp_path / str(n)).mkdir()
        start.wait()
        results.append(upload(datasets, tmp_path / str(n)))

    threads = [threading.Thread(target=client, args=(n,)) for n in range(8)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert len({document.id for document, _ in results}) == 1
    assert [created for _, created in results].count(True) == 1


def test_a_refused_file_is_refused_again_without_another_parse(datasets: Datasets, local_objects: ObjectStore, tmp_path: Path):
    # Given a refused upload
    with pytest.raises(DatasetUnusable) as first:
        upload(datasets, tmp_path, BAD)
    # When the same bytes come again
    with pytest.raises(DatasetUnusable) as second:
        datasets.receive(_file(tmp_path, BAD), type="sales", name="x")
    # Then the same reasons are given at once, and nothing half stands in the store or the list
    assert second.value.fields == first.value.fields
    assert second.value.fields[0].field == "file.row 5.quantity"
    assert sorted(n.split("/")[-1] for n in local_objects.names("datasets/")) == ["refused.json", "upload.json"]
    assert datasets.page() == ((), None)


def test_a_file_that_took_too_long_is_tried_again_under_other_limits(local_objects: ObjectStore, index: MemoryJobStore, settings: Settings,
                                                                     tmp_path: Path):
    hasty = Datasets(local_objects, index, settings.model_copy(update={"inspect_time_s": 0.1}))
    for _ in range(2):
        with pytest.raises(DatasetUnusable, match="INSPECT_TIME_S"):
            upload(hasty, tmp_path)
    assert upload(Datasets(local_objects, index, settings), tmp_path)[0].rows == 3


def test_an_inspection_that_is_killed_refuses_nothing_and_is_made_again(datasets: Datasets, local_objects: ObjectStore, tmp_path: Path):
    # Given an upload whose inspecting child is killed, as the kernel does when memory runs out
    big = b"date,item,quantity\n" + b"2024-01-01,a,1\n" * 3_000_000
    document = datasets.receive(_file(tmp_path, big), type="sales", name="x")[0]
    wait_until(lambda: _children(), what="the inspecting child")
    _children()[0].kill()
    # Then whoever waits is told so, and the next upload of the same is read
    with pytest.raises(Unavailable, match="interrupted"):
        datasets.wait(document.id, 60)
    assert not local_objects.exists(names.dataset(document.id, "refused.json"))
    assert upload(datasets, tmp_path, big)[0].rows == 3_000_000


def test_a_scratch_folder_that_cannot_be_made_is_told_and_refuses_nothing(datasets: Datasets, settings: Settings, tmp_path: Path):
    settings.home.mkdir()
    (settings.home / "inspect").touch()
    with pytest.raises(StorageUnavailable):
        upload(datasets, tmp_path)
    (settings.home / "inspect").unlink()
    assert upload(datasets, tmp_path)[0].rows == 3


def test_only_scratch_that_was_left_a_day_ago_is_removed(settings: Settings):
    # Given what killed processes left, a day ago and just now
    remove_stale_scratch(settings.home)
    for name in ("old", "new"):
        (settings.home / "inspect" / name).mkdir(parents=True)
        (settings.home / "inspect" / name / "raw").touch()
    os.utime(settings.home / "inspect" / "old", (time.time() - 90_000,) * 2)
    # When an API starts
    remove_stale_scratch(settings.home)
    # Then the old is gone
    assert [p.name for p in (settings.home / "inspect").iterdir()] == ["new"]


def test_what_cannot_be_received_stores_nothing(datasets: Datasets, local_objects: ObjectStore, tmp_path: Path):
    source = _file(tmp_path, SALES)
    for error, options in ((InputError, {"type": "x"}), (InputError, {"type": "sales", "mapping": {"a": "b"}})):
        with pytest.raises(error):
            datasets.receive(source, name="x", **options)  # type: ignore[arg-type]
    with pytest.raises(DatasetUnusable, match="empty"):
        datasets.receive(_file(tmp_path, b""), type="sales", name="x")
    assert list(local_objects.names("datasets/")) + list(local_objects.names("blobs/")) == []


@pytest.mark.parametrize("dataset_id", ["0" * 24, "", "../../x", "A" * 24, "0" * 23 + "\n"])
def test_unknown_and_hostile_ids_are_not_found(datasets: Datasets, tmp_path: Path, dataset_id: str):
    for call in (datasets.get, datasets.delete, lambda i: datasets.table(i, tmp_path), lambda i: datasets.local(i, tmp_path)):
        with pytest.raises(NotFound):
            call(dataset_id)


def test_an_inspection_whose_process_died_is_started_by_whoever_asks(local_objects: ObjectStore, index: MemoryJobStore, settings: Settings,
                                                                     tmp_path: Path):
    # Given what an API process leaves that dies right after it took the file in
    document = DatasetDocument("a" * 24, "sales", "n", "n", "f", "0" * 64, len(SALES), None, {}, 1)
    local_objects.put(names.blob(document.sha256), SALES)
    local_objects.put_json(names.dataset(document.id, "upload.json"), asdict(document))
    local_objects.put_json(names.dataset(document.id, "inspecting.json"), {"until": 1})
    # When another one is asked
    datasets = Datasets(local_objects, index, settings)
    found = datasets.get(document.id)
    # Then it answers without a profile, and gets it
    assert found.profile is None
    wait_until(lambda: datasets.get(document.id).rows == 3, what="the inspection")
    assert [d.id for d in datasets.page()[0]] == [document.id]


def test_a_live_inspection_elsewhere_is_left_alone(local_objects: ObjectStore, index: MemoryJobStore, settings: Settings, tmp_path: Path):
    # Given an upload that another process says it is at
    document = DatasetDocument("a" * 24, "sales", "n", "n", "f", "0" * 64, len(SALES), None, {}, 1)
    local_objects.put(names.blob(document.sha256), SALES)
    local_objects.put_json(names.dataset(document.id, "upload.json"), asdict(document))
    local_objects.put_json(names.dataset(document.id, "inspecting.json"), {"until": 10**15})
    # Then waiting gives the document as it is, and starts nothing
    datasets = Datasets(local_objects, index, settings)
    assert datasets.wait(document.id, 0.6).profile is None
    with pytest.raises(Unavailable, match="still being inspected"):
        datasets.local(document.id, tmp_path)
    assert not (settings.home / "inspect").exists()


def test_a_short_wait_answers_without_a_profile_and_a_poll_finds_it(datasets: Datasets, tmp_path: Path):
    document, created = upload(datasets, tmp_path, wait_s=0)
    assert created
    assert document.profile is None
    assert dataset_document(document)["links"]["self"] == f"/v1/datasets/{document.id}"
    assert datasets.wait(document.id, 60).rows == 3


def test_pages_are_newest_first_and_reindex_restores_them(local_objects: ObjectStore, index: MemoryJobStore, settings: Settings, tmp_path: Path):
    # Given three data sets and a refused one
    datasets = Datasets(local_objects, index, settings)
    ids = [upload(datasets, tmp_path, SALES + b"2024-02-01,b,%d\n" % n, company="c", now_ms=n)[0].id for n in range(3)]
    with pytest.raises(DatasetUnusable):
        upload(datasets, tmp_path, BAD)
    # When the index is lost and made anew
    again = Datasets(local_objects, MemoryJobStore(), settings)
    assert again.page() == ((), None)
    assert again.latest_for_company("c") is None
    assert again.reindex() == 3
    # Then lists and the company's last one are as they were
    for known in (datasets, again):
        page, cursor = known.page(limit=2)
        rest, _ = known.page(limit=2, cursor=cursor)
        assert [d.id for d in page + rest] == ids[::-1]
        assert known.latest_for_company("c") == ids[2]
        assert known.latest_for_company("c", "future") is None


def test_delete_forgets_the_data_set_and_keeps_shared_bytes(datasets: Datasets, local_objects: ObjectStore, tmp_path: Path):
    # Given two data sets of the same bytes
    one, two = upload(datasets, tmp_path)[0], upload(datasets, tmp_path, company="c")[0]
    # When one is deleted
    datasets.delete(one.id)
    # Then the bytes stay for the other, and go with it
    with pytest.raises(NotFound):
        datasets.get(one.id)
    assert [d.id for d in datasets.page()[0]] == [two.id]
    assert local_objects.exists(names.blob(two.sha256))
    datasets.delete(two.id)
    assert datasets.latest_for_company("c") is None
    assert list(local_objects.names("datasets/")) + list(local_objects.names("blobs/")) == []
    # And the same upload makes it anew
    assert upload(datasets, tmp_path)[1]


def test_the_room_of_the_api_loads_no_library_of_tables():
    script = ("import sys, storage.datasets, storage.companies, storage.objects\n"
              "print([m for m in ('polars', 'numpy', 'pandas', 'python_calamine', 'pyarrow') if m in sys.modules])")
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_taking_in_a_large_file_keeps_the_process_small(tmp_path: Path):
    # Given a file of 60 MB
    with (tmp_path / "big.csv").open("wb") as file:
        file.write(b"fecha,codigo,cantidad,nombre\n")
        file.writelines(b"2024-01-%02d,articulo-%05d,%d,Tornillo galvanizado de media pulgada\n" % (i % 28 + 1, i % 9000, i % 7)
                        for i in range(900_000))
    script = (PEAK + "import sys; from pathlib import Path; from jobs.settings import Settings; from storage.datasets import Datasets\n"
              "from storage.memory_jobs import MemoryJobStore; from storage.objects import open_store\n"
              "f = Path(sys.argv[1]); d = Datasets(open_store(str(f / 'o')), MemoryJobStore(), Settings(noria_home=f / 'home'))\n"
              "before = peak()\n"
              "found, _ = d.receive(f / 'big.csv', type='sales', name='big'); found = d.wait(found.id, 90)\n"
              "print(found.rows, before, peak())")
    # When it is hashed, stored and inspected
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    rows, before, after = map(int, done.stdout.split())
    # Then the process grows by the upload's parts at most
    assert rows == 900_000
    assert after < 150_000  # KiB
    assert after - before < 64_000


def _children() -> list[psutil.Process]:
    return [p for p in psutil.Process().children() if "storage.inspect" in p.cmdline()]


def _file(folder: Path, content: bytes) -> Path:
    (folder / "again").write_bytes(content)
    return folder / "again"


def test_a_detection_data_set_brings_its_images_and_its_records(objects: ObjectStore, index: MemoryJobStore, settings: Settings, tmp_path: Path):
    # When a ZIP of images with boxes is uploaded
    datasets, images = Datasets(objects, index, settings), Images(objects, index, settings)
    content = write_zip(tmp_path / "made.zip", yolo_files(6)).read_bytes()
    document, created = upload(datasets, tmp_path, content, type="detection", name="pets.zip")
    # Then its table is there for jobs, its records for exports, and each image by its hash
    assert created
    assert document.profile is not None
    assert (document.type, document.rows, document.profile["boxes"]) == ("detection", 6, 10)
    rows = pl.read_parquet(datasets.local(document.id, tmp_path / "cache").path).to_dicts()
    records = [json.loads(line) for line in datasets.records(document.id, tmp_path / "records").read_text().splitlines()]
    assert rows == records
    for row in rows:
        path = images.local(row["image_sha256"], tmp_path / "cache")
        assert (hashlib.sha256(path.read_bytes()).hexdigest(), path.suffix) == (row["image_sha256"], ".jpg")
    # And the same ZIP again is the same data set
    again, created = upload(datasets, tmp_path, content, type="detection")
    assert (again.id, created) == (document.id, False)
    # And its images outlive it, since snapshots and corrections may hold their hashes
    datasets.delete(document.id)
    assert not [name for name in objects.names("datasets/") if document.id in name]
    assert len(list(objects.names("images/"))) == 6


def test_a_detection_zip_that_means_harm_is_refused_with_its_reason(datasets: Datasets, local_objects: ObjectStore, tmp_path: Path):
    content = write_zip(tmp_path / "made.zip", yolo_files(3) | {"../../evil.jpg": b"x"}).read_bytes()
    with pytest.raises(DatasetUnusable, match="points out of it"):
        upload(datasets, tmp_path, content, type="detection")
    assert list(local_objects.names("images/")) == []
    with pytest.raises(InputError, match="no columns to map"):
        upload(datasets, tmp_path, content, type="detection", mapping={"date": "x"})


def test_the_bytes_of_a_file_that_can_never_be_used_are_not_kept(datasets: Datasets, local_objects: ObjectStore, tmp_path: Path):
    with pytest.raises(DatasetUnusable):
        upload(datasets, tmp_path, BAD)
    assert list(local_objects.names("blobs/")) == []
    # and the same file is refused again without being read
    with pytest.raises(DatasetUnusable):
        upload(datasets, tmp_path, BAD)


def test_bytes_that_another_data_set_is_made_of_stay_when_one_is_refused(datasets: Datasets, local_objects: ObjectStore, tmp_path: Path):
    upload(datasets, tmp_path)
    with pytest.raises(DatasetUnusable):
        upload(datasets, tmp_path, type="future")
    assert len(list(local_objects.names("blobs/"))) == 1
