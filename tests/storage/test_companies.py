"""Companies, their tax numbers and their data sets, on every store."""

import threading
from pathlib import Path

import pytest
from pydantic import ValidationError

from jobs.errors import Conflict, InputError, NotFound
from jobs.settings import Settings
from storage import names
from storage.companies import Companies, CompanyIn, company_document
from storage.datasets import Datasets
from storage.memory_jobs import MemoryJobStore
from storage.object_store import ObjectStore
from tests.storage.files import SALES


def given(nit: str = "900123456", **changes: object) -> CompanyIn:
    return CompanyIn.model_validate({"nit": nit, "name": "Ferretería", "country": "CO", "currency": "COP"} | changes)


@pytest.fixture
def companies(objects: ObjectStore, index: MemoryJobStore, settings: Settings) -> Companies:
    return Companies(objects, index, Datasets(objects, index, settings))


def test_a_company_is_kept_with_its_countrys_time_zone(companies: Companies):
    company, created = companies.put("1", given())
    assert created
    assert company.timezone == "America/Bogota"
    assert companies.get("1") == company
    assert company_document(company)["nit"] == "900123456"


def test_a_company_may_be_written_again_with_other_values(companies: Companies):
    companies.put("1", given())
    company, created = companies.put("1", given(name="Other", timezone="Europe/Madrid"))
    assert not created
    assert (company.name, company.timezone) == ("Other", "Europe/Madrid")


def test_two_companies_never_share_a_tax_number(companies: Companies):
    companies.put("1", given())
    with pytest.raises(Conflict) as e:
        companies.put("2", given())
    assert e.value.fields[0].field == "nit"
    with pytest.raises(NotFound):
        companies.get("2")


def test_a_changed_tax_number_frees_the_old_one(companies: Companies):
    companies.put("1", given("900123456"))
    companies.put("1", given("800123456"))
    companies.put("2", given("900123456"))
    assert [companies.get(i).nit for i in ("1", "2")] == ["800123456", "900123456"]
    with pytest.raises(Conflict):
        companies.put("3", given("800123456"))


def test_a_claim_left_by_a_crash_is_void_after_a_minute(companies: Companies, objects: ObjectStore):
    # Given a claim whose company was never written
    objects.create_json(names.nit("900123456", 1), {"company": "ghost", "at": 0})
    # Then it holds for a minute, and no longer
    with pytest.raises(Conflict):
        companies.put("1", given(), now_ms=30_000)
    companies.put("1", given(), now_ms=61_000)
    assert companies.get("1").nit == "900123456"


def test_of_two_that_find_the_same_void_claim_one_gets_the_number(local_objects: ObjectStore, index: MemoryJobStore, datasets: Datasets):
    # Given a void claim, and one who has just read it when another one takes the number
    local_objects.create_json(names.nit("900123456", 1), {"company": "ghost", "at": 0})

    class Slow:
        """Stands before a store, and lets another write a company between the reading of a claim and what follows."""

        def __init__(self) -> None:
            self.other = Companies(local_objects, index, datasets)

        def __getattr__(self, name: str) -> object:
            return getattr(local_objects, name)

        def read_json(self, name: str) -> dict[str, object]:
            found = local_objects.read_json(name)
            if name.startswith("nits/") and found["company"] == "ghost":
                self.other.put("fast", given(), now_ms=100_000)
            return found

    # Then that one is told of the conflict
    slow = Companies(Slow(), index, datasets)  # type: ignore[arg-type]
    with pytest.raises(Conflict):
        slow.put("slow", given(), now_ms=100_000)
    assert [c.id for c in slow.page()[0]] == ["fast"]


def test_an_own_claim_from_a_crash_is_made_fresh_before_it_is_used(companies: Companies, objects: ObjectStore):
    objects.create_json(names.nit("900123456", 1), {"company": "1", "at": 0})
    companies.put("1", given(), now_ms=200_000)
    assert objects.read_json(names.nit("900123456", 2))["at"] == 200_000


def test_many_at_once_with_one_tax_number_make_one_company(companies: Companies):
    conflicts, start = [], threading.Barrier(8)

    def race(n: int) -> None:
        start.wait()
        try:
            companies.put(str(n), given())
        except Conflict:
            conflicts.append(n)

    threads = [threading.Thread(target=race, args=(n,)) for n in range(8)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert len(conflicts) == 7


@pytest.mark.parametrize("wrong", [
    {"nit": "12a45"}, {"nit": "12 34"}, {"nit": "1" * 21}, {"nit": "9001234567\n"}, {"name": ""}, {"name": "x" * 201}, {"country": "XX"},
    {"country": "co"}, {"currency": "pesos"}, {"timezone": "Mars/Olympus"}, {"timezone": "../etc/passwd"}, {"extra": 1}, {"nit": 900123456},
])
def test_documents_that_are_not_a_company_are_refused(wrong: dict[str, object]):
    with pytest.raises(ValidationError):
        given(**{"nit": "900123456"} | wrong)


@pytest.mark.parametrize("company_id", ["", "a/b", "x" * 65, "ñ", "a b"])
def test_ids_that_are_not_names_are_refused(companies: Companies, company_id: str):
    with pytest.raises(InputError):
        companies.put(company_id, given())
    with pytest.raises(NotFound):
        companies.get(company_id)


def test_a_data_set_must_exist_and_hold_sales(companies: Companies):
    with pytest.raises(InputError) as e:
        companies.put("1", given(dataset="0" * 24))
    assert e.value.fields[0].field == "dataset"


def test_the_data_set_is_the_one_set_else_the_last_uploaded(datasets: Datasets, local_objects: ObjectStore, index: MemoryJobStore, tmp_path: Path):
    # Given a company with two uploads
    companies = Companies(local_objects, index, datasets)
    company, _ = companies.put("1", given())
    assert companies.effective_dataset(company) is None
    ids = []
    for n in (1, 2):
        (tmp_path / "up").write_bytes(SALES + b"2024-01-04,x,%d\n" % n)
        document, _ = datasets.receive(tmp_path / "up", type="sales", name="s", company="1", now_ms=n)
        datasets.wait(document.id, 60)
        ids.append(document.id)
    # Then the last one counts until one is set
    assert companies.effective(company).dataset == ids[1]
    company, _ = companies.put("1", given(dataset=ids[0]))
    assert companies.effective(company).dataset == ids[0]


def test_pages_and_reindex_bring_back_every_company(companies: Companies, objects: ObjectStore, index: MemoryJobStore, settings: Settings):
    for n in range(3):
        companies.put(f"c{n}", given(f"90012345{n}"), now_ms=n)
    # When the index is lost and made anew
    fresh = MemoryJobStore()
    again = Companies(objects, fresh, Datasets(objects, fresh, settings))
    assert again.page() == ((), None)
    assert again.reindex() == 3
    # Then the list is as it was, newest first, page by page
    page, cursor = again.page(limit=2)
    rest, end = again.page(limit=2, cursor=cursor)
    assert [c.id for c in page + rest] == ["c2", "c1", "c0"]
    assert end is None or again.page(limit=2, cursor=end) == ((), None)


def test_a_deleted_company_frees_its_tax_number(companies: Companies):
    companies.put("1", given())
    companies.delete("1")
    companies.put("2", given())
    assert [c.id for c in companies.page()[0]] == ["2"]
