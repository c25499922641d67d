"""The catalog of this folder: with the kinds behind the old addresses, whether they exist yet or not."""

from collections.abc import Iterator

import pytest

from tests.api.conftest import CACHES


@pytest.fixture(scope="module", autouse=True)
def _promised_kinds(_test_kinds: None) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXTRA_KINDS", "tests.kinds,tests.api.compat.promised_kinds")
        for cache in CACHES:
            cache.cache_clear()
        yield
    for cache in CACHES:
        cache.cache_clear()
