"""Polls and list pages with a million ended jobs in Redis, beside the same with a hundred."""

import random
import time

from benchmarks.goals import Row, report
from benchmarks.load import Connection, request
from benchmarks.measure import interleaved, ratios
from benchmarks.pieces import NOOP, Pieces, pieces

ROUNDS, CALLS, PAGES = 11, 200, 10
FEW, MANY = 100, 1_000_000
PAGE = "/v1/jobs?limit=50"
POLLS, LISTS, FILTERED = "poll", "list page", "list page of a kind and state"
# ARGV: a job, how many, first number, then the indexes that hold it: ended jobs as that one, under ids that sort before it
FILL = """
local template = 'noria:job:' .. ARGV[1]
for i = ARGV[3], ARGV[3] + ARGV[2] - 1 do
  local id = string.format('0123456789ab%012x', i)
  redis.call('COPY', template, 'noria:job:' .. id)
  redis.call('COPY', template .. ':events', 'noria:job:' .. id .. ':events')
  redis.call('HSET', 'noria:job:' .. id, 'id', id)
  for n = 4, #ARGV do redis.call('ZADD', ARGV[n], 0, id) end
end
"""
BATCH = 10_000


def fill(stack: Pieces, number: int) -> None:
    """Have as many ended jobs as that, all like one that really ran."""
    done = stack.api.call("POST", "/v1/jobs", NOOP, Prefer="wait=30").json
    assert done["state"] == "succeeded", done
    client = stack.valkey.client
    client.config_set("appendonly", "no")
    script = client.register_script(FILL)
    indexes = ("noria:jobs", "noria:jobs:kind:test.noop", "noria:jobs:state:succeeded")
    for start in range(1, number, BATCH):
        script(args=[done["id"], min(BATCH, number - start), start, *indexes])


def timed(connection: Connection, prepared: list[bytes]) -> float:
    """Seconds that these requests take, one after the other."""
    began = time.perf_counter()
    for one in prepared:
        connection.ask(one)
    return time.perf_counter() - began


def polls(number: int, calls: int) -> list[bytes]:
    """Requests for random jobs of the history."""
    return [request("GET", f"/v1/jobs/0123456789ab{random.randrange(1, number):012x}") for _ in range(calls)]


def main(small: bool = False) -> bool:
    """Report how much slower the large history makes them; gives whether the goals were reached."""
    rounds, many = (2, 1000) if small else (ROUNDS, MANY)
    rows = []
    with pieces("cpu.fast", processes=1) as first, pieces("cpu.fast", processes=1) as second:
        fill(first, FEW)
        began = time.perf_counter()
        fill(second, many)
        filled_s = time.perf_counter() - began
        arms = {FEW: Connection(first.api.port), many: Connection(second.api.port)}
        asked = {POLLS: lambda n: polls(n, CALLS), LISTS: lambda _: [request("GET", PAGE)] * PAGES,
                 FILTERED: lambda _: [request("GET", PAGE + "&kind=test.noop&state=succeeded")] * PAGES}
        for what, prepare in asked.items():
            work = {str(n): lambda n=n, p=prepare: timed(arms[n], p(n)) for n in arms}
            interleaved(work, 2)
            found = interleaved(work, rounds)
            rows.append(Row(f"{what}, {many:,} jobs", f"{FEW} jobs", tuple(ratios(found, str(many), str(FEW))), 1.1, unit="x"))
        used = second.valkey.client.info("memory")["used_memory"]
    return report("history", rows, bytes_per_job=used / many, filled_s=filled_s)
