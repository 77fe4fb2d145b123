#!/usr/bin/env python3
"""Makes up a two-layer model, a one-layer English teacher, a few hundred lines of training text and a small measuring set.

Everything is invented here from a few words, so that the whole pipeline can be run in seconds without weights or data.
"""

import argparse
import gzip
import json
import random
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors

import bert

THINGS = [("杯子", "cup"), ("外套", "coat"), ("耳机", "headset"), ("台灯", "lamp"), ("书包", "bag"), ("雨伞", "umbrella"), ("毛巾", "towel"),
          ("键盘", "keyboard"), ("水壶", "kettle"), ("帽子", "hat")]  # fmt: skip
ASKED = [("怎么退货", "how to return"), ("几天发货", "when do you ship"), ("多少钱", "what does it cost"), ("能保修吗", "is there a warranty"),
         ("有几种颜色", "which colours")]  # fmt: skip


def made_up_tokenizer(texts):
    pieces = ["<s>", "<pad>", "</s>", "<unk>"] + sorted({c for t in texts for c in t if c != " "} | {"▁"})
    tokenizer = Tokenizer(models.Unigram([(p, 0.0 if i < 4 else -2.0) for i, p in enumerate(pieces)], unk_id=3))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return tokenizer, len(pieces)


def made_up_model(folder, layers, tokenizer, pieces):
    config = {"architectures": ["BertModel"], "model_type": "bert", "vocab_size": pieces, "hidden_size": 32, "num_hidden_layers": layers,
              "num_attention_heads": 4, "intermediate_size": 64, "hidden_act": "gelu", "max_position_embeddings": 512, "type_vocab_size": 2,
              "initializer_range": 0.08, "layer_norm_eps": 1e-12, "pad_token_id": 1}  # fmt: skip
    bert.save(bert.Bert(config), folder, torch.float32)
    tokenizer.save(str(folder / "tokenizer.json"))


def lines(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description="Make up models and text for the smoke run.")
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    rng = random.Random(3)
    torch.manual_seed(3)
    intents, pairs, kb, questions = [], [], [], []
    for i, (thing, english) in enumerate(THINGS):
        for j, (asked, english_asked) in enumerate(ASKED):
            zh = [f"{thing}{asked}", f"请问{thing}{asked}", f"我的{thing}，{asked}", f"{asked}，那个{thing}", f"亲这{thing}{asked}呀"]
            en = [f"{english_asked} the {english}", f"{english}: {english_asked}"]
            if j < 4:
                look = [f"{thing}{ASKED[(j + 1) % 4][0]}吧"]
                intents.append({"id": f"made-{i}{j}", "topic": thing, "question_zh": zh[0], "variants_zh": zh[1:], "question_en": en[0],
                                "variants_en": en[1:], "negatives_zh": look, "answer_zh": f"{thing}的答案是{asked}"})  # fmt: skip
            else:
                kb.append({"id": f"k{i}", "title": zh[0], "variants": zh[1:3], "answer": f"k{i}", "locale": "zh-CN"})
                questions += [{"question": zh[3], "expected": [f"k{i}"], "slice": "zh"}, {"question": en[0], "expected": [f"k{i}"], "slice": "en"}]
            pairs.append(f"made\tPlease tell me {english_asked} the {english}\t请告诉我{thing}{asked}")
    questions.append({"question": "今天天气真好", "expected": []})
    leaked = dict(intents[0], variants_zh=[*intents[0]["variants_zh"], kb[0]["title"] + "！"])
    families = [{"family": "made", "slots": [t for t, _ in THINGS], "frames": {"buy": ["买{}", "我要买{}", "{}来一个"], "sell": ["卖{}", "把{}卖了"]}}]
    lines(out / "authored/made.jsonl", [leaked, *intents[1:]])
    lines(out / "authored/out_of_scope.jsonl", [{"text_zh": t, "text_en": e, "kind": "chitchat"} for t, e in (("你好呀", "hello"), ("再见", "bye"))])
    lines(out / "families.jsonl", families)
    lines(out / "bench/made/kb.jsonl", kb)
    lines(out / "bench/made/questions.jsonl", questions)
    (out / "bench/pairs").mkdir(exist_ok=True)
    rows = [f"{t}{a}\t{t}{b}\t{int(a == b)}" for t, _ in THINGS for a, _ in ASKED[:2] for b, _ in ASKED[:2]]
    (out / "bench/pairs/made.tsv").write_text("\n".join(["text1\ttext2\tlabel", *rows]) + "\n", encoding="utf-8")
    with gzip.open(out / "pairs.tsv.gz", "wt", encoding="utf-8") as f:
        f.write("\n".join(rng.sample(pairs, len(pairs))) + "\n")
    every = [t for row in intents for t in [row["question_zh"], *row["variants_zh"], row["question_en"], *row["variants_en"]]] + pairs
    tokenizer, pieces = made_up_tokenizer(every)
    made_up_model(out / "start", 2, tokenizer, pieces)
    made_up_model(out / "minilm", 1, tokenizer, pieces)


if __name__ == "__main__":
    main()
