"""The plain way, to compare with: sentence-transformers and FAISS, one vector a description.

usage: python -m tests.benchmarks.baseline MEMBERS.jsonl       prints figures as JSON
"""

import json
import sys
import time
from pathlib import Path

import faiss
from sentence_transformers import SentenceTransformer

from indexer.encoder import DEFAULT_ENCODER
from indexer.encoder.prepare import sentence_transformer_folder
from tests.benchmarks.measure import CACHE, median_ms, resident_mb, topics

started = time.perf_counter()
folder = sentence_transformer_folder(DEFAULT_ENCODER, CACHE)
model = SentenceTransformer(str(folder), device="cpu")
members = [json.loads(line) for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()]
texts = [text for member in members for text in member["descriptions"].values()]
ready = time.perf_counter()
vectors = model.encode(texts, prompt_name="document", batch_size=16)
index = faiss.IndexFlatIP(vectors.shape[1])
index.add(vectors)
indexed = time.perf_counter()


def search(topic: str) -> list[str]:
    """The ten nearest descriptions."""
    _, rows = index.search(model.encode([topic], prompt_name="query"), 10)
    return [texts[row] for row in rows[0]]


figures = {
    "load_s": ready - started,
    "index_s": indexed - ready,
    "search_ms": median_ms(search, topics()),
    "resident_mb": resident_mb(),
}
print(json.dumps(figures))
