"""Both job stores keep the lists of documents that the stores of documents need."""

import pytest

from storage.index import DocumentIndex
from storage.memory_jobs import MemoryJobStore
from storage.redis_jobs import RedisJobStore


@pytest.fixture(params=["memory", "redis"])
def documents(request: pytest.FixtureRequest) -> DocumentIndex:
    return MemoryJobStore() if request.param == "memory" else RedisJobStore(request.getfixturevalue("valkey").url)


def test_documents_are_listed_newest_first_page_by_page(documents: DocumentIndex):
    # Given documents that are noted out of order, one of them twice
    for name, score in (("b", 2), ("d", 4), ("a", 1), ("c", 3), ("a", 1)):
        documents.index("things", name, score)
    documents.unindex("things", "c")
    # Then pages hold each once, newest first
    first, cursor = documents.indexed("things", limit=2)
    second, _ = documents.indexed("things", limit=2, cursor=cursor)
    assert first + second == ("d", "b", "a")
    assert documents.indexed("others") == ((), None)
