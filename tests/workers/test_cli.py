import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from jobs.record import new_job_id
from jobs.settings import load_settings
from storage import names
from storage.companies import CompanyIn
from storage.corrections import Correction
from storage.job_store import End, NewJob
from storage.models import Version
from storage.redis_jobs import RedisJobStore
from tests.services import Valkey
from workers.services import make_services


def test_reindex_brings_back_what_a_flush_took(valkey: Valkey, tmp_path: Path) -> None:
    # given: an archived job and a company, and then a Redis that lost everything
    environ = {"NORIA_HOME": str(tmp_path), "REDIS_URL": valkey.url}
    store = RedisJobStore(valkey.url)
    own = make_services(load_settings(environ), store)
    new = NewJob(new_job_id(), "test.noop", "cpu", {"value": 3}, 3, {"team": "north"})
    store.submit(new, idempotency_s=1, queue_limit=10)
    running = store.acquire(new.id, worker="w", lease_s=30)
    assert running is not None
    store.move(new.id, running.fence, End("succeeded", result={"value": 3}))
    own.archive.save(store, new.id)
    own.companies.put("acme", CompanyIn(nit="900123456", name="Acme", country="CO", currency="COP"))
    own.models.publish(Version("m", own.models.allocate("m", domain="test", job_id=new.id), "test", new.id, 1), promote=True)
    correction = Correction(new_job_id(), "m", 1, "image", [], None, None, {}, "", "local", 1)
    own.objects.put_json(names.correction(correction.id, "correction.json"), asdict(correction))
    valkey.client.flushall()
    # when
    ran = subprocess.run([sys.executable, "-m", "workers.cli", "--json"], env={**os.environ, **environ}, capture_output=True, text=True, check=True)
    # then
    assert json.loads(ran.stdout) == {"jobs": 1, "datasets": 0, "images": 0, "companies": 1, "models": 1, "corrections": 1}
    assert store.get(new.id).result == {"value": 3}
    assert [j.id for j in store.page(label=("team", "north")).jobs] == [new.id]
    assert [c.id for c in own.companies.page()[0]] == ["acme"]
    assert own.models.page() == (("m",), None)
    assert own.models.champion("m") == 1
    assert store.retrain_status("m").pending == 1
    store.close()
