"""Where the API is reached from this machine, and which addresses only this machine can reach."""

import ipaddress

from jobs.settings import Settings

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 # nosec B104 - addresses to listen on, which are reached on loopback


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def api_url(settings: Settings) -> str:
    """The base of the API's addresses, for callers on this machine."""
    host = "127.0.0.1" if settings.api_host in EVERYWHERE else settings.api_host
    return f"http://[{host}]:{settings.api_port}" if ":" in host else f"http://{host}:{settings.api_port}"
