import os
import signal

from workers.stopping import is_stopping, note_stop_signals, set_stopping


def test_a_child_sees_what_its_parent_was_told_after_the_fork() -> None:
    told, answered = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        os.read(told[0], 1)
        os.write(answered[1], b"1" if is_stopping() else b"0")
        os._exit(0)
    set_stopping()
    os.write(told[1], b"x")
    os.waitpid(child, 0)
    set_stopping(False)
    assert os.read(answered[0], 1) == b"1"
    for end in (*told, *answered):
        os.close(end)


def test_a_stop_signal_sets_the_flag_and_then_does_what_it_did_before() -> None:
    received: list[tuple[int, bool]] = []
    before = {n: signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGQUIT, signal.SIGINT)}
    try:
        signal.signal(signal.SIGQUIT, lambda number, _: received.append((number, is_stopping())))
        note_stop_signals()
        os.kill(os.getpid(), signal.SIGQUIT)
        assert received == [(signal.SIGQUIT, True)]
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        set_stopping(False)
