"""Models and their versions, as documents in the object store. The last entry of a model's history names its champion.

A version is born in two steps. `allocate` gives a job its number, once and for all attempts; `publish` makes it exist.
Between the two stands the job store's compare-and-set, so a run that lost its lease leaves a number and nothing else.
"""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from jobs.context import ModelVersion
from jobs.errors import Conflict, NotFound
from storage import names
from storage.object_store import ObjectStore

Action = Literal["promoted", "rolled_back"]
TRAINED = "The training succeeded."


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a model. `files` maps a file's name to its object; `created_at` is epoch milliseconds."""

    model: str
    version: int
    domain: str
    job_id: str
    created_at: int
    metadata: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One change of a model's champion."""

    action: Action
    version: int
    reason: str
    by: str
    at: int
    job_id: str | None = None


class Models:
    """Every model of this installation."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

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
        """Make the version exist, and the champion if `promote`. Doing it again changes nothing."""
        self._objects.create_json(names.model_version(version.model, version.version, "version.json"), asdict(version))
        if promote and all(entry.job_id != version.job_id for entry in self.history(version.model)):
            entry = HistoryEntry("promoted", version.version, TRAINED, "noria", version.created_at, version.job_id)
            self._append(version.model, entry)

    def version(self, model: str, number: int | None = None) -> Version:
        """A published version, the champion if `number` is None. Raises NotFound."""
        if number is None:
            number = self.champion(model)
        if number is None or not names.NAME.fullmatch(model):
            raise NotFound(f"There is no model {model!r}.")
        try:
            document = self._objects.read_json(names.model_version(model, number, "version.json"))
        except NotFound:
            raise NotFound(f"There is no version {number} of model {model!r}.") from None
        document.pop("schema")
        return Version(**document)

    def versions(self, model: str) -> list[Version]:
        """All published versions, oldest first; empty if there is no such model."""
        return [self.version(model, n) for n in self._numbers(model, "version.json")]

    def names(self) -> list[str]:
        """Every model that has, or had, a champion, by name."""
        found = (name.split("/") for name in self._objects.names("models/"))
        return sorted({parts[1] for parts in found if parts[2] == "history"})

    def champion(self, model: str) -> int | None:
        """The version that predictions use, or None."""
        last = max(self._history_names(model), default=None)
        return self._entry(last).version if last else None

    def history(self, model: str) -> list[HistoryEntry]:
        """Every change of champion, newest first."""
        return [self._entry(name) for name in sorted(self._history_names(model), reverse=True)]

    def fetch(self, version: Version, folder: Path) -> ModelVersion:
        """The version with local copies of its files, which are fetched once into `folder`."""
        home = folder / version.model / f"{version.version:06d}-{version.job_id}"
        home.mkdir(parents=True, exist_ok=True)
        local = {name: home / name for name in version.files}
        for name, path in local.items():
            if not path.exists():
                self._objects.fetch(version.files[name], path)
        return ModelVersion(version.model, version.version, version.domain, version.metadata, local)

    def _history_names(self, model: str) -> list[str]:
        return list(self._objects.names(names.model(model, "history/"))) if names.NAME.fullmatch(model) else []

    def _entry(self, name: str) -> HistoryEntry:
        document = self._objects.read_json(name)
        document.pop("schema")
        return HistoryEntry(**document)

    def _numbers(self, model: str, part: str) -> list[int]:
        found = (name.split("/") for name in self._objects.names(names.model(model, "")))
        return sorted(int(parts[2]) for parts in found if parts[2].isdigit() and parts[3] == part)

    def _append(self, model: str, entry: HistoryEntry) -> None:
        number = len(self._history_names(model)) + 1
        while not self._objects.create_json(names.model_history(model, number), asdict(entry)):
            number += 1

