"""One contract for every object store: a local folder and S3."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from jobs.errors import InputError, NotFound, StorageUnavailable
from storage.object_store import ObjectStore
from storage.objects import open_store
from tests.services import free_port

ROOT = Path(__file__).parents[2]


def test_create_writes_once_and_leaves_the_first_content(objects: ObjectStore):
    # When two contents are created under one name
    first, second = objects.create("a/b", b"first"), objects.create("a/b", b"second")
    # Then only the first one is there
    assert (first, second, objects.read("a/b")) == (True, False, b"first")


def test_create_has_one_winner_among_many_threads(objects: ObjectStore):
    # Given twenty threads that create the same name at once
    start, won = threading.Barrier(20), []

    def race(n: int) -> None:
        start.wait()
        if objects.create("race", str(n).encode()):
            won.append(n)

    threads = [threading.Thread(target=race, args=(n,)) for n in range(20)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    # Then one of them won, and its content stands
    assert len(won) == 1
    assert objects.read("race") == str(won[0]).encode()


def test_create_streams_a_large_file_and_keeps_the_first(objects: ObjectStore, tmp_path: Path):
    # Given two files above the size of one part
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_bytes(b"1" * (9 << 20))
    two.write_bytes(b"2" * (10 << 20))
    # When both are created under one name
    created = objects.create("big", one), objects.create("big", two)
    # Then the first is whole, and nothing is left over from staging
    assert created == (True, False)
    assert objects.size("big") == 9 << 20
    assert list(objects.names("staging/")) == []


def test_put_overwrites_and_streams_a_path(objects: ObjectStore, tmp_path: Path):
    objects.put("x", b"old")
    content = os.urandom(17 << 20)
    (tmp_path / "source").write_bytes(content)
    objects.put("x", tmp_path / "source")
    assert objects.read("x") == content
    assert b"".join(objects.stream("x", chunk_bytes=1 << 16)) == content


def test_fetch_copies_whole_and_makes_the_folder(objects: ObjectStore, tmp_path: Path):
    objects.put("x", b"abc")
    target = objects.fetch("x", tmp_path / "new" / "folder" / "file")
    assert target.read_bytes() == b"abc"
    assert [p.name for p in target.parent.iterdir()] == ["file"]


def test_unknown_names_raise_not_found_everywhere(objects: ObjectStore, tmp_path: Path):
    for call in (objects.read, objects.size, objects.stream, objects.read_json, lambda n: objects.fetch(n, tmp_path / "t")):
        with pytest.raises(NotFound):
            call("no/such")
    assert not objects.exists("no/such")
    assert not (tmp_path / "t").exists()


def test_delete_is_silent_about_what_is_not_there(objects: ObjectStore):
    objects.put("x", b"1")
    objects.delete("x")
    objects.delete("x")
    assert not objects.exists("x")


def test_names_come_sorted_and_only_from_their_folder(objects: ObjectStore):
    for name in ("a/3", "a/1", "a/sub/2", "ab/4", "b/5"):
        objects.put(name, b"")
    assert list(objects.names("a/")) == ["a/1", "a/3", "a/sub/2"]
    assert list(objects.names("none/")) == []
    with pytest.raises(InputError):
        list(objects.names("a"))


def test_documents_carry_the_schema_number_and_refuse_nan(objects: ObjectStore):
    objects.put_json("d.json", {"name": "Ñandú"})
    assert objects.read_json("d.json") == {"schema": 1, "name": "Ñandú"}
    assert not objects.create_json("d.json", {})
    with pytest.raises(ValueError, match="Out of range"):
        objects.put_json("e.json", {"x": float("nan")})


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/passwd", "a//b", ".", "", "a\\b", "a/\0", "x" * 1001])
def test_names_that_could_leave_the_folder_are_refused(objects: ObjectStore, name: str):
    for call in (objects.read, objects.delete, objects.exists, lambda n: objects.put(n, b"")):
        with pytest.raises(InputError):
            call(name)


def test_empty_objects_and_odd_characters_work(objects: ObjectStore):
    objects.put("a/Ünï code+%41~.x", b"")
    assert objects.read("a/Ünï code+%41~.x") == b""
    assert list(objects.names("a/")) == ["a/Ünï code+%41~.x"]


def test_a_dead_s3_server_is_storage_unavailable(s3_url: str):
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
        with pytest.raises(StorageUnavailable):
            open_store(s3_url).read("x")


def test_a_folder_that_cannot_be_written_is_storage_unavailable(tmp_path: Path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StorageUnavailable):
        open_store(str(tmp_path / "file" / "below"))


def test_a_full_disk_is_storage_unavailable_and_leaves_nothing(tmp_path: Path):
    # Given a process that may not write files above 1 MiB (as a full disk: the write fails with an OSError)
    script = ("import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
              "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))\n"
              "from storage.objects import open_store; from jobs.errors import StorageUnavailable\n"
              "objects = open_store(sys.argv[1])\n"
              "try: objects.put('x', b'1' * (4 << 20))\n"
              "except StorageUnavailable: print('unavailable', objects.exists('x'))\n")
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["unavailable", "False"]


def test_unknown_schemes_are_refused_with_those_there_are():
    with pytest.raises(InputError, match="s3://"):
        open_store("ftp://somewhere/x")


def test_a_writer_killed_in_the_middle_leaves_the_old_object(tmp_path: Path):
    # Given an object, and a process that overwrites it with 300 MB again and again
    objects = open_store(str(tmp_path / "objects"))
    objects.put("x", b"old")
    source = tmp_path / "source"
    with source.open("wb") as file:
        file.truncate(300_000_000)
    script = ("import sys; from pathlib import Path; from storage.objects import open_store\n"
              "objects = open_store(sys.argv[1]); print('go', flush=True); objects.put('x', Path(sys.argv[2]))")
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "objects"), str(source)], cwd=ROOT, stdout=subprocess.PIPE) as child:
        assert child.stdout
        assert child.stdout.readline() == b"go\n"
        time.sleep(0.02)
        # When it is killed on the way
        child.send_signal(signal.SIGKILL)
    # Then a reader sees the old object or the whole new one, never a part
    assert objects.size("x") in {3, 300_000_000}
    assert list(objects.names("x/")) == []
