import itertools

import pytest

from jobs.errors import Conflict
from jobs.lifecycle import MOVES, STATES, TERMINAL, is_terminal, require_move, retry_delay_s

LEGAL = {
    ("queued", "running"), ("queued", "canceled"), ("queued", "failed"),
    ("running", "queued"), ("running", "succeeded"), ("running", "failed"), ("running", "canceled"),
    ("failed", "queued"), ("canceled", "queued"),
}


@pytest.mark.parametrize(("current", "new"), list(itertools.product(STATES, STATES)))
def test_every_pair_of_states_is_legal_or_refused(current: str, new: str) -> None:
    if (current, new) in LEGAL:
        require_move(current, new)  # type: ignore[arg-type]
    else:
        with pytest.raises(Conflict):
            require_move(current, new)  # type: ignore[arg-type]


def test_ended_jobs_only_ever_go_back_to_queued() -> None:
    assert {s for s in STATES if is_terminal(s)} == TERMINAL == {"succeeded", "failed", "canceled"}
    assert all(MOVES[s] <= {"queued"} for s in TERMINAL)


def test_waits_between_attempts_double_up_to_five_minutes() -> None:
    assert [retry_delay_s(n) for n in (1, 2, 3, 4)] == [2, 4, 8, 16]
    assert retry_delay_s(20) == 300
