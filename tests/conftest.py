"""Shared fixtures: a small directory, a fake encoder through the seam, and stores built with it or with the real one."""

import json
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import platformdirs
import pytest
from hypothesis import settings
from numpy.typing import NDArray

from indexer.encoder import DEFAULT_ENCODER, prepare
from indexer.progress import Progress
from indexer.publish import install_encoder
from indexer.reports import RunReport
from indexer.run import Options, index_members
from search import Searcher, open_index
from search.encoder import Advance, EncoderInfo, OpenVinoEncoder
from search.expansion import SolvedTopics
from search.language import LanguageMeans, unit_rows
from search.lexical import fold
from search.needs import NeedClassifier
from search.store import Store
from service.memory import Memory, open_memory, upgrade_memory
from tests.databases import fresh_database, postgresql_server

settings.register_profile("same every time", derandomize=True, deadline=None)
settings.load_profile("same every time")

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "data" / "demo"
CACHE = Path(os.environ.get("PASSERELLE_CACHE", platformdirs.user_cache_dir("passerelle")))

Vectors = NDArray[np.float32]
DIMENSION = 512
TRANSLATIONS = {"capteurs": "sensors", "batteries": "batteries", "lumiere": "light", "vaches": "cows", "puces": "chips"}
FRENCH = {"nous", "des", "les", "pour", "de", "et", *TRANSLATIONS} - {"batteries"}


class FakeEncoder:
    """Bags of words in 512 dimensions: a word and its translation share a direction, each language has one of its own."""

    def __init__(self, digest: str = "fake") -> None:
        self.info = EncoderInfo("fake", digest * 8, DIMENSION, 512, "", "", 0)
        self.embedded: list[str] = []
        french, english = self._language("fr"), self._language("en")
        self.means = LanguageMeans({"fr": french, "en": english}, {"fr": french, "en": english})
        self.solved = SolvedTopics(*3 * [np.empty((0, DIMENSION), np.float32)])
        self.needs = NeedClassifier(np.zeros(DIMENSION, np.float32), 1.0)

    @staticmethod
    def _language(code: str) -> Vectors:
        direction = np.zeros(DIMENSION, np.float32)
        direction[0 if code == "fr" else 1] = 0.8
        return direction

    def _vector(self, text: str) -> Vectors:
        words = fold(text).replace(",", " ").replace(".", " ").split()
        vector = np.zeros(DIMENSION, np.float32)
        for word in words:
            vector[2 + zlib.crc32(TRANSLATIONS.get(word, word).encode()) % (DIMENSION - 2)] += 1
        content = vector / max(float(np.linalg.norm(vector)), 1e-6) * 0.6
        return np.asarray(content + self._language("fr" if FRENCH & set(words) else "en"), np.float32)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return unit_rows(np.stack([self._vector(text) for text in texts]))

    def encode_passages(self, texts: Sequence[str], advance: Advance | None = None) -> Vectors:
        self.embedded.extend(texts)
        if advance:
            advance(len(texts))
        return unit_rows(np.stack([self._vector(text) for text in texts]))


def member(id: str, **values: object) -> dict[str, object]:
    """A members file record; `en` and `fr` are short for descriptions."""
    descriptions = {code: values.pop(code) for code in ("fr", "en", "de") if code in values}
    return {"id": id, "name": id.title(), "descriptions": descriptions, **values}


SMALL = [
    member("alpha", en="Low-power sensors and readout chips.", country="BE", kind="sme", clusters=["DSP Valley"], sectors=["sensors"]),
    member("beta", fr="Nous fabriquons des capteurs.", country="FR", kind="startup", clusters=["Minalogic"], sectors=["sensors"]),
    member("gamma", en="Dairy cows and their milk.", country="NL", kind="research", clusters=["BCS", "DSP Valley"]),
    member("delta", fr="Nous soignons les vaches.", en="Health of cows.", country="FR", kind="sme", clusters=["Minalogic"]),
    member("epsilon", en="Street light poles.", country="FR", kind="large", sectors=["lighting", "smart city"]),
    member("zeta", en="Batteries for buses.", kind="sme"),
]  # fmt: skip

Build = Callable[..., RunReport]
ANY = Options(max_rejects=100, accept_drift=True, force=True, keep=100)
"""Publishes whatever it is given."""


def write_lines(path: Path, records: Sequence[object]) -> Path:
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")
    return path


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Build and publish a snapshot of records in `tmp_path / "store"` with a fake encoder."""

    def run(records: Sequence[object], encoder: FakeEncoder | None = None, options: Options = ANY) -> RunReport:
        source = write_lines(tmp_path / "members.jsonl", records)
        return index_members([source], Store(tmp_path / "store"), lambda *_: encoder or FakeEncoder(), options)

    return run


@pytest.fixture
def small(build: Build, tmp_path: Path) -> Searcher:
    """The small directory, opened."""
    build(SMALL)
    return open_index(tmp_path / "store", encoder=FakeEncoder())


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL server of the tests' own."""
    with postgresql_server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, of each kind that the memory can be kept in."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'memory.sqlite'}"
    return fresh_database(request.getfixturevalue("postgresql"))


@pytest.fixture
def memory(database: str) -> Iterator[Memory]:
    """A memory in each kind of database."""
    upgrade_memory(database)
    memory = open_memory(database)
    yield memory
    memory.close()


@pytest.fixture(scope="session")
def prepared_encoder() -> Path:
    """The real encoder, prepared in the user's cache as `passerelle index` does."""
    return prepare(DEFAULT_ENCODER, CACHE)


@pytest.fixture(scope="session")
def demo_store(prepared_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo directory indexed with the real encoder."""
    store = Store(tmp_path_factory.mktemp("demo") / "store")
    encoder = OpenVinoEncoder(prepared_encoder, verify=False)

    def load(store: Store, _: Progress) -> OpenVinoEncoder:
        install_encoder(store, prepared_encoder, encoder.info.digest)
        return encoder

    index_members([DEMO / "members.jsonl"], store, load)
    return store.path


@pytest.fixture(scope="session")
def demo(demo_store: Path) -> Searcher:
    """The demo directory, opened with the real encoder."""
    return open_index(demo_store)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence-transformers folder with a small random BERT, CLS pooling and a word-piece tokenizer: some other model."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("tiny")
    torch.manual_seed(0)
    letters = [chr(c) for c in range(ord("a"), ord("z") + 1)]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *letters, *(f"##{c}" for c in letters), "sensors", "capteurs", "cows"]
    tokenizer = Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        "[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    config = BertConfig(
        vocab_size=len(pieces), hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder / "bert")
    fast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=64,
    )
    fast.save_pretrained(folder / "bert")
    model = SentenceTransformer(
        modules=[Transformer(str(folder / "bert")), Pooling(32, pooling_mode="cls")], device="cpu"
    )
    model.save_pretrained(str(folder / "model"), create_model_card=False)
    return folder / "model"
