"""The pipe between the launcher and its processes, with real processes."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.services import wait_until

ROOT = Path(__file__).parents[2]
PROGRAM = """
import os, signal, sys, time
from api.hotline import hotline
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
hotline().hang_up_on(signal.SIGTERM)
if os.fork() == 0:
    hotline().listen(lambda: sys.stdout.write("let go\\n") and sys.stdout.flush())
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    print("child", os.getpid(), flush=True)
    time.sleep(60)
time.sleep(60)
"""


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda n: n.name)
def test_a_process_lets_its_clients_go_and_ends_when_the_launcher_does(number: signal.Signals) -> None:
    # given a launcher with one process
    launcher = subprocess.Popen([sys.executable, "-c", PROGRAM], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert launcher.stdout
    child = int(launcher.stdout.readline().split()[1])
    time.sleep(0.2)

    # when
    launcher.send_signal(number)

    # then
    assert launcher.stdout.readline() == "let go\n"
    wait_until(lambda: gone(child), timeout_s=5, what="the process ending by itself")
    launcher.wait()
    launcher.stdout.close()


@pytest.mark.parametrize("heard", [2, 99], ids=["sleeps on after one signal", "hears none"])
def test_a_process_that_sleeps_on_after_the_signal_is_told_again_and_killed_at_last(heard: int) -> None:
    # given a process that ends by itself only on the signal numbered `heard`
    code = ("import os, signal, time\nfrom api import hotline\nhotline.PATIENCE_S = 3\nline, seen = hotline.Hotline(), []\n"
            "def on_signal(*_):\n"
            "    seen.append(1)\n"
            f"    if len(seen) == {heard}: os._exit(0)\n"
            "pid = os.fork()\n"
            "if pid == 0:\n"
            "    signal.signal(signal.SIGTERM, on_signal); os.close(line._write); line.listen(lambda: None)\n"
            "    while True: time.sleep(30)\n"
            "line.hang_up(); print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))")

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=20)

    assert done.stdout.split() == [str(0 if heard == 2 else -signal.SIGKILL)]


def test_a_process_that_is_still_starting_ends_at_once_on_the_signal() -> None:
    # given a forked process that has set no handler of its own yet
    code = ("import os, signal, time\nfrom api.hotline import Hotline\n"
            "signal.signal(signal.SIGTERM, lambda *_: print('launcher only'))\nHotline().hang_up_on(signal.SIGTERM)\n"
            "pid = os.fork()\n"
            "if pid == 0: time.sleep(30); os._exit(0)\n"
            "time.sleep(0.3); os.kill(pid, signal.SIGTERM); print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))")

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=20)

    assert done.stdout.split() == [str(-signal.SIGTERM)]


def test_hanging_up_keeps_what_the_signal_did_before() -> None:
    code = ("import os, signal\nfrom api.hotline import Hotline\n"
            "signal.signal(signal.SIGUSR1, lambda *_: print('before'))\n"
            "h = Hotline(); h.hang_up_on(signal.SIGUSR1)\n"
            "os.kill(os.getpid(), signal.SIGUSR1); os.kill(os.getpid(), signal.SIGUSR1)\n"
            "print(os.read(h._read, 1))")

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["before", "before", "b''"]
