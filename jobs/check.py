"""What was found of one part of an installation, and how a list of such findings is shown."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

GREEN, RED, YELLOW, PLAIN = "\x1b[32m", "\x1b[1;31m", "\x1b[33m", "\x1b[0m"


@dataclass(frozen=True, slots=True)
class Check:
    """What was found of one part, and what to do if it is not well."""

    name: str
    ok: bool
    found: str
    todo: str = ""


def all_well(checks: Sequence[Check]) -> bool:
    """Whether every part is well."""
    return all(check.ok for check in checks)


def check_table(checks: Sequence[Check]) -> str:
    """A line for each check and one more where there is something to do; coloured, for a terminal."""
    width = max((len(check.name) for check in checks), default=0)
    lines: list[str] = []
    for check in checks:
        mark = f"{GREEN}ok {PLAIN}" if check.ok else f"{RED}not{PLAIN}"
        lines.append(f"{mark}  {check.name:<{width}}  {check.found}")
        if check.todo:
            lines.append(f"{'':{width + 7}}{YELLOW}→ {check.todo}{PLAIN}")
    return "\n".join(lines)


def check_document(checks: Sequence[Check]) -> dict[str, Any]:
    """The same as JSON."""
    return {"ok": all_well(checks), "checks": [asdict(check) for check in checks]}
