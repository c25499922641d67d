"""`python -m deploy.locks write|check`: requirements/*.in compiled to pinned, hashed locks, and whether they are in step.

Every role's lock takes its versions from one resolution of all of them (versions.txt), so roles never disagree. The
check needs no network: it compares the .in files with the fingerprints of the last compilation, and the locks with each other.
"""

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import click
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

FOLDER = Path(__file__).resolve().parents[1] / "requirements"
ROLES = ("api", "cpu", "gpu", "stack", "mlflow", "dev")
CONSTRAINTS = ("pins.in", "no-torch.in")
FINGERPRINTS = "in-step.sha256"
COMPILE = ("--quiet", "--universal", "--fork-strategy", "fewest", "--python-version", "3.11", "--override", "no-torch.in")
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


def write(folder: Path, *, upgrade: bool) -> None:
    """Compile every .in file in `folder`; a version stays unless it has to go, or `upgrade`. Needs uv and the network."""
    names = [f"{role}.in" for role in ROLES]
    with tempfile.TemporaryDirectory() as scratch:
        for name in (*names, *CONSTRAINTS):
            lines = (folder / name).read_text(encoding="utf-8").splitlines()
            plain = [line for line in lines if not line.startswith(("-r", "-c"))]
            Path(scratch, name).write_text("\n".join(plain) + "\n", encoding="utf-8")
        if not upgrade:
            shutil.copy(folder / "versions.txt", scratch)
        _compile(Path(scratch), *names, "-c", "pins.in", "--no-header", "--no-annotate", "-o", "versions.txt")
        shutil.copy(Path(scratch, "versions.txt"), folder)
    for role in ROLES:
        _compile(folder, "--generate-hashes", f"{role}.in", "-o", f"{role}.txt")
    (folder / FINGERPRINTS).write_text(fingerprints(folder), encoding="utf-8")


def fingerprints(folder: Path) -> str:
    """The .in files' SHA-256, as `sha256sum` writes them."""
    return "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(folder.glob("*.in")))


def problems(folder: Path) -> list[str]:
    """What is out of step, each in a sentence; empty if nothing is."""
    kept = folder / FINGERPRINTS
    in_step = kept.exists() and kept.read_text(encoding="utf-8") == fingerprints(folder)
    found = [] if in_step else ["A .in file changed since the last `make lock`."]
    versions = pinned(folder / "versions.txt")
    for role in ROLES:
        lock = pinned(folder / f"{role}.txt")
        missing = asked(folder / f"{role}.in") - set(lock)
        found += [f"{role}.txt lacks {name}, which {role}.in asks for." for name in sorted(missing)]
        found += [f"{role}.txt has {name} {version}, versions.txt has {versions.get(name, 'none')}."
                  for name, version in sorted(lock.items()) if versions.get(name) != version]
        found += [f"{role}.txt has {name} without a hash." for name in unhashed(folder / f"{role}.txt")]
    return found


def pinned(lock: Path) -> dict[str, str]:
    """Package → version in a lock."""
    text = lock.read_text(encoding="utf-8") if lock.exists() else ""
    return {canonicalize_name(name): version for name, version in PINNED.findall(text)}


def unhashed(lock: Path) -> list[str]:
    """Packages of a lock that have no hash."""
    blocks = re.split(r"^(?=[A-Za-z0-9])", lock.read_text(encoding="utf-8") if lock.exists() else "", flags=re.MULTILINE)
    return [found[1] for block in blocks if (found := PINNED.match(block)) and "--hash=sha256:" not in block]


def asked(source: Path) -> set[str]:
    """The packages that an .in file and those it includes ask for by name; torch's are apart."""
    names: set[str] = set()
    for line in source.read_text(encoding="utf-8").splitlines():
        text = line.partition("#")[0].strip()
        if text.startswith("-r"):
            names |= asked(source.with_name(text.removeprefix("-r").strip()))
        elif text and not text.startswith("-"):
            names.add(canonicalize_name(Requirement(text).name))
    return names


def _compile(folder: Path, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "uv", "pip", "compile", *COMPILE, *arguments], cwd=folder, check=True)


@click.group()
def cli() -> None:
    """The locks of the requirements."""


@cli.command("write")
@click.option("--upgrade", envvar="UPGRADE", is_flag=True, help="Take the newest versions that pins.in allows. [env: UPGRADE]")
def write_command(upgrade: bool) -> None:
    """Compile the locks."""
    try:
        write(FOLDER, upgrade=upgrade)
    except subprocess.CalledProcessError as e:
        raise SystemExit(e.returncode) from None


@cli.command("check")
def check_command() -> None:
    """Say what is out of step. Exits with 1 if something is."""
    found = problems(FOLDER)
    for problem in found:
        click.echo(problem)
    if found:
        click.echo("Run `make lock`.")
        raise SystemExit(1)


if __name__ == "__main__":
    cli()
