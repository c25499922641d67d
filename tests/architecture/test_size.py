"""How long a module and a function may be, and which Python they are written in."""

from pathlib import Path

import pytest

from tests.architecture.exceptions import LONG_FUNCTIONS, LONG_MODULES
from tests.architecture.tree import ROOT, SOURCE_FOLDERS, functions, parsed, python_files

MAX_MODULE, MAX_EXCEPTION, MAX_FUNCTION = 400, 450, 50


def lines(path: Path) -> int:
    """Lines of a file."""
    return len((ROOT / path).read_text(encoding="utf-8").splitlines())


def test_no_module_is_longer_than_400_lines_without_a_reason() -> None:
    long = {str(path) for path in python_files(*SOURCE_FOLDERS, "benchmarks") if lines(path) > MAX_MODULE}

    assert long == set(LONG_MODULES)


def test_no_module_is_longer_than_450_lines_even_with_a_reason() -> None:
    assert {path: lines(Path(path)) for path in LONG_MODULES if lines(Path(path)) > MAX_EXCEPTION} == {}


def test_no_function_is_longer_than_50_lines_without_a_reason() -> None:
    long = {f"{path}:{f.name}" for path in python_files(*SOURCE_FOLDERS, "benchmarks") for f in functions(parsed(path))
            if (f.end_lineno or f.lineno) - f.lineno + 1 > MAX_FUNCTION}

    assert long == set(LONG_FUNCTIONS)


@pytest.mark.parametrize("folder", [*SOURCE_FOLDERS, "tests", "benchmarks"])
def test_every_module_reads_as_python_3_11(folder: str) -> None:
    for path in python_files(folder):
        parsed(path)  # a SyntaxError names the file and the line
