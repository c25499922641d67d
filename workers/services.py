"""What a worker process works with: stores, models, spool, shipper. Made once a process, after the fork."""

import os
from dataclasses import dataclass
from pathlib import Path

import structlog

from jobs.settings import Settings, load_settings
from storage.archive import JobArchive
from storage.companies import Companies
from storage.corrections import Corrections
from storage.datasets import Datasets
from storage.images import Images
from storage.job_store import JobStore
from storage.models import Models
from storage.object_store import ObjectStore
from storage.objects import open_store
from storage.redis_jobs import RedisJobStore
from tracking.runs import spool_folder
from tracking.spool import Spool

log = structlog.get_logger("workers.services")

BROKER_TIMEOUT_S = 10.0


@dataclass(frozen=True)
class Services:
    """The stores of one worker process."""

    jobs: JobStore
    objects: ObjectStore
    models: Models
    datasets: Datasets
    images: Images
    companies: Companies
    corrections: Corrections
    archive: JobArchive
    spool: Spool
    home: Path

    @property
    def cache(self) -> Path:
        """Local copies of data sets and models."""
        return self.home / "cache"


def make_services(settings: Settings, jobs: JobStore | None = None) -> Services:
    """The stores that the settings describe; `jobs` stands in for Redis where it is given."""
    jobs = jobs or RedisJobStore(settings.broker_url, timeout_s=BROKER_TIMEOUT_S)
    objects = open_store(settings.objects_url)
    datasets = Datasets(objects, jobs, settings)
    models, images = Models(objects, jobs), Images(objects, jobs, settings)
    return Services(
        jobs=jobs, objects=objects, models=models, datasets=datasets, images=images,
        companies=Companies(objects, jobs, datasets), corrections=Corrections(objects, jobs, models, images, settings),
        archive=JobArchive(objects), spool=Spool(spool_folder(settings)), home=settings.home)


_made: dict[int, Services] = {}


def services() -> Services:
    """This process's stores; a forked child makes its own, since connections must not be shared."""
    pid = os.getpid()
    if pid not in _made:
        _made.clear()
        _made[pid] = make_services(load_settings())
    return _made[pid]
