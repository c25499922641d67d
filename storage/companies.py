"""Companies: documents in the object store, each with a tax number (NIT) that no other company may have.

A tax number is held by its last claim, `nits/{nit}/{n}.json`, made before the company's document and given up after it by
another that names nobody; so a crash in between leaves a claim too many, never two companies with one number. A claim
that its company does not bear out is void after a minute. Claims are only ever added, and each by one writer.
"""

import time
import zoneinfo
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from jobs.context import Company
from jobs.errors import Conflict, DatasetUnusable, FieldError, InputError, NotFound
from storage import names
from storage.countries import TIME_ZONES
from storage.datasets import Datasets
from storage.index import DocumentIndex
from storage.object_store import ObjectStore

COLLECTION = "companies"
VOID_AFTER_MS = 60_000


class CompanyIn(BaseModel):
    """What a client says of a company."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    nit: str = Field(pattern=r"^[0-9]{1,20}$", description="Tax number, digits only; unique.")
    name: str = Field(min_length=1, max_length=200, description="The company's name.")
    country: str = Field(pattern=r"^[A-Z]{2}$", description="ISO 3166 alpha-2 code, such as CO.")
    currency: str = Field(pattern=r"^[A-Z]{3}$", description="ISO 4217 code of its one currency, such as COP.")
    timezone: str | None = Field(None, max_length=64, description="IANA time zone; null: the country's.")
    dataset: str | None = Field(None, max_length=64, description="Id of its sales data set; null: the last one uploaded for it.")

    @field_validator("country")
    @classmethod
    def _country_exists(cls, value: str) -> str:
        if value not in TIME_ZONES:
            raise ValueError("not an ISO 3166 alpha-2 country code")
        return value

    @field_validator("timezone")
    @classmethod
    def _timezone_exists(cls, value: str | None) -> str | None:
        if value is not None and value not in zoneinfo.available_timezones():
            raise ValueError("not an IANA time zone, such as America/Bogota")
        return value


@dataclass(frozen=True, slots=True)
class _Stored:
    """A company's document: what was set, and since when it is known (epoch ms)."""

    company: Company
    created_at: int


def company_document(company: Company) -> dict[str, Any]:
    """The company as the HTTP contract shows it, ready for JSON."""
    return {**asdict(company), "links": {"self": f"/v1/companies/{company.id}"}}


def require_id(company_id: str) -> None:
    """Raise InputError unless a company may have this id."""
    if not names.NAME.fullmatch(company_id):
        message = "A company's id has 1 to 64 of the characters A-Z a-z 0-9 . _ -"
        raise InputError(message, fields=(FieldError("id", message),))


class Companies:
    """The companies of an installation."""

    def __init__(self, objects: ObjectStore, index: DocumentIndex, datasets: Datasets) -> None:
        self._objects, self._index, self._datasets = objects, index, datasets

    def put(self, company_id: str, given: CompanyIn, *, now_ms: int | None = None) -> tuple[Company, bool]:
        """Write a company, new or not; gives it as it is set, and whether it is new.

        Raises InputError (id, dataset), Conflict if another company has the tax number, StorageUnavailable,
        BrokerUnavailable (the company is kept all the same).
        """
        require_id(company_id)
        self._require_dataset(given.dataset)
        now = time.time_ns() // 1_000_000 if now_ms is None else now_ms
        company = Company(company_id, given.nit, given.name, given.country, given.currency,
                          given.timezone or TIME_ZONES[given.country], given.dataset)
        before = self._stored(company_id)
        self._claim(given.nit, company_id, now)
        stored = _Stored(company, before.created_at if before else now)
        self._objects.put_json(names.company(company_id), {**asdict(company), "created_at": stored.created_at})
        if before and before.company.nit != given.nit:
            self._release(before.company.nit, company_id, now)
        self._index.index(COLLECTION, company_id, stored.created_at)
        return company, before is None

    def get(self, company_id: str) -> Company:
        """The company as it was set; `effective` fills in its data set. Raises NotFound."""
        stored = self._stored(company_id)
        if stored is None:
            raise NotFound(f"There is no company {company_id[:64]!r}.")
        return stored.company

    def effective_dataset(self, company: Company) -> str | None:
        """Id of the company's data set: the one set, else the last sales data set uploaded for it, else None."""
        return company.dataset or self._datasets.latest_for_company(company.id, "sales")

    def effective(self, company: Company) -> Company:
        """The company with its effective data set filled in: what people and jobs are shown."""
        return replace(company, dataset=self.effective_dataset(company))

    def page(self, *, limit: int = 50, cursor: str | None = None) -> tuple[tuple[Company, ...], str | None]:
        """Companies as they were set, newest first, and the next page's cursor. A page may be short."""
        ids, following = self._index.indexed(COLLECTION, limit=limit, cursor=cursor)
        found = (self._stored(company_id) for company_id in ids)
        return tuple(stored.company for stored in found if stored), following

    def delete(self, company_id: str) -> None:
        """Forget a company and free its tax number; its data sets stay. Raises NotFound."""
        company = self.get(company_id)
        self._index.unindex(COLLECTION, company_id)
        self._objects.delete(names.company(company_id))
        self._release(company.nit, company_id, time.time_ns() // 1_000_000)

    def reindex(self) -> int:
        """Announce every company to the index again; gives how many."""
        count = 0
        for name in self._objects.names("companies/"):
            company_id = name.removeprefix("companies/").removesuffix(".json")
            stored = self._stored(company_id)
            if stored:
                self._index.index(COLLECTION, company_id, stored.created_at)
                count += 1
        return count

    def _stored(self, company_id: str) -> _Stored | None:
        if not names.NAME.fullmatch(company_id):
            return None
        try:
            document = self._objects.read_json(names.company(company_id))
        except NotFound:
            return None
        return _Stored(Company(**{f.name: document[f.name] for f in fields(Company)}), document["created_at"])

    def _require_dataset(self, dataset_id: str | None) -> None:
        if dataset_id is None:
            return
        try:
            message = None if self._datasets.get(dataset_id).type == "sales" else f"Data set {dataset_id} does not hold sales."
        except NotFound as e:
            message = e.message
        except DatasetUnusable:
            message = f"Data set {dataset_id} cannot be used."
        if message:
            raise InputError(message, fields=(FieldError("dataset", message),))

    def _claim(self, nit: str, company_id: str, now_ms: int) -> None:
        """Hold `nit` for a company. Of those who race for a number that is free, or whose claim is void, one wins."""
        while True:
            number, holder, at = self._holder(nit)
            owner = self._stored(holder) if holder else None
            held = owner is not None and owner.company.nit == nit
            if holder == company_id and held:
                return
            if holder and holder != company_id and (held or at > now_ms - VOID_AFTER_MS):
                message = f"The tax number {nit} belongs to another company."
                raise Conflict(message, fields=(FieldError("nit", message),))
            if self._objects.create_json(names.nit(nit, number + 1), {"company": company_id, "at": now_ms}):
                return

    def _release(self, nit: str, company_id: str, now_ms: int) -> None:
        number, holder, _ = self._holder(nit)
        if holder == company_id:
            self._objects.create_json(names.nit(nit, number + 1), {"company": None, "at": now_ms})

    def _holder(self, nit: str) -> tuple[int, str | None, int]:
        """The last claim of a tax number: its generation (0: none yet), who holds it, and since when (epoch ms)."""
        last = max(self._objects.names(f"nits/{nit}/"), default=None)
        if last is None:
            return 0, None, 0
        claim = self._objects.read_json(last)
        return int(last.rpartition("/")[2].removesuffix(".json")), claim["company"], claim["at"]
