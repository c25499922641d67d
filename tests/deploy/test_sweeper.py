"""What outlives its program is ended."""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

from deploy.sweeper import listen, sweep, words
from tests.services import wait_until

PARENT = "import subprocess, sys, time; print(subprocess.Popen(['sleep', '60']).pid, flush=True); time.sleep(60)"


def test_the_rest_of_a_dead_programs_group_is_killed() -> None:
    program = subprocess.Popen([sys.executable, "-c", PARENT], start_new_session=True, stdout=subprocess.PIPE, text=True)
    assert program.stdout
    child = int(program.stdout.readline())
    program.kill()
    program.wait()
    program.stdout.close()
    assert _lives(child)

    assert sweep(program.pid)

    wait_until(lambda: not _lives(child), what="the child's end")


def test_a_group_that_has_gone_already_is_no_error() -> None:
    program = subprocess.Popen(["true"], start_new_session=True)
    program.wait()

    assert not sweep(program.pid)


def test_each_event_is_answered_in_supervisors_own_words() -> None:
    program = subprocess.Popen(["true"], start_new_session=True)
    program.wait()
    payload = f"processname:cpu groupname:workers from_state:RUNNING expected:0 pid:{program.pid}"
    header = f"ver:3.0 server:supervisor serial:1 pool:sweeper poolserial:1 eventname:PROCESS_STATE_EXITED len:{len(payload)}\n"
    answers, remarks = StringIO(), StringIO()

    listen(StringIO((header + payload) * 2), answers, remarks)

    assert answers.getvalue() == "READY\nRESULT 2\nOKREADY\nRESULT 2\nOKREADY\n"
    assert remarks.getvalue() == ""


def test_a_payload_without_a_process_kills_nobody() -> None:
    payload = "processname:cpu groupname:workers from_state:STARTING"
    answers = StringIO()

    listen(StringIO(f"len:{len(payload)}\n{payload}"), answers, StringIO())

    assert answers.getvalue().startswith("READY\nRESULT 2\nOK")


def test_words_of_an_event_are_read_as_names_and_values() -> None:
    assert words("ver:3.0 pid:12\n") == {"ver": "3.0", "pid": "12"}


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").split()[2] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
