import os
from pathlib import Path

from jobs.settings import load_settings
from storage.memory_jobs import MemoryJobStore
from workers.services import make_services, services


def test_stores_are_made_where_the_settings_say(tmp_path: Path) -> None:
    made = make_services(load_settings({"NORIA_HOME": str(tmp_path)}), MemoryJobStore())
    made.objects.put("blobs/aa/x", b"1")
    assert (tmp_path / "objects" / "blobs" / "aa" / "x").read_bytes() == b"1"
    assert made.cache == tmp_path / "cache"


def test_a_forked_child_makes_connections_of_its_own() -> None:
    mine = services()
    assert services() is mine
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, b"old" if services() is mine else b"new")
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 3) == b"new"
    os.close(reading)
    os.close(writing)
