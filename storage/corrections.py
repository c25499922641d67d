"""Corrections: what people say is in an image, kept as documents, each written before the job store is told of it.

The job store knows where a correction stands (RetrainQueue); the object store remembers it: `correction.json`, then
`used.json` once a retrain that learned from it can only succeed, or `withdrawn.json` once it does not count any more.
An API that dies between document and announcement leaves a note in the job store, which `heal` follows later.
"""

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from jobs.catalog import kinds
from jobs.errors import Conflict, FieldError, InputError, NotFound
from jobs.record import new_job_id, rfc3339
from jobs.settings import Settings
from jobs.vision.boxes import Box, clip
from jobs.vision.corrections import changes
from storage import names
from storage.detection_export import LabeledBox, LabeledImage
from storage.images import Images
from storage.job_store import JobStore
from storage.labels import cleaned_label
from storage.models import Models, Version
from storage.object_store import ObjectStore
from storage.retrain_queue import Added, CorrectionRef, CorrectionState, RetrainPlan, Standing, correction_collection

MAX_BOXES = 3000
STEP = 200
ARRIVES_WITHIN_S = 30.0
PENDING = Standing("pending", None)
Coordinate = Annotated[float, Field(ge=-1e6, le=1e6)]


class BoxIn(BaseModel):
    """A box that a client draws, in pixels of the upright image; what reaches out of the image is cut off."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    label: str = Field(min_length=1, max_length=100, description="Class.")
    x1: Coordinate = Field(description="Left edge, px.")
    y1: Coordinate = Field(description="Top edge, px.")
    x2: Coordinate = Field(description="Right edge, px.")
    y2: Coordinate = Field(description="Bottom edge, px.")


class CorrectionIn(BaseModel):
    """What a client says is in an image; no boxes: nothing is."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    image: str = Field(max_length=64, description="Id of the image.")
    model: str = Field(max_length=64, description="The model that learns from it.")
    boxes: list[BoxIn] = Field(max_length=MAX_BOXES, description="Every object in the image; an empty list: there is none.")
    prediction: str | None = Field(None, max_length=64, description="Id of the job whose boxes were corrected.")
    author: str = Field("", max_length=200, description="Who corrected.")
    new_label: bool = Field(False, description="Take labels that the model does not know yet.")


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction's document. Boxes and changes are as JSON; `predicted` is None where no prediction was named.

    version: the model's champion at that time. by: the key that sent it. created_at: epoch ms.
    """

    id: str
    model: str
    version: int
    image: str
    boxes: list[dict[str, Any]]
    prediction: str | None
    predicted: list[dict[str, Any]] | None
    changes: dict[str, list[Any]]
    author: str
    by: str
    created_at: int

    @property
    def ref(self) -> CorrectionRef:
        """What the job store is told."""
        return CorrectionRef(self.id, self.model, self.image, self.created_at)


def correction_document(correction: Correction, standing: Standing) -> dict[str, Any]:
    """The correction as the HTTP contract shows it, ready for JSON."""
    return {**asdict(correction), "created_at": rfc3339(correction.created_at), "state": standing.state,
            "retrain_job": standing.job, "links": {"self": f"/v1/corrections/{correction.id}"}}


class Corrections:
    """The corrections of an installation."""

    def __init__(self, objects: ObjectStore, jobs: JobStore, models: Models, images: Images, settings: Settings) -> None:
        self._objects, self._jobs, self._models, self._images, self._settings = objects, jobs, models, images, settings

    @property
    def threshold(self) -> int:
        """How many pending corrections start a retrain."""
        return self._settings.retrain_threshold

    def add(self, given: CorrectionIn, *, by: str, predicted: Sequence[Box] | None = None, request_id: str = "",
            now_ms: int | None = None, seen: str | None = None) -> tuple[Correction, Added]:
        """Keep a correction and count it; gives its document and what it did. `predicted`: what the model had said.

        `seen`: the image's correction when the client looked, '' for none. If another counts by now, that one stays; it is
        given if it says the same, since an answer may have been lost.

        Raises InputError (image, model, boxes), StorageUnavailable, Conflict (another counts than was seen), and
        BrokerUnavailable: it may be kept all the same, and the same sent again takes its place.
        """
        version = self._learner(given.model)
        plan = self._plan(version)
        boxes = self._checked_boxes(given, version)
        created_at = time.time_ns() // 1_000_000 if now_ms is None else now_ms
        correction = Correction(
            id=new_job_id(), model=given.model, version=version.version, image=given.image, boxes=[asdict(b) for b in boxes],
            prediction=given.prediction, predicted=None if predicted is None else [asdict(b) for b in predicted],
            changes=asdict(changes(predicted or (), boxes)), author=given.author, by=by, created_at=created_at)
        self._jobs.announce_correction(correction.id)
        self._objects.create_json(names.correction(correction.id, "correction.json"), asdict(correction))
        added = self._jobs.add_correction(correction.ref, plan, retrain_id=new_job_id(), request_id=request_id, seen=seen)
        if not added.counts:
            self._mark_withdrawn(correction.id, "overtaken", by)
            return self._same_as(correction), added
        if added.replaced:
            self._mark_withdrawn(added.replaced, "superseded", by)
        return correction, added

    def add_box(self, image: str, model: str, drawn: BoxIn, *, by: str, request_id: str = "") -> tuple[Correction, Added]:
        """Add one box to the pending correction of an image, or start one; a label that the model does not know is taken.

        Of several clients that draw in one image at once nobody's box is lost: who takes the place of a correction that it
        had not read adds the boxes of that one too, and takes its own place. Raises as `add`.
        """
        alone = CorrectionIn(image=image, model=model, boxes=[drawn], prediction=None, author="", new_label=True)
        box, = self._checked_boxes(alone, self._learner(model))
        base = self._pending_of(image, model)
        boxes, read = _joined(base, [box]), base.id if base else None
        while True:
            given = CorrectionIn(
                image=image, model=model, boxes=[BoxIn(**asdict(b)) for b in boxes], new_label=True,
                prediction=base.prediction if base else None, author=base.author if base else "")
            predicted = [Box(**b) for b in base.predicted] if base and base.predicted is not None else None
            correction, added = self.add(given, by=by, predicted=predicted, request_id=request_id)
            if added.replaced in (None, read):
                return correction, added
            boxes, read = _joined(self._read(added.replaced), boxes), correction.id

    def get(self, correction_id: str) -> tuple[Correction, Standing]:
        """The document, and where the correction stands. Raises NotFound."""
        correction = self._read(correction_id)
        standing = self._jobs.correction_standings((correction_id,)).get(correction_id)
        return correction, standing or self._remembered(correction_id)

    def page(self, *, model: str | None = None, state: CorrectionState | None = None, limit: int = 50,
             cursor: str | None = None) -> tuple[tuple[tuple[Correction, Standing], ...], str | None]:
        """Corrections that count, newest first, with where they stand, and the next page's cursor. A page may be short."""
        ids, following = self._jobs.indexed(correction_collection(model, state), limit=limit, cursor=cursor)
        found = []
        for correction_id, standing in self._jobs.correction_standings(ids).items():
            with contextlib.suppress(NotFound):
                found.append((self._read(correction_id), standing))
        return tuple(found), following

    def labelled_images(self, model: str) -> tuple[list[str], list[LabeledImage]]:
        """Every corrected image of a model as its newest correction has it, by id, and their labels, the model's own first.

        Those that retrains measure on are of the split `val`, the others of `train`. Raises NotFound for an unknown model.
        """
        known = [str(name) for name in self._models.version(model).metadata.get("classes", ())]
        held_out = {c for v in self._models.versions(model) for c in (v.metadata.get("retraining") or {}).get("held_out", ())}
        newest: dict[str, Correction] = {}
        measured: set[str] = set()
        for correction, _ in self._all(model):
            newest.setdefault(correction.image, correction)
            measured |= {correction.image} if correction.id in held_out else set()
        images = []
        for image_id, correction in sorted(newest.items()):
            image, split = self._images.get(image_id), "val" if image_id in measured else "train"
            boxes = tuple(LabeledBox(**box) for box in correction.boxes)
            images.append(LabeledImage(image.sha256, split, f"{image_id}.{image.suffix}", image.width, image.height, boxes))
        fresh = {box.label for image in images for box in image.boxes} - set(known)
        return [*known, *sorted(fresh)], images

    def forget(self, model: str, *, by: str) -> None:
        """Let no correction of a model count any more, since the model itself is taken away."""
        for correction, _ in self._all(model):
            self._mark_withdrawn(correction.id, "model deleted", by)
        self._jobs.forget_corrections(model)

    def withdraw(self, correction_id: str, *, by: str) -> None:
        """Let a pending correction not count any more. Raises NotFound, Conflict (a retrain has claimed it)."""
        self._read(correction_id)
        state = self._jobs.withdraw_correction(correction_id) or self._remembered(correction_id).state
        if state != "pending":
            raise Conflict(f"The correction is {state} by a retrain; only a pending one can be deleted.")
        self._mark_withdrawn(correction_id, "deleted", by)

    def mark_used(self, job_id: str) -> None:
        """Remember that what a retrain claimed is used; for a retrain that can only succeed from here on."""
        for correction_id in self._jobs.claimed_corrections(job_id):
            self._objects.create_json(names.correction(correction_id, "used.json"), {"job": job_id})

    def claimed(self, job_id: str) -> list[Correction]:
        """The corrections that a running retrain has claimed, oldest first."""
        return [self._read(correction_id) for correction_id in self._jobs.claimed_corrections(job_id)]

    def heal(self, *, older_than_s: float = ARRIVES_WITHIN_S) -> int:
        """Count what was kept and never announced, and tell documents that do not count any more; gives how many.

        It costs one look where there is nothing to do. Raises BrokerUnavailable, StorageUnavailable.
        """
        unsettled = self._jobs.unsettled_corrections(older_than_s=older_than_s)
        for correction_id in unsettled.arriving:
            try:
                correction = self._read(correction_id)
                plan = self._plan(self._learner(correction.model))
            except (NotFound, InputError):
                self._jobs.settle_correction(correction_id)  # it never came
            else:
                self._jobs.add_correction(correction.ref, plan, retrain_id=new_job_id(), late=True)
        for correction_id in unsettled.superseded:
            self._mark_withdrawn(correction_id, "superseded", "noria")
        return len(unsettled.arriving) + len(unsettled.superseded)

    def reindex(self) -> int:
        """Announce every correction that counts to the job store again, and start nothing; gives how many."""
        parts: dict[str, set[str]] = {}
        for name in self._objects.names("corrections/"):
            _, correction_id, part = name.split("/")
            parts.setdefault(correction_id, set()).add(part)
        counted = 0
        for correction_id, found in sorted(parts.items()):
            if "correction.json" in found and "withdrawn.json" not in found:
                used_by = self._used_by(correction_id) if "used.json" in found else None
                counted += self._jobs.restore_correction(self._read(correction_id).ref, used_by=used_by)
        return counted

    def _all(self, model: str) -> Iterator[tuple[Correction, Standing]]:
        """Every correction of a model that counts, newest first."""
        cursor, more = None, True
        while more:
            page, cursor = self.page(model=model, limit=STEP, cursor=cursor)
            yield from page
            more = cursor is not None

    def _learner(self, model: str) -> Version:
        try:
            return self._models.version(model)
        except NotFound as e:
            raise _fault("model", e.message) from None

    def _plan(self, version: Version) -> RetrainPlan:
        kind = kinds().get(f"{version.domain}.retrain")
        if kind is None:
            raise _fault("model", f"A model of {version.domain} does not learn from corrections.")
        params = kind.params.model_validate({"model": version.model}).model_dump(mode="json")
        return RetrainPlan(kind.name, kind.queue, params, kind.max_attempts, self.threshold)

    def _pending_of(self, image: str, model: str) -> Correction | None:
        """The pending correction of an image, or None."""
        newest = self._jobs.newest_correction(model, image)
        if newest is None or self._jobs.correction_standings((newest,)).get(newest) != PENDING:
            return None
        return self._read(newest)

    def _same_as(self, refused: Correction) -> Correction:
        """The image's correction that counts instead of a refused one, if it has the same boxes. Raises Conflict."""
        newest = self._jobs.newest_correction(refused.model, refused.image)
        found = self._read(newest) if newest else None
        if found is None or found.boxes != refused.boxes:
            raise Conflict("Another correction of this image was saved or withdrawn meanwhile. Look at it, then save again.")
        return found

    def _checked_boxes(self, given: CorrectionIn, version: Version) -> list[Box]:
        """The boxes inside their image, with labels that the model knows. Raises InputError naming each at fault."""
        try:
            image = self._images.get(given.image)
        except NotFound as e:
            raise _fault("image", e.message) from None
        known = [str(name) for name in version.metadata.get("classes", ())]
        boxes, faults = [], []
        for n, drawn in enumerate(given.boxes):
            try:
                label = cleaned_label(drawn.label)
            except ValueError as e:
                faults.append(FieldError(f"boxes.{n}.label", str(e)))
                continue
            box = clip(Box(label, drawn.x1, drawn.y1, drawn.x2, drawn.y2), image.width, image.height)
            if box is None:
                faults.append(FieldError(f"boxes.{n}", f"leaves nothing inside the image of {image.width} x {image.height} px"))
            elif label not in known and not given.new_label:
                listed = ", ".join(known) or "none"
                message = f"is not a label of the model, which knows {listed}; send new_label true to add it"
                faults.append(FieldError(f"boxes.{n}.label", message))
            else:
                boxes.append(box)
        if faults:
            message = "; ".join(f"{f.field} {f.message}" for f in faults[:3])
            raise InputError(f"{message}.", fields=tuple(faults[:50]))
        return boxes

    def _read(self, correction_id: str) -> Correction:
        try:
            if names.NAME.fullmatch(correction_id):
                document = self._objects.read_json(names.correction(correction_id, "correction.json"))
                document.pop("schema")
                return Correction(**document)
        except NotFound:
            pass
        raise NotFound(f"There is no correction {correction_id[:64]!r}.")

    def _remembered(self, correction_id: str) -> Standing:
        """Where a correction that the job store does not know stands, by its documents. Raises NotFound if it does not count."""
        if self._objects.exists(names.correction(correction_id, "withdrawn.json")):
            raise NotFound(f"There is no correction {correction_id!r} any more.")
        used_by = self._used_by(correction_id)
        return Standing("used", used_by) if used_by else PENDING

    def _used_by(self, correction_id: str) -> str | None:
        try:
            return str(self._objects.read_json(names.correction(correction_id, "used.json"))["job"])
        except NotFound:
            return None

    def _mark_withdrawn(self, correction_id: str, why: str, by: str) -> None:
        mark = {"why": why, "by": by, "at": time.time_ns() // 1_000_000}
        self._objects.create_json(names.correction(correction_id, "withdrawn.json"), mark)
        self._jobs.settle_correction(correction_id)


def _joined(earlier: Correction | None, boxes: list[Box]) -> list[Box]:
    """The boxes of an earlier correction, then those of `boxes` that it does not have. Raises InputError for too many."""
    joined = list(dict.fromkeys([*(Box(**b) for b in (earlier.boxes if earlier else ())), *boxes]))
    if len(joined) > MAX_BOXES:
        raise _fault("boxes", f"The image has {MAX_BOXES} boxes already, the most that one may have.")
    return joined


def _fault(field: str, message: str) -> InputError:
    return InputError(message, fields=(FieldError(field, message),))
