"""Where callbacks may go: the URLs that a job may name, and the network addresses that their hosts may then have.

An allowed origin is `[scheme://]host[:port]`: https where no scheme is said, the scheme's own port where none is said. A host
`*.example.com` stands for every name below example.com, not for example.com itself.
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from jobs.errors import FieldError, InputError

FIELD = "callback_url"
MAX_URL_CHARS = 2000
# Printable ASCII without spaces and backslashes: nothing that two parsers read in two ways.
URL_PATTERN = r"^https?://[!-\[\]-~]+$"
PORTS = {"https": 443, "http": 80}
NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
GLOBAL_IPV6 = ipaddress.ip_network("2000::/3")
LOCAL = tuple(ipaddress.ip_network(n) for n in (
    "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16",
    "::1/128", "fc00::/7", "fe80::/10"))


@dataclass(frozen=True, slots=True)
class Target:
    """A URL in parts: a host in small letters without brackets, and the path with its query."""

    scheme: str
    host: str
    port: int
    path: str


def parse_target(url: str) -> Target:
    """The parts of an absolute http or https URL. Raises ValueError that says what it may not have."""
    if len(url) > MAX_URL_CHARS or not re.fullmatch(URL_PATTERN, url):
        raise ValueError(f"has to be an http:// or https:// URL in ASCII of at most {MAX_URL_CHARS} characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("has no valid host and port") from None
    if "@" in parts.netloc:
        raise ValueError("may not hold a user or a password; a receiver knows the sender by the signature")
    if "#" in url:
        raise ValueError("may not have a fragment")
    host = parts.hostname or ""
    bracketed = "[" in parts.netloc
    if not (NAME.fullmatch(host) or _is_address(host)) or bracketed != (":" in host) or port == 0:
        raise ValueError("has no valid host and port")
    query = f"?{parts.query}" if parts.query else ""
    return Target(parts.scheme, host, port or PORTS[parts.scheme], (parts.path or "/") + query)


def parse_origin(text: str) -> Target:
    """An allowed origin as the settings hold it. Raises ValueError."""
    scheme, _, host = text.rpartition("://")
    below = "*." if host.startswith("*.") else ""
    try:
        origin = parse_target(f"{scheme or 'https'}://{host.removeprefix(below)}")
    except ValueError:
        origin = None
    if origin is None or origin.path != "/" or (below and _is_address(origin.host)):
        raise ValueError("takes hosts such as hooks.example.com, *.example.com or http://hooks.internal:8080, without a path")
    return replace(origin, host=below + origin.host)


def require_allowed(url: str, origins: Sequence[str], *, signed: bool, private: bool) -> Target:
    """The parts of a callback's URL, if it may be called. No name is resolved here; see `may_connect`.

    `signed`: whether there is a secret to sign with. `private`: whether this machine and private networks may be called.
    Raises InputError with the field `callback_url` and what to do about it.
    """
    if not origins:
        raise _refused("callbacks are off here; the setting CALLBACK_HOSTS has to name the host first")
    if not signed:
        raise _refused("callbacks cannot be signed here; the setting CALLBACK_SECRET has to be made first")
    try:
        target = parse_target(url)
    except ValueError as e:
        raise _refused(str(e)) from None
    if not any(_covers(parse_origin(origin), target) for origin in origins):
        raise _refused("its scheme, host and port are not among those that the setting CALLBACK_HOSTS allows")
    if _is_address(target.host) and not may_connect(target.host, private=private):
        raise _refused("its host is an address that is not public; the setting CALLBACK_PRIVATE=1 allows private ones")
    return target


def may_connect(address: str, *, private: bool) -> bool:
    """Whether a callback may be sent to this IP address: a public one, or with `private` loopback, link-local and private ones.

    Never to multicast, unspecified or reserved ones, nor to IPv6 addresses that carry an IPv4 one in a tunnel.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        ip = ip.ipv4_mapped or ip
    if any(ip in network for network in LOCAL):
        return private
    if isinstance(ip, ipaddress.IPv6Address):
        return ip in GLOBAL_IPV6 and ip.is_global and not (ip.is_multicast or ip.sixtofour or ip.teredo)
    return ip.is_global and not (ip.is_multicast or ip.is_reserved)


def _covers(origin: Target, target: Target) -> bool:
    same_host = origin.host == target.host
    below = origin.host.startswith("*.") and target.host.endswith(origin.host[1:]) and not _is_address(target.host)
    return (same_host or below) and (origin.scheme, origin.port) == (target.scheme, target.port)


def _is_address(host: str) -> bool:
    try:
        return "%" not in host and bool(ipaddress.ip_address(host).version)
    except ValueError:
        return False


def _refused(reason: str) -> InputError:
    return InputError(f"{FIELD}: {reason}.", fields=(FieldError(FIELD, reason),))
