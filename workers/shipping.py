"""The shipper of this process: carries the spool to MLflow and tells the job store what came of it."""

from jobs.settings import load_settings
from tracking.shipper import Shipper
from workers.services import Services


def start_shipper(services: Services) -> Shipper:
    """Start the thread that ships this machine's spool; one per pool process, never in a process that forks."""
    shipper = Shipper(services.spool, load_settings, services.objects.fetch, services.jobs.annotate)
    shipper.start()
    return shipper
