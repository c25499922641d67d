"""The spool's files: locks, torn lines, lost state, what is cleared away and what is kept."""

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.full_disk import FullSpool
from tracking.spool import Op, Spool, parse


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


def begin(uri: str = "http://ml:5000") -> Op:
    return Op("begin", 1, {"uri": uri})


@given(st.dictionaries(st.text(), st.text() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)))
def test_an_op_comes_back_from_its_line_as_it_was(data: dict[str, str]) -> None:
    data = {k: v for k, v in data.items() if k not in {"op", "at"} and k.isprintable() and str(v).isprintable()}
    assert parse(Op("tag", 5, data).line()) == Op("tag", 5, data)


@pytest.mark.parametrize("line", [b"", b"{", b"[]", b"null", b'{"op":"tag"}', b'{"op":"tag","at":"x"}', b"\xff\xfe"])
def test_a_line_that_cannot_be_read_is_kept_as_such(line: bytes) -> None:
    assert parse(line).op == "unreadable"


def test_ops_are_read_from_where_the_last_reading_stopped(spool: Spool) -> None:
    # given
    segment = spool.open_segment("j1", 1)
    for op in (begin(), Op("metric", 2, {}), Op("metric", 3, {})):
        segment.append(op)
    segment.flush()
    with spool.lock("j1") as folder:
        assert folder
        [path] = folder.segments()
        ops = folder.pending(path)
        assert [op.at for op, _ in ops] == [1, 2, 3]
        # when
        folder.state.done[path.name] = ops[1][1]
        folder.save_state()
    # then a later reader goes on
    with spool.lock("j1") as folder:
        assert folder
        assert [op.at for op, _ in folder.pending(path)] == [3]


def test_a_line_longer_than_one_reading_is_read_whole(spool: Spool) -> None:
    # given
    segment = spool.open_segment("j1", 1)
    segment.append(Op("tag", 1, {"value": "x" * 5000}))
    segment.append(Op("tag", 2, {}))
    segment.close()
    with spool.lock("j1") as folder:
        assert folder
        [path] = folder.segments()
        # when
        ops = folder.pending(path, limit_bytes=100)
        # then
        assert [op.at for op, _ in ops] == [1]


def test_a_segment_is_over_when_its_writer_closed_it_or_died(spool: Spool) -> None:
    # given
    segment = spool.open_segment("j1", 1)
    segment.append(begin())
    with spool.lock("j1") as folder:
        assert folder
        [path] = folder.segments()
        # then
        assert not folder.over(path)
        segment.close()
        assert folder.over(path)


def test_a_newborn_empty_segment_is_not_taken_for_a_dead_one(spool: Spool) -> None:
    # given a segment whose writer has created it and not locked it yet
    (spool.runs / "j1").mkdir(parents=True)
    path = spool.runs / "j1" / "00000001.jsonl"
    path.touch()
    with spool.lock("j1") as folder:
        assert folder
        # then it is waited for, for a minute
        assert not folder.over(path)
        os.utime(path, (time.time() - 61, time.time() - 61))
        assert folder.over(path)


def test_a_begin_that_is_written_just_after_it_was_looked_for_is_not_thrown_away(spool: Spool) -> None:
    # given a begin that waits for room on the disk
    full = FullSpool(spool.folder)
    segment = full.open_segment("j1", 1)
    segment.append(begin())
    with spool.lock("j1") as folder:
        assert folder
        assert folder.uri() is None
        # when it gets it, and its job ends
        full.make_room()
        segment.close()
        folder.discard_unbegun()
        # then
        assert folder.uri()
        assert not spool.refused("j1")


def test_what_a_killed_shipper_had_fetched_goes_with_the_next_one(spool: Spool) -> None:
    # given
    spool.open_segment("j1", 1).close()
    (spool.runs / "j1" / "scratch").mkdir()
    (spool.runs / "j1" / "scratch" / "weights.pt").write_bytes(b"half of it")
    # when
    with spool.lock("j1") as folder:
        assert folder
        with folder.scratch() as scratch:
            found = list(scratch.iterdir())
            (scratch / "weights.pt").write_bytes(b"all of it")
        # then
        assert (found, scratch.exists()) == ([], False)


def test_an_arrived_run_takes_along_what_a_killed_shipper_had_fetched(spool: Spool) -> None:
    # given
    spool.open_segment("j1", 1).close()
    (spool.runs / "j1" / "scratch").mkdir()
    # when
    with spool.lock("j1") as folder:
        assert folder
        folder.remove(folder.segments())
    # then
    assert not spool.holds("j1")


def test_a_folder_is_locked_for_one_process_at_a_time(spool: Spool) -> None:
    # given
    spool.open_segment("j1", 1).close()
    other = Spool(spool.folder)
    # when
    with spool.lock("j1") as mine, other.lock("j1") as theirs:
        # then
        assert mine
        assert theirs is None
    with other.lock("j1") as theirs:
        assert theirs


def test_a_job_that_is_not_there_is_not_locked(spool: Spool) -> None:
    with spool.lock("nothing") as folder:
        assert folder is None


def test_a_segment_begun_while_the_folder_is_cleared_stays(spool: Spool) -> None:
    # given an attempt that has been shipped
    spool.open_segment("j1", 1).close()
    with spool.lock("j1") as folder:
        assert folder
        shipped = folder.segments()
        # when the next attempt begins just before the folder is cleared
        later = spool.open_segment("j1", 2)
        folder.remove(shipped)
        # then its segment is there, and nothing else
        assert [path.name for path in folder.segments()] == ["00000002.jsonl"]
    later.close()


def test_nothing_is_left_of_a_folder_that_has_arrived(spool: Spool) -> None:
    # given
    segment = spool.open_segment("j1", 1)
    segment.append(begin())
    segment.close()
    # when
    with spool.lock("j1") as folder:
        assert folder
        folder.save_state()
        folder.remove(folder.segments())
    # then
    assert [path for path in spool.folder.rglob("*") if path.is_file()] == []
    assert spool.backlog() == ()


@pytest.mark.parametrize("torn", ["", "{", '{"unknown": 1}'])
def test_a_state_that_is_torn_means_shipping_from_the_start(spool: Spool, torn: str) -> None:
    # given
    spool.open_segment("j1", 1).close()
    (spool.runs / "j1" / "state.json").write_text(torn)
    # then
    with spool.lock("j1") as folder:
        assert folder
        assert folder.state.done == {}


def test_a_segment_opened_again_after_a_torn_line_starts_a_new_line(spool: Spool) -> None:
    # given
    (spool.runs / "j1").mkdir(parents=True)
    path = spool.runs / "j1" / "00000001.jsonl"
    path.write_bytes(b'{"op":"tag","a')
    # when
    segment = spool.open_segment("j1", 1)
    segment.append(begin())
    segment.close()
    # then
    assert [parse(line).op for line in path.read_bytes().splitlines()] == ["unreadable", "begin"]


def test_ops_wait_in_memory_and_are_written_by_the_shipper_in_order(spool: Spool) -> None:
    # given
    segment = spool.open_segment("j1", 1)
    segment.append(begin())
    for i in range(100):
        segment.append(Op("metric", i, {}))
    path = spool.runs / "j1" / "00000001.jsonl"
    assert len(path.read_bytes().splitlines()) == 1
    # when
    spool.flush()
    # then
    assert [parse(line).at for line in path.read_bytes().splitlines()] == [1, *range(100)]
    segment.close()


def test_a_refused_run_can_be_moved_back_and_read_again(spool: Spool) -> None:
    # given
    segment = spool.open_segment("j1", 1)
    segment.append(begin())
    segment.close()
    with spool.lock("j1") as folder:
        assert folder
        folder.bury_all("the experiment is deleted")
    assert (spool.backlog(), spool.dead_letters()) == ((), 1)
    # when
    [dead] = (spool.dead / "j1").iterdir()
    dead.rename(spool.runs / "j1")
    # then
    with spool.lock("j1") as folder:
        assert folder
        assert folder.uri() == "http://ml:5000"
        folder.remove(folder.segments())
    assert not spool.holds("j1")


def test_the_backlog_is_listed_oldest_first(spool: Spool) -> None:
    # given
    for n, job_id in enumerate(("b", "a", "c")):
        spool.open_segment(job_id, 1).close()
        os.utime(spool.runs / job_id, (n, n))
    # then
    assert spool.backlog() == ("b", "a", "c")


def test_a_look_at_a_run_that_is_gone_leaves_no_lock_behind(spool: Spool) -> None:
    # given a process that listed the run before another one had shipped all of it
    with spool.lock("gone") as folder:
        assert folder is None
    # then
    assert list((spool.folder / "locks").iterdir()) == []
