"""Health, and the pauses of the queues."""

import re

from tests.api.conftest import Api
from tests.api.console.conftest import OWN, PAGE, sign_in


def test_a_queue_is_paused_with_its_reason_and_resumed(api: Api) -> None:
    assert api.client.post("/health/queues/gpu/pause", data={"reason": "new driver"}, headers=OWN).status_code == 303
    pause = api.jobs.queues()["gpu"].pause
    assert pause
    assert pause.reason == "new driver"
    assert "new driver" in api.client.get("/health", headers=PAGE).text

    api.client.post("/health/queues/gpu/resume", headers=OWN)

    assert api.jobs.queues()["gpu"].pause is None
    assert api.client.post("/health/queues/none/pause", headers=OWN).status_code == 404


def test_addresses_and_folders_of_the_installation_are_for_admins(keyed: tuple[Api, dict[str, str]]) -> None:
    api, secrets = keyed
    seen = {}
    for role, secret in secrets.items():
        sign_in(api, secret)
        seen[role] = "file://" in api.client.get("/health", headers=PAGE).text

    assert seen == {"read": False, "submit": False, "admin": True}


def test_the_last_counts_of_the_promises_are_shown(api: Api) -> None:
    assert "attempts lost" in api.client.get("/health", headers=PAGE).text


def test_runs_on_their_way_to_mlflow_stand_once_for_the_workers_that_share_them(api: Api) -> None:
    for name, backlog in (("cpu@here", 1), ("cpu.fast@here", 1), ("gpu@there", 4)):
        told = {"state": "down", "uri": "http://mlflow", "backlog": backlog, "dead": 0, "error": None}
        api.jobs.report_worker(name, {"queues": ["cpu"], "tracking": told}, ttl_s=60)

    table = api.client.get("/health", headers=PAGE).text.partition('id="spool-title"')[2].partition("</table>")[0]

    rows = re.findall(r'<th scope="row">([^<]+)</th><td>down</td><td class="number">(\d+)</td>', table)
    assert sorted(rows) == [("cpu.fast@here, cpu@here", "1"), ("gpu@there", "4")]
