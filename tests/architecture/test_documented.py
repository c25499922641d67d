"""What every module and every public function says of itself."""

import ast

from tests.architecture.tree import ROOMS, ROOT, SOURCE_FOLDERS, is_overload, parsed, public_functions, python_files


def test_every_module_says_what_it_is_for() -> None:
    silent = [str(path) for path in python_files(*SOURCE_FOLDERS) if not ast.get_docstring(parsed(path))]

    assert silent == []


def test_every_public_function_says_what_it_gives() -> None:
    silent = [f"{path}:{name}" for path in python_files(*SOURCE_FOLDERS) for name, function in public_functions(parsed(path))
              if not ast.get_docstring(function) and not is_overload(function)]

    assert silent == []


def test_every_public_class_says_what_it_is() -> None:
    silent = [f"{path}:{node.name}" for path in python_files(*SOURCE_FOLDERS) for node in parsed(path).body
              if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and not ast.get_docstring(node)]

    assert silent == []


def test_every_parameter_and_return_of_a_public_function_is_typed() -> None:
    untyped = []
    for path in python_files(*ROOMS):
        for name, function in public_functions(parsed(path)):
            a = function.args
            given = [x for x in (*a.posonlyargs, *a.args, *a.kwonlyargs, a.vararg, a.kwarg) if x]
            missing = [x.arg for x in given if x.annotation is None and x.arg not in {"self", "cls"}]
            if missing or function.returns is None:
                untyped.append(f"{path}:{name} {missing or 'return'}")

    assert untyped == []


def test_no_source_mentions_unfinished_work() -> None:
    marks = ("TO" + "DO", "FIX" + "ME", "raise NotImplemented")

    unfinished = [f"{path}: {mark}" for path in python_files(*SOURCE_FOLDERS) for mark in marks
                  if mark in (ROOT / path).read_text(encoding="utf-8")]

    assert unfinished == []
