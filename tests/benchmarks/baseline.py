"""The plain way, to compare with: sentence-transformers and FAISS, one vector a description, and FastAPI before them.

usage: python -m tests.benchmarks.baseline MEMBERS.jsonl                prints figures as JSON
       python -m tests.benchmarks.baseline MEMBERS.jsonl --serve PORT   answers GET /v1/search?q=... on loopback
"""

import json
import socket
import sys
import time
from pathlib import Path
from typing import Any

import faiss
import uvicorn
from fastapi import FastAPI
from sentence_transformers import SentenceTransformer

from indexer.encoder import DEFAULT_ENCODER
from indexer.encoder.prepare import sentence_transformer_folder
from tests.benchmarks.measure import CACHE, median_ms, resident_mb, topics


class Plain:
    """Members, the model as sentence-transformers loads it, and a flat index."""

    def __init__(self, members: Path) -> None:
        started = time.perf_counter()
        folder = sentence_transformer_folder(DEFAULT_ENCODER, CACHE)
        self._model = SentenceTransformer(str(folder), device="cpu")
        known = [json.loads(line) for line in members.read_text(encoding="utf-8").splitlines()]
        self._texts = [(member, text) for member in known for text in member["descriptions"].values()]
        ready = time.perf_counter()
        vectors = self._model.encode([text for _, text in self._texts], prompt_name="document", batch_size=16)
        self._index = faiss.IndexFlatIP(vectors.shape[1])
        self._index.add(vectors)
        self.load_s, self.index_s = ready - started, time.perf_counter() - ready

    def search(self, topic: str) -> list[dict[str, Any]]:
        """The ten nearest descriptions, and whose they are."""
        scores, rows = self._index.search(self._model.encode([topic], prompt_name="query"), 10)
        found = zip(rows[0], scores[0], strict=True)
        return [
            {"member": self._texts[row][0], "score": float(score), "evidence": self._texts[row][1]}
            for row, score in found
        ]


def serve(plain: Plain, port: int) -> None:
    """Answer as FastAPI's tutorial would have it."""
    app = FastAPI()

    @app.get("/v1/search")
    def search(q: str) -> list[dict[str, Any]]:
        return plain.search(q)

    with socket.create_server(("127.0.0.1", port)) as listening:
        print("ready", flush=True)
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listening])


def main() -> None:
    """Measure, or serve."""
    plain = Plain(Path(sys.argv[1]))
    if sys.argv[2:3] == ["--serve"]:
        serve(plain, int(sys.argv[3]))
        return
    figures = {
        "load_s": plain.load_s,
        "index_s": plain.index_s,
        "search_ms": median_ms(plain.search, topics()),
        "resident_mb": resident_mb(),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
