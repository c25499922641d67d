"""What a training starts from: an architecture with random weights, or weights that stand ready on this machine."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from jobs.errors import FieldError, InputError
from jobs.vision.kinds import WEIGHTS_SUFFIX, Architecture

TINY = Path(__file__).with_name("tiny11n.yaml")
ARCHITECTURES: tuple[str, ...] = get_args(Architecture)
WARM_LR, RANDOM_LR, TINY_LR = 0.001, 0.002, 0.003


@dataclass(frozen=True, slots=True)
class StartingPoint:
    """architecture: a YAML that Ultralytics finds, or None for the weights' own. weights: a `.pt` file, or None for random.

    At least one of the two is there. lr: the learning rate that suits it.
    """

    architecture: str | None
    weights: Path | None
    lr: float

    @property
    def weights_sha256(self) -> str | None:
        """Hash of the weights file, or None without one."""
        return sha256_of(self.weights) if self.weights else None


def find_start(base: str, architecture: str | None, weights_folder: Path) -> StartingPoint:
    """The starting point that `base` and `architecture` name. Nothing is ever downloaded.

    Raises InputError if `base` is neither an architecture nor a file in `weights_folder`.
    """
    if not base.endswith(WEIGHTS_SUFFIX):
        if base not in ARCHITECTURES:
            raise _unknown(f"There is no architecture {base!r}; there are {', '.join(ARCHITECTURES)}. "
                           f"A file of weights is named with its ending {WEIGHTS_SUFFIX}.")
        return StartingPoint(_yaml(base), None, TINY_LR if base == "tiny11n" else RANDOM_LR)
    path = weights_folder / base
    if Path(base).name != base or not path.is_file():
        known = sorted(p.name for p in weights_folder.glob(f"*{WEIGHTS_SUFFIX}")) if weights_folder.is_dir() else []
        raise _unknown(
            f"There are no weights {base!r} on the worker, and none are ever downloaded. Put the file into the folder that "
            "WEIGHTS_DIR names (`weights` in NORIA_HOME unless it is set), or name an architecture to start from random weights. "
            f"That folder has {', '.join(known) or 'no weights yet'}.")
    return StartingPoint(_yaml(architecture) if architecture else None, path, WARM_LR)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, as hex digits."""
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def _yaml(architecture: str) -> str:
    return str(TINY) if architecture == "tiny11n" else f"{architecture}.yaml"


def _unknown(message: str) -> InputError:
    return InputError(message, fields=(FieldError("params.base", message),))
