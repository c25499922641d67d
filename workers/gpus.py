"""Which GPUs a worker's vision jobs can use, found out without importing torch, which would cost seconds and memory."""

import importlib.metadata
import shutil
import subprocess

TIME_S = 5.0
QUERY = ("--query-gpu=name", "--format=csv,noheader")


def usable_gpus() -> list[str]:
    """Names of the GPUs that `nvidia-smi` lists; none where it fails, or where torch is not there or a build for CPUs."""
    program = shutil.which("nvidia-smi")
    if program is None or not torch_has_cuda():
        return []
    try:
        told = subprocess.run([program, *QUERY], capture_output=True, text=True, timeout=TIME_S, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return []
    return [line.strip() for line in told.stdout.splitlines() if line.strip()]


def torch_has_cuda() -> bool:
    """Whether the installed torch is not a build for CPUs, by its version, such as `2.14.1+cpu`."""
    try:
        return not importlib.metadata.version("torch").endswith("+cpu")
    except importlib.metadata.PackageNotFoundError:
        return False
