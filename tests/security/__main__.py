"""`make security`: the security proofs in their long form; exits with 1 if one of them fails. Parts may be named: contract, fuzz, code, locks."""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from deploy.processes import interrupt_once
from deploy.security_proofs import COUNTS
from tests.api.server import ROOT
from tests.security.contract import Found, installation, run_round

CODE = ("api", "jobs", "storage", "tracking", "workers", "deploy")


def contract(asked: argparse.Namespace) -> dict[str, Any]:
    """Rounds of Schemathesis until enough cases were sent."""
    found, began = Found(), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        while found.cases < asked.cases:
            home = Path(folder, str(found.rounds))
            with installation(home) as server:
                failures = run_round(server, home / "round", found, seed=asked.seed + found.rounds, examples=asked.examples)
            print(f"contract: {found.cases:,} cases, {found.failures.total()} failures, {time.monotonic() - began:.0f} s", flush=True)
            if failures:
                print((home / "round" / "output.txt").read_text(encoding="utf-8").partition("= FAILURES")[2][:20_000], flush=True)
    return {"schemathesis": version("schemathesis"), "cases": found.cases, "operations": found.operations, "rounds": found.rounds,
            "seeds": found.seeds, "seconds": round(time.monotonic() - began), "failures": found.failures.total(), "by_check": dict(found.failures)}


def fuzz(asked: argparse.Namespace) -> dict[str, Any]:
    """Every parser of foreign bytes in turn, in a process whose memory is bounded; its death counts as a crash."""
    with tempfile.TemporaryDirectory() as folder:
        child = subprocess.run([sys.executable, "-m", "tests.security.fuzzing", str(asked.minutes * 60), str(asked.seed), folder], cwd=ROOT,
                               check=False, stderr=subprocess.PIPE, text=True)
        found = json.loads(Path(folder, "counts.json").read_text(encoding="utf-8"))
    if child.returncode:
        print(child.stderr[-5000:], flush=True)
    for one in found["parsers"]:
        print(f"fuzz: {one['parser']}: {one['cases']:,} cases, {one['refused']:,} refused", *one["crashes"].items(), *one["hangs"].items(), flush=True)
    return {"seed": asked.seed, "seconds": found["seconds"], "peak_mb": found["peak_mb"],
            "cases": {one["parser"]: one["cases"] for one in found["parsers"]},
            "slowest_s": round(max(one["slowest_s"] for one in found["parsers"]), 2), "hangs": sum(len(one["hangs"]) for one in found["parsers"]),
            "failures": sum(len(one["crashes"]) + len(one["hangs"]) for one in found["parsers"]) + (child.returncode != 0)}


def code(asked: argparse.Namespace) -> dict[str, Any]:
    """Bandit over our own code; each exception stands in the code with its reason."""
    child = subprocess.run([sys.executable, "-m", "bandit", "-q", "-r", *CODE, "-c", "pyproject.toml", "-f", "json"], cwd=ROOT, check=False,
                           capture_output=True, text=True)
    found = json.loads(child.stdout[child.stdout.index("{"):])
    for issue in found["results"]:
        print(f"code: {issue['filename']}:{issue['line_number']}: {issue['test_id']} {issue['issue_text']}", flush=True)
    return {"bandit": version("bandit"), "lines": found["metrics"]["_totals"]["loc"], "failures": len(found["results"]) + len(found["errors"])}


def locks(asked: argparse.Namespace) -> dict[str, Any]:
    """pip-audit over every lock, from a folder of its own; where its database cannot be reached it says so, and nothing is claimed."""
    folder = ROOT / ".state" / "audit"
    if not folder.is_dir():
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder), "pip-audit==2.10.1"], cwd=ROOT, check=False)
    listed = [argument for lock in sorted(Path("requirements").glob("*.txt")) for argument in ("-r", str(lock))]
    child = subprocess.run([sys.executable, "-m", "pip_audit", "--strict", "--disable-pip", "--no-deps", "-f", "json", *listed], cwd=ROOT, check=False,
                           env={"PYTHONPATH": str(folder)}, capture_output=True, text=True)
    try:
        found = json.loads(child.stdout)["dependencies"]
    except ValueError:
        print(f"locks: NOT AUDITED: {child.stderr.strip().splitlines()[-1:]}", flush=True)
        return {"audited": False, "failures": 0}
    vulnerable = [f"{one['name']} {one['version']}: {', '.join(v['id'] for v in one['vulns'])}" for one in found if one.get("vulns")]
    print(*vulnerable, sep="\n", flush=True)
    return {"audited": True, "packages": len(found), "failures": len(vulnerable)}


PARTS: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {"code": code, "contract": contract, "fuzz": fuzz, "locks": locks}


def main() -> int:
    """Do the parts, keep their counts, and give the exit code."""
    parser = argparse.ArgumentParser(prog="make security", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], help="default: all")
    parser.add_argument("--cases", type=int, default=20_000, help="of Schemathesis")
    parser.add_argument("--examples", type=int, default=60, help="of Schemathesis for each operation of a round")
    parser.add_argument("--minutes", type=float, default=30, help="of fuzzing")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    asked = parser.parse_args()
    interrupt_once()  # so that servers are stopped, whatever ends this
    failures = 0
    for part in asked.parts or PARTS:
        counted = {"date": datetime.now(UTC).date().isoformat(), **PARTS[part](asked)}
        kept = json.loads(COUNTS.read_text(encoding="utf-8")) if COUNTS.exists() else {}
        COUNTS.write_text(json.dumps({**kept, part: counted}, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        print(f"{part}: {counted}", flush=True)
        failures += counted["failures"]
    return 1 if failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
