"""What the tests themselves have to be like."""

import re
from pathlib import Path
from statistics import median

import pytest

from tests.architecture.exceptions import WITHOUT_MIRROR
from tests.architecture.tree import ROOT, SOURCE_FOLDERS, python_files, test_functions

TESTS = tuple(path for path in python_files("tests") if path.name.startswith("test_"))
MOCK = re.compile(r"\bmock\b|Mock\(|monkeypatch\.setattr|\bpatch\(", re.IGNORECASE)


def mirror(path: Path) -> Path:
    """The test file that belongs to a source module."""
    return Path("tests", *path.parts[:-1], f"test_{path.name}")


def test_every_module_has_its_mirror_test_file_or_a_reason() -> None:
    alone = {str(path) for path in python_files(*SOURCE_FOLDERS)
             if path.name not in {"__init__.py", "__main__.py"} and not (ROOT / mirror(path)).is_file()}

    assert alone == set(WITHOUT_MIRROR)


@pytest.mark.parametrize("path", TESTS, ids=str)
def test_names_of_tests_are_sentences_of_behaviour(path: Path) -> None:
    words = [len(name.split("_")) - 1 for name in test_functions(path)]

    assert words, f"{path} holds no test"
    assert median(words) >= 5


def test_there_are_next_to_no_mocks_in_the_tests() -> None:
    own = Path(__file__).relative_to(ROOT)
    mocks = sum(bool(MOCK.search(line)) for path in python_files("tests") if path != own
                for line in (ROOT / path).read_text(encoding="utf-8").splitlines())
    tests = sum(len(test_functions(path)) for path in TESTS)

    assert mocks / tests < 0.1
