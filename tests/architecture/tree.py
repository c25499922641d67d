"""The source tree as these tests see it: modules, their functions, the tests."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("api", "jobs", "storage", "tracking", "workers")
SOURCE_FOLDERS = (*ROOMS, "deploy")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def python_files(*folders: str) -> tuple[Path, ...]:
    """Every Python file below the folders, relative to the root, in order."""
    found = (path.relative_to(ROOT) for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return tuple(sorted(path for path in found if not {"__pycache__", "vendor", "node_modules"} & set(path.parts)))


@cache
def parsed(path: Path) -> ast.Module:
    """The module's syntax tree, read as Python 3.11 would."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), filename=str(path), feature_version=(3, 11))


def functions(module: ast.AST) -> Iterator[Function]:
    """Every function and method, nested ones included."""
    return (node for node in ast.walk(module) if isinstance(node, Function))


def public_functions(module: ast.Module) -> Iterator[tuple[str, Function]]:
    """Functions of the module and methods of its public classes whose name has no leading underscore, with a full name."""
    def walk(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, Function]]:
        for node in body:
            if isinstance(node, Function) and not node.name.startswith("_"):
                yield prefix + node.name, node
            elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield from walk(node.body, f"{prefix}{node.name}.")
    return walk(module.body, "")


def is_overload(function: Function) -> bool:
    """Whether the function is only a typing overload, whose docstring stands on the implementation."""
    return any(isinstance(d, ast.Name) and d.id == "overload" for d in function.decorator_list)


def test_functions(path: Path) -> tuple[str, ...]:
    """Names of the tests in a file."""
    return tuple(f.name for f in functions(parsed(path)) if f.name.startswith("test_"))


test_functions.__test__ = False  # type: ignore[attr-defined]
