"""Addresses of the API and of this machine."""

import pytest

from jobs.address import api_url, is_loopback
from jobs.settings import load_settings


@pytest.mark.parametrize(("host", "only_here"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("127.8.0.1", True),
                                                 ("0.0.0.0", False), ("::", False), ("192.0.2.1", False), ("noria.example", False)])
def test_only_loopback_addresses_count_as_this_machine(host: str, only_here: bool) -> None:
    assert is_loopback(host) == only_here


@pytest.mark.parametrize(("host", "url"), [("127.0.0.1", "http://127.0.0.1:8000"), ("0.0.0.0", "http://127.0.0.1:8000"),
                                           ("::", "http://127.0.0.1:8000"), ("::1", "http://[::1]:8000"),
                                           ("10.1.2.3", "http://10.1.2.3:8000")])
def test_the_api_is_asked_where_it_can_be_reached(host: str, url: str) -> None:
    assert api_url(load_settings({"API_HOST": host})) == url
