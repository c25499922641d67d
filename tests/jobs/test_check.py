"""How findings are shown."""

import re

from jobs.check import Check, all_well, check_document, check_table

BROKER = Check("broker", True, "127.0.0.1:6399")
MLFLOW = Check("the MLflow", False, "does not answer", "`make up`")


def test_a_line_says_what_was_found_and_the_next_what_to_do() -> None:
    # when
    shown = re.sub(r"\x1b\[[0-9;]*m", "", check_table([BROKER, MLFLOW])).splitlines()
    # then
    assert shown == [
        "ok   broker      127.0.0.1:6399",
        "not  the MLflow  does not answer",
        "                 → `make up`",
    ]
    assert check_table([]) == ""


def test_all_is_well_if_every_part_is() -> None:
    assert all_well([BROKER])
    assert not all_well([BROKER, MLFLOW])
    assert check_document([MLFLOW]) == {"ok": False, "checks": [
        {"name": "the MLflow", "ok": False, "found": "does not answer", "todo": "`make up`"}]}
