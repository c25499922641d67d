"""The GPUs that a worker reports: a real program on the PATH plays nvidia-smi."""

from pathlib import Path

import pytest

from workers.gpus import torch_has_cuda, usable_gpus


def put_program(folder: Path, text: str, patch: pytest.MonkeyPatch) -> None:
    program = folder / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    patch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def put_torch(folder: Path, version: str, patch: pytest.MonkeyPatch) -> None:
    about = folder / f"torch-{version}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: torch\nVersion: {version}\n")
    patch.syspath_prepend(str(folder))


def test_the_gpus_that_the_driver_lists_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_torch(tmp_path, "2.14.1", monkeypatch)
    put_program(tmp_path, 'echo "NVIDIA A10"; echo "NVIDIA T4"', monkeypatch)

    assert usable_gpus() == ["NVIDIA A10", "NVIDIA T4"]


def test_a_torch_for_cpus_can_use_none_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_torch(tmp_path, "2.14.1+cpu", monkeypatch)
    put_program(tmp_path, 'echo "NVIDIA A10"', monkeypatch)

    assert not torch_has_cuda()
    assert usable_gpus() == []


def test_a_driver_that_does_not_answer_lists_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_torch(tmp_path, "2.14.1", monkeypatch)
    put_program(tmp_path, 'echo "Failed to initialize NVML"; exit 9', monkeypatch)

    assert usable_gpus() == []


def test_a_machine_without_the_driver_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert usable_gpus() == []
