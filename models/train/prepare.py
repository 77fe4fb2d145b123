#!/usr/bin/env python3
"""Step 2: gather the training text, cleaned of everything that the measuring sets hold.

Reads the authored intents (one JSON object a line: question_zh, variants_zh, question_en, variants_en, negatives_zh, negatives_en, answer_zh, answer_en), the
out-of-scope messages, the families of data/families.jsonl (expanded by families.py) and the parallel text (source, English, Chinese), and
writes intents.jsonl, groups.jsonl, outside.jsonl, pairs.tsv and paraphrases.tsv (two Chinese texts that translate one English text, and
its number among the pairs). A text that equals a bench text once width, case, script and punctuation are
taken away, or shares at least 80 % of its character (or, in English, word) pairs with one, is dropped and counted.
"""

import argparse
import collections
import gzip
import json
import math
import random
from pathlib import Path

import families
from texts import HERE, is_chinese, plain, read_jsonl

NEAR = 0.8
# At most this many pairs of a source: everyday and service text in full, technical documents thinned out.
ALL = 10**9
CAPS = {"tatoeba": ALL, "convlab_dialogues": ALL, "livehelperchat": ALL, "chatwoot_js": ALL, "chatwoot_yml": ALL, "saleor": ALL, "bagisto": ALL,
        "ofbiz": ALL, "ragflow_ui": ALL, "bitcoin_org": ALL, "ms_alchemyinsights_ht": ALL, "ms_alchemyinsights_mt": ALL, "ms_devices_mt": ALL,
        "ms_partnercenter_ht": ALL, "ms_partnercenter_mt": ALL, "ms_servicedesc_mt": ALL, "dify_docs": ALL, "ms_dynamics365ops_ht": 20000,
        "ms_teams_skype_ht": 5000, "ms_teams_skype_mt": 5000}  # fmt: skip
OTHER_CAP = 2500


class Bench:
    """Every text of the measuring sets, for exact and near comparison: questions of any file, titles and variants, pairs."""

    def __init__(self, folders):
        found = set()
        for file in sorted(file for folder in folders for file in Path(folder).rglob("*.jsonl")):
            for row in read_jsonl(file):
                found.update(row.get(name, "") for name in ("title", "question"))
                found.update([*row.get("variants", []), *(turn["text"] for turn in row.get("turns", []))])
        for file in sorted(file for folder in folders for file in Path(folder).glob("pairs/*.tsv")):
            for line in file.read_text(encoding="utf-8").splitlines()[1:]:
                found.update(line.split("\t")[:2])
        self.exact = {plain(text) for text in found} - {""}
        self.often = collections.Counter(pair for text in self.exact for pair in grams(text))
        self.index = collections.defaultdict(list)
        for text in sorted(self.exact):
            own = grams(text)
            for gram in self.rare(own):
                self.index[gram].append(own)

    def rare(self, own):
        """The rarest pairs of a text, as many as any text at least NEAR alike must share one of."""
        order = sorted(own, key=lambda g: (self.often.get(g, 0), g))
        return order[: len(order) - math.ceil(NEAR * len(order)) + 1]

    def has(self, text):
        """"exact", "near" or None."""
        text = plain(text)
        if text in self.exact:
            return "exact"
        own = grams(text)
        if len(own) < 5:
            return None
        seen = set()
        for gram in self.rare(own):
            for other in self.index.get(gram, ()):
                if id(other) in seen:
                    continue
                seen.add(id(other))
                shared = len(own & other)
                if shared >= NEAR * (len(own) + len(other) - shared):
                    return "near"
        return None


def grams(text):
    """Pairs of neighbouring characters of a Chinese text, pairs of neighbouring words of another."""
    units = text if is_chinese(text) else text.split()
    return frozenset(tuple(units[i : i + 2]) for i in range(len(units) - 1))


class Cleaner:
    """Drops bench texts and counts what it dropped, by part."""

    def __init__(self, bench):
        self.bench, self.counts = bench, collections.Counter()

    def keep(self, text, part):
        self.counts[f"{part}: seen"] += 1
        found = self.bench.has(text) if self.bench else None
        if found:
            self.counts[f"{part}: {found} duplicates dropped"] += 1
        return not found


def clean_intents(rows, cleaner):
    """Intents whose texts are all kept ones; an intent left without two Chinese texts goes."""
    kept = lambda texts: [t for t in dict.fromkeys(texts) if t and cleaner.keep(t, "intents")]
    for row in rows:
        zh = kept([row["question_zh"], *row["variants_zh"]])
        en = kept([row.get("question_en", ""), *row.get("variants_en", [])])
        if len(zh) >= 2:
            yield {"id": row["id"], "topic": row.get("topic", ""), "zh": zh, "en": en, "negatives": kept(row.get("negatives_zh", [])),
                   "negatives_en": kept(row.get("negatives_en", [])), "answers": kept([row.get("answer_zh", ""), row.get("answer_en", "")])}  # fmt: skip


def clean_pairs(lines, cleaner, rng, total):
    """Parallel sentences of useful length, each Chinese text once, capped by source; and the other translations of the same English."""
    by_source, seen, others = collections.defaultdict(list), set(), collections.defaultdict(list)
    for line in lines:
        source, english, chinese = line.rstrip("\n").split("\t")
        if not (3 <= len(chinese) <= 70 and 4 <= len(english) <= 180 and is_chinese(chinese)) or chinese in seen:
            continue
        seen.add(chinese)
        by_source[source].append((english, chinese))
        others[english].append(chinese)
    chosen = []
    for source in sorted(by_source):
        rows = by_source[source]
        rng.shuffle(rows)
        chosen += rows[: CAPS.get(source, OTHER_CAP)]
    rng.shuffle(chosen)
    pairs = [p for p in chosen[:total] if cleaner.keep(p[1], "pairs") and cleaner.keep(p[0], "pairs")]
    paraphrases, done = [], set()
    for number, (english, chinese) in enumerate(pairs):
        if english in done:
            continue
        done.add(english)
        for other in others[english]:
            if plain(other) != plain(chinese) and cleaner.keep(other, "paraphrases"):
                paraphrases.append((number, chinese, other))
    return pairs, paraphrases


def main():
    parser = argparse.ArgumentParser(description="Gather and clean the training text.")
    parser.add_argument("--authored", type=Path, nargs="+", default=[HERE / "data"], help="folders of authored intents")
    parser.add_argument("--pairs", type=Path, help="pairs.tsv.gz: source, English, Chinese (optional)")
    parser.add_argument("--bench", type=Path, nargs="+", help="folders of measuring sets whose texts must not be trained on")
    parser.add_argument("--families", type=Path, default=HERE / "data/families.jsonl")
    parser.add_argument("--total-pairs", type=int, default=220000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    cleaner = Cleaner(Bench(args.bench) if args.bench else None)
    args.out.mkdir(parents=True, exist_ok=True)

    files = sorted(f for folder in args.authored for f in folder.glob("*.jsonl*") if f.name.split(".")[0] not in ("out_of_scope", "families"))
    intents = list(clean_intents((row for f in files for row in read_jsonl(f)), cleaner))
    write(args.out / "intents.jsonl", intents)
    outside = [row for folder in args.authored for f in sorted(folder.glob("out_of_scope.jsonl*")) for row in read_jsonl(f)]
    outside = [{k: t for k, t in row.items() if k == "kind" or cleaner.keep(t, "outside")} for row in outside]
    write(args.out / "outside.jsonl", [row for row in outside if len(row) > 1])
    groups = families.expand(read_jsonl(args.families), rng) if args.families.exists() else []
    for group in groups:
        group["texts"] = [t for t in group["texts"] if cleaner.keep(t, "families")]
    groups = [g for g in groups if len(g["texts"]) >= 2]
    write(args.out / "groups.jsonl", groups)
    pairs, paraphrases = [], []
    if args.pairs:
        with gzip.open(args.pairs, "rt", encoding="utf-8") as lines:
            pairs, paraphrases = clean_pairs(lines, cleaner, rng, args.total_pairs)
    for name, rows in (("pairs.tsv", pairs), ("paraphrases.tsv", paraphrases)):
        (args.out / name).write_text("".join("\t".join(map(str, row)) + "\n" for row in rows), encoding="utf-8")
    report = {"intents": len(intents), "outside": len(outside), "groups": len(groups), "pairs": len(pairs), "paraphrases": len(paraphrases),
              **dict(sorted(cleaner.counts.items()))}  # fmt: skip
    (args.out / "report.json").write_text(json.dumps(report, indent=1))
    print(json.dumps(report, indent=1))


def write(path, rows):
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    main()
