"""`python -m deploy.vendor write|check`: files of others that the console and its tests use, out of npm packages, pinned by hash.

`write` fetches the packages with npm and takes the files out; `check` compares what is there with the hashes, without a network.
To renew one, change its version, run `make vendor`, and write down the hashes that it prints.
"""

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONSOLE, TESTS = "api/console/static/vendor", "tests/browser/vendor"


@dataclass(frozen=True, slots=True)
class Package:
    """An npm package at a version; `files`: member → where it goes, and its SHA-256. The licence is one of them."""

    name: str
    version: str
    files: dict[str, tuple[str, str]]


PACKAGES = (
    Package("htmx.org", "4.0.1", {
        "dist/htmx.min.js": (f"{CONSOLE}/htmx.min.js",
            "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"),
        "LICENSE": (f"{CONSOLE}/htmx.LICENSE",
            "d3d2456f76414f2456104660ebd65aff1c04cd7966b942bdabd63f3cdb316a38"),
    }),
    Package("uplot", "1.6.32", {
        "dist/uPlot.iife.min.js": (f"{CONSOLE}/uPlot.iife.min.js",
            "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f"),
        "dist/uPlot.min.css": (f"{CONSOLE}/uPlot.min.css",
            "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04"),
        "LICENSE": (f"{CONSOLE}/uplot.LICENSE",
            "8f989229699b4fe2f1a0432d0e9edc338a8a911e250e2d1b01ecd770a5f5b1bd"),
    }),
    Package("axe-core", "4.14.1", {
        "axe.min.js": (f"{TESTS}/axe.min.js",
            "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"),
        "LICENSE": (f"{TESTS}/axe.LICENSE",
            "af175b9d96ee93c21a036152e1b905b0b95304d4ae8c2c921c7609100ba8df7e"),
    }),
)


def problems(root: Path, packages: tuple[Package, ...] = PACKAGES) -> list[str]:
    """What below `root` is not as it is pinned, each in a sentence; a file of no package among them."""
    pinned = {place: digest for package in packages for place, digest in package.files.values()}
    present = {path.relative_to(root).as_posix() for folder in (CONSOLE, TESTS) for path in (root / folder).glob("*")}
    wrong = [f"{place} is pinned by no package." for place in sorted(present - set(pinned))]
    for place, digest in pinned.items():
        found = hashlib.sha256((root / place).read_bytes()).hexdigest() if place in present else None
        if found != digest:
            wrong.append(f"{place} is not there." if found is None else f"{place} has the SHA-256 {found}, pinned is {digest}.")
    return wrong


def unpack(archive: Path, package: Package, root: Path) -> None:
    """Take the package's files out of its archive, to their places below `root`."""
    with tarfile.open(archive) as tar:
        for member, (place, _) in package.files.items():
            content = tar.extractfile(f"package/{member}")
            assert content is not None, f"{package.name} has no {member}"
            (root / place).parent.mkdir(parents=True, exist_ok=True)
            (root / place).write_bytes(content.read())


def write() -> None:
    """Fetch every package and take its files out. Nothing of a package is run."""
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("npm is needed to fetch the packages, and is not installed.")
    for package in PACKAGES:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([npm, "pack", "--silent", "--pack-destination", folder, f"{package.name}@{package.version}"],
                           check=True, stdout=subprocess.DEVNULL)
            unpack(next(Path(folder).glob("*.tgz")), package, ROOT)


def main() -> int:
    """`write` or `check`; 1 if something is not as it is pinned."""
    if sys.argv[1:] == ["write"]:
        write()
    wrong = problems(ROOT)
    for problem in wrong:
        print(problem)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
