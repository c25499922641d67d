"""One POST to a foreign address, signed as Standard Webhooks asks for, that cannot be led astray.

The host's name is resolved once, every address that it has must be one that may be called, and the connection goes to exactly
that address while TLS verifies the name. No proxy, no redirect, no cookie; of the answer nothing is read but its head.
"""

import base64
import hmac
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from jobs.callbacks import Target, may_connect

CONNECT_S = 5.0
DEADLINE_S = 15.0  # for the whole exchange once the name is resolved, however slowly bytes trickle
MAX_ADDRESSES = 3  # of a host with more of them the first ones are tried
GONE = 410  # the receiver wants no more: https://www.standardwebhooks.com, "Deliverability"

Resolve = Callable[[str, int], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """How a try went: whether it was taken, whether another makes sense, and a sentence for people without the URL."""

    delivered: bool
    gone: bool
    message: str


def resolve(host: str, port: int) -> list[str]:
    """The IP addresses of a host. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in found))


def sign(key: bytes, message_id: str, timestamp_s: int, body: bytes) -> str:
    """The header `webhook-signature`: https://www.standardwebhooks.com, HMAC-SHA256 over `id.timestamp.body` in base64."""
    mac = hmac.digest(key, f"{message_id}.{timestamp_s}.".encode() + body, "sha256")
    return f"v1,{base64.b64encode(mac).decode()}"


def send(target: Target, message_id: str, body: bytes, *, key: bytes, private: bool, resolve: Resolve = resolve,
         tls: ssl.SSLContext | None = None, deadline_s: float = DEADLINE_S) -> Answer:
    """POST JSON once and say how it went; nothing is raised for what the network or the receiver does.

    `key`: what to sign with. `private`: whether loopback, link-local and private addresses may be called.
    """
    try:
        addresses = resolve(target.host, target.port)
    except (OSError, UnicodeError):
        return _failed("the host's name could not be resolved")
    if not addresses or not all(may_connect(address, private=private) for address in addresses):
        return _failed("the host's name leads to an address that may not be called")
    connection = _Pinned(target, addresses[:MAX_ADDRESSES], tls or ssl.create_default_context())
    timer = threading.Timer(deadline_s, connection.cut)
    timer.daemon = True
    timer.start()
    try:
        connection.request("POST", target.path, body=body, headers=_headers(message_id, body, key))
        with connection.getresponse() as response:
            status = response.status
    except ssl.SSLCertVerificationError:
        return _failed("the receiver's certificate could not be verified")
    except (OSError, http.client.HTTPException, ValueError) as e:
        late = connection.is_cut or isinstance(e, TimeoutError)
        return _failed("the receiver did not answer in time" if late else f"the connection failed ({type(e).__name__})")
    finally:
        timer.cancel()
        connection.close()
    # A head that was cut off half-way does not count: the receiver may mean something else by it.
    return _failed("the receiver did not answer in time") if connection.is_cut else _judged(status)


def _headers(message_id: str, body: bytes, key: bytes) -> dict[str, str]:
    now = int(time.time())
    return {"Content-Type": "application/json", "User-Agent": "Noria", "Connection": "close", "webhook-id": message_id,
            "webhook-timestamp": str(now), "webhook-signature": sign(key, message_id, now, body)}


def _judged(status: int) -> Answer:
    if 200 <= status < 300:
        return Answer(True, False, f"the receiver answered {status}")
    if 300 <= status < 400:
        return _failed(f"the receiver answered {status}; redirects are not followed")
    return Answer(False, status == GONE, f"the receiver answered {status}")


def _failed(message: str) -> Answer:
    return Answer(False, False, message)


class _Pinned(http.client.HTTPConnection):
    """A connection to addresses that were checked before, under the name that they stand for; no name is resolved here."""

    def __init__(self, target: Target, addresses: Sequence[str], tls: ssl.SSLContext) -> None:
        super().__init__(target.host, target.port, timeout=CONNECT_S)
        self.default_port = 443 if target.scheme == "https" else 80  # decides whether the header Host names the port
        self._addresses = addresses
        self._tls = tls if target.scheme == "https" else None
        self.is_cut = False

    def connect(self) -> None:
        """Open the connection to the first address that takes it. Raises OSError."""
        self.sock = self._reach()
        self.sock.settimeout(DEADLINE_S)
        if self.is_cut:
            raise TimeoutError
        if self._tls:
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
            self.sock.do_handshake()

    def _reach(self) -> socket.socket:
        failure: OSError | None = None
        for address in self._addresses:
            try:
                return socket.create_connection((address, self.port), timeout=CONNECT_S)
            except OSError as e:
                failure = e
        raise failure or OSError("no address")

    def cut(self) -> None:
        """End whatever the connection is waiting for."""
        self.is_cut = True
        with suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)
