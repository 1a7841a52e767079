"""What the server that faulty children are forked from loads once, so that each of them starts at once."""

import pyarrow.dataset  # noqa: F401

from indexer.capabilities import split_members
from search import Member
from search.language import LanguageMeans
from search.topics import TopicReader
from tests.conftest import FakeEncoder

split_members([Member("a", "A", {"und": "Sensors."})])
TopicReader(FakeEncoder(), LanguageMeans(query=FakeEncoder().means.query, passage={}))
