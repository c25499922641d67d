"""The states of a job and the legal moves between them. Pure: no clock, no store.

    queued ──acquire──▶ running ──▶ succeeded
      │ ▲                 │   ├───▶ failed ────┐
      │ └──hand back,─────┘   └───▶ canceled ──┤ retry
      │    requeue                     ▲       │
      ├──cancel────────────────────────┘       │
      ├──give up (max_attempts)─▶ failed       │
      └◀───────────────────────────────────────┘
"""

from typing import Literal, get_args

from jobs.errors import Conflict

State = Literal["queued", "running", "succeeded", "failed", "canceled"]
Outcome = Literal["succeeded", "failed", "canceled", "retried", "handed_back", "lost"]

STATES: tuple[State, ...] = get_args(State)
TERMINAL: frozenset[State] = frozenset({"succeeded", "failed", "canceled"})
MOVES: dict[State, frozenset[State]] = {
    "queued": frozenset({"running", "canceled", "failed"}),
    "running": frozenset({"queued", "succeeded", "failed", "canceled"}),
    "succeeded": frozenset(),
    "failed": frozenset({"queued"}),
    "canceled": frozenset({"queued"}),
}

RETRY_BASE_S = 2.0
RETRY_CAP_S = 300.0


def require_move(current: State, new: State) -> None:
    """Raise Conflict unless a job may go from `current` to `new`."""
    if new not in MOVES[current]:
        raise Conflict(f"A {current} job cannot become {new}.")


def is_terminal(state: State) -> bool:
    """Whether a job in `state` has ended (a retry may still revive a failed or canceled one)."""
    return state in TERMINAL


def retry_delay_s(attempt: int) -> float:
    """Seconds to wait before the attempt after `attempt` (1-based): 2, 4, 8, … at most 300.

    Deterministic on purpose: the reaper's ticks already spread the starts, and a test can say when.
    """
    return float(min(RETRY_CAP_S, RETRY_BASE_S * 2 ** (attempt - 1)))
