"""Scripts over connections that are kept open: none is used that is gone, or that still owes an answer."""

import threading
from collections.abc import Iterator
from pathlib import Path

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


def make(url: str, connections: int = 4, timeout_s: float = 5) -> ScriptRunner:
    pool = redis.ConnectionPool.from_url(url, socket_timeout=timeout_s, decode_responses=True)
    return ScriptRunner(pool, SCRIPTS, connections=connections, patience_s=timeout_s)


def opened(valkey: Valkey) -> int:
    return int(valkey.client.info("stats")["total_connections_received"])


def test_calls_one_after_the_other_use_one_connection(runner: ScriptRunner, valkey: Valkey) -> None:
    before = opened(valkey)

    assert [runner.run("echo", (n,)) for n in ("a", "b", "é")] == ["a", "b", "é"]
    with pytest.raises(redis.ResponseError):
        runner.run("wrong", ())
    assert runner.run("echo", ("c",)) == "c"
    assert opened(valkey) - before == 1


def test_a_script_that_the_server_does_not_know_any_more_is_sent_again(runner: ScriptRunner, valkey: Valkey) -> None:
    runner.run("echo", ("a",))
    valkey.client.script_flush()

    assert runner.run("echo", ("b",)) == "b"


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
