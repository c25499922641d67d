"""What Schemathesis is told beside its configuration; loaded by its own process (see `contract.py`)."""

from typing import Any

import schemathesis

LONGEST_WAIT_S = 0.2


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
    """Nobody works here, so a valid wait would pass to its end: it is shortened, and stays valid."""
    query = case.query or {}
    try:
        if LONGEST_WAIT_S < float(query.get("wait", 0)) <= 60:
            query["wait"] = LONGEST_WAIT_S
    except (TypeError, ValueError):
        pass  # an invalid one is sent as it is
