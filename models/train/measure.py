#!/usr/bin/env python3
"""Measure a model directory on the sets of a bench folder, as the program does in dense mode.

A set is a folder with kb.jsonl (id, title, variants, answer) and questions.jsonl (question, expected ids, perhaps a slice). Texts are
folded. An article's score is the larger of (best + 2 · mean of the three best) / 3 over the cosines of its title and variants, and the best
cosine of its answer's passages less 0.06. hit@1 is over questions that have an expected article; auroc tells those from the rest by their
best score. pairs/*.tsv hold two texts and a label; the figure is Spearman's. Nothing here is ever trained on.
"""

import argparse
import json
import re
from pathlib import Path

import numpy as np
import torch

import bert
import int8
from texts import Bank, read_jsonl

PASSAGE = 220  # characters, as the program cuts answers
PENALTY = 0.06  # a passage of an answer says less than a phrasing


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


class Articles:
    """Numbers of each article's phrasings and answer passages, padded; a passage costs PENALTY."""

    def __init__(self, phrasings, answers, device):
        self.count = len(phrasings)
        self.parts = []
        for lists in (phrasings, answers):
            width = max(1, max(map(len, lists)))
            cells = np.full((len(lists), width), -1, np.int64)
            for i, row in enumerate(lists):
                cells[i, : len(row)] = row
            self.parts.append(torch.from_numpy(cells).to(device))


def rank(vectors, questions, articles, budget=1 << 27):
    """(best article, its score) of each question."""
    best, first = [], []
    cells = sum(part.numel() for part in articles.parts)
    for start in range(0, len(questions), max(1, budget // cells)):
        question = vectors[questions[start : start + max(1, budget // cells)]]
        scores = []
        for part, broad in zip(articles.parts, (True, False)):
            missing = part < 0
            used, where = part.clamp_min(0).unique(return_inverse=True)
            sims = (question @ vectors[used].T)[:, where.view(-1)].view(len(question), *part.shape)
            sims = sims.masked_fill(missing, -9)
            if broad:
                three = []
                for _ in range(min(3, sims.shape[2])):  # many short rows: faster than topk
                    value, where = sims.max(2, keepdim=True)
                    three.append(value)
                    sims.scatter_(2, where, -9)
                three = torch.cat(three, 2)
                there = (three > -8).float()
                mean = (three * there).sum(2) / there.sum(2).clamp_min(1)
                scores.append((three[..., 0] + 2 * mean) / 3)
            else:
                scores.append(sims.amax(2) - PENALTY)
        score, index = torch.maximum(*scores).max(1)
        best += index.tolist()
        first += score.tolist()
    return best, first


class Sets:
    """All sets of a bench folder, tokenised once."""

    def __init__(self, folder, tokenizer, device, limit=256):
        folder = Path(folder)
        self.bank = Bank(tokenizer, limit)
        self.retrieval, self.pairs = {}, {}
        for kb in sorted(folder.glob("*/kb.jsonl")):
            rows = read_jsonl(kb)
            phrasings = [[self.bank.add(t) for t in (row["title"], *row.get("variants", []))] for row in rows]
            answers = [row.get("answer") or "" for row in rows]
            answers = [[self.bank.add(p) for p in passages(a)] if a != row["id"] else [] for a, row in zip(answers, rows)]
            place = {row["id"]: i for i, row in enumerate(rows)}
            asked = read_jsonl(kb.parent / "questions.jsonl")
            self.retrieval[kb.parent.name] = {
                "articles": Articles(phrasings, answers, device),
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
    def figures(self, model, dims=None, vectors=None):
        """name → figure. `dims` keeps only the first numbers of each vector; `vectors` (by number) instead of the model's own."""
        if vectors is None:
            model.eval()
            # Not in bfloat16: its rounding alone costs up to 0.015 hit@1 among near-equal articles.
            vectors = self.bank.vectors(model, np.arange(len(self.bank.raw)))
        if dims:
            vectors = torch.nn.functional.normalize(vectors[:, :dims], dim=-1)
        out = {}
        for name, data in self.retrieval.items():
            first, best = rank(vectors, data["questions"], data["articles"])
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
    parser.add_argument("--int8", action="store_true", help="also with weights and activations rounded to int8 (as int8.py found best, if it did), and the largest move")
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
            if not int8.load(model, directory):
                print(f"{directory.name}: no {int8.FILE}, rounded plainly")
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
