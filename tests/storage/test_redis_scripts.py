"""Scripts over connections that are kept open: none is used that is gone, or that still owes an answer."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from storage.redis_scripts import ScriptRunner
from tests.services import Valkey

SCRIPTS = {
    "echo": "return ARGV[1]",
    "wrong": "return redis.call('INCR', KEYS)",
    "slow": "local n = 0 for i = 1, tonumber(ARGV[1]) do n = n + i % 7 end return 'late'",
}


@pytest.fixture
def runner(valkey: Valkey) -> Iterator[ScriptRunner]:
    made = make(valkey.url)
    yield made
    made.close()


def make(url: str, connections: int = 4, timeout_s: float = 5, scripts: dict[str, str] = SCRIPTS, **more: Any) -> ScriptRunner:
    pool = redis.ConnectionPool.from_url(url, socket_timeout=timeout_s, decode_responses=True)
    return ScriptRunner(pool, scripts, connections=connections, patience_s=timeout_s, **more)


def opened(valkey: Valkey) -> int:
    return int(valkey.client.info("stats")["total_connections_received"])


def test_calls_one_after_the_other_use_one_connection(runner: ScriptRunner, valkey: Valkey) -> None:
    before = opened(valkey)

    assert [runner.run("echo", (n,)) for n in ("a", "b", "é")] == ["a", "b", "é"]
    with pytest.raises(redis.ResponseError):
        runner.run("wrong", ())
    assert runner.run("echo", ("c",)) == "c"
    assert opened(valkey) - before == 1


def test_scripts_that_the_server_does_not_know_any_more_are_sent_again(runner: ScriptRunner, valkey: Valkey) -> None:
    runner.run("echo", ("a",))
    valkey.client.function_flush()

    assert runner.run("echo", ("b",)) == "b"


def test_scripts_of_two_versions_stand_side_by_side(runner: ScriptRunner, valkey: Valkey) -> None:
    newer = make(valkey.url, scripts={**SCRIPTS, "echo": "return ARGV[1] .. '!'"})

    assert [runner.run("echo", ("a",)), newer.run("echo", ("a",)), runner.run("echo", ("a",))] == ["a", "a!", "a"]
    newer.close()


def test_what_scripts_share_is_carried_out_once(valkey: Valkey) -> None:
    runner = make(valkey.url, shared="local n = 0", scripts={"next": "n = n + 1 return n"})

    assert [runner.run("next", ()) for _ in range(3)] == [1, 2, 3]
    runner.close()


def test_a_script_that_reads_cannot_write(valkey: Valkey) -> None:
    runner = make(valkey.url, scripts={"write": "return redis.call('SET', 'a', 'b')"}, reading=("write",))

    with pytest.raises(redis.ResponseError, match="[Ww]rite"):
        runner.run("write", ())
    runner.close()


def test_a_connection_that_the_server_closed_is_not_used(tmp_path: Path) -> None:
    server = Valkey(tmp_path).start()
    runner = make(server.url)
    runner.run("echo", ("a",))

    server.kill()
    server.start()

    assert runner.run("echo", ("b",)) == "b"
    runner.close()
    server.stop()


def test_an_answer_that_came_too_late_is_nobodys(valkey: Valkey) -> None:
    runner = make(valkey.url, timeout_s=0.05)
    runner.run("echo", ("a",))

    with pytest.raises(redis.TimeoutError):
        runner.run("slow", (20_000_000,))
    valkey.client.ping()  # comes back once the script is through

    assert runner.run("echo", ("b",)) == "b"
    runner.close()


def test_more_callers_than_connections_wait_for_one(valkey: Valkey) -> None:
    runner = make(valkey.url, connections=2)
    before, answers = opened(valkey), []
    threads = [threading.Thread(target=lambda n=n: answers.append(runner.run("echo", (n,)))) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers, key=int) == [str(n) for n in range(16)]
    assert opened(valkey) - before <= 2
    runner.close()


def test_who_waits_too_long_for_a_connection_is_told(valkey: Valkey) -> None:
    runner = make(valkey.url, connections=1, timeout_s=0.05)

    assert runner._free.acquire(timeout=1)  # as a call does that goes on
    with pytest.raises(redis.ConnectionError, match="free"):
        runner.run("echo", ("a",))
    runner._free.release()
    assert runner.run("echo", ("a",)) == "a"
    runner.close()
