"""What the tests of single pages share: a browser's headers, and keys of every role."""

from collections.abc import Callable

import pytest

from storage.api_keys import ROLES, KeyStore
from tests.api.conftest import Api

PAGE = {"Accept": "text/html"}
OWN = {**PAGE, "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def keyed(make_api: Callable[..., Api]) -> tuple[Api, dict[str, str]]:
    """An application with a key of each role, and their secrets."""
    api = make_api()
    keys = KeyStore(api.objects)
    return api, {role: keys.create(f"{role}-key", role)[1] for role in ROLES}


def sign_in(api: Api, secret: str) -> None:
    """Let the client's cookie name the key of `secret`."""
    assert api.client.post("/sign-in", data={"key": secret}, headers=OWN).status_code == 303
