"""One signed POST to a real server, and all the ways in which a receiver or a resolver may try to lead it astray."""

import ssl
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from jobs.callbacks import parse_target
from tests.services import free_port
from tests.workers.receiver import Receiver, SilentSocket, endless_body, redirect_to, silence, trickling_head
from workers.webhook import Answer, resolve, send, sign

KEY = bytes(range(24))
BODY = b'{"id":"a","state":"succeeded"}'


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver().start()
    yield made
    made.stop()


def post(url: str, *, private: bool = True, **options) -> Answer:
    return send(parse_target(url), "msg-1", BODY, key=KEY, private=private, **options)


def to(*addresses: str) -> Callable[[str, int], list[str]]:
    return lambda _host, _port: list(addresses)


def test_the_signature_is_that_of_the_standards_own_example() -> None:
    """The reference vector of the Standard Webhooks libraries: secret whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw."""
    key = bytes.fromhex("31f290f6bf06298aab4f08d43c3f082cf648a362da2da4b0")
    signature = sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_post_arrives_with_its_body_its_host_and_the_three_headers(receiver: Receiver) -> None:
    before = int(time.time())
    answer = post(receiver.url("Hooks.Example.test"), resolve=to("127.0.0.1"))

    assert answer == Answer(True, False, "the receiver answered 204")
    (got,) = receiver.received
    assert (got.path, got.body, got.headers["host"]) == ("/hook?a=b", BODY, f"hooks.example.test:{receiver.port}")
    assert (got.headers["webhook-id"], got.headers["content-type"]) == ("msg-1", "application/json")
    assert before <= int(got.headers["webhook-timestamp"]) <= time.time()
    assert got.headers["webhook-signature"] == sign(KEY, "msg-1", int(got.headers["webhook-timestamp"]), BODY)


@pytest.mark.parametrize(("status", "delivered", "gone"), [
    (200, True, False), (202, True, False), (301, False, False), (400, False, False), (404, False, False), (410, False, True),
    (429, False, False), (500, False, False), (503, False, False)])
def test_two_hundreds_are_taken_and_410_wants_no_more(receiver: Receiver, status: int, delivered: bool, gone: bool) -> None:
    receiver.answers = [status]
    answer = post(receiver.url())
    assert (answer.delivered, answer.gone) == (delivered, gone)
    assert str(status) in answer.message


def test_a_redirect_is_a_failure_and_is_not_followed(receiver: Receiver) -> None:
    other = Receiver().start()
    receiver.answers = [redirect_to(other.url())]

    answer = post(receiver.url())

    assert not answer.delivered
    assert "redirects are not followed" in answer.message
    assert other.received == []
    other.stop()


def test_an_address_that_is_not_public_is_never_connected_to(receiver: Receiver) -> None:
    for address in ("127.0.0.1", "::ffff:127.0.0.1", "169.254.169.254"):
        assert not post(receiver.url("hooks.example.test"), private=False, resolve=to(address)).delivered
    assert receiver.received == []


def test_one_forbidden_address_among_public_ones_forbids_them_all(receiver: Receiver) -> None:
    answer = post(receiver.url("hooks.example.test"), private=False, resolve=to("8.8.8.8", "127.0.0.1"))
    assert answer == Answer(False, False, "the host's name leads to an address that may not be called")
    assert receiver.received == []


def test_a_name_is_resolved_once_so_that_a_second_answer_leads_nowhere(receiver: Receiver) -> None:
    # given a resolver that says something harmless when it is asked first, and something else afterwards
    asked = []

    def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    answer = post(receiver.url("localhost"), resolve=rebinding)

    assert answer.delivered
    assert asked == ["localhost"]


def test_the_connection_goes_to_the_checked_address_and_not_to_what_the_name_means_to_the_system(receiver: Receiver) -> None:
    # `localhost` is where the receiver is; what was checked is an address where nobody is
    answer = post(receiver.url("localhost"), resolve=to("127.0.0.2"))
    assert not answer.delivered
    assert receiver.received == []


def test_the_next_address_is_tried_when_nobody_listens_at_the_first(receiver: Receiver) -> None:
    assert post(receiver.url("hooks.example.test"), resolve=to("127.0.0.2", "127.0.0.1")).delivered


def test_a_name_without_an_address_is_a_failure_without_the_name() -> None:
    answer = post("https://nobody.invalid/", resolve=resolve)
    assert answer == Answer(False, False, "the host's name could not be resolved")
    assert not post("https://nobody.invalid/", resolve=to()).delivered


def test_a_port_where_nobody_listens_is_a_failure() -> None:
    assert post(f"http://127.0.0.1:{free_port()}/").message == "the connection failed (ConnectionRefusedError)"


def test_a_proxy_of_the_environment_is_not_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    assert post(receiver.url()).delivered


def test_an_endless_answer_is_not_read(receiver: Receiver) -> None:
    receiver.answers = [endless_body(receiver)]
    began = time.monotonic()
    assert post(receiver.url()).delivered
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("make", [silence, trickling_head], ids=lambda f: f.__name__)
def test_a_slow_answer_is_cut_off_at_the_deadline(receiver: Receiver, make: Callable) -> None:
    receiver.answers = [make(receiver)]
    began = time.monotonic()

    answer = post(receiver.url(), deadline_s=0.5)

    assert answer == Answer(False, False, "the receiver did not answer in time")
    assert 0.4 < time.monotonic() - began < 3


def test_a_receiver_that_never_says_a_word_of_tls_is_cut_off_too() -> None:
    with SilentSocket() as listener:
        answer = post(f"https://127.0.0.1:{listener.port}/", deadline_s=0.5)
    assert answer == Answer(False, False, "the receiver did not answer in time")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of hooks.example.test alone, which signs itself, and its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hooks.example.test")])
    now = datetime.now(UTC)
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("hooks.example.test")]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256()))
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return folder / "cert.pem", folder / "key.pem"


def test_tls_verifies_the_name_and_not_the_address(certificate: tuple[Path, Path]) -> None:
    secure = Receiver().start(certificate)
    trusting = ssl.create_default_context(cafile=certificate[0])
    failed = Answer(False, False, "the receiver's certificate could not be verified")

    assert post(secure.url("hooks.example.test"), resolve=to("127.0.0.1"), tls=trusting).delivered
    assert post(secure.url("other.example.test"), resolve=to("127.0.0.1"), tls=trusting) == failed
    assert post(secure.url("hooks.example.test"), resolve=to("127.0.0.1")) == failed
    assert len(secure.received) == 1
    secure.stop()


def test_plain_http_is_not_taken_for_tls(receiver: Receiver) -> None:
    answer = post(receiver.url().replace("http://", "https://"), deadline_s=3)
    assert not answer.delivered
    assert receiver.received == []
