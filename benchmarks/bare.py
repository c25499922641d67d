"""What the rows are measured against: hello world in Flask, and a Celery that does nothing, as plain as they come."""

import os

from celery import Celery
from flask import Flask

BROKER = os.environ.get("BARE_BROKER", "redis://127.0.0.1:1/0")  # a database of its own on the same server

app = Celery("bare", broker=BROKER, backend=BROKER)


@app.task
def noop(value: int) -> int:
    """Answer at once."""
    return value


@app.task(ignore_result=True)
def silent(value: int) -> None:
    """Answer nobody."""


def hello() -> Flask:
    """Hello world; it can also send a message, as a plain system's API would."""
    flask = Flask("hello")

    @flask.get("/")
    def world() -> dict[str, str]:
        return {"hello": "world"}

    @flask.post("/send")
    def send() -> dict[str, str]:
        return {"id": silent.apply_async((0,)).id}

    return flask
