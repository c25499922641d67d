"""What the pages of a company show, gathered from the stores: its champion, how good that is, and the jobs under way."""

from dataclasses import dataclass
from typing import Any, Literal

from api.console import fan_file
from api.services import Services
from jobs.context import Company
from jobs.errors import NotFound
from jobs.forecasting.kinds import SIMPLE_MEMBERS, model_of
from jobs.record import Artifact, Job
from storage.models import Version

LOOKED_AT = 100  # newest jobs of a kind, of all companies, among which a company's are looked for
TRAIN, PREDICT = "forecasting.train", "forecasting.predict"


@dataclass(frozen=True, slots=True)
class Method:
    """One way to forecast, with its errors in the backtest; `yardstick`: a simple one, which the model has to beat."""

    name: str
    role: Literal["used", "yardstick", "other"]
    scores: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Champion:
    """The version that predictions use; `job` made it, None if that is forgotten."""

    version: Version
    job: Job | None

    @property
    def card(self) -> dict[str, Any]:
        """What its training kept of it; see `Card` in jobs/forecasting/package.py."""
        return self.version.metadata

    @property
    def choices(self) -> dict[str, Any]:
        """The params of its training; of one that is forgotten, those that the version knows."""
        return self.job.params if self.job else {name: self.card[name] for name in ("frequency", "regressors")}

    @property
    def methods(self) -> tuple[Method, ...]:
        """The method in use, the yardsticks, then the others, each by their error."""
        order = ("used", "yardstick", "other")
        found = [Method(name, _role(name, self.card["chosen"]), scores) for name, scores in self.card["metrics"].items()]
        return tuple(sorted(found, key=lambda m: (order.index(m.role), m.scores["rmse"])))

    @property
    def used(self) -> Method:
        """The method in use."""
        return self.methods[0]

    @property
    def yardstick(self) -> Method | None:
        """The simple method that is hardest to beat."""
        simple = [m for m in self.methods if m.name in SIMPLE_MEMBERS and m.role == "yardstick"]
        return min(simple, key=lambda m: m.scores["rmse"], default=None)


def _role(name: str, chosen: str) -> Literal["used", "yardstick", "other"]:
    return "used" if name == chosen else "yardstick" if name in SIMPLE_MEMBERS else "other"


def champion_of(s: Services, company: Company) -> Champion | None:
    """The champion of the company's model, or None."""
    try:
        version = s.models.version(model_of(company))
    except NotFound:
        return None
    return Champion(version, s.reader.find(version.job_id)) if version.domain == "forecasting" else None


def is_of(company: Company, job: Job) -> bool:
    """Whether a job names the company, or its model."""
    return bool(job.params.get("company") == company.id or job.params.get("model") == model_of(company))


def jobs_of(s: Services, company: Company, kind: str) -> list[Job]:
    """The company's among the newest jobs of a kind, newest first."""
    return [job for job in s.jobs.page(kind=kind, limit=LOOKED_AT).jobs if is_of(company, job)]


def fans_of(s: Services, company: Company, champion: Champion) -> tuple[Artifact | None, Job | None]:
    """The artifact with the champion's forecasts, else with its history alone, else None; and the model's last prediction.

    A training makes it, but for models whose future has to be told: of these the last prediction of the version does. Only then
    predictions are looked for.
    """
    made = _artifact(champion.job)
    try:
        if made and fan_file.knows_future(s.objects, made):
            return made, None
    except NotFound:
        made = None
    found = jobs_of(s, company, PREDICT)
    of_version = (_artifact(job) for job in found if (job.result or {}).get("version") == champion.version.version)
    return next((artifact for artifact in of_version if artifact), made), next(iter(found), None)


def _artifact(job: Job | None) -> Artifact | None:
    return next((a for a in job.artifacts if a.name == fan_file.NAME), None) if job else None
