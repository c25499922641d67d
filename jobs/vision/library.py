"""Ultralytics, kept at home: the one module that imports it, and what has to be said to it before that.

It reads its environment while it is imported. Set here: no network, no package installed on demand, no code run from a file of
weights, a configuration folder of our own with the fonts that it would download otherwise. Its MLflow callback stays off, since
it opens runs of its own and switches autolog on for the whole process. Importing this module costs seconds and some 500 MB.
"""

import importlib.util
import os
import shutil
from pathlib import Path
from typing import Any

from jobs.errors import FieldError, InputError
from jobs.settings import load_settings

SWITCHES = {
    "YOLO_OFFLINE": "true", "YOLO_AUTOINSTALL": "false", "ULTRALYTICS_SAFE_LOAD": "1", "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true", "MPLBACKEND": "Agg",
}
FONTS = ("Arial.ttf", "Arial.Unicode.ttf")  # names it looks for: for ASCII class names, and for all others
INTEGRATIONS = ("sync", "mlflow", "clearml", "comet", "dvc", "raytune", "tensorboard", "wandb")


def prepare(config: Path) -> None:
    """Put the fonts into the configuration folder (matplotlib's own, under the names that are looked for)."""
    folder = config / "Ultralytics"
    folder.mkdir(parents=True, exist_ok=True)
    found = importlib.util.find_spec("matplotlib")
    source = Path(str(found.origin)).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf" if found else None
    for name in FONTS:
        if source and not (folder / name).is_file():
            fresh = folder / f"{name}.{os.getpid()}"
            shutil.copyfile(source, fresh)
            fresh.replace(folder / name)


os.environ.update(SWITCHES)
CONFIG = Path(os.environ.setdefault("YOLO_CONFIG_DIR", str(load_settings().home / "yolo")))
prepare(CONFIG)

import torch  # noqa: E402
from ultralytics.models import YOLO  # noqa: E402
from ultralytics.models.yolo.detect import DetectionPredictor, DetectionTrainer, DetectionValidator  # noqa: E402
from ultralytics.nn.backends import ONNXBackend  # noqa: E402
from ultralytics.utils import SETTINGS  # noqa: E402
from ultralytics.utils.metrics import DetMetrics  # noqa: E402
from ultralytics.utils.plotting import plot_results  # noqa: E402
from ultralytics.utils.torch_utils import strip_optimizer  # noqa: E402

try:
    import onnxruntime
except ImportError:  # a worker without it predicts with torch
    onnxruntime = None

# In memory only: its own `update` rewrites the file, which other processes may be reading.
dict.update(SETTINGS, dict.fromkeys(INTEGRATIONS, False))

__all__ = ["CONFIG", "YOLO", "DetMetrics", "DetectionPredictor", "DetectionTrainer", "DetectionValidator", "ONNXBackend",
           "device_for", "onnxruntime", "plot_results", "precision_for", "prepare", "strip_optimizer", "torch"]


def device_for(setting: str) -> str:
    """The device that the setting DEVICE stands for: `cpu`, or a GPU as torch calls it. `auto` is a GPU where there is one.

    Raises InputError for a GPU where there is none.
    """
    if setting == "auto":
        return "cuda:0" if torch.cuda.is_available() else "cpu"
    if setting.startswith("cuda") and not torch.cuda.is_available():
        message = f"The setting DEVICE is {setting}, but the worker finds no such GPU. Set DEVICE to `auto` or `cpu`."
        raise InputError(message, fields=(FieldError("DEVICE", message),))
    return setting


def precision_for(device: str) -> Any:
    """Ultralytics' `amp`: bfloat16 where the GPU has it, else none; its check of half precision would download weights."""
    return "bf16" if device.startswith("cuda") and torch.cuda.is_bf16_supported() else False
