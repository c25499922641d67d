"""A client of the HTTP contract on the standard library alone: what the command line, the demo and scripts use.

A problem that the server answers is raised as the same class of `jobs.errors` that it was there; a server that
cannot be reached raises Unavailable.
"""

import http.client
import json
import ssl
import time
import urllib.parse
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.client_multipart import Multipart
from api.client_stream import StreamedEvent, parse_events
from jobs.errors import FieldError, NoriaError, NotFound, Unavailable
from jobs.lifecycle import is_terminal

Document = dict[str, Any]
OnProgress = Callable[[int, int], None]

TIMEOUT_S = 30.0
STREAM_TIMEOUT_S = 60.0   # the server sends a comment line every few seconds, so silence means a dead connection
RECONNECT_S = 0.5
RECONNECT_CAP_S = 5.0
LONG_POLL_S = 60
# For answers that are no problem document.
PLAIN: dict[int, type[NoriaError]] = {404: NotFound, 502: Unavailable, 503: Unavailable, 504: Unavailable}


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer: its status, its headers by lower-case name, its bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON. Raises Unavailable if it is something else (a proxy's page, say)."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise Unavailable(f"Something answered with status {self.status}, but it is not Noria.") from None


@dataclass(frozen=True, slots=True)
class Client:
    """Noria at `url`, with `key` if it asks for one. Holds no connection, so threads may share it."""

    url: str
    key: str = ""
    timeout_s: float = TIMEOUT_S

    def submit(self, kind: str, params: Mapping[str, Any], *, labels: Mapping[str, str] | None = None,
               idempotency_key: str | None = None, callback_url: str | None = None, wait_s: int = 0) -> Document:
        """Submit a job and give its document; waits up to `wait_s` (at most 60) seconds for its end.

        Raises InputError, IdempotencyKeyReused, TooManyRequests.
        """
        headers = {"Prefer": f"wait={wait_s}"} if wait_s else {}
        if idempotency_key is not None:
            headers["Idempotency-Key"] = idempotency_key
        body = {"kind": kind, "params": dict(params), "labels": dict(labels or {}), "callback_url": callback_url}
        return self._json("POST", "/v1/jobs", body=body, headers=headers, timeout_s=self.timeout_s + wait_s)

    def job(self, job_id: str) -> Document:
        """The job's document. Raises NotFound."""
        return self._json("GET", f"/v1/jobs/{_quoted(job_id)}")

    def jobs(self, *, kind: str | None = None, state: str | None = None, label: str | None = None, limit: int = 50,
             cursor: str | None = None) -> Document:
        """A page of jobs, newest first: `{"jobs": […], "next_cursor": …}`; `label` is `name:value`."""
        return self._json("GET", "/v1/jobs", query={"kind": kind, "state": state, "label": label, "limit": limit,
                                                    "cursor": cursor})

    def wait(self, job_id: str) -> Document:
        """The job's document once it has ended, however long that takes; a lost connection is tried again. Raises NotFound."""
        job = self.job(job_id)
        for pause_s in _pauses():
            if is_terminal(job["state"]):
                break
            try:
                job = self._json("GET", f"/v1/jobs/{_quoted(job_id)}", query={"wait": LONG_POLL_S},
                                 timeout_s=self.timeout_s + LONG_POLL_S)
            except Unavailable:
                time.sleep(pause_s)
        return job

    def cancel(self, job_id: str) -> Document:
        """Ask for the job's end. Raises NotFound, Conflict (it has ended)."""
        return self._json("POST", f"/v1/jobs/{_quoted(job_id)}/cancel")

    def retry(self, job_id: str) -> Document:
        """Queue a failed or canceled job again. Raises NotFound, Conflict."""
        return self._json("POST", f"/v1/jobs/{_quoted(job_id)}/retry")

    def kinds(self) -> list[Document]:
        """The catalog of the server."""
        found: list[Document] = self._json("GET", "/v1/kinds")["kinds"]
        return found

    def artifacts(self, job_id: str) -> list[Document]:
        """What the job left behind: name, size in bytes, sha256 of each file."""
        found: list[Document] = self._json("GET", f"/v1/jobs/{_quoted(job_id)}/artifacts")["artifacts"]
        return found

    def download(self, job_id: str, name: str, target: Path, on_progress: OnProgress | None = None) -> Path:
        """Write one artifact to `target`, which appears whole or not at all. Raises NotFound."""
        path = f"/v1/jobs/{_quoted(job_id)}/artifacts/{urllib.parse.quote(name)}"
        part = target.with_name(f"{target.name}.part")
        target.parent.mkdir(parents=True, exist_ok=True)
        with self._open("GET", path) as answer, part.open("wb") as file:
            total, done = int(answer.headers.get("Content-Length") or 0), 0
            while piece := answer.read(1 << 20):
                done += file.write(piece)
                if on_progress:
                    on_progress(done, total)
        if done < total:
            part.unlink()
            raise Unavailable(f"The connection ended after {done} of {total} bytes of {name}. Try again.")
        return part.replace(target)

    def upload(self, file: Path, *, type: str, name: str | None = None, company: str | None = None,
               mapping: Mapping[str, str] | None = None, decimal: str | None = None,
               on_progress: OnProgress | None = None) -> Document:
        """Upload a data set and give its document, its profile included, however long that takes.

        Raises DatasetUnusable (saying why), TooLarge.
        """
        fields = {"type": type, "name": name or file.name, "company": company,
                  "mapping": json.dumps(mapping) if mapping else None, "decimal": decimal}
        form = Multipart({k: v for k, v in fields.items() if v is not None}, file)
        headers = {"Content-Type": form.content_type, "Content-Length": str(form.size)}
        dataset: Document = self._request("POST", "/v1/datasets", body=form.pieces(on_progress), headers=headers,
                                          timeout_s=self.timeout_s + LONG_POLL_S).json()
        while dataset.get("profile") is None:  # being looked through, still
            time.sleep(1)
            dataset = self._json("GET", f"/v1/datasets/{_quoted(dataset['id'])}")
        return dataset

    def add_image(self, file: Path) -> Document:
        """Upload an image and give its document. Raises InputError, TooLarge."""
        form = Multipart({}, file)
        headers = {"Content-Type": form.content_type, "Content-Length": str(form.size)}
        answer: Document = self._request("POST", "/v1/images", body=form.pieces(), headers=headers).json()["images"][0]
        return answer

    def correct(self, image: str, model: str, boxes: list[Document], *, prediction: str | None = None,
                author: str = "") -> Document:
        """Say what is in an image; gives what is pending and the retrain that this started, if it did. Raises InputError."""
        body = {"image": image, "model": model, "boxes": boxes, "prediction": prediction, "author": author}
        return self._json("POST", "/v1/corrections", body=body)

    def correction(self, correction_id: str) -> Document:
        """A correction, with what it changed. Raises NotFound."""
        return self._json("GET", f"/v1/corrections/{_quoted(correction_id)}")

    def company(self, company_id: str) -> Document:
        """The company. Raises NotFound."""
        return self._json("GET", f"/v1/companies/{_quoted(company_id)}")

    def set_company(self, company_id: str, company: Mapping[str, Any]) -> Document:
        """Write the company's document. Raises InputError, Conflict (the NIT belongs to another)."""
        return self._json("PUT", f"/v1/companies/{_quoted(company_id)}", body=dict(company))

    def models(self, *, limit: int = 50, cursor: str | None = None) -> Document:
        """A page of models, the last trained first: `{"models": […], "next_cursor": …}`."""
        return self._json("GET", "/v1/models", query={"limit": limit, "cursor": cursor})

    def model(self, name: str) -> Document:
        """A model with its versions. Raises NotFound."""
        return self._json("GET", f"/v1/models/{_quoted(name)}")

    def model_history(self, name: str) -> list[Document]:
        """Promotions, rollbacks and rejections, newest first. Raises NotFound."""
        found: list[Document] = self._json("GET", f"/v1/models/{_quoted(name)}/history")["history"]
        return found

    def promote(self, name: str, version: int, reason: str) -> Document:
        """Make a version the champion; gives the model. Raises NotFound."""
        return self._json("POST", f"/v1/models/{_quoted(name)}/promote", body={"version": version, "reason": reason})

    def rollback(self, name: str, reason: str) -> Document:
        """Go back to the champion before; gives the model. Raises NotFound, Conflict (there is none)."""
        return self._json("POST", f"/v1/models/{_quoted(name)}/rollback", body={"reason": reason})

    def ready(self) -> Document:
        """What `readyz` says, whether all is well or not. Raises Unavailable if nothing answers."""
        found: Document = self._exchange("GET", "/readyz", timeout_s=self.timeout_s).json()
        return found

    def events(self, job_id: str, *, after: str | None = None,
               on_lost: Callable[[], None] | None = None) -> Iterator[StreamedEvent]:
        """The job's events as they happen, to its end, without loss or repeat over lost connections.

        `on_lost` is called at each loss of the connection. Raises NotFound.
        """
        self.job(job_id)
        pauses = _pauses()
        while True:
            headers = {"Accept": "text/event-stream", **({"Last-Event-ID": after} if after else {})}
            path = f"/v1/jobs/{_quoted(job_id)}/events"
            try:
                with self._open("GET", path, headers=headers, timeout_s=STREAM_TIMEOUT_S) as answer:
                    for event in parse_events(answer):
                        after, pauses = event.id, _pauses()
                        yield event
                if is_terminal(self.job(job_id)["state"]):
                    return
            except (OSError, http.client.HTTPException, Unavailable):
                if on_lost:
                    on_lost()
            time.sleep(next(pauses))

    def _json(self, method: str, path: str, *, query: Mapping[str, Any] | None = None, body: Document | None = None,
              headers: Mapping[str, str] | None = None, timeout_s: float | None = None) -> Document:
        sent = None if body is None else json.dumps(body, allow_nan=False).encode()
        given = {k: v for k, v in (query or {}).items() if v is not None}
        target = f"{path}?{urllib.parse.urlencode(given)}" if given else path
        kind = {} if sent is None else {"Content-Type": "application/json"}
        answer = self._request(method, target, body=sent, headers={**kind, **(headers or {})}, timeout_s=timeout_s)
        document: Document = answer.json()
        return document

    def _request(self, method: str, path: str, *, body: bytes | Iterable[bytes] | None = None,
                 headers: Mapping[str, str] | None = None, timeout_s: float | None = None) -> Answer:
        answer = self._exchange(method, path, body=body, headers=headers, timeout_s=timeout_s or self.timeout_s)
        if answer.status >= 400:
            raise problem_error(answer)
        return answer

    def _exchange(self, method: str, path: str, *, timeout_s: float, body: bytes | Iterable[bytes] | None = None,
                  headers: Mapping[str, str] | None = None) -> Answer:
        connection = self._connection(timeout_s)
        try:
            response = self._send(connection, method, path, body, headers)
            return _whole(response)
        except (OSError, http.client.HTTPException) as e:
            raise self._unreachable(e) from e
        finally:
            connection.close()

    def _open(self, method: str, path: str, *, headers: Mapping[str, str] | None = None,
              timeout_s: float | None = None) -> "_Streaming":
        connection = self._connection(timeout_s or self.timeout_s)
        try:
            response = self._send(connection, method, path, None, headers)
            if response.status >= 400:
                raise problem_error(_whole(response))
        except (OSError, http.client.HTTPException) as e:
            connection.close()
            raise self._unreachable(e) from e
        except NoriaError:
            connection.close()
            raise
        return _Streaming(connection, response)

    def _send(self, connection: http.client.HTTPConnection, method: str, path: str, body: bytes | Iterable[bytes] | None,
              headers: Mapping[str, str] | None) -> http.client.HTTPResponse:
        base = urllib.parse.urlsplit(self.url).path.rstrip("/")
        key = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        try:
            connection.request(method, base + path, body, {"Accept": "application/json", **key, **(headers or {})})
        except (BrokenPipeError, ConnectionResetError):
            # The server answered before it had read all (413, 401): its answer may still be there.
            if body is None or isinstance(body, bytes):
                raise
        return connection.getresponse()

    def _connection(self, timeout_s: float) -> http.client.HTTPConnection:
        parts = urllib.parse.urlsplit(self.url)
        if not parts.hostname or parts.scheme not in {"http", "https"}:
            raise Unavailable(f"{self.url!r} is not the URL of an API; it looks like http://127.0.0.1:8000.")
        if parts.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=timeout_s, context=context)
        return http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout_s)

    def _unreachable(self, cause: Exception) -> Unavailable:
        return Unavailable(f"Noria does not answer at {self.url} ({cause}). Start it with `make up`, or name another "
                           "address with --api or NORIA_API.")


class _Streaming:
    """An open answer, to be read in pieces or lines and then closed."""

    def __init__(self, connection: http.client.HTTPConnection, response: http.client.HTTPResponse) -> None:
        self._connection, self._response = connection, response
        self.headers = response.headers

    def __enter__(self) -> http.client.HTTPResponse:
        return self._response

    def __exit__(self, *_: object) -> None:
        self._response.close()
        self._connection.close()


def problem_error(answer: Answer) -> NoriaError:
    """The error that a problem document tells of, in the class whose `code` it carries."""
    try:
        problem = json.loads(answer.body)
        code, detail = str(problem["code"]), str(problem.get("detail") or problem["title"])
    except (ValueError, KeyError, TypeError):
        return PLAIN.get(answer.status, NoriaError)(f"The server answered {answer.status}, without saying why.")
    fields = tuple(FieldError(str(e.get("field", "")), str(e.get("message", ""))) for e in problem.get("errors") or ())
    retry_after = answer.headers.get("retry-after", "")
    return _class_of(code)(detail, fields=fields, retry_after_s=float(retry_after) if retry_after.isdigit() else None)


def _class_of(code: str) -> type[NoriaError]:
    waiting: list[type[NoriaError]] = [NoriaError]
    while waiting:
        kind = waiting.pop()
        if kind.code == code:
            return kind
        waiting.extend(kind.__subclasses__())
    return NoriaError


def _whole(response: http.client.HTTPResponse) -> Answer:
    return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())


def _quoted(part: str) -> str:
    return urllib.parse.quote(part, safe="")


def _pauses() -> Iterator[float]:
    pause_s = RECONNECT_S
    while True:
        yield pause_s
        pause_s = min(pause_s * 2, RECONNECT_CAP_S)
