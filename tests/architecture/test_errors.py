"""The error tree, as drawn, as written, and as HTTP sees it."""

import ast
import re
from collections.abc import Iterator

import pytest

from api.problems import STATUS, status_of
from jobs import errors
from jobs.errors import NoriaError
from tests.architecture.exceptions import ERRORS_ELSEWHERE
from tests.architecture.tree import ROOMS, parsed, python_files


def below(error: type[NoriaError]) -> Iterator[type[NoriaError]]:
    """An error and all of jobs/errors.py that derive from it."""
    yield error
    for child in error.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from below(child)


def drawn() -> dict[str, str | None]:
    """Error → its parent, as the tree on top of jobs/errors.py shows them."""
    parents: dict[str, str | None] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"^((?:[│ ] {3})*(?:[├└]── )?)([A-Z]\w+)(?=\s|$)", line)
        if not found or not (found[1] or found[2] == "NoriaError"):
            continue
        depth = len(found[1]) // 4
        parents[found[2]] = path[depth - 1] if depth else None
        path[depth:] = [found[2]]
    return parents


def test_the_drawn_error_tree_is_the_one_that_is_written() -> None:
    written = {e.__name__: (e.__bases__[0].__name__ if e is not NoriaError else None) for e in below(NoriaError)}

    assert drawn() == written


def test_error_classes_stand_in_one_module_except_where_a_reason_is_given() -> None:
    names = {e.__name__ for e in below(NoriaError)}

    def is_error(node: ast.ClassDef) -> bool:
        bases = {base.id for base in node.bases if isinstance(base, ast.Name)}
        return bool(bases & names) or any(base.endswith(("Error", "Exception")) for base in bases)

    elsewhere = {f"{path}:{node.name}" for path in python_files(*ROOMS) if str(path) != "jobs/errors.py"
                 for node in ast.walk(parsed(path)) if isinstance(node, ast.ClassDef) and is_error(node)}

    assert elsewhere == set(ERRORS_ELSEWHERE)


@pytest.mark.parametrize("error", list(below(NoriaError)), ids=lambda error: error.__name__)
def test_every_error_has_an_http_status_of_its_own_or_its_parents(error: type[NoriaError]) -> None:
    assert any(base in STATUS for base in error.__mro__)
    assert 400 <= status_of(error) <= 599


def test_every_error_has_a_code_that_no_other_has() -> None:
    codes = [e.code for e in below(NoriaError)]

    assert len(codes) == len(set(codes))
