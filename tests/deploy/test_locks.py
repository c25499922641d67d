"""Locks that are out of step are noticed without a network."""

import shutil
from pathlib import Path

import pytest

from deploy.locks import FOLDER, ROLES, asked, fingerprints, pinned, problems


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "requirements"))


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_locks_of_this_repository_are_in_step() -> None:
    assert problems(FOLDER) == []


def test_a_new_requirement_without_a_new_lock_is_noticed(folder: Path) -> None:
    change(folder / "api.in", "click\n", "click\nleft-pad\n")

    found = problems(folder)

    assert "A .in file changed since the last `make lock`." in found
    assert "api.txt lacks left-pad, which api.in asks for." in found
    assert "cpu.txt lacks left-pad, which cpu.in asks for." in found


def test_a_version_that_differs_between_roles_is_noticed(folder: Path) -> None:
    version = pinned(folder / "cpu.txt")["redis"]
    change(folder / "cpu.txt", f"redis=={version}", "redis==1.0")

    assert problems(folder) == [f"cpu.txt has redis 1.0, versions.txt has {version}."]


def test_a_package_without_a_hash_is_noticed(folder: Path) -> None:
    with (folder / "api.txt").open("a", encoding="utf-8") as lock:
        lock.write(f"xgboost=={pinned(folder / 'versions.txt')['xgboost']}\n")

    assert problems(folder) == ["api.txt has xgboost without a hash."]


def test_a_lock_that_is_missing_is_noticed(folder: Path) -> None:
    (folder / "gpu.txt").unlink()

    assert "gpu.txt lacks ultralytics, which gpu.in asks for." in problems(folder)


def test_the_fingerprints_are_those_of_every_source_file(folder: Path) -> None:
    assert [line.split()[1] for line in fingerprints(folder).splitlines()] == sorted(p.name for p in folder.glob("*.in"))
    assert {f"{role}.in" for role in ROLES} <= {p.name for p in folder.glob("*.in")}


def test_what_is_asked_for_includes_what_other_files_ask_for(folder: Path) -> None:
    assert asked(folder / "api.in") < asked(folder / "cpu.in")
    assert "moto" in asked(folder / "dev.in")


def test_torch_is_in_no_hashed_lock_and_pinned_apart() -> None:
    assert not [role for role in ROLES if {"torch", "torchvision"} & set(pinned(FOLDER / f"{role}.txt"))]
    assert set(pinned(FOLDER / "torch.txt")) == {"torch", "torchvision"}


def test_the_api_needs_no_machine_learning_library() -> None:
    assert not {"xgboost", "prophet", "mlflow", "pandas", "numpy", "ultralytics"} & set(pinned(FOLDER / "api.txt"))
