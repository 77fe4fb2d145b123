#!/usr/bin/env python3
"""The English words of the authored text, each on a line: what the program takes for no slip of the fingers (src/retrieve/words.txt).

A word counts that stands at least twice: slips that were written on purpose stand once."""

import argparse
import re
from collections import Counter
from pathlib import Path


def main():
    parser = argparse.ArgumentParser(description="Gather the English words of the authored text.")
    parser.add_argument("--data", type=Path, default=Path(__file__).parent / "data", help="folder of the authored text")
    parser.add_argument("--least", type=int, default=2, help="how often a word has to stand")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    counts = Counter()
    for file in sorted(args.data.rglob("*.jsonl")):
        counts.update(re.findall(r"(?<![a-z0-9])[a-z]{3,20}(?![a-z0-9])", file.read_text(encoding="utf-8").lower()))
    words = sorted(word for word, count in counts.items() if count >= args.least)
    args.out.write_text("\n".join(words) + "\n", encoding="utf-8")
    print(f"{len(words)} words")


if __name__ == "__main__":
    main()
