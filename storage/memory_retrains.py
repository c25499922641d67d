"""The retrain queue in memory: a part of MemoryJobStore, which tells it of jobs that are submitted, start, try again, end."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from jobs.lifecycle import State
from jobs.record import Job, new_job_id
from storage.job_store import NewJob, Submitted
from storage.memory_reviews import MemoryReviews
from storage.retrain_queue import (
    CANCELED,
    Added,
    CorrectionRef,
    CorrectionState,
    RetrainPlan,
    RetrainStatus,
    Standing,
    Unsettled,
    correction_collection,
)


@dataclass
class _Model:
    """What is known of one model."""

    plan: RetrainPlan | None = None
    newest: dict[str, str] = field(default_factory=dict)
    previous: dict[str, str] = field(default_factory=dict)
    given_back: set[str] = field(default_factory=set)
    under_way: set[str] = field(default_factory=set)
    parked: list[str] = field(default_factory=list)
    active: str | None = None
    blocked: dict[str, Any] | None = None


class MemoryRetrains(MemoryReviews):
    """See RetrainQueue."""

    _indexes: dict[str, dict[str, float]]

    def __init__(self) -> None:
        MemoryReviews.__init__(self)
        self._models: dict[str, _Model] = {}
        self._corrections: dict[str, tuple[CorrectionRef, Standing]] = {}
        self._claims: dict[str, list[str]] = {}
        self._arriving: dict[str, int] = {}
        self._superseded: set[str] = set()

    def _now(self) -> int:
        raise TypeError("MemoryJobStore has the clock")

    def _enqueue(self, job: Job, *, front: bool = False) -> None:
        raise TypeError("MemoryJobStore has the queues")

    def get(self, job_id: str) -> Job:
        """See JobStore."""
        raise TypeError("MemoryJobStore has the jobs")

    def submit(self, job: NewJob, *, idempotency_s: float, queue_limit: int) -> Submitted:
        """See JobStore."""
        raise TypeError("MemoryJobStore has the jobs")

    def announce_correction(self, correction_id: str) -> None:
        """See RetrainQueue."""
        with self._lock:
            self._arriving[correction_id] = self._now()

    def add_correction(self, correction: CorrectionRef, plan: RetrainPlan, *, retrain_id: str, request_id: str = "",
                       late: bool = False, seen: str | None = None) -> Added:
        """See RetrainQueue."""
        with self._lock:
            model = self._model(correction.model)
            self._arriving.pop(correction.id, None)
            if correction.id in self._corrections:
                return Added(True, len(self._pending(correction.model)))
            newest = model.newest.get(correction.image)
            outdated = (late and newest and newest > correction.id) or (seen is not None and seen != (newest or ""))
            if correction.id in self._superseded or outdated:
                self._supersede(correction.id)
                return Added(False, len(self._pending(correction.model)))
            replaced = newest if newest and self._corrections[newest][1].state == "pending" else None
            if replaced:
                self._supersede(replaced)
            self._make_newest(correction)
            self._set(correction, Standing("pending", None))
            model.plan = plan
            pending = len(self._pending(correction.model))
            due = pending >= plan.threshold and not model.under_way
            if due:
                self._start(retrain_id, correction.model, request_id)
            return Added(True, pending, retrain_id if due else None, replaced)

    def restore_correction(self, correction: CorrectionRef, *, used_by: str | None) -> bool:
        """See RetrainQueue."""
        with self._lock:
            if correction.id in self._corrections:
                return False
            model = self._model(correction.model)
            newest = model.newest.get(correction.image)
            if newest and newest > correction.id:
                if used_by is None:
                    self._supersede(correction.id)
                    return False
            else:
                if newest and self._corrections[newest][1].state == "pending":
                    self._supersede(newest)
                self._make_newest(correction)
            self._set(correction, Standing("used", used_by) if used_by else Standing("pending", None))
            return True

    def forget_corrections(self, model: str) -> None:
        """See RetrainQueue."""
        with self._lock:
            for correction_id in list(self._indexes.get(correction_collection(model), {})):
                self._forget(correction_id)
            self._models.pop(model, None)
            self._forget_reviews(model)

    def withdraw_correction(self, correction_id: str) -> CorrectionState | None:
        """See RetrainQueue."""
        with self._lock:
            found = self._corrections.get(correction_id)
            if found and found[1].state == "pending":
                self._forget(correction_id)
            return found[1].state if found else None

    def correction_standings(self, ids: Sequence[str]) -> dict[str, Standing]:
        """See RetrainQueue."""
        with self._lock:
            return {i: self._corrections[i][1] for i in ids if i in self._corrections}

    def newest_correction(self, model: str, image: str) -> str | None:
        """See RetrainQueue."""
        with self._lock:
            return self._models.get(model, _Model()).newest.get(image)

    def unsettled_corrections(self, *, older_than_s: float, limit: int = 100) -> Unsettled:
        """See RetrainQueue."""
        with self._lock:
            before = self._now() - older_than_s * 1000
            arriving = [i for i, at in self._arriving.items() if at <= before]
            return Unsettled(tuple(arriving[:limit]), tuple(sorted(self._superseded)[:limit]))

    def settle_correction(self, correction_id: str) -> None:
        """See RetrainQueue."""
        with self._lock:
            self._arriving.pop(correction_id, None)
            self._superseded.discard(correction_id)

    def claimed_corrections(self, job_id: str) -> tuple[str, ...]:
        """See RetrainQueue."""
        with self._lock:
            return tuple(self._claims.get(job_id, ()))

    def retrain_status(self, model: str) -> RetrainStatus:
        """See RetrainQueue."""
        with self._lock:
            found = self._models.get(model, _Model())
            return RetrainStatus(len(self._pending(model)), tuple(sorted(found.under_way)), found.active, found.blocked)

    def _corrected(self, model: str) -> dict[str, str]:
        return self._models.get(model, _Model()).newest

    def _model(self, name: str) -> _Model:
        return self._models.setdefault(name, _Model())

    def _pending(self, model: str) -> list[str]:
        entries = self._indexes.get(correction_collection(model, "pending"), {})
        return sorted(entries, key=lambda i: (entries[i], i))

    def _lists(self, ref: CorrectionRef, state: CorrectionState) -> tuple[str, ...]:
        return (correction_collection(), correction_collection(state=state), correction_collection(ref.model),
                correction_collection(ref.model, state))

    def _unlist(self, correction_id: str) -> CorrectionRef:
        ref, standing = self._corrections.pop(correction_id)
        for name in self._lists(ref, standing.state):
            self._indexes[name].pop(correction_id, None)
        return ref

    def _set(self, ref: CorrectionRef, standing: Standing) -> None:
        if ref.id in self._corrections:
            self._unlist(ref.id)
        self._corrections[ref.id] = (ref, standing)
        for name in self._lists(ref, standing.state):
            self._indexes.setdefault(name, {})[ref.id] = ref.at

    def _forget(self, correction_id: str) -> None:
        ref = self._unlist(correction_id)
        model = self._model(ref.model)
        model.given_back.discard(correction_id)
        previous = model.previous.pop(correction_id, "")
        if model.newest.get(ref.image) == correction_id:
            del model.newest[ref.image]
            if previous in self._corrections:
                model.newest[ref.image] = previous

    def _make_newest(self, ref: CorrectionRef) -> None:
        model = self._model(ref.model)
        model.previous[ref.id] = model.newest.get(ref.image, "")
        model.newest[ref.image] = ref.id
        self.reopen_review(ref.model, ref.image)

    def _supersede(self, correction_id: str) -> None:
        if correction_id in self._corrections:
            self._forget(correction_id)
        self._superseded.add(correction_id)

    def _start(self, job_id: str, model: str, request_id: str) -> None:
        plan = self._model(model).plan
        assert plan
        job = NewJob(job_id, plan.kind, plan.queue, plan.params, plan.max_attempts, {}, request_id, retrains=model)
        self.submit(job, idempotency_s=0, queue_limit=1 << 62)

    def _retrain_waits(self, job: Job) -> None:
        if job.retrains:
            self._model(job.retrains).under_way.add(job.id)

    def _may_start(self, job: Job) -> bool:
        if not job.retrains:
            return True
        model = self._model(job.retrains)
        model.parked = sorted({*model.parked, job.id} - {model.active or job.id})
        return job.id not in model.parked

    def _claim(self, job: Job) -> None:
        if not job.retrains:
            return
        model = self._model(job.retrains)
        model.active = job.id
        if job.id in self._claims:
            return
        claimed = self._pending(job.retrains)
        if claimed:
            self._claims[job.id] = claimed
        for correction_id in claimed:
            self._set(self._corrections[correction_id][0], Standing("claimed", job.id))
        model.given_back.clear()

    def _tries_again(self, job: Job) -> list[str]:
        """The job's claimed corrections are pending again, but for those whose image has a newer one. Gives those that are."""
        given = []
        for correction_id in self._claims.pop(job.id, []):
            ref = self._corrections[correction_id][0]
            if self._model(ref.model).newest.setdefault(ref.image, correction_id) != correction_id:
                self._supersede(correction_id)
            else:
                self._set(ref, Standing("pending", None))
                given.append(correction_id)
        return given

    def _retrain_ended(self, job: Job, state: State, error: dict[str, Any] | None) -> None:
        if not job.retrains:
            return
        model = self._model(job.retrains)
        model.under_way.discard(job.id)
        model.parked = [i for i in model.parked if i != job.id]
        had_turn = model.active == job.id
        model.active = None if had_turn else model.active
        if state == "succeeded":
            for correction_id in self._claims.pop(job.id, []):
                self._set(self._corrections[correction_id][0], Standing("used", job.id))
            model.blocked = None
        else:
            given = self._tries_again(job) or ([] if model.under_way else self._pending(job.retrains))
            model.given_back |= set(given)
            if given:
                model.blocked = {"reason": error["message"] if error else CANCELED, "job": job.id, "at": self._now()}
        if had_turn:
            self._next_retrain(job.retrains)

    def _next_retrain(self, name: str) -> None:
        model = self._model(name)
        if model.parked:
            self._enqueue(replace(self.get(model.parked.pop(0)), queue_position=None), front=True)
            return
        fresh = len(self._pending(name)) - len(model.given_back)
        if model.plan and not model.under_way and fresh >= model.plan.threshold:
            self._start(new_job_id(), name, "")
