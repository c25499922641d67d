"""A trained detector as files.

    best.pt         the weights, as Ultralytics keeps them
    best.onnx       the same for ONNX Runtime, if that predicts faster
    metadata.json   the card
"""

import hashlib
import json
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from jobs.context import ModelVersion
from jobs.errors import Conflict, FieldError, InputError
from jobs.vision.kinds import DetectionScores
from jobs.vision.starting_point import sha256_of
from jobs.vision.training_plan import Runtime

WEIGHTS, EXPORTED, METADATA = "best.pt", "best.onnx", "metadata.json"
LIBRARIES = ("ultralytics", "torch", "torchvision", "opencv-python")


class Card(BaseModel):
    """What a version of a detector is: kept as its metadata.

    classes: labels by class number. weights_sha256: of best.pt. base: what it was started from. data: id, sha256, images by
    split. metrics: on the validation split. code: hash of this package's source. runtime: what predicts on a CPU; None is torch.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    schema_number: int = 1
    classes: tuple[str, ...]
    image_size: int
    weights_sha256: str
    base: str
    architecture: str | None
    epochs: int
    batch: int
    seed: int
    mirror: bool = False
    metrics: DetectionScores
    data: dict[str, str | int | dict[str, int]]
    code: str
    libraries: dict[str, str]
    runtime: Runtime | None = None


def read_card(found: ModelVersion) -> Card:
    """The card of a version. Raises InputError if it is not a detector's."""
    try:
        return Card.model_validate(found.metadata)
    except ValidationError:
        message = f"The model {found.name} was not made by vision.train, so it cannot look at images."
        raise InputError(message, fields=(FieldError("params.model", message),)) from None


def write_files(folder: Path, metadata: dict[str, Any], weights: Path) -> dict[str, Path]:
    """The files of a version by name: the weights, and an export beside them, where they are; the metadata (a card, and more)
    written into `folder`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written, exported = folder / METADATA, weights.with_name(EXPORTED)
    written.write_text(json.dumps(metadata, indent=1, ensure_ascii=False), encoding="utf-8")
    return {WEIGHTS: weights, **({EXPORTED: exported} if exported.exists() else {}), METADATA: written}


def checked_weights(found: ModelVersion, card: Card) -> Path:
    """The weights of a version, which are those that its training made. Raises Conflict if they are others."""
    return _checked(found, WEIGHTS, card.weights_sha256)


def checked_export(found: ModelVersion, card: Card) -> Path | None:
    """The weights of a version for ONNX Runtime, None if torch is to predict. Raises Conflict if they are others."""
    return _checked(found, EXPORTED, card.runtime.sha256) if card.runtime and card.runtime.sha256 else None


def _checked(found: ModelVersion, name: str, sha256: str) -> Path:
    path = found.files[name]
    if sha256_of(path) != sha256:
        raise Conflict(f"The weights of {found.name} version {found.version} are not those that were trained: their SHA-256 "
                       "differs. They were not loaded; use another version, or train again.")
    return path


@cache
def code_version() -> str:
    """The first 16 hex digits of the SHA-256 of this package's source files."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def library_versions() -> dict[str, str]:
    """Versions of the libraries that shape a detector."""
    return {name: version(name) for name in LIBRARIES}
