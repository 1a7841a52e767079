"""Torch, ONNX Runtime and OpenVINO side by side on the same weights: which one should serve?

usage: python -m tests.benchmarks.runtimes        (needs the extra `benchmarks`: onnxruntime)

Each runtime runs in a process of its own. Printed: median of one short query, time for a batch of 64 demo descriptions in batches of
16, smallest cosine to sentence-transformers over both, resident memory after the queries and after the descriptions.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.encoder import DEFAULT_ENCODER, prepare
from indexer.encoder.prepare import sentence_transformer_folder
from search.runtime import import_openvino
from search.tokenizer import load_tokenizer, padded
from tests.benchmarks.measure import CACHE, machine, median_ms, resident_mb, topics

DEMO = Path(__file__).parents[2] / "data" / "demo"
RUNTIMES = {
    "torch": "sentence-transformers on torch, f32",
    "onnx": "ONNX Runtime, f32",
    "onnx-int8": "ONNX Runtime, dynamic int8",
    "openvino-f32": "OpenVINO, f32",
    "openvino": "OpenVINO, its own choice",
}

Encode = Callable[[Sequence[str]], NDArray[np.float32]]


def encoder(runtime: str, folder: Path) -> Encode:
    """A function from texts, prompts included, to unit vectors."""
    if runtime == "torch":
        from sentence_transformers import SentenceTransformer

        model = SentenceTransformer(str(sentence_transformer_folder(DEFAULT_ENCODER, CACHE)), device="cpu")
        return lambda texts: np.asarray(model.encode(list(texts), batch_size=16))
    # OpenVINO's graph numbers pieces anew, the exported one does not.
    home = sentence_transformer_folder if runtime.startswith("onnx") else prepare
    tokenizer = load_tokenizer(home(DEFAULT_ENCODER, CACHE))
    run: Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.float32]]
    if runtime.startswith("onnx"):
        import onnxruntime

        session = onnxruntime.InferenceSession(folder / f"{runtime}.onnx", providers=["CPUExecutionProvider"])
        run = lambda ids, mask: session.run(None, {"input_ids": ids, "attention_mask": mask})[0]  # noqa: E731
    else:
        settings = {
            "PERFORMANCE_HINT": "LATENCY",
            **({"INFERENCE_PRECISION_HINT": "f32"} if runtime.endswith("f32") else {}),
        }
        request = (
            import_openvino()
            .Core()
            .compile_model(prepare(DEFAULT_ENCODER, CACHE) / "model.xml", "CPU", settings)
            .create_infer_request()
        )
        run = lambda ids, mask: request.infer({0: ids, 1: mask})[0].copy()  # noqa: E731

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        vectors = np.zeros((len(texts), 384), np.float32)
        for start in range(0, len(order), 16):
            batch = order[start : start + 16]
            vectors[batch] = run(*padded(tokenizer.ids([texts[i] for i in batch], 512), 1))
        return vectors

    return encode


def measure(runtime: str, folder: Path) -> None:
    """Run one runtime, save its vectors, print its figures as JSON."""
    encode = encoder(runtime, folder)
    members = (DEMO / "members.jsonl").read_text(encoding="utf-8").splitlines()
    passages = ["passage: " + next(iter(json.loads(line)["descriptions"].values())) for line in members[:64]]
    queries = ["query: " + topic for topic in topics()]
    one = median_ms(lambda query: encode([query]), queries)
    after_queries = resident_mb()
    encode(passages)
    started = time.perf_counter()
    vectors = np.concatenate([encode(passages), np.concatenate([encode([query]) for query in queries[:30]])])
    many = time.perf_counter() - started - one * 30 / 1e3
    np.save(folder / f"{runtime}.npy", vectors)
    print(json.dumps([one, many, after_queries, resident_mb()]))


def main() -> None:
    """Export, run every runtime, print the table."""
    if len(sys.argv) == 3:
        measure(sys.argv[1], Path(sys.argv[2]))
        return
    print(machine())
    print(f"{'':36} {'one query':>10} {'64 texts':>9} {'min cosine':>11} {'memory':>8} {'then':>8}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        export(folder)
        for runtime, name in RUNTIMES.items():
            done = subprocess.run(
                [sys.executable, "-m", "tests.benchmarks.runtimes", runtime, temporary],
                capture_output=True,
                text=True,
                check=True,
            )
            one, many, first, last = json.loads(done.stdout.splitlines()[-1])
            cosine = float(np.min(np.sum(np.load(folder / f"{runtime}.npy") * np.load(folder / "torch.npy"), axis=1)))
            print(f"{name:36} {one:7.1f} ms {many:7.2f} s {cosine:11.5f} {first:5.0f} MB {last:5.0f} MB")


def export(folder: Path) -> None:
    """Write onnx.onnx and its int8 twin."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    from indexer.encoder.export import export_onnx, load_sentence_transformer

    export_onnx(
        load_sentence_transformer(str(sentence_transformer_folder(DEFAULT_ENCODER, CACHE))), folder / "onnx.onnx"
    )
    quantize_dynamic(folder / "onnx.onnx", folder / "onnx-int8.onnx", weight_type=QuantType.QInt8)


if __name__ == "__main__":
    main()
