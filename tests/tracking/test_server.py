"""The breaker, and what MLflow's errors mean."""

import socket
import time
from contextlib import closing

import pytest
import requests

from jobs.errors import NotFound
from tests.services import free_port
from tests.tracking.servers import Gate, MlflowServer
from tracking.server import FIRST_COOL_DOWN_S, LONGEST_COOL_DOWN_S, Server, connect, error_code, first_line, is_final


def test_a_server_that_answers_is_ready_and_up(mlflow_server: MlflowServer) -> None:
    # given
    server = Server(mlflow_server.uri)
    assert not server.up
    # then
    assert server.ready()
    assert (server.up, server.error) == (True, None)


def test_a_server_that_refused_a_connection_is_left_alone_for_a_while() -> None:
    # given
    port = free_port()
    server = Server(f"http://127.0.0.1:{port}")
    assert not server.ready()
    # when somebody listens there at once, and it is asked about again
    with closing(socket.create_server(("127.0.0.1", port))) as listener:
        assert not server.ready()
        # then nobody called there
        listener.settimeout(0.1)
        with pytest.raises(TimeoutError):
            listener.accept()
    assert "refused" in str(server.error)


def test_the_pause_doubles_to_its_limit_and_ends_with_an_answer() -> None:
    # given
    server = Server("http://127.0.0.1:1")
    # when
    pauses = []
    for _ in range(5):
        server.failed(ConnectionError("away"))
        pauses.append(server._closed_until - time.monotonic())
    # then
    assert pauses == pytest.approx([FIRST_COOL_DOWN_S, 10, 20, LONGEST_COOL_DOWN_S, LONGEST_COOL_DOWN_S], abs=0.1)
    server.answered()
    server.failed(ConnectionError("away"))
    assert server._closed_until - time.monotonic() == pytest.approx(FIRST_COOL_DOWN_S, abs=0.1)


def test_a_server_that_never_answers_costs_a_probe_two_seconds() -> None:
    # given a listener that accepts and says nothing
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        server = Server(f"http://127.0.0.1:{silent.getsockname()[1]}")
        began = time.monotonic()
        # when
        assert not server.probe()
    # then
    assert time.monotonic() - began < 4


def test_an_address_that_mlflow_does_not_know_is_down_and_breaks_nothing() -> None:
    # given
    server = Server("carrier-pigeon://loft")
    # then
    assert not server.ready()
    assert server.error


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_a_health_page_that_says_yes_is_not_believed_when_calls_are_refused(mlflow_server: MlflowServer, status: int) -> None:
    with Gate(mlflow_server.port) as gate:
        # given
        server = Server(gate.uri)
        assert server.probe()
        # when
        gate.status = status
        # then
        assert not server.probe()


def test_an_answer_that_would_be_the_same_next_time_is_final(mlflow_server: MlflowServer) -> None:
    # given
    client = connect(mlflow_server.uri)
    # then
    for call, given, code in [
        (client.get_experiment, "401576597529460193", "RESOURCE_DOES_NOT_EXIST"),
        (client.get_experiment, "no number", "INVALID_PARAMETER_VALUE"),
        (client.get_run, "0" * 32, "RESOURCE_DOES_NOT_EXIST"),
    ]:
        with pytest.raises(Exception, match=code) as caught:
            call(given)
        assert is_final(caught.value)
        assert error_code(caught.value) == code


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_an_answer_that_may_change_is_not_final(mlflow_server: MlflowServer, status: int) -> None:
    with Gate(mlflow_server.port) as gate:
        # given
        gate.status = status
        # then
        with pytest.raises(Exception, match=r".") as caught:
            connect(gate.uri).get_experiment("0")
        assert not is_final(caught.value)


@pytest.mark.parametrize(("status", "final"), [
    (400, True), (404, True), (413, True), (401, False), (403, False), (429, False), (502, False)])
def test_a_refused_file_is_final_by_its_status(status: int, final: bool) -> None:
    # given
    answer = requests.Response()
    answer.status_code = status
    # then
    assert is_final(requests.HTTPError(response=answer)) is final


def test_a_fault_in_the_data_is_final_and_one_on_the_way_is_not() -> None:
    assert is_final(NotFound("There is no object x."))
    assert is_final(ValueError("not a model"))
    assert not is_final(requests.ConnectionError("refused"))
    assert not is_final(TimeoutError())


def test_an_error_is_told_in_one_short_line() -> None:
    assert first_line(ValueError("first\nsecond")) == "ValueError: first"
    assert first_line(ValueError()) == "ValueError"
    assert len(first_line(ValueError("x" * 5000))) < 650
