from pathlib import Path

from celery import Celery

from jobs.catalog import kinds
from jobs.settings import load_settings
from storage.job_queue import make_app
from workers.tasks import register_tasks


def test_every_kind_is_a_celery_task_of_its_name(tmp_path: Path) -> None:
    app: Celery = make_app(load_settings({"NORIA_HOME": str(tmp_path)}))
    register_tasks(app)
    assert {name for name in app.tasks if not name.startswith("celery.")} == set(kinds())
