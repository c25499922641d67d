"""GET /v1/kinds."""

from jobs.catalog import kinds
from tests.api.conftest import Api


def test_the_catalog_is_shown_whole_with_its_schemas(api: Api) -> None:
    shown = {kind["name"]: kind for kind in api.client.get("/v1/kinds").json["kinds"]}

    assert list(shown) == list(kinds())
    work = shown["test.work"]
    assert (work["summary"], work["queue"], work["time_limit_s"], work["max_attempts"]) == ("Work for a while.", "cpu", 600, 3)
    assert work["params"]["properties"]["seconds"]["maximum"] == 600
    assert "value" in work["result"]["properties"]
