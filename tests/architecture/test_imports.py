"""The arrows between the rooms, what an import of the API loads, and where imports may stand."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.exceptions import ENVIRONMENT, LATE_IMPORTS
from tests.architecture.tree import ROOT, SOURCE_FOLDERS, functions, parsed, python_files

HEAVY = ("pandas", "numpy", "PIL", "polars", "xgboost", "prophet", "torch", "ultralytics", "mlflow", "celery", "kombu")
CORE = tuple(path for path in python_files("jobs") if path.parent == Path("jobs"))
DOMAINS = sorted({path.parts[1] for path in python_files("jobs") if len(path.parts) > 2})


def imported(path: Path) -> set[str]:
    """Full names of the modules that a file imports, wherever the import stands."""
    names: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module or "")
    return names


def imports_late(path: Path) -> bool:
    """Whether a file imports inside a function, or by name at run time (importlib, entry points)."""
    nodes = list(ast.walk(parsed(path)))
    inside = any(isinstance(node, ast.Import | ast.ImportFrom) for f in functions(parsed(path)) for node in ast.walk(f))
    words = {n.id for n in nodes if isinstance(n, ast.Name)} | {n.attr for n in nodes if isinstance(n, ast.Attribute)}
    return inside or bool(words & {"import_module", "__import__", "exec_module", "entry_points", "EntryPoint", "resolve_name", "run_module"})


def touches_environment(path: Path) -> bool:
    """Whether a file reads or writes the environment of the process."""
    names = {"environ", "getenv", "putenv"}
    return any(
        (isinstance(node, ast.Attribute) and node.attr in names and ast.unparse(node.value) == "os")
        or (isinstance(node, ast.ImportFrom) and node.module == "os" and {a.name for a in node.names} & names)
        for node in ast.walk(parsed(path)))


def test_import_arrows_between_rooms_point_down_only() -> None:
    script = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run([script, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_importing_the_api_loads_no_heavy_library(tmp_path: Path) -> None:
    code = f"import sys, api.app; print(' '.join(m for m in {HEAVY!r} if m in sys.modules))"
    environment = {**os.environ, "NORIA_HOME": str(tmp_path), "EXTRA_KINDS": ""}

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


@pytest.mark.parametrize("path", CORE, ids=str)
def test_the_core_of_jobs_imports_only_pydantic_and_the_standard_library(path: Path) -> None:
    outside = {name.partition(".")[0] for name in imported(path)} - set(sys.stdlib_module_names)

    assert outside <= {"jobs", "pydantic"}


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_domain_never_imports_another_domain(domain: str) -> None:
    others = tuple(f"jobs.{other}" for other in DOMAINS if other != domain)

    crossing = {str(path): name for path in python_files(f"jobs/{domain}") for name in imported(path)
                if others and name.startswith(others)}

    assert crossing == {}


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_schemas_of_a_domain_load_no_heavy_library(domain: str) -> None:
    outside = {name.partition(".")[0] for name in imported(Path(f"jobs/{domain}/kinds.py"))} - set(sys.stdlib_module_names)

    assert outside <= {"jobs", "pydantic"}


def test_no_room_imports_the_deployment_scripts_or_the_tests() -> None:
    above = {"tests", "benchmarks", "deploy"}

    wrong = {str(path): name for path in python_files(*SOURCE_FOLDERS) for name in imported(path)
             if name.partition(".")[0] in above - {path.parts[0]}}

    assert wrong == {}


def test_imports_stand_on_top_except_where_a_reason_is_given() -> None:
    late = {str(path) for path in python_files(*SOURCE_FOLDERS) if imports_late(path)}

    assert late == set(LATE_IMPORTS)


def test_the_environment_is_touched_only_where_a_reason_is_given() -> None:
    touching = {str(path) for path in python_files(*SOURCE_FOLDERS) if touches_environment(path)}

    assert touching == set(ENVIRONMENT)
