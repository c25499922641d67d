"""Files of others, pinned."""

import hashlib
import tarfile
from pathlib import Path

from deploy.vendor import CONSOLE, PACKAGES, ROOT, Package, problems, unpack


def test_the_files_that_are_there_are_the_pinned_ones() -> None:
    assert problems(ROOT) == []


def test_each_package_brings_its_licence() -> None:
    assert all("LICENSE" in package.files for package in PACKAGES)


def test_a_changed_a_missing_and_a_strange_file_are_each_named(tmp_path: Path) -> None:
    folder = tmp_path / CONSOLE
    folder.mkdir(parents=True)
    digest = hashlib.sha256(b"good").hexdigest()
    package = Package("p", "1", {"a": (f"{CONSOLE}/a.js", digest), "b": (f"{CONSOLE}/b.js", digest), "c": (f"{CONSOLE}/c.js", digest)})
    (folder / "a.js").write_bytes(b"good")
    (folder / "b.js").write_bytes(b"bad")
    (folder / "d.js").write_bytes(b"?")

    found = problems(tmp_path, (package,))

    assert [line.split()[0].rpartition("/")[2] for line in found] == ["d.js", "b.js", "c.js"]


def test_files_come_out_of_a_package_at_their_places(tmp_path: Path) -> None:
    (tmp_path / "x.js").write_bytes(b"code")
    with tarfile.open(tmp_path / "p.tgz", "w:gz") as tar:
        tar.add(tmp_path / "x.js", "package/dist/x.js")

    unpack(tmp_path / "p.tgz", Package("p", "1", {"dist/x.js": ("a/b/x.js", "")}), tmp_path / "root")

    assert (tmp_path / "root/a/b/x.js").read_bytes() == b"code"
