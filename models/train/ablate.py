#!/usr/bin/env python3
"""Equal short runs from one start, each with one thing changed; measured with all of the tuned weights and averaged with the start."""

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path

import torch

import bert
import measure
import tune

BASE = tune.Plan(steps=400, holdout=10)
RUNS = {
    "base": {},
    "other-seed": {"seed": 2},
    "no-start-teacher": {"start_weight": 0.0},
    "no-minilm": {"teach_weight": 0.0},
    "level": {"level_weight": 20.0},
    "not-near": {"near": False},
    "no-paraphrases": {"paraphrase_weight": 0.0},
    "no-out-of-scope": {"outside": 0},
    "no-families": {"group_weight": 0.0},
    "no-look-alikes": {"negatives": False},
    "light-look-alikes": {"look_weight": 1 / 3},
    "intents-2": {"intent_weight": 2.0, "teach_weight": 2.0, "start_weight": 1.0},
    "teachers-only": {"intents": 0, "group_weight": 0.0, "paraphrase_weight": 0.0},
    "mined": {"mined": 3},
    "one-wording": {"wordings": 1},
    "each-wording": {"pool": False},
    "answers": {"answers": 64},
    "temperature-0.03": {"temperature": 0.03},
    "no-mask": {"mask": 2.0},
    "no-noise": {"noise": 0.0},
    "dropout": {"dropout": 0.1},
    "null": {"null": 0.45},
    "large-batch": {"intents": 512, "pairs": 1536, "groups": 512},
    "small-batch": {"intents": 128, "pairs": 192, "groups": 64},
    "matryoshka": {"matryoshka": True},
    "int8-aware": {"fake_int8": True},
    "low-rate": {"rate": 4e-5, "rate_words": 1e-4},
    "earlier-text-only": {"without": ("ind-", "fs-", "ge-", "gd-", "sp-")},
    "three-times-the-steps": {"steps": 1200},
}


def main():
    parser = argparse.ArgumentParser(description="Run the ablations and write their table.")
    parser.add_argument("--start", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--minilm", type=Path, required=True)
    parser.add_argument("--bench", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", help=f"comma-separated, of: {', '.join(RUNS)}")
    parser.add_argument("--steps", type=int, default=BASE.steps)
    parser.add_argument("--shares", type=float, nargs="*", default=[1.0, 0.7], help="shares of the tuned weights to measure")
    parser.add_argument("--batch", type=float, default=1, help="share of the usual texts a step, where there is no GPU")
    parser.add_argument("--teachers", type=Path, help="file that keeps what the teachers said, for the next call over the same text")
    parser.add_argument("--keep", action="store_true", help="also write the tuned weights of each run, so that average.py can take their mean")
    parser.add_argument("--seconds", type=float, default=1e9, help="begin no run after this long")
    args = parser.parse_args()
    device, began = bert.best_device(), time.time()
    args.out.mkdir(parents=True, exist_ok=True)
    tokenizer = str(args.start / "tokenizer.json")
    model = bert.load(args.start).to(device)
    m = tune.gather(args.data, tokenizer, device, BASE.holdout)
    wanted = args.only.split(",") if args.only else list(RUNS)
    tune.consult(m, args.minilm, model, device, kept=args.teachers)
    sets = measure.Sets(args.bench, tokenizer, device)
    start = tune.snapshot(model)
    columns = {"start": {**sets.figures(model), **tune.held_out(m, model)}}
    print(f"ready after {time.time() - began:.0f} s", flush=True)
    for name in wanted:
        if time.time() - began > args.seconds:
            print(f"no time left for {name}")
            continue
        change = dict(RUNS[name])
        change["steps"] = change.get("steps", BASE.steps) * args.steps // BASE.steps
        if args.batch != 1:
            sizes = {size: change.get(size, getattr(BASE, size)) for size in ("intents", "answers", "pairs", "groups", "paraphrases", "outside")}
            change.update({size: round(count * args.batch) for size, count in sizes.items()})
        bert.assign(model, start)
        run = time.time()
        tune.tune(model, m, replace(BASE, **change), log=lambda *_: None)
        took = time.time() - run
        tuned = tune.snapshot(model)
        if args.keep:
            bert.save(model, args.out / name, torch.float32, tokenizer)
        for share in args.shares:
            bert.assign(model, {k: share * tuned[k] + (1 - share) * start[k] for k in tuned})
            columns[f"{name} {share:g}"] = {**sets.figures(model), **tune.held_out(m, model)}
            keep = {k.split()[0][:12] + k.split()[1][:6]: round(v, 3) for k, v in columns[f"{name} {share:g}"].items()}
            print(name, share, f"{took:.0f} s", json.dumps(keep), flush=True)
        (args.out / "ablations.json").write_text(json.dumps(columns, indent=1))
    (args.out / "ablations.md").write_text(measure.table(columns) + "\n")


if __name__ == "__main__":
    main()
