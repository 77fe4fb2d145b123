#!/usr/bin/env python3
"""Choose the questions asked elsewhere that the program compares a customer's question with (src/retrieve/elsewhere.txt).

They are the titles and look-alikes of the authored intents (TEXT, as prepare.py writes it: nothing in it resembles a measuring set), in
an order that depends on nothing but their own letters. One is taken unless its cosine with one taken before is --apart or more: what is
left covers what customers ask anywhere, sparsely and evenly.
"""

import argparse
import hashlib
from pathlib import Path

import numpy as np
import torch

import bert
from texts import Bank, fold, read_jsonl


def candidates(folder):
    """Titles in both languages and look-alikes, folded, each once."""
    found = set()
    for row in read_jsonl(folder / "intents.jsonl"):
        found.update(fold(text) for text in (*row["zh"][:1], *row["en"][:1], *row["negatives"], *row["negatives_en"]))
    return sorted(found, key=lambda text: hashlib.sha256(text.encode()).digest())


def sparse(vectors, apart):
    """Numbers of the rows that are taken."""
    taken, rows = np.zeros_like(vectors), []
    for at, vector in enumerate(vectors):
        if not rows or (taken[: len(rows)] @ vector).max() < apart:
            taken[len(rows)] = vector
            rows.append(at)
    return rows


def main():
    parser = argparse.ArgumentParser(description="Choose the questions asked elsewhere.")
    parser.add_argument("--data", type=Path, required=True, metavar="TEXT", help="the folder that prepare.py wrote")
    parser.add_argument("--model", type=Path, required=True, help="the encoder that tells which lie apart")
    parser.add_argument("--apart", type=float, default=0.65, help="cosine from which two are alike")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    texts, device = candidates(args.data), bert.best_device()
    bank = Bank(args.model / "tokenizer.json", 64)
    numbers = [bank.add(text) for text in texts]
    bank.freeze(device)
    model = bert.load(args.model).to(device).eval()
    with torch.no_grad():
        vectors = bank.vectors(model, np.array(numbers)).cpu().numpy()
    rows = sparse(vectors, args.apart)
    args.out.write_text("".join(f"{texts[row]}\n" for row in sorted(rows, key=lambda row: texts[row])), encoding="utf-8")
    print(f"{len(rows)} of {len(texts)} questions lie apart")


if __name__ == "__main__":
    main()
