#!/usr/bin/env python3
"""Step 4: average the weights of several runs from one start, and some of the start itself.

Runs from the same start with other seeds, other text and other weights of the losses lie in one valley: their mean is better than each.
"""

import argparse
from pathlib import Path

import torch

import bert


def average(models, weights):
    """Weighted mean of models' weights by published name; the first model is changed and returned."""
    total = sum(weights)
    parts = [model.tensors() for model in models]
    bert.assign(models[0], {name: sum(w / total * p[name].detach() for w, p in zip(weights, parts)) for name in parts[0]})
    return models[0]


def main():
    parser = argparse.ArgumentParser(description="Average model directories of one shape.")
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--weights", nargs="+", type=float, help="one a model (default: all equal)")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    weights = args.weights or [1.0] * len(args.models)
    if len(weights) != len(args.models):
        parser.error("as many weights as models")
    mean = average([bert.load(m) for m in args.models], weights)
    bert.save(mean, args.out, torch.float32, args.models[0] / "tokenizer.json")


if __name__ == "__main__":
    main()
