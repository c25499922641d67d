"""The counts of long runs, as tables."""

import json
from pathlib import Path

from api.console.proofs import FOLDER, Proof, Tally, proofs


def test_parts_of_a_run_become_tables_of_their_own_and_notes_stand_apart(tmp_path: Path) -> None:
    counts = {"jobs": 1002, "seeds": [1, 2], "by_check": {}, "faults": {"kill_api": 4, "kinds": {"slow_disk": 1}, "note": "Mended."}}
    (tmp_path / "chaos.json").write_text(json.dumps(counts))

    assert proofs(tmp_path) == (Proof("chaos", (
        Tally("", (("jobs", 1002), ("seeds", "1, 2"), ("by check", 0))), Tally("faults", (("kill api", 4),)),
        Tally("faults: kinds", (("slow disk", 1),))), ("Mended.",)),)


def test_an_installation_without_sources_shows_none(tmp_path: Path) -> None:
    assert proofs(tmp_path / "none") == ()


def test_the_runs_that_are_kept_can_be_shown() -> None:
    assert [proof.name for proof in proofs()] == sorted(path.stem for path in FOLDER.glob("*.json"))
    assert all(tally.rows for proof in proofs() for tally in proof.tallies)


def test_yes_and_no_are_words_and_no_counts(tmp_path: Path) -> None:
    (tmp_path / "security.json").write_text(json.dumps({"audited": False, "whole": True}))

    assert proofs(tmp_path)[0].tallies[0].rows == (("audited", "no"), ("whole", "yes"))
