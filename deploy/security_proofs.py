"""What `make security` counted last, for docs/promises.md. The counts are in docs/proofs/security.json, which is committed."""

import json
from pathlib import Path
from typing import Any

from deploy.promises import Promise

COUNTS = Path(__file__).resolve().parents[1] / "docs" / "proofs" / "security.json"


SECURITY_PROMISES = (
    Promise("Whatever is sent to an address, its answer is one that /openapi.json tells of, and never a fault of ours.",
            ("tests/security/test_contract.py",),
            "all checks of Schemathesis on every operation, alone and in sequences, on a real server with a key"),
    Promise("No bytes from outside break a parser, or keep it busy beyond its bounds.",
            ("tests/security/test_fuzzing.py", "tests/security/test_bombs.py"),
            "anything but one of our errors, more than 10 seconds, more than 3 GiB; bombs of every format in the bounded child"),
    Promise("Secrets of the settings stand in no log, file, key, run, page or argument of a process.",
            ("tests/security/test_secrets.py",),
            "planted ones are looked for after jobs of every end, on a stack with an S3 server, MLflow, Flower and callbacks"),
)


def security_lines(found: dict[str, Any]) -> list[str]:
    """What each part counted last, as entries of a list."""
    contract, fuzz, code, locks = (found.get(part, {}) for part in ("contract", "fuzz", "code", "locks"))
    lines = []
    if contract:
        seeds = ", ".join(map(str, contract["seeds"]))
        lines.append(f"Schemathesis {contract['schemathesis']}, {contract['date']}: {contract['cases']:,} cases over "
                     f"{contract['operations']} operations, seeds {seeds}; **{contract['failures']} failures**.")
    if fuzz:
        each, whole = ", ".join(f"{name} {n:,}" for name, n in fuzz["cases"].items()), sum(fuzz["cases"].values())
        lines.append(f"Fuzzing, {fuzz['date']}: {whole:,} cases in {fuzz['seconds'] / 60:.0f} minutes ({each}), the slowest "
                     f"{fuzz['slowest_s']:g} s; **{fuzz['failures']} failures**, {fuzz['hangs']} of them hangs.")
        lines += [fuzz["note"]] if "note" in fuzz else []
    if code:
        lines.append(f"bandit {code['bandit']}, {code['date']}: {code['lines']:,} lines; "
                     f"**{code['failures']} findings** without a reason.")
    if locks.get("audited"):
        lines.append(f"pip-audit, {locks['date']}: {locks['packages']} packages; **{locks['failures']} with a known hole**.")
    else:
        lines.append("Known holes in the locked packages: **untested**; the database of advisories was out of reach there.")
    return lines


def counted() -> dict[str, Any]:
    """The last counts of each part of `make security`: `contract`, `fuzz`, `code` and `locks`."""
    found: dict[str, Any] = json.loads(COUNTS.read_text(encoding="utf-8"))
    return found
