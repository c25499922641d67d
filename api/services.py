"""What the routes work with, built once per process and hung on the Flask application."""

from dataclasses import dataclass
from typing import cast

from flask import current_app

from api.admission import Door, make_door
from api.hub import Hub, waiter_capacity
from api.job_reader import JobReader
from api.keys import ApiKeys
from api.metrics import Metrics
from jobs.settings import Settings
from storage.archive import JobArchive
from storage.companies import Companies
from storage.corrections import Corrections
from storage.datasets import Datasets
from storage.images import Images
from storage.job_store import JobStore
from storage.models import Models
from storage.object_store import ObjectStore

EXTENSION = "noria"


@dataclass(frozen=True, slots=True)
class Services:
    """The stores and the process's own helpers of waiting, counting and checking keys."""

    settings: Settings
    jobs: JobStore
    objects: ObjectStore
    reader: JobReader
    datasets: Datasets
    images: Images
    companies: Companies
    models: Models
    corrections: Corrections
    keys: ApiKeys
    door: Door
    hub: Hub
    metrics: Metrics


def build_services(settings: Settings, jobs: JobStore, objects: ObjectStore) -> Services:
    """Everything on top of the two stores; nothing is connected to yet."""
    metrics = Metrics(jobs)
    hub = Hub(jobs, waiter_capacity(settings.api_threads), metrics.waiters.set)
    datasets, images, models = Datasets(objects, jobs, settings), Images(objects, jobs, settings), Models(objects, jobs)
    keys = ApiKeys(objects, settings.api_keys)
    door = make_door(keys, jobs, per_s=settings.rate_limit, burst=settings.rate_burst,
                     failures_per_minute=settings.key_failures_per_minute)
    return Services(
        settings=settings, jobs=jobs, objects=objects, reader=JobReader(jobs, JobArchive(objects)), datasets=datasets,
        images=images, companies=Companies(objects, jobs, datasets), models=models,
        corrections=Corrections(objects, jobs, models, images, settings), keys=keys, door=door, hub=hub,
        metrics=metrics)


def services() -> Services:
    """The services of the application that handles the present request."""
    return cast(Services, current_app.extensions[EXTENSION])
