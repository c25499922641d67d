"""JSON answers."""

import json

from api.responses import json_response


def test_a_document_is_written_as_strict_json_in_utf_8() -> None:
    answer = json_response({"name": "Años", "x": float("nan")}, 201, {"Location": "/x"})

    assert (answer.status_code, answer.mimetype, answer.headers["Location"]) == (201, "application/json", "/x")
    assert json.loads(answer.data.decode("utf-8")) == {"name": "Años", "x": None}
