"""Write a carried model as a genuine sentence-transformers folder (needs torch)."""

from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from .carrier import CarriedModel

__all__ = ["parameter_name", "write_sentence_transformer"]

_LAYER = {
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value", "ao": "attention.output.dense",
    "fi": "intermediate.dense", "fo": "output.dense", "aln": "attention.output.LayerNorm", "oln": "output.LayerNorm",
}  # fmt: skip
_EMBEDDINGS = {
    "emb.word": "word_embeddings.weight", "emb.pos": "position_embeddings.weight", "emb.type": "token_type_embeddings.weight",
    "emb.ln.w": "LayerNorm.weight", "emb.ln.b": "LayerNorm.bias",
}  # fmt: skip


def write_sentence_transformer(model: CarriedModel, folder: Path) -> None:
    """Write weights, tokenizer, mean pooling, normalisation and the model's own prompts into `folder`, which must exist."""
    bert = folder / "bert"
    _bert(model).save_pretrained(bert)
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=_tokenizer(model), bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>",
        cls_token="<s>", sep_token="</s>", mask_token="<mask>", model_max_length=model.positions,
    )  # fmt: skip
    tokenizer.save_pretrained(bert)
    transformer = Transformer(str(bert), max_seq_length=model.positions)
    transformer.auto_model.pooler = None  # unused, and its random weights would make every build differ
    modules = [transformer, Pooling(model.hidden, pooling_mode="mean"), Normalize()]
    encoder = SentenceTransformer(modules=modules, device="cpu", prompts={"query": "query: ", "document": "passage: "})
    encoder.save_pretrained(str(folder), create_model_card=False)
    for file in bert.iterdir():
        file.unlink()
    bert.rmdir()


def _bert(model: CarriedModel) -> BertModel:
    config = BertConfig(
        vocab_size=len(model.tensors["emb.word"]), hidden_size=model.hidden, num_hidden_layers=model.layers,
        num_attention_heads=model.heads, intermediate_size=model.feed_forward, max_position_embeddings=model.positions,
        type_vocab_size=model.token_types, layer_norm_eps=model.layer_norm_epsilon, pad_token_id=model.pad_id,
    )  # fmt: skip
    bert = BertModel(config, add_pooling_layer=False)
    state = {parameter_name(name): torch.tensor(tensor) for name, tensor in model.tensors.items()}
    bert.load_state_dict(state)
    return bert


def parameter_name(name: str) -> str:
    """The name in BertModel of a tensor of the carrier file."""
    if name in _EMBEDDINGS:
        return "embeddings." + _EMBEDDINGS[name]
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{_LAYER[part]}.{'weight' if kind == 'w' else 'bias'}"


def _tokenizer(model: CarriedModel) -> Tokenizer:
    """XLM-RoBERTa's tokenizer: SentencePiece unigrams over NFKC-normalised text."""
    tokenizer = Tokenizer(models.Unigram(model.pieces, unk_id=model.unknown_id))
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Replace(Regex(_character_class(model.removed)), ""),
        normalizers.Replace(Regex(_character_class(model.blanks)), " "),
        normalizers.NFKC(),
        normalizers.Replace(Regex(" {2,}"), " "),
    ])  # fmt: skip
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    begin, end = model.pieces[model.begin_id][0], model.pieces[model.end_id][0]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}",
        pair=f"{begin} $A {end} {end} $B {end}",
        special_tokens=[(begin, model.begin_id), (end, model.end_id)],
    )
    special = (model.begin_id, model.pad_id, model.end_id, model.unknown_id, len(model.pieces) - 1)
    tokenizer.add_special_tokens([model.pieces[i][0] for i in special])
    return tokenizer


def _character_class(characters: str) -> str:
    return "[" + "".join(f"\\x{{{ord(c):x}}}" for c in characters) + "]"
