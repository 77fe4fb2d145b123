#!/usr/bin/env python3
"""Step 4: distil a model into one of fewer layers, its twin.

The twin begins as some layers of the larger model, or of a twin made before, and shares its word vectors, which stay as they are. In each
step both read the same texts, and three things are drawn together:
  layers    every token, as it leaves each layer of the twin and the layer of the larger model that it began as; each of its numbers
            counts by how much it varies, as a few that are always large would count alone otherwise
  vectors   the vectors of the texts
  likeness  the similarities of all texts of the step (softmax, Kullback–Leibler)
A third of a step's texts are customers' wordings of a few topics with their look-alikes, a third wordings of any, a third anything.
"""

import argparse
import shutil
import signal
import time
from pathlib import Path

import numpy as np
import torch

import bert
import tune
from texts import seeded


class Draw:
    """The texts of a step, by number."""

    def __init__(self, m, count, seed):
        self.m, self.count = m, count
        _, self.rng = seeded(seed)
        topics = {}
        for i, topic in enumerate(m.topic):
            rough = [n for number in m.zh[i] for n in m.rough.get(number, ())]
            topics.setdefault(topic, []).append(np.unique(m.zh[i] + m.en[i] + m.look[i] + rough))
        self.topics = [np.concatenate(topics[name]) for name in sorted(topics)]
        self.wordings = np.unique(np.concatenate(self.topics + [np.array(m.outside, np.int64)] + [np.array(g) for g in m.groups]))

    def __call__(self):
        third, chosen, size = self.count // 3, [], 0
        while size < third:
            own = self.topics[self.rng.integers(len(self.topics))]
            chosen.append(self.rng.choice(own, min(len(own), max(8, third // 6)), replace=False))
            size += len(chosen[-1])
        chosen.append(self.rng.choice(self.wordings, third))
        chosen.append(self.rng.integers(len(self.m.bank.raw), size=third))
        return np.unique(np.concatenate(chosen))[: self.count]


def padded(bank, numbers, filler, parts):
    """The texts' ids, the shortest first, in up to `parts` tensors of about as many tokens each."""
    rows = numbers[np.argsort(bank.lengths[numbers], kind="stable")]
    tokens = np.cumsum(bank.lengths[rows])
    for part in np.split(rows, np.searchsorted(tokens, tokens[-1] * np.arange(1, parts) / parts)):
        if len(part):
            yield bank.padded(part, int(bank.lengths[part].max()), filler)


def layers(model, ids):
    """What leaves each layer, (texts, length, hidden) each, and the unit vectors of the texts."""
    left = []
    hooks = [layer.register_forward_hook(lambda _layer, _in, out: left.append(out)) for layer in model.layers]
    vectors = model(ids)
    for hook in hooks:
        hook.remove()
    return left, vectors


def inverse_variances(model, keep, batches):
    """One over how much each number varies that leaves a layer, (layers, hidden)."""
    device, hidden = model.word.weight.device, model.config["hidden_size"]
    sums, squares, count = torch.zeros(len(keep), hidden, device=device), torch.zeros(len(keep), hidden, device=device), 0
    for ids in batches:
        real = ids != model.pad
        left, _ = layers(model, ids)
        for n, layer in enumerate(keep):
            tokens = left[layer].float()[real]
            sums[n] += tokens.sum(0)
            squares[n] += (tokens**2).sum(0)
        count += int(real.sum())
    return 1 / (squares / count - (sums / count) ** 2).clamp_min(1e-4)


def loss_of(twin, larger, keep, scales, bank, numbers, args, parts):
    device = bank.ids.device
    apart, told, own = 0.0, [], []
    total = int(bank.lengths[numbers].sum())
    for ids in padded(bank, numbers, twin.pad, parts):
        real = ids != twin.pad
        with bert.autocast(device):
            with torch.no_grad():
                aims, aim = layers(larger, ids)
            left, vectors = layers(twin, ids)
        for n, layer in enumerate(keep):
            away = (left[n].float() - aims[layer].float()) ** 2 * scales[n]
            apart = apart + (away.mean(2) * real).sum() / total / len(keep)
        told.append(aim.float())
        own.append(vectors.float())
    told, own = torch.cat(told), torch.cat(own)
    vectors = (1 - (told * own).sum(1)).mean()
    likeness = tune.likeness(own @ own.T, told @ told.T)
    return args.layer_weight * apart + args.vector_weight * vectors + args.likeness_weight * likeness, apart, vectors, likeness


def distil(larger, twin, m, args, state_file, log=print):
    """Draws `twin` to `larger` in place; its weights end as their running average. Returns the steps done.

    What is needed to go on is written to `state_file` every `args.save_seconds` and on SIGTERM, and read back at the start.
    """
    device = m.bank.ids.device
    draw, parts = Draw(m, args.texts, args.seed), 1 if device.type == "cuda" else 6
    with torch.no_grad(), bert.autocast(device):
        scales = inverse_variances(larger, args.layers, [ids for _ in range(8) for ids in padded(m.bank, draw(), larger.pad, parts)])
    twin.word.requires_grad_(False)
    own = [p for p in twin.parameters() if p.requires_grad]
    average = [p.detach().clone() for p in own]
    optimiser = torch.optim.AdamW(own, lr=args.rate, betas=(0.9, 0.98), weight_decay=0.0)
    first, spent, stop = 0, 0.0, []
    if state_file.exists():
        state = torch.load(state_file, map_location=device, weights_only=False)
        first, spent = state["step"], state["spent"]
        for p, value, a, mean in zip(own, state["weights"], average, state["average"]):
            p.data.copy_(value)
            a.copy_(mean)
        optimiser.load_state_dict(state["optimiser"])
        draw.rng.bit_generator.state = state["rng"]
        log(f"going on after step {first}")
    signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
    began, saved, shown, done = time.time() - spent, time.time(), [], first / args.steps
    step = first
    while done < 1:
        step += 1
        done = step / args.steps
        if args.minutes:
            done = max(done, (time.time() - began) / 60 / args.minutes)
        for group in optimiser.param_groups:
            group["lr"] = args.rate * (done / args.warm if done < args.warm else max(0.01, (1 - done) / (1 - args.warm)))
        loss, *told = loss_of(twin, larger, args.layers, scales, m.bank, draw(), args, parts)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(own, 1.0)
        optimiser.step()
        tune.follow(average, own, args.ema, step)
        shown.append([float(part.detach()) for part in (loss, *told)])
        if step == 1 or step % 50 == 0 or done >= 1:
            mean = np.mean(shown, 0)
            log(f"step {step} loss {mean[0]:.4f} (layers {mean[1]:.4f}, vectors {mean[2]:.5f}, likeness {mean[3]:.4f}) {time.time() - began:.0f} s")
            shown = []
        if stop or time.time() - saved > args.save_seconds:
            state = {"step": step, "spent": time.time() - began, "weights": [p.detach() for p in own], "average": average,
                     "optimiser": optimiser.state_dict(), "rng": draw.rng.bit_generator.state}  # fmt: skip
            tune.write_whole(state, state_file)
            saved = time.time()
            if stop:
                raise SystemExit(f"stopped after step {step}; the same command goes on from there")
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with torch.no_grad():
        for p, a in zip(own, average):
            p.copy_(a)
    return step


def main():
    parser = argparse.ArgumentParser(description="Distil a model into one of fewer layers.")
    parser.add_argument("--model", type=Path, required=True, help="directory of the larger model")
    parser.add_argument("--layers", type=int, nargs="+", required=True, help="layers of it that the twin begins as, from 0")
    parser.add_argument("--begin", type=Path, help="a twin made before, to begin as layers of it instead")
    parser.add_argument("--begin-layers", type=int, nargs="+", help="which of its layers stand for --layers, from 0")
    parser.add_argument("--data", type=Path, required=True, help="what prepare.py wrote")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--minutes", type=float, help="end after so much time, the rate falling with it, if the steps are not done before")
    parser.add_argument("--texts", type=int, default=256, help="texts a step")
    parser.add_argument("--rate", type=float, default=4e-4, help="peak learning rate")
    parser.add_argument("--warm", type=float, default=0.05, help="share of the steps in which the rate rises")
    parser.add_argument("--ema", type=float, default=0.997, help="weight average")
    parser.add_argument("--layer-weight", type=float, default=1.0)
    parser.add_argument("--vector-weight", type=float, default=10.0)
    parser.add_argument("--likeness-weight", type=float, default=1.0)
    parser.add_argument("--save-seconds", type=float, default=300, help="how often the state to go on from is written")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if bool(args.begin) != bool(args.begin_layers) or len(args.begin_layers or args.layers) != len(args.layers):
        parser.error("--begin needs as many --begin-layers as there are --layers, and they need --begin")
    device = bert.best_device()
    torch.manual_seed(args.seed)
    larger = bert.load(args.model).to(device).eval().requires_grad_(False)
    twin = bert.shrink(bert.load(args.begin), args.begin_layers) if args.begin else bert.shrink(larger, args.layers)
    twin = twin.to(device)
    m = tune.gather(args.data, str(args.model / "tokenizer.json"), device)
    steps = distil(larger, twin, m, args, args.out / "unfinished/state.pt", log=lambda line: print(line, flush=True))
    bert.save(twin, args.out, torch.float32, args.model / "tokenizer.json")
    shutil.rmtree(args.out / "unfinished", ignore_errors=True)
    print(f"{args.out}: {steps} steps")


if __name__ == "__main__":
    main()
