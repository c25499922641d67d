"""Which URLs a job may name, and which addresses may be called. The lists of addresses are those of IANA's registries."""

import pytest

from jobs.callbacks import Target, may_connect, parse_origin, parse_target, require_allowed
from jobs.errors import InputError

ORIGINS = ("hooks.example.com", "*.partner.example", "http://plain.example:8080", "https://10.1.2.3", "https://[2001:4860:4860::8888]")


def allowed(url: str, *, private: bool = False) -> Target:
    return require_allowed(url, ORIGINS, signed=True, private=private)


def test_a_url_is_taken_apart_as_it_will_be_called() -> None:
    assert parse_target("https://Hooks.Example.com/a/b?c=d&e") == Target("https", "hooks.example.com", 443, "/a/b?c=d&e")
    assert parse_target("http://x:8080") == Target("http", "x", 8080, "/")
    assert parse_target("https://[::1]:9/?") == Target("https", "::1", 9, "/")


@pytest.mark.parametrize("url", [
    "", "x", "ftp://a.example/", "https://", "https:///x", "//a.example/", "https://user@a.example/", "https://user:pw@a.example/",
    "https://@a.example/", "https://a.example/#part", "https://a.example:0/", "https://a.example:65536/", "https://a.example:x/",
    "https://a.example\\@b.example/", "https://a.example/\r\nX: y", "https://a.example/ b", "https://a.exa\tmple/", "https://ä.example/",
    "https://a..example/", "https://-a.example/", "https://a.example./", "https://*.partner.example/", "https://[::1/", "https://[fe80::1%25eth0]/",
    "https://a%2eexample/", "https://a.example/" + "x" * 2000, " https://a.example/", "HTTPS://a.example/", "https://[v1.a]/",
])
def test_a_url_that_could_be_read_in_two_ways_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="has |may not"):
        parse_target(url)


@pytest.mark.parametrize("url", [
    "https://hooks.example.com/x", "https://hooks.example.com:443/", "https://HOOKS.example.com/", "https://a.partner.example/",
    "https://a.b.partner.example/", "http://plain.example:8080/x", "https://[2001:4860:4860::8888]/"])
def test_an_allowed_origin_may_be_called(url: str) -> None:
    assert allowed(url) == parse_target(url)


@pytest.mark.parametrize("url", [
    "https://example.com/", "https://hooks.example.com.evil.example/", "https://evilhooks.example.com/", "https://partner.example/",
    "https://evilpartner.example/", "http://hooks.example.com/", "https://hooks.example.com:8443/", "http://plain.example/",
    "https://plain.example:8080/", "https://127.0.0.1/", "https://2130706433/", "https://0x7f.1/"])
def test_any_other_scheme_host_or_port_is_refused_with_the_setting_to_change(url: str) -> None:
    with pytest.raises(InputError, match="CALLBACK_HOSTS") as caught:
        allowed(url)
    assert [f.field for f in caught.value.fields] == ["callback_url"]


def test_without_hosts_or_a_secret_a_callback_is_refused_with_the_setting_that_is_missing() -> None:
    with pytest.raises(InputError, match="CALLBACK_HOSTS"):
        require_allowed("https://a.example/", (), signed=True, private=False)
    with pytest.raises(InputError, match="CALLBACK_SECRET"):
        require_allowed("https://a.example/", ("a.example",), signed=False, private=False)


def test_an_address_in_a_url_is_judged_at_once() -> None:
    with pytest.raises(InputError, match="CALLBACK_PRIVATE"):
        allowed("https://10.1.2.3/")
    assert allowed("https://10.1.2.3/", private=True).host == "10.1.2.3"


@pytest.mark.parametrize("origin", ["", "a.example/path", "ftp://a.example", "*", "*.", "a.*.example", "user@a.example", "a.example:0", "*.127.0.0.1"])
def test_an_origin_that_says_nothing_clear_is_refused(origin: str) -> None:
    with pytest.raises(ValueError, match="takes hosts such as"):
        parse_origin(origin)


def test_an_origin_is_https_and_its_own_port_unless_it_says_otherwise() -> None:
    assert [parse_origin(o) for o in ("a.example", "http://a.example", "A.example:8443", "*.a.example")] == [
        Target("https", "a.example", 443, "/"), Target("http", "a.example", 80, "/"), Target("https", "a.example", 8443, "/"),
        Target("https", "*.a.example", 443, "/")]


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2001:4860:4860::8888", "2606:4700::1", "::ffff:8.8.8.8"])
def test_public_addresses_may_be_called(address: str) -> None:
    assert may_connect(address, private=False)


@pytest.mark.parametrize("address", [
    "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "169.254.169.254",
    "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:a00:1"])
def test_addresses_of_this_machine_and_of_private_networks_only_where_that_is_allowed(address: str) -> None:
    assert not may_connect(address, private=False)
    assert may_connect(address, private=True)


@pytest.mark.parametrize("address", [
    "0.0.0.0", "0.1.2.3", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "198.51.100.1",
    "203.0.113.1", "::", "ff02::1", "ff0e::1", "2001:db8::1", "2002:7f00:1::", "2001:0:7f00:1::1", "64:ff9b::7f00:1", "::127.0.0.1",
    "::ffff:0.0.0.0", "::ffff:224.0.0.1", "fec0::1", "100::1", "4000::1"])
def test_addresses_that_are_nobodys_or_many_peoples_are_never_called(address: str) -> None:
    assert not may_connect(address, private=False)
    assert not may_connect(address, private=True)
