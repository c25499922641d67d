"""Flower behind a password, whole: `python -m deploy.dashboard`.

Flower leaves /metrics and /healthcheck open even where it has a password; here they ask for it like every other page.
It shows and changes nothing (read only), since a job's truth is the job store's, not Celery's. FLOWER_ADDRESS and
Flower's other variables hold; the password never stands in a command line.
"""

from flower.options import options
from flower.views.monitor import Healthcheck, Metrics
from tornado.web import authenticated

from deploy.environment import FLOWER_USER, flower_password
from jobs.settings import Settings, load_settings
from storage.job_queue import make_app


def close_open_pages() -> None:
    """Make the two open pages ask for the password."""
    for page in (Healthcheck, Metrics):
        page.get = authenticated(page.get)


def set_options(settings: Settings) -> None:
    """Hand the settings to Flower's options."""
    options.basic_auth = [f"{FLOWER_USER}:{flower_password(settings)}"]
    options.address = "127.0.0.1"
    options.port = settings.flower_port or 5555
    options.read_only = True
    options.persistent = True
    options.db = str(settings.home / "flower.db")
    options.state_save_interval = 10_000
    options.max_tasks = 10_000
    options.purge_offline_workers = 300


def main() -> None:
    """Serve until a signal comes."""
    close_open_pages()
    settings = load_settings()
    set_options(settings)
    make_app(settings).start(argv=["flower"])


if __name__ == "__main__":
    main()
