"""Models and their versions, as documents in the object store. The last promotion in a model's history names its champion.

A version is born in two steps. `allocate` gives a job its number, once and for all attempts; `publish` makes it exist.
Between the two stands the job store's compare-and-set, so a run that lost its lease leaves a number and nothing else.
"""

import base64
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

from jobs.context import ModelVersion
from jobs.errors import Conflict, NotFound
from storage import names
from storage.index import DocumentIndex
from storage.object_store import ObjectStore

Action = Literal["promoted", "rolled_back", "rejected"]
Decision = Literal["promoted", "rejected"]
COLLECTION = "models"
TRAINED = "The training succeeded."


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a model. `files` maps a file's name to its object; `created_at` is epoch milliseconds.

    A kind that judges its versions says so in `metadata`: `decision` (promoted or rejected) and `reason`.
    """

    model: str
    version: int
    domain: str
    job_id: str
    created_at: int
    metadata: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One decision about a model's champion; `by` is a key's id, `local` for an open API, or `noria`. `at`: epoch ms."""

    action: Action
    version: int
    reason: str
    by: str
    at: int
    job_id: str | None = None


class Mark(NamedTuple):
    """Changes whenever the champion or the newest version of a model may have: how many decisions, and the newest's number."""

    decisions: int
    newest: int


class Models:
    """Every model of this installation."""

    def __init__(self, objects: ObjectStore, index: DocumentIndex) -> None:
        self._objects, self._index = objects, index

    def allocate(self, model: str, *, domain: str, job_id: str) -> int:
        """The version number of `job_id` for `model`: the same at every call.

        Raises Conflict if the model's name belongs to another domain.
        """
        if not self._objects.create_json(names.model(model, "owner.json"), {"domain": domain}):
            owner = self._objects.read_json(names.model(model, "owner.json"))["domain"]
            if owner != domain:
                raise Conflict(f"The name {model!r} belongs to a model of {owner}; choose another name.")
        for number in self._numbers(model, "allocated.json"):
            if self._objects.read_json(names.model_version(model, number, "allocated.json"))["job_id"] == job_id:
                return number
        number = max(self._numbers(model, "allocated.json"), default=0) + 1
        while not self._objects.create_json(names.model_version(model, number, "allocated.json"), {"job_id": job_id}):
            number += 1
        return number

    def publish(self, version: Version, *, promote: bool) -> None:
        """Make the version exist, and the champion if `promote`. Doing it again changes nothing.

        Raises StorageUnavailable, BrokerUnavailable.
        """
        self._objects.create_json(names.model_version(version.model, version.version, "version.json"), asdict(version))
        rejected = version.metadata.get("decision") == "rejected"
        action: Action = "rejected" if rejected else "promoted"
        reason = str(version.metadata.get("reason", TRAINED))
        entry = HistoryEntry(action, version.version, reason, "noria", version.created_at, version.job_id)
        while promote or rejected:
            history = self.history(version.model)
            known = any(earlier.job_id == version.job_id for earlier in history)
            if known or self._append(version.model, len(history) + 1, entry):
                break
        self._index.index(COLLECTION, version.model, version.created_at)

    def promote(self, model: str, number: int, *, reason: str, by: str, now_ms: int | None = None) -> HistoryEntry:
        """Make a published version the champion; predictions use it from now on. Raises NotFound."""
        self.version(model, number)
        entry = HistoryEntry("promoted", number, reason, by, _now() if now_ms is None else now_ms)
        while not self._append(model, len(self.history(model)) + 1, entry):
            pass
        return entry

    def rollback(self, model: str, *, reason: str, by: str, now_ms: int | None = None) -> HistoryEntry:
        """Go back to the champion before the present one; once more goes back further.

        Raises NotFound, Conflict if there is no earlier champion.
        """
        while True:
            history = self.history(model)
            if not history:
                self.version(model)
            reign = champions(history)
            if len(reign) < 2:
                raise Conflict(f"The model {model!r} has no earlier champion to go back to.")
            entry = HistoryEntry("rolled_back", reign[-2], reason, by, _now() if now_ms is None else now_ms)
            if self._append(model, len(history) + 1, entry):
                return entry

    def version(self, model: str, number: int | None = None) -> Version:
        """A published version, the champion if `number` is None. Raises NotFound."""
        if number is None:
            number = self.champion(model)
        if number is None or not names.NAME.fullmatch(model):
            raise NotFound(f"There is no model {model[:64]!r}.")
        try:
            document = self._objects.read_json(names.model_version(model, number, "version.json"))
        except NotFound:
            raise NotFound(f"There is no version {number} of model {model!r}.") from None
        document.pop("schema")
        return Version(**document)

    def versions(self, model: str) -> list[Version]:
        """All published versions, oldest first; empty if there is no such model."""
        return [self.version(model, n) for n in self._numbers(model, "version.json")]

    def newest(self, model: str) -> Version:
        """The published version with the highest number. Raises NotFound."""
        numbers = self._numbers(model, "version.json") if names.NAME.fullmatch(model) else []
        return self.version(model, numbers[-1] if numbers else None)

    def champion(self, model: str) -> int | None:
        """The version that predictions use, or None."""
        return next((entry.version for entry in self._newest_first(model) if entry.action != "rejected"), None)

    def history(self, model: str) -> list[HistoryEntry]:
        """Every decision about the model's champion, newest first; empty if there is no such model."""
        return list(self._newest_first(model))

    def decision(self, version: Version, history: list[HistoryEntry]) -> Decision | None:
        """What was decided about a version when it came into being, by its model's history; None: nothing."""
        made = next((entry.action for entry in history if entry.job_id == version.job_id), None)
        return made if made != "rolled_back" else None

    def page(self, *, limit: int = 50, cursor: str | None = None) -> tuple[tuple[str, ...], str | None]:
        """Names of models, the last trained first, and the next page's cursor."""
        return self._index.indexed(COLLECTION, limit=limit, cursor=cursor)

    def reindex(self) -> int:
        """Announce every model that has a version to the index again; gives how many."""
        found = {name.split("/")[1] for name in self._objects.names("models/") if name.endswith("/version.json")}
        for model in sorted(found):
            self._index.index(COLLECTION, model, self.newest(model).created_at)
        return len(found)

    def names(self) -> list[str]:
        """Every model that has, or had, a champion, by name."""
        found = (name.split("/") for name in self._objects.names("models/"))
        return sorted({parts[1] for parts in found if parts[2] == "history"})

    def marks(self) -> dict[str, Mark]:
        """The mark of every model that has a published version, by its name; one listing of the store."""
        found: dict[str, list[int]] = {}
        for name in self._objects.names("models/"):
            parts = name.split("/")
            decisions_newest = found.setdefault(parts[1], [0, 0])
            if parts[2] == "history":
                decisions_newest[0] += 1
            elif parts[3:] == ["version.json"]:
                decisions_newest[1] = max(decisions_newest[1], int(parts[2]))
        return {model: Mark(*numbers) for model, numbers in found.items() if numbers[1]}

    def fetch(self, version: Version, folder: Path) -> ModelVersion:
        """The version with local copies of its files, which are fetched once into `folder`."""
        home = folder / version.model / f"{version.version:06d}-{version.job_id}"
        home.mkdir(parents=True, exist_ok=True)
        local = {name: home / name for name in version.files}
        for name, path in local.items():
            if not path.exists():
                self._objects.fetch(version.files[name], path)
        return ModelVersion(version.model, version.version, version.domain, version.metadata, local)

    def recall(self, model: str, what: str, *, job_id: str, succeeded: Callable[[str], bool]) -> bytes | None:
        """What the last job but `job_id` that `succeeded` kept under `what` for the model, or None."""
        found = self._before(model, what, job_id, succeeded)
        return base64.b64decode(found["content"]) if found else None

    def remember(self, model: str, what: str, content: bytes, *, job_id: str, succeeded: Callable[[str], bool]) -> None:
        """Keep bytes for the next job that works with the model, and what `recall` gives this one, should it not succeed."""
        before = self._before(model, what, job_id, succeeded)
        mine = {"job_id": job_id, "content": base64.b64encode(content).decode()}
        self._objects.put_json(names.model_memory(model, what), {"kept": [mine, before] if before else [mine]})

    def rememberers(self, model: str, what: str) -> tuple[str, ...]:
        """Ids of the last jobs that kept something under `what` for the model, newest first; the first may not have ended."""
        return tuple(entry["job_id"] for entry in self._kept(model, what))

    def _kept(self, model: str, what: str) -> list[dict[str, str]]:
        """What is remembered, newest first."""
        try:
            return list(self._objects.read_json(names.model_memory(model, what))["kept"])
        except NotFound:
            return []

    def _before(self, model: str, what: str, job_id: str, succeeded: Callable[[str], bool]) -> dict[str, str] | None:
        kept = self._kept(model, what)
        return next((entry for entry in kept if entry["job_id"] != job_id and succeeded(entry["job_id"])), None)

    def delete(self, model: str) -> None:
        """Forget a model: its versions, history and name. Artifacts of the jobs that made it stay theirs."""
        self._index.unindex(COLLECTION, model)
        # History and versions first: what a crash leaves behind is a name without a champion.
        found = sorted(self._objects.names(names.model(model, "")), key=lambda name: (name.endswith("owner.json"), name))
        for name in found:
            self._objects.delete(name)

    def _numbers(self, model: str, part: str) -> list[int]:
        found = (name.split("/") for name in self._objects.names(names.model(model, "")))
        return sorted(int(parts[2]) for parts in found if parts[2].isdigit() and parts[3] == part)

    def _newest_first(self, model: str) -> Iterator[HistoryEntry]:
        if not names.NAME.fullmatch(model):
            return
        for name in sorted(self._objects.names(names.model(model, "history/")), reverse=True):
            document = self._objects.read_json(name)
            yield HistoryEntry(**{k: v for k, v in document.items() if k != "schema"})

    def _append(self, model: str, number: int, entry: HistoryEntry) -> bool:
        """Write the entry as the `number`-th; False if another stands there, so that nothing is decided on a stale view."""
        return self._objects.create_json(names.model_history(model, number), asdict(entry))


def champions(history: list[HistoryEntry]) -> list[int]:
    """The champions that a model can go back to and its present one last, by its history (newest first)."""
    reign: list[int] = []
    for entry in reversed(history):
        if entry.action == "rolled_back":
            reign.pop()
        elif entry.action == "promoted" and entry.version not in reign[-1:]:
            reign.append(entry.version)
    return reign


def _now() -> int:
    return time.time_ns() // 1_000_000
