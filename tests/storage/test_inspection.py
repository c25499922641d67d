"""The inspecting child: bounded in memory and time, gone with its parent, and silent about our secrets."""

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from jobs.errors import DatasetUnusable, StorageUnavailable
from storage.inspection import InspectionFailed, Limits, refusal, run_inspection, unusable
from tests.services import wait_until
from tests.storage.files import SALES

ROOT = Path(__file__).parents[2]
# Of this program alone, in KiB: ru_maxrss would count the parent's memory that a fork inherits.
PEAK = "peak = lambda: int(next(l for l in open('/proc/self/status') if l.startswith('VmHWM')).split()[1])\n"
LIMITS = Limits(memory_mb=2048, time_s=60, max_rows=10_000_000, max_bytes=1 << 30)


def run(folder: Path, content: bytes, limits: Limits = LIMITS, uploaded_ms: int | None = None) -> dict[str, object]:
    (folder / "raw").write_bytes(content)
    return run_inspection(folder / "raw", folder, type_="sales", mapping={}, limits=limits, heartbeat=lambda: None, uploaded_ms=uploaded_ms)


def test_a_good_file_gives_profile_and_table(tmp_path: Path):
    assert run(tmp_path, SALES)["rows"] == 3
    assert (tmp_path / "table.parquet").read_bytes()[:4] == b"PAR1"


def test_a_sale_dated_after_the_moment_of_the_upload_is_left_out(tmp_path: Path):
    late = SALES + b"2027-01-02,0012,2\n"
    assert run(tmp_path, late, uploaded_ms=1_710_000_000_000)["rows"] == 3
    assert run(tmp_path, late)["rows"] == 4


def test_two_hundred_megabytes_of_one_line_are_refused_fast(tmp_path: Path):
    started = time.monotonic()
    with pytest.raises(DatasetUnusable, match="longer than 1 MiB"):
        run(tmp_path, b"x" * 200_000_000)
    assert time.monotonic() - started < 20


def test_reasons_come_through_with_their_rows(tmp_path: Path):
    with pytest.raises(DatasetUnusable) as e:
        run(tmp_path, SALES + b"2024-01-04,0012,many\n")
    assert [f.field for f in e.value.fields] == ["file.row 5.quantity"]
    again = unusable(refusal(e.value))
    assert (again.message, again.fields) == (e.value.message, e.value.fields)


def test_the_columns_of_a_file_that_does_not_fit_come_through(tmp_path: Path):
    with pytest.raises(DatasetUnusable) as e:
        run(tmp_path, b"when,what,how many\n2024-01-01,a,1\n")
    assert e.value.columns == unusable(refusal(e.value)).columns == ("when", "what", "how many")
    assert unusable({"message": "m", "fields": []}).columns == ()  # as one was kept before columns were


def test_too_little_memory_is_a_clear_failure(tmp_path: Path):
    rows = b"".join(b"2024-01-%02d,item-%d,%d\n" % (i % 28 + 1, i, i) for i in range(1_500_000))
    with pytest.raises(InspectionFailed, match="256 MiB"):
        run(tmp_path, b"date,item,quantity\n" + rows, Limits(256, 60, 10_000_000, 1 << 30))


def test_a_full_disk_comes_through_as_such(tmp_path: Path):
    (tmp_path / "table.parquet").symlink_to("/dev/full")
    with pytest.raises(StorageUnavailable, match="no room"):
        run(tmp_path, SALES)


def test_too_little_time_is_a_clear_failure_and_leaves_no_process(tmp_path: Path):
    with pytest.raises(InspectionFailed, match=r"0\.1 seconds"):
        run(tmp_path, SALES, Limits(2048, 0.1, 1000, 1 << 20))
    assert not [p for p in psutil.Process().children(recursive=True) if str(tmp_path) in " ".join(p.cmdline())]


def test_the_child_ends_when_its_parent_is_killed(tmp_path: Path):
    # Given a parent that waits for a child busy with a file
    (tmp_path / "raw").write_bytes(b"date,item,quantity\n" + b"2024-01-01,a,1\n" * 12_000_000)
    script = ("import sys; from pathlib import Path; from storage.inspection import *; f = Path(sys.argv[1])\n"
              "run_inspection(f / 'raw', f, type_='sales', mapping={}, limits=Limits(4096, 60, 10**8, 1 << 30), heartbeat=lambda: None)")
    parent = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT)
    wait_until(lambda: psutil.Process(parent.pid).children(), what="the child")
    child = psutil.Process(parent.pid).children()[0]
    wait_until(lambda: child.num_threads() > 1, what="the child's watch on its parent")
    # When the parent is killed
    parent.kill()
    parent.wait()
    # Then the child is gone at once
    wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, timeout_s=5, what="the child's end")


def test_no_variable_of_ours_reaches_the_child(tmp_path: Path):
    # Given a secret in the environment, and a child
    script = ("import sys, threading; from pathlib import Path; from storage.inspection import *; f = Path(sys.argv[1])\n"
              "run_inspection(f / 'raw', f, type_='sales', mapping={}, limits=Limits(4096, 60, 10**8, 1 << 30), heartbeat=lambda: None)")
    (tmp_path / "raw").write_bytes(b"date,item,quantity\n" + b"2024-01-01,a,1\n" * 3_000_000)
    parent = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, env={"AWS_SECRET_ACCESS_KEY": "secret"})
    wait_until(lambda: psutil.Process(parent.pid).children() and "inspect" in " ".join(psutil.Process(parent.pid).children()[0].cmdline()),
               what="the child")
    environment = psutil.Process(parent.pid).children()[0].environ()
    parent.kill()
    parent.wait()
    # Then it is not there
    assert "AWS_SECRET_ACCESS_KEY" not in environment


def test_a_large_file_leaves_the_parent_small(tmp_path: Path):
    # Given a file of 60 MB
    line = b"2024-01-%02d,articulo-%05d,%d,Tornillo galvanizado de media pulgada\n"
    content = b"fecha,codigo,cantidad,nombre\n" + b"".join(line % (i % 28 + 1, i % 9000, i % 7) for i in range(900_000))
    assert len(content) > 55_000_000
    (tmp_path / "raw").write_bytes(content)
    del content
    script = (PEAK + "import sys; from pathlib import Path; from storage.inspection import *; f = Path(sys.argv[1])\n"
              "before = peak()\n"
              "p = run_inspection(f / 'raw', f, type_='sales', mapping={}, limits=Limits(2048, 60, 10**8, 1 << 30), heartbeat=lambda: None)\n"
              "print(p['rows'], before, peak())")
    # When a parent has it inspected
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True, timeout=90)
    rows, before, after = map(int, done.stdout.split())
    # Then its own memory stays flat
    assert rows == 900_000
    assert after - before < 10_000  # KiB
