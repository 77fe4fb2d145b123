#!/usr/bin/env python3
"""Measure a model directory on the sets of a bench folder, as the program does in dense mode.

A set is a folder with kb.jsonl (id, title, variants, answer) and questions.jsonl (question, expected ids, perhaps a slice). A question
finds the article with the best cosine over title, variants and, where the answer is more than the id, the answer's passages.
hit@1 is over questions that have an expected article; auroc tells those from the rest by their best cosine. pairs/*.tsv hold two
texts and a label; the figure is Spearman's. Nothing here is ever trained on.
"""

import argparse
import json
import re
from pathlib import Path

import numpy as np
import torch

import bert
from texts import Bank, read_jsonl

PASSAGE = 220  # characters, as the program cuts answers


def passages(answer):
    """An answer in pieces of at most about 220 characters, cut at lines and sentence ends."""
    pieces = [p for p in re.split(r"(?<=[。！？!?；])|(?<=[.;])\s|\n+", answer) if p and p.strip()]
    out = []
    for piece in pieces:
        piece = piece.strip()
        if out and len(out[-1]) + len(piece) < PASSAGE:
            out[-1] += " " + piece
        else:
            out.extend(piece[i : i + PASSAGE] for i in range(0, len(piece), PASSAGE))
    return out


class Sets:
    """All sets of a bench folder, tokenised once."""

    def __init__(self, folder, tokenizer, device, limit=256):
        folder = Path(folder)
        self.bank = Bank(tokenizer, limit)
        self.retrieval, self.pairs = {}, {}
        for kb in sorted(folder.glob("*/kb.jsonl")):
            rows = read_jsonl(kb)
            texts, owner = [], []
            for i, row in enumerate(rows):
                answer = row.get("answer") or ""
                mine = [row["title"], *row.get("variants", []), *(passages(answer) if answer != row["id"] else [])]
                texts += [self.bank.add(t) for t in mine]
                owner += [i] * len(mine)
            place = {row["id"]: i for i, row in enumerate(rows)}
            asked = read_jsonl(kb.parent / "questions.jsonl")
            self.retrieval[kb.parent.name] = {
                "texts": texts,
                "owner": torch.tensor(owner, device=device),
                "articles": len(rows),
                "questions": [self.bank.add(q["question"]) for q in asked],
                "expected": [[place[e] for e in q["expected"] if e in place] for q in asked],
                "slice": [q.get("slice") for q in asked],
            }
        for file in sorted(folder.glob("pairs/*.tsv")):
            rows = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines()[1:]]
            left, right = ([self.bank.add(r[k]) for r in rows] for k in (0, 1))
            self.pairs[f"pairs/{file.name}"] = (left, right, np.array([float(r[2]) for r in rows]))
        self.bank.freeze(device)

    @torch.no_grad()
    def figures(self, model, dims=None):
        """name → figure. `dims` keeps only the first numbers of each vector."""
        model.eval()
        device = self.bank.ids.device
        # Not in bfloat16: its rounding alone costs up to 0.015 hit@1 among near-equal articles.
        vectors = self.bank.vectors(model, np.arange(len(self.bank.texts)), 262144 if device.type == "cuda" else 8192)
        if dims:
            vectors = torch.nn.functional.normalize(vectors[:, :dims], dim=-1)
        out = {}
        for name, data in self.retrieval.items():
            article = vectors[data["texts"]]
            best, first = [], []
            for start in range(0, len(data["questions"]), 1024):
                sims = vectors[data["questions"][start : start + 1024]] @ article.T
                grouped = sims.new_full((len(sims), data["articles"]), -2).scatter_reduce(
                    1, data["owner"].expand(len(sims), -1), sims, "amax"
                )
                score, index = grouped.max(1)
                best += score.tolist()
                first += index.tolist()
            hits = {}
            for found, expected, slice_ in zip(first, data["expected"], data["slice"]):
                if expected:
                    hits.setdefault("", []).append(found in expected)
                    if slice_:
                        hits.setdefault(slice_, []).append(found in expected)
            for slice_, values in hits.items():
                out[f"{name}{' ' + slice_ if slice_ else ''} hit@1"] = float(np.mean(values))
            answerable = np.array([bool(e) for e in data["expected"]])
            if not answerable.all():
                out[f"{name} auroc"] = auroc(np.array(best), answerable)
        for name, (left, right, label) in self.pairs.items():
            out[f"{name} spearman"] = spearman((vectors[left] * vectors[right]).sum(1).cpu().numpy(), label)
        return out


def ranks(values):
    """Ranks from 0, ties shared."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts + 1) / 2)[inverse]


def spearman(a, b):
    return float(np.corrcoef(ranks(a), ranks(b))[0, 1])


def auroc(score, positive):
    n = positive.sum()
    return float((ranks(score)[positive].sum() - n * (n - 1) / 2) / (n * (len(score) - n)))


def main():
    parser = argparse.ArgumentParser(description="Measure model directories on a bench folder.")
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--bench", type=Path, required=True)
    parser.add_argument("--int8", action="store_true", help="also with weights and activations rounded to int8, and the largest move")
    parser.add_argument("--dims", type=int, nargs="*", default=[], help="also with vectors cut to these sizes")
    parser.add_argument("--json", type=Path, help="write all figures here")
    args = parser.parse_args()
    device = bert.best_device()
    columns, sets = {}, None
    for directory in args.models:
        sets = sets or Sets(args.bench, directory / "tokenizer.json", device)
        model = bert.load(directory).to(device)
        columns[directory.name] = sets.figures(model)
        for size in args.dims:
            columns[f"{directory.name} {size}"] = sets.figures(model, size)
        if args.int8:
            bert.Linear.fake_int8 = True
            columns[f"{directory.name} int8"] = sets.figures(model)
            bert.Linear.fake_int8 = False
            moves = {k: columns[f"{directory.name} int8"][k] - v for k, v in columns[directory.name].items()}
            worst = max(moves, key=lambda k: abs(moves[k]))
            print(f"{directory.name}: int8 moves {worst} by {moves[worst]:+.4f}, nothing by more")
    print(table(columns))
    if args.json:
        args.json.write_text(json.dumps(columns, indent=1))


def table(columns):
    """Figures as a Markdown table, one row a figure."""
    names = list(columns)
    lines = ["| figure | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for figure in columns[names[0]]:
        lines.append(f"| {figure} | " + " | ".join(f"{columns[n].get(figure, float('nan')):.4f}" for n in names) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
