"""From a name to an encoder ready to serve, once; later calls find it in the cache.

    CACHE/sentence-transformers/NAME/   the model as sentence-transformers writes it: the reference, and what training starts from
    CACHE/encoders/DIGEST/              the prepared encoder (see search.encoder)

Each folder is written beside its place and renamed when whole, under a lock: two processes may start together, and one killed
half-way leaves nothing that a later one would take for complete.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from filelock import FileLock

from search.encoder import ELSEWHERE, SOLVED, EncoderInfo, OpenVinoEncoder, read_description, write_description
from search.errors import EncoderError
from search.files import sha256_of
from search.language import LanguageMeans
from search.needs import NeedClassifier

from ..progress import Progress, Silent
from ..staging import remove_leftovers, staged
from .carrier import SHA256, carrier_file, read_carrier
from .delta import DELTA, apply_delta, read_solved
from .tokenizer import write_tokenizer

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

__all__ = ["DEFAULT_ENCODER", "PLAIN_ENCODER", "prepare", "sentence_transformer_folder"]

DEFAULT_ENCODER = "passerelle-e5-small"
"""The carried weights with the difference that training made."""
PLAIN_ENCODER = "multilingual-e5-small"
"""The carried weights as they are."""
TEXTS, NEEDS = "texts.jsonl", "needs.jsonl"
"""Parallel topics and capabilities that language means are measured on; sentences of call texts, marked as needs or not. Passerelle's own."""
MIN_COSINE = 0.999
"""The exported graph must agree this well with sentence-transformers on every text tried."""


def prepare(source: str, cache: Path, progress: Progress | None = None) -> Path:
    """Folder of the prepared encoder for `source`: the name of a carried encoder, another model's folder, or a hub name.

    Takes some 30 seconds the first time. Raises EncoderError.
    """
    progress = progress or Silent()
    with _locked(cache):
        model_folder = _sentence_transformer(source, cache, progress)
        delta = DELTA if source == DEFAULT_ENCODER else None
        digest = _digest(model_folder, delta)
        target = cache / "encoders" / digest[:16]
        try:
            read_description(target, verify=True)
        except EncoderError:
            _in_place(target, lambda staging: _export(source, model_folder, digest, delta, staging, progress))
        return target


def sentence_transformer_folder(source: str, cache: Path, progress: Progress | None = None) -> Path:
    """Folder that `sentence_transformers.SentenceTransformer` loads: what `prepare` exports from. Raises EncoderError."""
    with _locked(cache):
        return _sentence_transformer(source, cache, progress or Silent())


@contextmanager
def _locked(cache: Path) -> Iterator[None]:
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with FileLock(cache / ".lock"):
            yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise EncoderError(
            f"cannot prepare the encoder in {cache}: {reason}; choose another folder with --cache or $PASSERELLE_CACHE"
        ) from error


def _sentence_transformer(source: str, cache: Path, progress: Progress) -> Path:
    if source == DEFAULT_ENCODER:
        origin = f"{SHA256[:12]}-{sha256_of(DELTA)[:12]}"
    elif source == PLAIN_ENCODER:
        origin = SHA256[:12]
    elif Path(source).is_dir():
        return Path(source)
    else:
        origin = "hub"
    target = cache / "sentence-transformers" / f"{re.sub(r'[^A-Za-z0-9.-]+', '_', source)}-{origin}"
    if not target.is_dir():
        _in_place(target, lambda staging: _build(source, staging, progress))
    return target


def _build(source: str, staging: Path, progress: Progress) -> None:
    if source in (DEFAULT_ENCODER, PLAIN_ENCODER):
        progress.step("Reading the carried weights")
        carried = read_carrier(carrier_file())
        if source == DEFAULT_ENCODER:
            carried = replace(carried, tensors=apply_delta(carried.tensors, DELTA))
        progress.step("Writing the sentence-transformers model")
        from .convert import write_sentence_transformer

        with _quiet():
            write_sentence_transformer(carried, staging)
    else:
        progress.step(f"Loading {source}")
        from .export import load_sentence_transformer

        with _quiet():
            load_sentence_transformer(source).save_pretrained(str(staging), create_model_card=False)


def _export(
    source: str, model_folder: Path, digest: str, delta: Path | None, staging: Path, progress: Progress
) -> None:
    progress.step("Exporting the serving graph")
    from .export import export_openvino, load_sentence_transformer

    with _quiet():
        model = load_sentence_transformer(str(model_folder))
        info = _info(Path(source).name if Path(source).is_dir() else source, digest, model)
        export_openvino(model, staging, write_tokenizer(model_folder, staging, info.pad_id, _likely(info)))
    known = None if delta is None else read_solved(delta)
    if known is not None:
        np.save(staging / SOLVED, known[0])
        np.save(staging / ELSEWHERE, known[1].astype(np.float16))
    write_description(staging, info, LanguageMeans({}, {}), NeedClassifier(np.zeros(0, np.float32), 0.0))
    encoder = OpenVinoEncoder(staging, verify=False)
    texts = _rows(TEXTS)
    progress.step("Measuring language means", 4 * len(texts))
    means = _language_means(encoder, texts, progress)
    progress.step("Learning to tell needs")
    write_description(staging, info, means, _need_classifier(encoder, means, _rows(NEEDS)))
    progress.step("Comparing with sentence-transformers")
    _check_parity(encoder, model, [text for row in texts[:8] for text in row["query"].values()])


def _likely(info: EncoderInfo) -> list[str]:
    """Texts such as the encoder will read."""
    known = [
        prompt + text
        for row in _rows(TEXTS)
        for role, prompt in (("query", info.query_prompt), ("passage", info.passage_prompt))
        for text in row[role].values()
    ]
    return known + [row["text"] for row in _rows(NEEDS)]


def _rows(name: str) -> list[Any]:
    return [json.loads(line) for line in _text(name).splitlines()]


def _text(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _info(name: str, digest: str, model: "SentenceTransformer") -> EncoderInfo:
    query, passage = _prompts(model.prompts)
    return EncoderInfo(
        name=name,
        digest=digest,
        dimension=int(model.get_embedding_dimension() or 0),
        max_tokens=min(int(model.max_seq_length or 512), 512),
        query_prompt=query,
        passage_prompt=passage,
        pad_id=int(model.tokenizer.pad_token_id),
    )


def _prompts(prompts: Mapping[str, str | None]) -> tuple[str, str]:
    """A model's own prompts for queries and passages; models name the latter "document" or "passage", some have none."""
    return prompts.get("query") or "", prompts.get("document") or prompts.get("passage") or ""


def _language_means(
    encoder: OpenVinoEncoder, texts: list[dict[str, dict[str, str]]], progress: Progress
) -> LanguageMeans:
    """Mean of parallel topics and capabilities by language."""
    query, passage = {}, {}
    for code in ("fr", "en"):
        query[code] = encoder.encode_queries([row["query"][code] for row in texts]).mean(axis=0)
        progress.advance(len(texts))
        passage[code] = encoder.encode_passages([row["passage"][code] for row in texts], progress.advance).mean(axis=0)
    return LanguageMeans(query, passage)


def _need_classifier(encoder: OpenVinoEncoder, means: LanguageMeans, marked: list[dict[str, Any]]) -> NeedClassifier:
    """Logistic regression on the vectors of marked sentences."""
    from sklearn.linear_model import LogisticRegression

    vectors = encoder.encode_queries([row["text"] for row in marked])
    centred = np.stack([means.centre_query(v, {row["lang"]: 1.0}) for v, row in zip(vectors, marked, strict=True)])
    model = LogisticRegression(C=3, max_iter=2000).fit(centred, [row["need"] for row in marked])
    return NeedClassifier(np.asarray(model.coef_[0], np.float32), float(model.intercept_[0]))


def _check_parity(encoder: OpenVinoEncoder, model: "SentenceTransformer", texts: list[str]) -> None:
    reference = model.encode(
        [encoder.info.query_prompt + text for text in texts], normalize_embeddings=True, show_progress_bar=False
    )
    cosine = float(np.min(np.sum(encoder.encode_queries(texts) * reference, axis=1)))
    if not cosine >= MIN_COSINE:
        raise EncoderError(
            f"the exported graph of {encoder.info.name} agrees with sentence-transformers at cosine {cosine:.4f} only, expected {MIN_COSINE}; this model cannot be served"
        )


def _digest(model_folder: Path, delta: Path | None) -> str:
    """SHA-256 over what decides a vector: weights, tokenizer, settings, prompts, and all that was learnt of the task. Version notes of
    libraries are left out."""
    digest = hashlib.sha256((_text(TEXTS) + _text(NEEDS)).encode())
    if delta is not None:
        digest.update(delta.read_bytes())
    patterns = ("**/*.safetensors", "**/pytorch_model*.bin", "tokenizer.json")
    for path in sorted({path for pattern in patterns for path in model_folder.glob(pattern)}):
        digest.update(f"{path.relative_to(model_folder)} {sha256_of(path)}\n".encode())
    for pattern in (
        "config_sentence_transformers.json",
        "modules.json",
        "config.json",
        "*/config.json",
        "*_config.json",
    ):
        for path in sorted(model_folder.glob(pattern)):
            settings = json.dumps(_settings(path), sort_keys=True)
            digest.update(f"{path.relative_to(model_folder)} {settings}\n".encode())
    if not (model_folder / "modules.json").is_file():
        raise EncoderError(
            f"{model_folder} is not a sentence-transformers folder (no modules.json); give one saved by sentence-transformers"
        )
    return digest.hexdigest()


def _settings(path: Path) -> object:
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EncoderError(f"cannot read {path} ({error}); give a folder saved by sentence-transformers") from error
    versions = {"__version__", "transformers_version", "_name_or_path", "dtype", "torch_dtype"}
    return (
        {key: value for key, value in settings.items() if key not in versions}
        if isinstance(settings, dict)
        else settings
    )


def _in_place(target: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill the folder; what a killed process or damage left there goes."""
    if target.parent.is_dir():
        remove_leftovers(target.parent)
    shutil.rmtree(target, ignore_errors=True)
    with staged(target) as staging:
        write(staging)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the model libraries' own progress bars and advice off the terminal."""
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        logging.enable_progress_bar()  # type: ignore[no-untyped-call]
