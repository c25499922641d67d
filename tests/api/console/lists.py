"""Finished buy lists and answers in the stores, in the shapes that their jobs give, for tests of pages."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from jobs.forecasting.buy_list import to_act_on
from jobs.forecasting.kinds import LAST_LIST, DemandSummary, ListTotals, Recommendation, RecommendParams, RecommendResult
from jobs.forecasting.list_changes import pack_list, unpack_list, with_changes
from jobs.forecasting.recommend import _changes, _orders
from jobs.forecasting.spreadsheet import as_csv
from jobs.record import Artifact, new_job_id
from storage.companies import Companies, CompanyIn
from storage.datasets import DatasetDocument, Datasets
from storage.job_store import End, JobStore, NewJob
from storage.models import Models, Version
from storage.object_store import ObjectStore
from tests.api.conftest import Api

MODEL = "empresa_900123456"
LIST, QUESTION = "forecasting.recommend", "forecasting.ask"


def line(item: str, quantity: float = 96.0, **changes: Any) -> dict[str, Any]:
    """One line of a list, checked by the kind's own schema: forecast 120 + safety stock 34 - on hand 60 = 94, in packs of 12."""
    usual = {
        "item": item, "item_name": f"Part {item}", "quantity": quantity, "unit_cost": 1000.0, "investment": quantity * 1000.0,
        "forecast": 120.0, "safety_stock": 34.0, "on_hand": 60.0, "on_order": 0.0, "reorder_point": 40.0,
        "reason": "forecast 120 + safety stock 34 − on hand 60 − on order 0 = 94 → 96 in packs of 12", "order_up_to_level": 154.0,
        "supplier": "North", "category": "Filter", "class": "AX", "confidence": "high", "lead_time_days": 7.0,
        "service_level": 0.95, "minimum_order_quantity": 0.0, "pack_size": 12.0, "days_of_stock": 15.0, "exceptions": [],
        "change": None, "change_reason": None}
    return Recommendation.model_validate(usual | changes).model_dump(mode="json", by_alias=True)


def a_company(objects: ObjectStore, jobs: JobStore, settings: Any, *, name: str = "North & Sons", champion: bool = True) -> None:
    """The company `shop`, whose model has a champion if so."""
    Companies(objects, jobs, Datasets(objects, jobs, settings)).put(
        "shop", CompanyIn(nit=MODEL.removeprefix("empresa_"), name=name, country="CO", currency="COP", timezone=None, dataset=None))
    if champion:
        models = Models(objects, jobs)
        number = models.allocate(MODEL, domain="forecasting", job_id="0" * 24)
        models.publish(Version(MODEL, number, "forecasting", "0" * 24, 1_700_000_000_000), promote=True)


def a_list(jobs: JobStore, objects: ObjectStore, lines: Sequence[dict[str, Any]], *, warnings: Sequence[str] = (), used: str = "b" * 24,
           **params: Any) -> str:
    """A buy list that succeeded, with its files and what the next one is told of it; gives its job's id."""
    wanted = RecommendParams(model=MODEL, **params)
    job_id, models = _submitted(jobs, LIST, wanted.model_dump(mode="json")), Models(objects, jobs)
    schema = {"change": pl.Float64, "change_reason": pl.String, "exceptions": pl.List(pl.String), "unit_cost": pl.Float64,
              "days_of_stock": pl.Float64}
    table = pl.DataFrame(list(lines), schema_overrides=schema)

    def succeeded(other: str) -> bool:
        return jobs.get(other).state == "succeeded"

    last = models.recall(MODEL, LAST_LIST, job_id=job_id, succeeded=succeeded)
    kept = unpack_list(last) if last else None
    table = with_changes(table, kept, wanted.language, wanted.budget)
    models.remember(MODEL, LAST_LIST, pack_list(table, job_id, "2026-11-27T08:00:00+00:00", wanted.budget), job_id=job_id,
                    succeeded=succeeded)
    act = to_act_on(table)
    bought = act.filter(pl.col("quantity") > 0)
    money = float(bought["investment"].sum())
    files = {"recommendations.csv": as_csv(table), "recommendations.xlsx": b"xlsx"}
    orders = _orders(bought)
    files |= {f"{order.file}.{kind}": b"order" for order in orders for kind in ("csv", "xlsx")}
    units = {name: float(bought[name].sum()) for name in ("forecast", "safety_stock", "on_hand", "on_order", "quantity")}
    result = RecommendResult(
        model=MODEL, version=1, predictor="ensemble", starts="2026-11-01", stock=used, review_period_days=30.4,
        items=table.height, items_recommended=bought.height, quantity_total=units["quantity"], investment_total=money,
        totals=ListTotals(**units, rounding=2.0, cut=0.0, investment=money, months_of_cover=1.4), warnings=tuple(warnings),
        budget=wanted.budget, summary=DemandSummary(demand_total=1.0, demand_mean=1.0, demand_max=1.0, demand_min=1.0),
        exceptions={name: int(table["exceptions"].list.contains(name).sum())
                    for name in ("stockout", "no_cost", "unknown", "new", "overstock", "dead")},
        assumptions=("The demand counts from 2026-11-01.",), changes=_changes(table, kept), orders=orders, rows_total=act.height,
        recommendations=tuple(Recommendation.model_validate(row) for row in act.head(1000).to_dicts()))
    _finish(jobs, objects, job_id, result.model_dump(mode="json", by_alias=True), files)
    return job_id


def a_stock(api: Api) -> DatasetDocument:
    """The company's stock, uploaded just now."""
    file = Path(api.app.extensions["noria"].settings.home) / "stock.csv"
    file.write_text("item,on_hand\nA-1,1\n", encoding="utf-8")
    return api.app.extensions["noria"].datasets.receive(file, type="stock", name="stock", company="shop")[0]


def an_answer(jobs: JobStore, objects: ObjectStore, question: str, result: dict[str, Any]) -> str:
    """A question about the company `shop` that was answered; gives its job's id."""
    job_id = _submitted(jobs, QUESTION, {"question": question, "company": "shop"})
    _finish(jobs, objects, job_id, result, {})
    return job_id


def _submitted(jobs: JobStore, kind: str, params: dict[str, Any]) -> str:
    job = NewJob(new_job_id(), kind, "cpu.fast", params, 3, {})
    return jobs.submit(job, idempotency_s=60, queue_limit=1000).job.id


def _finish(jobs: JobStore, objects: ObjectStore, job_id: str, result: dict[str, Any], files: dict[str, bytes]) -> None:
    running = jobs.acquire(job_id, worker="fast@here", lease_s=60)
    assert running
    made = []
    for name, content in files.items():
        key = f"artifacts/{job_id}/{name}"
        objects.put(key, content)
        made.append(Artifact(name, key, len(content), "0" * 64, "text/csv" if name.endswith("csv") else "application/vnd.ms-excel"))
    jobs.commit(job_id, running.fence, result=result, artifacts=made, models=[])
    jobs.move(job_id, running.fence, End("succeeded", result=result))
