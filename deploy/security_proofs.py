"""What `make security` counted last, for docs/promises.md. The counts are in docs/proofs/security.json, which is committed."""

import json
from pathlib import Path
from typing import Any

COUNTS = Path(__file__).resolve().parents[1] / "docs" / "proofs" / "security.json"


def counted() -> dict[str, Any]:
    """The last counts of each part of `make security`: `contract`, `fuzz`, `code` and `locks`."""
    found: dict[str, Any] = json.loads(COUNTS.read_text(encoding="utf-8"))
    return found
