"""What rows are measured against: hello world in Flask, and a Celery with a task that does nothing, as plain as they come."""

import os

import orjson
import redis
from celery import Celery
from flask import Flask, Response

BROKER = os.environ.get("BARE_BROKER", "redis://127.0.0.1:1/1")

app = Celery("bare", broker=BROKER, backend=BROKER)
app.conf.broker_connection_retry_on_startup = True


@app.task
def noop(value: int) -> int:
    """Answer at once."""
    return value


@app.task(ignore_result=True)
def silent(value: int) -> None:
    """Answer nobody."""


def hello() -> Flask:
    """Hello world, and a plain system's two routes: read a status, send a message."""
    flask, client = Flask("hello"), redis.Redis.from_url(BROKER, decode_responses=True)

    @flask.get("/")
    def world() -> dict[str, str]:
        return {"hello": "world"}

    @flask.get("/status/<name>")
    def status(name: str) -> Response:
        return Response(orjson.dumps(client.hgetall(name)), mimetype="application/json")

    @flask.post("/send")
    def send() -> dict[str, str]:
        return {"id": silent.apply_async((0,), queue="unheard").id}

    return flask
