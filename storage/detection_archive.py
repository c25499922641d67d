"""The ZIP of a detection data set: judged by its list of contents before anything of it is read, and never unpacked by name."""

import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from jobs.errors import DatasetUnusable

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})
ARCHIVE_SUFFIXES = frozenset({".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".zst"})
METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
MAX_MEMBERS = 400_000
MAX_IMAGES = 100_000
MAX_PATH_CHARS = 1_000
MAX_IMAGE_BYTES = 256 << 20
MAX_TEXT_BYTES = 256 << 20
SUSPECT_BYTES, MAX_RATIO = 1 << 20, 200  # what grows beyond the first must not have been packed tighter than the second
CHUNK_BYTES = 1 << 20


class Archive:
    """An opened ZIP. `files` are the paths of what matters in it, in order: forward slashes, no `..`, no duplicates."""

    def __init__(self, source: Path, max_bytes: int) -> None:
        """Raises DatasetUnusable for what is no ZIP, and for one that is unsafe or too large to read."""
        with _damage("The file"):
            self._zip = zipfile.ZipFile(source)
        members = [m for m in self._zip.infolist() if not m.is_dir()]
        if len(members) > MAX_MEMBERS:
            raise DatasetUnusable(f"The ZIP holds {len(members):,} files; {MAX_MEMBERS:,} are the most.")
        self._members: dict[str, zipfile.ZipInfo] = {}
        total = 0
        for member in members:
            path = _safe_path(member)
            if path in self._members:
                raise DatasetUnusable(f"The ZIP holds {_shown(path)} twice; pack it anew.")
            total += member.file_size
            if total > max_bytes:
                raise DatasetUnusable(f"The ZIP grows beyond {max_bytes >> 20} MiB when it is unpacked; send it in parts.")
            _require_plain(path, member)
            if not _is_clutter(path):
                self._members[path] = member
        self.files = tuple(sorted(self._members))
        if len(self.images) > MAX_IMAGES:
            raise DatasetUnusable(f"The ZIP holds {len(self.images):,} images; {MAX_IMAGES:,} are the most. Send it in parts.")

    @property
    def images(self) -> tuple[str, ...]:
        """Paths of the images, by their suffix."""
        return tuple(path for path in self.files if PurePosixPath(path).suffix.lower() in IMAGE_SUFFIXES)

    def with_suffix(self, *suffixes: str) -> tuple[str, ...]:
        """Paths of the files with one of these suffixes (lower case, with the dot)."""
        return tuple(path for path in self.files if PurePosixPath(path).suffix.lower() in suffixes)

    def holds(self, path: str) -> bool:
        """Whether there is such a file."""
        return path in self._members

    def read(self, path: str, limit: int = MAX_TEXT_BYTES) -> bytes:
        """A whole file. Raises DatasetUnusable when it is damaged, or larger than `limit` bytes."""
        if self._members[path].file_size > limit:
            raise DatasetUnusable(f"{_shown(path)} in the ZIP is larger than {limit >> 20} MiB.")
        with _damage(f"{_shown(path)} in the ZIP"):
            return self._zip.read(self._members[path])

    def text(self, path: str, limit: int = MAX_TEXT_BYTES) -> str:
        """A whole file as text: UTF-8, else as Windows wrote it. Raises DatasetUnusable, see `read`."""
        raw = self.read(path, limit)
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            return raw.decode("cp1252", "replace")

    def extract(self, path: str, target: Path) -> None:
        """Copy a file to `target`, a path of our own. Raises DatasetUnusable when it is damaged or too large."""
        if self._members[path].file_size > MAX_IMAGE_BYTES:
            raise DatasetUnusable(f"{_shown(path)} in the ZIP is larger than {MAX_IMAGE_BYTES >> 20} MiB.")
        with _damage(f"{_shown(path)} in the ZIP"), self._zip.open(self._members[path]) as packed, target.open("wb") as file:
            while chunk := packed.read(CHUNK_BYTES):
                file.write(chunk)


def _safe_path(member: zipfile.ZipInfo) -> str:
    path = member.filename.replace("\\", "/")
    if len(path) > MAX_PATH_CHARS:
        raise DatasetUnusable(f"The ZIP holds a file whose name has more than {MAX_PATH_CHARS:,} characters.")
    parts = path.split("/")
    if path.startswith("/") or ".." in parts or "\x00" in path or re.match(r"[A-Za-z]:", path):
        raise DatasetUnusable(f"The ZIP holds {_shown(path)}, which points out of it; pack it anew from one folder.")
    return "/".join(part for part in parts if part not in {"", "."})


def _require_plain(path: str, member: zipfile.ZipInfo) -> None:
    if stat.S_ISLNK(member.external_attr >> 16):
        raise DatasetUnusable(f"The ZIP holds the link {_shown(path)}; pack the file itself.")
    if member.flag_bits & 1:
        raise DatasetUnusable("The ZIP is protected by a password; pack it without one.")
    if member.compress_type not in METHODS:
        raise DatasetUnusable(f"{_shown(path)} in the ZIP is packed in a way that is not supported; use deflate.")
    if member.file_size > SUSPECT_BYTES and member.file_size > MAX_RATIO * max(member.compress_size, 1):
        raise DatasetUnusable(f"{_shown(path)} in the ZIP grows more than {MAX_RATIO} times when it is unpacked.")
    if PurePosixPath(path).suffix.lower() in ARCHIVE_SUFFIXES and not _is_clutter(path):
        raise DatasetUnusable(f"The ZIP holds another archive, {_shown(path)}; pack the images and annotations themselves.")


def _is_clutter(path: str) -> bool:
    parts = path.split("/")
    return parts[0] == "__MACOSX" or any(part.startswith(".") for part in parts) or parts[-1] == "Thumbs.db"


def _shown(path: str) -> str:
    return repr(path[:120])


@contextmanager
def _damage(what: str) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, ValueError, RuntimeError, OSError):
        raise DatasetUnusable(f"{what} is damaged, cut short, or not a ZIP archive; pack and send it again.") from None
