"""How the launcher tells its server processes to let their waiting clients go: a pipe that nobody writes to.

The launcher holds the only end that could be written to. When it closes that end, or dies, every process reads the
end of the file at once, ends its streams and long polls, and itself. So a shutdown takes no longer than an answer, and
a launcher that was killed leaves no process behind.
"""

import os
import signal
import threading
import time
from collections.abc import Callable
from functools import cache

PATIENCE_S = 8  # for answers that are under way when a process is to end; then it is killed


class Hotline:
    """The pipe. Make it before the processes are forked."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        self._open = True

    def hang_up(self) -> None:
        """Tell every process to end; for the launcher, also from a signal handler. A second call does nothing."""
        if self._open:
            self._open = False
            os.close(self._write)

    def hang_up_on(self, *signals: signal.Signals) -> None:
        """Hang up on these signals, ahead of what they do already.

        A process that is forked afterwards has nothing of this: it ends at once on them until it sets handlers of its own.
        """
        def forget() -> None:
            self.hang_up()
            for number in signals:
                signal.signal(number, signal.SIG_DFL)

        os.register_at_fork(after_in_child=forget)
        for number in signals:
            before = signal.getsignal(number)

            def handle(received: int, frame: object, before: Callable[..., object] = before) -> None:  # type: ignore[assignment]
                self.hang_up()
                before(received, frame)

            signal.signal(number, handle)

    def listen(self, on_end: Callable[[], object]) -> None:
        """For a forked process: call `on_end` when the launcher hangs up or dies, then end like on SIGTERM, within PATIENCE_S.

        The signal is repeated, since the server sleeps on after one in twenty-five where the machine is busy.
        """
        def wait() -> None:
            os.read(self._read, 1)
            on_end()
            for _ in range(PATIENCE_S):
                os.kill(os.getpid(), signal.SIGTERM)
                time.sleep(1)
            os.kill(os.getpid(), signal.SIGKILL)

        threading.Thread(target=wait, name="hotline", daemon=True).start()


@cache
def hotline() -> Hotline:
    """The process's one hotline. The launcher asks first, and the processes it forks have the same."""
    return Hotline()
