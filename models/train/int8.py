#!/usr/bin/env python3
"""Find how a model's activations are best rounded to 8 bits, and write it beside the model as int8.safetensors.

A few inputs of nearly every matrix are ten times as large as the rest and would take the levels away from it. So, for the four products of
a layer (query, key and value share their input), text without labels gives three things:
  centre   the mean of each input, subtracted before rounding; it is added again through the bias
  spread   what each input is divided by before rounding, its weights being multiplied by it: rms(input)^a / rms(weights)^(1 - a), with the
           a that makes the product's error least
  exact    the few inputs that are largest even then: they are multiplied in float32, and count as zero in the rounded product
What a program then does with a token's inputs x, weights w (outputs × inputs), bias b and the output's weight step v:
  z = x - centre;  q = z / spread, 0 at `exact`;  rounded to 0..255 between its smallest and largest number (step t, zero point o)
  u = w · spread, 0 at `exact`; rounded to -127..127, one step v an output
  y = t v (q·u - o Σu) + z[exact]·w[exact] + (b + w·centre)
Everything but the three tensors of each product is computed when the model is loaded. Every fourth intent is held apart, and the error
on it is printed.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

import bert
from texts import Bank, read_jsonl, seeded

FILE = "int8.safetensors"
PRODUCTS = {"attention.self": ("query", "key", "value"), "attention.output.dense": ("attended",), "intermediate.dense": ("widen",),
            "output.dense": ("narrow",)}  # fmt: skip
EXACT = {"attention.self": 4, "attention.output.dense": 0, "intermediate.dense": 4, "output.dense": 8}
POWERS = (0.2, 0.3, 0.4, 0.5, 0.6)
PARTS = ("centre", "spread", "exact")


def products(model):
    """Name → the layers that take part in a product, all with the same input."""
    for number, layer in enumerate(model.layers):
        for name, parts in PRODUCTS.items():
            yield f"encoder.layer.{number}.{name}", [getattr(layer, part) for part in parts]


def apply(model, found):
    """Gives a model what `calibrate` found; it has an effect under bert.Linear.fake_int8."""
    device = model.word.weight.device
    for name, layers in products(model):
        for layer in layers:
            layer.centre, layer.spread, layer.exact = (found[f"{name}.{part}"].to(device) for part in PARTS)


def load(model, directory):
    """`apply` with the file beside a model; False where there is none: then all rounding is plain."""
    file = Path(directory) / FILE
    if file.exists():
        apply(model, load_file(file))
    return file.exists()


@torch.no_grad()
def calibrate(model, bank, numbers, tokens=2000):
    """The three tensors of each product, from the inputs that these texts give it."""
    inputs, found = {}, {}
    hooks = [layers[0].register_forward_pre_hook(lambda _, given, name=name: inputs.setdefault(name, []).append(given[0].flatten(0, -2)))
             for name, layers in products(model)]  # fmt: skip
    for number in numbers:  # one by one: no padding among the inputs
        begin = int(bank.begins[number])
        model(bank.ids[None, begin : begin + int(bank.lengths[number])].long())
    for hook in hooks:
        hook.remove()
    for name, layers in products(model):
        x, weight = torch.cat(inputs.pop(name)), torch.cat([layer.weight for layer in layers])
        centre = x.mean(0)
        z = x[:: max(1, len(x) // tokens)] - centre
        right, best = F.linear(z, weight), None
        size = [t.square().mean(0).sqrt().clamp_min(1e-5) for t in (z, weight)]
        for power in POWERS:
            spread = size[0] ** power / size[1] ** (1 - power)
            spread = spread / spread.log().mean().exp()
            count = min(EXACT[name.split(".", 3)[3]], z.shape[1] // 8)
            exact = (z / spread).abs().amax(0).topk(count).indices.sort().values
            error = (bert.int8_product(z, weight, spread, exact) - right).square().mean().item()
            if best is None or error < best[0]:
                best = error, spread, exact
        found |= {f"{name}.centre": centre, f"{name}.spread": best[1], f"{name}.exact": best[2].to(torch.int32)}
    return found


@torch.no_grad()
def error(model, bank, numbers):
    """1 - cosine of each text's vector with int8 to the one without."""
    right = bank.vectors(model, numbers)
    bert.Linear.fake_int8 = True
    rounded = bank.vectors(model, numbers)
    bert.Linear.fake_int8 = False
    return 1 - (right.double() * rounded.double()).sum(1)


def main():
    parser = argparse.ArgumentParser(description="Find how a model's activations are best rounded to 8 bits.")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="what prepare.py wrote")
    parser.add_argument("--texts", type=int, default=400, help="as many to calibrate on, and as many held apart")
    parser.add_argument("--out", type=Path, help=f"file to write (default: {FILE} beside the model)")
    args = parser.parse_args()
    device = bert.best_device()
    rng, _ = seeded(5)
    rows = read_jsonl(args.data / "intents.jsonl")
    rng.shuffle(rows)
    bank = Bank(args.model / "tokenizer.json", 256)
    one = lambda rows: [bank.add(rng.choice(own)) for row in rows for own in (row["zh"], row["en"]) if own][: args.texts]
    apart = np.unique(one(rows[::4]))
    used = np.setdiff1d(one([row for i, row in enumerate(rows) if i % 4]), apart)
    bank.freeze(device)
    model = bert.load(args.model).to(device).eval()
    before = error(model, bank, apart)
    found = calibrate(model, bank, used)
    apply(model, found)
    now = error(model, bank, apart)
    for name, values in (("plain", before), ("calibrated", now)):
        print(f"1 - cosine to float32, {name}: mean {values.mean():.6f}, 99 % under {values.quantile(0.99):.6f} ({len(apart)} texts held apart)")
    save_file({name: t.cpu().contiguous() for name, t in found.items()}, args.out or args.model / FILE, metadata={"format": "pt"})


if __name__ == "__main__":
    main()
