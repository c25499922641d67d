"""What vision offers: the schemas and the kinds. Nothing heavy is imported here, since the API reads this module."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from jobs.kind import JobKind, Params, Result

Architecture = Literal[
    "tiny11n", "yolov8n", "yolov8s", "yolov8m", "yolov8l", "yolov8x", "yolo11n", "yolo11s", "yolo11m", "yolo11l", "yolo11x",
    "yolo26n", "yolo26s", "yolo26m", "yolo26l", "yolo26x"]
Id = Annotated[str, Field(min_length=1, max_length=64)]
ModelName = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
# A bare file name: no folder, no leading dot. Or an architecture, which has no dot at all.
Base = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$")]
ExperimentId = Annotated[str, Field(pattern=r"^[0-9]{1,20}$")]
WEIGHTS_SUFFIX = ".pt"


class DetectorParams(Params):
    """Which boxes to learn from, where to start, and how long."""

    dataset: Id = Field(description="Id of a detection data set.", json_schema_extra={"refers_to": "dataset:detection"})
    model: ModelName | None = Field(None, description="Name of the model to make; default: the data set's name.")
    base: Base = Field("yolo11n", description="What to start from: an architecture with random weights, or the name of a `.pt` "
                       "file in WEIGHTS_DIR. `tiny11n` is a small one for CPUs.")
    architecture: Architecture | None = Field(
        None, description="Beside a `.pt` file as `base`: the architecture to train, which takes over those weights that fit it. "
        "Default: the file's own.")
    epochs: int = Field(20, ge=1, le=1000, description="Passes over the training images.", json_schema_extra={"unit": "epochs"})
    image_size: int = Field(640, ge=64, le=2048, multiple_of=32, description="Side that images are scaled to.",
                            json_schema_extra={"unit": "px"})
    batch: int = Field(8, ge=1, le=256, description="Images per training step.", json_schema_extra={"unit": "images"})
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Seed of all chance.")
    mirror: bool = Field(False, description="Learn from mirrored images too: right for classes that look the same in a mirror, "
                         "wrong for digits and text.")

    @model_validator(mode="after")
    def _one_architecture(self) -> "DetectorParams":
        if self.architecture and not self.base.endswith(WEIGHTS_SUFFIX):
            raise ValueError("`architecture` goes beside a `.pt` file; without one, name the architecture as `base`")
        return self


class ClassScores(BaseModel):
    """How well one class is found."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    mAP50: float = Field(ge=0, le=1, description="Average precision at an IoU of 0.5.")  # noqa: N815 - its name everywhere
    mAP50_95: float = Field(  # noqa: N815
        ge=0, le=1, alias="mAP50-95", description="Mean of the average precisions at IoU 0.5, 0.55, … 0.95.")
    precision: float = Field(ge=0, le=1, description="Share of found boxes that are right, at the confidence of the best F1.")
    recall: float = Field(ge=0, le=1, description="Share of true boxes that are found, at that confidence.")
    boxes: int = Field(ge=0, description="True boxes it was measured on.")


class DetectionScores(ClassScores):
    """The means over the classes that occur, and each of them."""

    per_class: dict[str, ClassScores] = Field(description="By class; those without a box in the images measured are left out.")


class DetectorResult(Result):
    """The trained model, measured on the validation split."""

    model: str = Field(description="Name of the model.")
    version: int = Field(description="Number of the new version; it is the champion once the job has succeeded.")
    classes: tuple[str, ...] = Field(description="The classes it knows.")
    images: dict[str, int] = Field(description="Images by split.")
    epochs: int = Field(description="Epochs trained.", json_schema_extra={"unit": "epochs"})
    metrics: DetectionScores = Field(description="Measured on the validation split, with the weights of the best epoch.")


class DetectionParams(Params):
    """Which images to look at, with which model."""

    images: tuple[Id, ...] = Field(min_length=1, max_length=100, description="Ids of images.")
    model: ModelName = Field(description="Name of the model.")
    version: int | None = Field(None, ge=1, description="Its version; default: the champion.")
    confidence: float = Field(0.25, ge=0.001, le=1, description="Least confidence of a box that is answered.")
    iou: float = Field(0.7, ge=0, le=1, description="Of two boxes of a class that overlap more than this, the surer one stays.")


class FoundBox(BaseModel):
    """One box, in pixels of the image as it is stored (upright)."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    label: str = Field(description="Class.")
    confidence: float = Field(ge=0, le=1, description="How sure the model is.")
    x1: float = Field(description="Left edge.", json_schema_extra={"unit": "px"})
    y1: float = Field(description="Top edge.", json_schema_extra={"unit": "px"})
    x2: float = Field(description="Right edge.", json_schema_extra={"unit": "px"})
    y2: float = Field(description="Bottom edge.", json_schema_extra={"unit": "px"})


class ImagePrediction(BaseModel):
    """What was found in one image."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    image: str = Field(description="Id of the image.")
    width: int = Field(description="Its width.", json_schema_extra={"unit": "px"})
    height: int = Field(description="Its height.", json_schema_extra={"unit": "px"})
    boxes: tuple[FoundBox, ...] = Field(description="The boxes, the surest first, at most 300.")


class DetectionResult(Result):
    """The boxes in each image, in the order the images were named."""

    model: str = Field(description="Name of the model.")
    version: int = Field(description="Version that answered.")
    runtime: str = Field(description="What computed it, such as `torch cpu`.")
    predictions: tuple[ImagePrediction, ...] = Field(description="One for each image.")


class RetrainParams(Params):
    """Which model learns from its corrections, and what becomes of the new version."""

    model: ModelName = Field(description="Name of the model.")
    experiment_id: ExperimentId | None = Field(
        None, description="Exact id of the MLflow experiment, as text; default: the pinned one (RETRAIN_EXPERIMENT_ID).")
    epochs: int = Field(10, ge=1, le=1000, description="Passes over corrections and replayed images.",
                        json_schema_extra={"unit": "epochs"})
    batch: int = Field(8, ge=1, le=256, description="Images per training step.", json_schema_extra={"unit": "images"})
    image_size: int | None = Field(None, ge=64, le=2048, multiple_of=32, description="Side that images are scaled to; default: "
                                   "the model's own.", json_schema_extra={"unit": "px"})
    promote: Literal["if_better", "never", "always"] = Field(
        "if_better", description="When the new version becomes the champion.")
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Seed of all chance.")


class HeldOutScores(BaseModel):
    """How good a version is on images that no retrain ever learns from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    all: DetectionScores = Field(description="Both sets pooled.")
    old: DetectionScores = Field(description="The validation images of the base data set.")
    new: DetectionScores | None = Field(description="Corrected images; null while they hold no box.")


class BeforeAndAfter(BaseModel):
    """The model in use and the new version, measured on the same images."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    before: HeldOutScores = Field(description="The model in use when the retrain began.")
    after: HeldOutScores = Field(description="The new version.")


class StepTaken(BaseModel):
    """One of the twelve steps."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: int = Field(ge=1, le=12, description="Its number.")
    name: str = Field(description="What was done.")
    seconds: float = Field(ge=0, description="How long it took in the attempt that finished it.")


class RetrainResult(Result):
    """The new version, what it learned from, and whether it is better."""

    model: str = Field(description="Name of the model.")
    version: int = Field(description="Number of the new version.")
    previous: int = Field(description="The model in use when the retrain began, which the new version was started from.")
    corrections: tuple[str, ...] = Field(description="Ids of the corrections that were claimed.")
    held_out: tuple[str, ...] = Field(description="Those of them that are kept for measuring, and never learned from.")
    images: dict[str, int] = Field(description="Different images by what they were for: `corrected`, `replayed`, `held_out_old`, "
                                   "`held_out_new`.")
    steps: tuple[StepTaken, ...] = Field(description="The twelve steps.")
    metrics: BeforeAndAfter = Field(description="Before and after, on the same held-out images.")
    decision: Literal["promoted", "rejected"] = Field(description="Whether the new version became the champion.")
    reason: str = Field(description="Why.")
    experiment_id: str = Field(description="MLflow experiment of the run.")
    snapshot: str = Field(description="SHA-256 of the data set's snapshot, `snapshot.json` of the version.")


KINDS = (
    JobKind(
        name="vision.train", summary="Train an object detector on a detection data set and measure it.",
        params=DetectorParams, result=DetectorResult, run="jobs.vision.train:run",
        queue="gpu", time_limit_s=12 * 3600, max_attempts=3,
    ),
    JobKind(
        name="vision.predict", summary="Find the boxes in images with a trained detector.",
        params=DetectionParams, result=DetectionResult, run="jobs.vision.detect:run",
        queue="gpu.fast", time_limit_s=600, max_attempts=3,
    ),
    # So many attempts that an MLflow which is away for four minutes fails no retrain.
    JobKind(
        name="vision.retrain", summary="Learn from corrections, in twelve steps; the new version is used if it is better.",
        params=RetrainParams, result=RetrainResult, run="jobs.vision.retrain:run",
        queue="gpu", time_limit_s=12 * 3600, max_attempts=8, retrains="model",
    ),
)
