"""Callbacks: who asked for it is told of a job's end, at least once, for about a day.

Every process of a worker's pool whose settings allow callbacks looks for what is owed, in a thread, and takes a few deliveries
at once under a lease. A delivery whose process was killed is taken by another when the lease is over, with the same id.
"""

import threading
from collections.abc import Callable
from typing import Any

import orjson
import structlog

from jobs.callbacks import require_allowed
from jobs.errors import InputError, NoriaError
from jobs.record import job_document
from jobs.settings import Settings
from storage.callback_queue import Delivery
from workers.services import Services
from workers.webhook import Answer, Resolve, resolve, send

log = structlog.get_logger("workers.callbacks")

LOOK_EVERY_S = 1.0
AT_ONCE = 8
LEASE_S = 60.0  # longer than a try takes, with the time that a resolver may need
DELAYS_S = (5.0, 30.0, 300.0, 1800.0, 7200.0, 18_000.0, 28_800.0, 36_000.0)  # nine tries within 25 h 36 min


class Callbacks:
    """Does one round at a time; `watch` does rounds until it is told to stop."""

    def __init__(self, services: Services, load_settings: Callable[[], Settings], resolve: Resolve = resolve) -> None:
        self._services, self._load_settings, self._resolve = services, load_settings, resolve

    def watch(self, stop: threading.Event) -> None:
        """Rounds until `stop`, whatever goes wrong in one; the next one at once while there is much to do."""
        tried = 0
        while not stop.wait(0 if tried == AT_ONCE else LOOK_EVERY_S):
            tried = 0
            try:
                tried = self.round()
            except NoriaError as e:
                log.warning("callbacks wait", reason=e.message)
            except Exception:
                log.exception("a round of the callbacks failed")

    def round(self) -> int:
        """Try what is due, at most AT_ONCE of it, side by side; gives how many.

        Raises BrokerUnavailable, InputError (of the settings).
        """
        settings = self._load_settings()
        if not (settings.callback_hosts and settings.callback_key):
            return 0  # not a worker that may call anybody; others may
        due = self._services.jobs.take_callbacks(AT_ONCE, lease_s=LEASE_S)
        threads = [threading.Thread(target=self._deliver, args=(d, settings), name="callback", daemon=True) for d in due]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return len(due)

    def _deliver(self, delivery: Delivery, settings: Settings) -> None:
        """One try, and a note of how it went. If the note is lost, the lease runs out and the delivery is tried again."""
        ids = {"delivery": delivery.id, "job_id": delivery.job.id, "request_id": delivery.job.request_id}
        try:
            answer = self._try(delivery, settings)
            more = not (answer.delivered or answer.gone) and delivery.tries <= len(DELAYS_S)
            again_s = DELAYS_S[delivery.tries - 1] if more else None
            self._services.jobs.settle_callback(delivery, _event(delivery, answer, again_s), again_s=again_s)
            write = log.info if answer.delivered else log.warning
            write("callback tried", delivered=answer.delivered, reason=answer.message, tries=delivery.tries, again_s=again_s,
                  **ids)
        except NoriaError as e:
            log.warning("how a callback went was not noted; it will be sent again", reason=e.message, **ids)
        except Exception:
            log.exception("a callback failed", **ids)

    def _try(self, delivery: Delivery, settings: Settings) -> Answer:
        key, private = settings.callback_key, settings.callback_private
        try:  # once more: what is allowed may have changed since the submit
            target = require_allowed(delivery.job.callback_url or "", settings.callback_hosts, signed=bool(key), private=private)
        except InputError as e:
            return Answer(False, False, e.fields[0].message)
        body = orjson.dumps(job_document(delivery.job))
        return send(target, delivery.id, body, key=key, private=private, resolve=self._resolve)


def _event(delivery: Delivery, answer: Answer, again_s: float | None) -> dict[str, Any]:
    """What the job's events and the log say of a try; the shape is that of every `log` event."""
    if answer.delivered:
        level, message = "info", f"Callback delivered: {answer.message}."
    elif again_s is not None:
        level, message = "warning", f"Callback not delivered: {answer.message}. Next try in {again_s:.0f} s."
    else:
        level, message = "error", f"Callback given up: {answer.message}."
    return {"level": level, "message": message, "callback": {"id": delivery.id, "try": delivery.tries}}
