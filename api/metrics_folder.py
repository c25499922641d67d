"""The folder in which all processes of one API keep their numbers.

This imports nothing of prometheus-client, which looks for the folder when it is imported: the launcher names the folder
first, and only its processes import the rest.
"""

import os
import shutil
from pathlib import Path

from jobs.settings import Settings


def metrics_folder(settings: Settings) -> Path:
    """Where it is: one for each port, so that several APIs may share a NORIA_HOME."""
    return settings.home / "run" / f"metrics-{settings.api_port}"


def share_metrics(folder: Path) -> None:
    """Give all processes that start from here one empty folder; prometheus-client takes it from the environment alone."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
