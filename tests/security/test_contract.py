"""The short form of the contract's proof: one round of Schemathesis with few examples; `make security` sends 20,000 cases."""

import time
from pathlib import Path

import pytest

from tests.security.contract import Found, installation, run_round


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_operation_keeps_the_contract_whatever_is_sent(tmp_path: Path) -> None:
    found = Found()

    with installation(tmp_path) as server:
        failures = run_round(server, tmp_path / "round", found, seed=time.time_ns() % 1_000_000, examples=5, steps=4)

    assert failures == [], (tmp_path / "round" / "output.txt").read_text(encoding="utf-8")
    assert (found.operations, found.cases > 1500) == (38, True)
