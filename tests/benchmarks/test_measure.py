"""Interleaving, and what processes took."""

import os
import subprocess
import sys

from benchmarks.measure import cpu_s, interleaved, private_mb, ratios


def test_each_round_has_one_turn_of_every_arm_and_their_order_alternates() -> None:
    turns: list[str] = []

    measured = interleaved({name: lambda n=name: turns.append(n) or float(len(turns)) for name in "ab"}, 3)

    assert turns == ["a", "b", "b", "a", "a", "b"]
    assert ratios(measured, "b", "a") == [2 / 1, 3 / 4, 6 / 5]


def test_the_cpu_time_of_an_ended_child_counts() -> None:
    before = cpu_s(os.getpid())

    subprocess.run([sys.executable, "-c", "import time\nwhile time.process_time() < 0.4: pass"], check=True)

    assert cpu_s(os.getpid()) - before > 0.35


def test_a_process_has_some_mebibytes_of_its_own() -> None:
    assert 5 < private_mb(os.getpid()) < 5000
