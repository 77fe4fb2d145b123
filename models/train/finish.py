#!/usr/bin/env python3
"""Step 5: complete a model directory: float16 weights, pooling and module files, model card, reference vectors.

sentence-transformers and the program read the result as it is. reference.jsonl holds texts with their token ids and vectors, computed
from the float16 weights in float32, for parity tests.
"""

import argparse
import json
from pathlib import Path

import torch
from tokenizers import Tokenizer

import bert
from texts import HERE

REFERENCE = [
    "退款多久到账", "买的外套不合适，七天内能退吗？", "怎么开发票", "發票怎麼開？", "ＡＢＣ１２３　全角", "iPhone15 Pro的充电器是typec吗🤔",
    "how long does a refund take?", "Can I change the delivery address after ordering?", "你好", "hello", "!!!", "", " ", "👍👍",
    "小白求指导，想剁手找不到入口", "订单号 2024-11-11-88888，¥199.00，还没发货", "这款 size M 偏小吗？身高165cm体重55kg",
    "the " * 300,
]  # fmt: skip
MAX_TOKENS = 256


def modules():
    kinds = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    return [{"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"} for i, (path, kind) in enumerate(kinds)]


def main():
    parser = argparse.ArgumentParser(description="Complete a model directory.")
    parser.add_argument("--model", type=Path, required=True, help="directory with config.json, model.safetensors, tokenizer.json")
    parser.add_argument("--card", type=Path, default=HERE / "card.md", help="model card; {name} {layers} {parameters} {size} are filled in")
    parser.add_argument("--figures", type=Path, help="JSON from measure.py, put into the card as a table")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()

    model = bert.load(args.model)
    bert.save(model, args.out, torch.float16)
    (args.out / "model.safetensors").chmod(0o644)
    model = bert.load(args.out).eval()
    tokenizer = Tokenizer.from_file(str(args.model / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.save(str(args.out / "tokenizer.json"), pretty=False)
    special = {"bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "sep_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>",
               "mask_token": "<mask>"}  # fmt: skip
    put = lambda name, value: (args.out / name).write_text(json.dumps(value, indent=2) + "\n")
    put("special_tokens_map.json", special)
    put("tokenizer_config.json", {**special, "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 512,
                                  "clean_up_tokenization_spaces": False, "model_input_names": ["input_ids", "attention_mask"]})  # fmt: skip
    put("modules.json", modules())
    put("sentence_bert_config.json", {"max_seq_length": MAX_TOKENS, "do_lower_case": False})
    (args.out / "1_Pooling").mkdir(exist_ok=True)
    put("1_Pooling/config.json", {"word_embedding_dimension": model.config["hidden_size"], "pooling_mode_cls_token": False,
                                  "pooling_mode_mean_tokens": True, "pooling_mode_max_tokens": False,
                                  "pooling_mode_mean_sqrt_len_tokens": False})  # fmt: skip
    tokenizer.enable_truncation(MAX_TOKENS)
    ids = [e.ids for e in tokenizer.encode_batch(REFERENCE)]
    with torch.no_grad():
        vectors = bert.embed(model, ids)
    with open(args.out / "reference.jsonl", "w", encoding="utf-8") as out:
        for text, row, vector in zip(REFERENCE, ids, vectors):
            values = [round(x, 7) for x in vector.tolist()]
            out.write(json.dumps({"text": text, "token_ids": row, "embedding": values}, ensure_ascii=False) + "\n")
    parameters = sum(t.numel() for t in model.tensors().values())
    size = (args.out / "model.safetensors").stat().st_size
    figures = ""
    if args.figures:
        import measure

        figures = measure.table(json.loads(args.figures.read_text()))
    card = args.card.read_text(encoding="utf-8")
    for key, value in {"name": args.out.name, "layers": model.config["num_hidden_layers"], "parameters": f"{parameters / 1e6:.1f} M",
                       "size": f"{size / 1e6:.0f} MB", "figures": figures}.items():  # fmt: skip
        card = card.replace("{" + key + "}", str(value))
    (args.out / "README.md").write_text(card, encoding="utf-8")
    print(f"{args.out}: {parameters / 1e6:.1f} M parameters, {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
