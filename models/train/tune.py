#!/usr/bin/env python3
"""Step 3: tune an encoder on the gathered text; with --teacher-model also step 4, distilling a larger one into a smaller.

Each step adds up, each part with its own weight:
  intents   customers' wordings (Chinese and English) find their article, a set of other wordings of the same intent, among all
            articles of the batch, the intents' look-alikes and out-of-scope messages; a null class holds cosines to one scale
  groups    wordings of families.jsonl find each other among their look-alikes
  parallel  Chinese and English sentences find each other, and have among themselves the similarities that MiniLM gives the English
  start     Chinese and English sentences keep the similarities that the start gives them with its `query: ` prefix
  embed     (distillation) vectors equal the larger model's, and so do the similarities
Half the intents of a batch come from few topics. Near-equal intents (MiniLM over the English question) are not negatives.
"""

import argparse
import json
import math
import shutil
import time
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

import bert
import texts
from texts import Bank, read_jsonl, roughen, seeded


@dataclass
class Plan:
    """What a run does; every field is also a flag."""

    steps: int = 1500
    rate: float = 1e-4  # peak learning rate
    rate_words: float = 2e-4  # of the word vectors
    warm: float = 0.08  # share of the steps
    ema: float = 0.995  # weight average
    dropout: float = 0.0
    intents: int = 512  # intents a step
    wordings: int = 3  # Chinese wordings that stand for the article
    topics: int = 12  # half the intents come from this many topics; 0: all at random
    domains: bool = False  # a topic is then a whole file of intents
    english_weight: float = 0.5  # of English wordings finding English articles
    either: bool = True  # an article matches by its best wording (as in use); no: by each
    negatives: bool = True  # look-alikes of the authored intents
    mined: int = 0  # also, this many nearest other intents of each, mined with the model itself every 200 steps
    outside: int = 128  # out-of-scope messages a step
    null: float = 0.45  # cosine of the null class; 0: none
    mask: float = 0.85  # intents more alike than this are not negatives of each other; 2: never
    temperature: float = 0.05
    noise: float = 0.3  # share of roughened Chinese wordings
    groups: int = 256
    group_weight: float = 0.3
    pairs: int = 512
    near: bool = True  # pairs of a batch come in neighbourhoods
    pair_weight: float = 0.3
    teach_weight: float = 1.0
    start_weight: float = 1.0
    embed_weight: float = 0.0
    matryoshka: bool = False
    fake_int8: bool = False  # quantisation-aware: in the last fifth of the steps
    without: str = ""  # leave out the intents whose id begins so
    holdout: int = 0  # every n-th intent is kept for measuring
    seed: int = 1


@dataclass
class Material:
    """The training text as numbers of a bank, and the teachers' views of it."""

    bank: Bank
    names: list = field(default_factory=list)  # ids of the intents
    zh: list = field(default_factory=list)  # per intent: numbers of its Chinese wordings
    en: list = field(default_factory=list)
    look: list = field(default_factory=list)
    rough: dict = field(default_factory=dict)  # number → numbers of its roughened forms
    topic: list = field(default_factory=list)
    held: list = field(default_factory=list)
    titles: list = field(default_factory=list)  # what MiniLM compares intents by
    english: list = field(default_factory=list)  # English side of the pairs
    outside: list = field(default_factory=list)
    groups: list = field(default_factory=list)
    family: dict = field(default_factory=dict)
    pairs: np.ndarray = None
    teach: torch.Tensor = None  # MiniLM vectors of the pairs' English
    near: np.ndarray = None  # nearest pairs of each pair
    alike: torch.Tensor = None  # MiniLM vectors of the intents' English question
    start: torch.Tensor = None  # the start's vectors of the pairs, Chinese then English


def gather(folder, tokenizer, device, holdout=0, seed=7, copies=3):
    """Reads what prepare.py wrote."""
    rng, _ = seeded(seed)
    m = Material(Bank(tokenizer, 64))
    folder = Path(folder)
    rows = read_jsonl(folder / "intents.jsonl")
    for i, row in enumerate(rows):
        m.names.append(row["id"])
        m.zh.append([m.bank.add(t) for t in row["zh"]])
        m.en.append([m.bank.add(t) for t in row["en"]])
        m.look.append([m.bank.add(t) for t in row["negatives"]])
        m.topic.append(row["id"].split("-")[0] + row["topic"])
        for t, number in zip(row["zh"], m.zh[-1]):
            m.rough[number] = [m.bank.add(roughen(t, rng)) for _ in range(copies)]
    m.held = [bool(holdout) and i % holdout == holdout - 1 for i in range(len(rows))]
    m.titles = [row["en"][0] if row["en"] else row["zh"][0] for row in rows]
    for row in read_jsonl(folder / "outside.jsonl"):
        m.outside += [m.bank.add(row[k]) for k in ("text_zh", "text_en") if k in row]
    for row in read_jsonl(folder / "groups.jsonl"):
        m.family.setdefault(row["family"], []).append(len(m.groups))
        m.groups.append([m.bank.add(t) for t in row["texts"]])
    lines = [line.split("\t") for line in (folder / "pairs.tsv").read_text(encoding="utf-8").splitlines()]
    m.english = [english for english, _ in lines]
    m.pairs = np.array([[m.bank.add(chinese), m.bank.add(english)] for english, chinese in lines]).reshape(-1, 2)
    m.bank.freeze(device)
    return m


@torch.no_grad()
def consult(m, teacher_dir, start, device, neighbours=15, prefix="query: ", ask_start=True):
    """Asks the teachers once: MiniLM over the English side, the start (with its prefix) over both sides of the pairs."""
    teacher = bert.load(teacher_dir).to(device).eval()
    english = Bank(str(Path(teacher_dir) / "tokenizer.json"), 96)
    numbers = [english.add(t) for t in m.english]
    titles = [english.add(t) for t in m.titles]
    english.freeze(device)
    run = lambda bank, model, which: torch.cat(
        [in_low_precision(bank, model, which[i : i + 8192], device) for i in range(0, len(which), 8192)]
    )
    m.alike = run(english, teacher, titles).float()
    if len(m.pairs):
        m.teach = run(english, teacher, numbers)
        m.near = np.concatenate(
            [(m.teach[i : i + 2048] @ m.teach.T).topk(min(neighbours + 1, len(numbers))).indices.cpu().numpy() for i in range(0, len(numbers), 2048)]
        )
        if ask_start:
            prefixed = Bank(m.bank.tokenizer, 68)
            both = [prefixed.add(prefix + m.bank.texts[n]) for n in m.pairs.T.reshape(-1)]
            prefixed.freeze(device)
            m.start = run(prefixed, start.eval(), both).view(2, len(m.pairs), -1)
    m.bank.tokenizer.enable_truncation(64)


def in_low_precision(bank, model, numbers, device):
    with bert.autocast(device):
        return bank.vectors(model, numbers, 131072 if torch.device(device).type == "cuda" else 8192).to(torch.bfloat16)


class Sampler:
    """Draws the numbers of a step."""

    def __init__(self, m, plan):
        self.m, self.plan = m, plan
        self.rng, self.np_rng = seeded(plan.seed)
        left_out = [bool(plan.without) and name.startswith(plan.without) for name in m.names]
        self.pool = [i for i in range(len(m.zh)) if not m.held[i] and not left_out[i] and len(m.zh[i]) >= 2 and m.en[i]]
        self.by_topic = {}
        for i in self.pool:
            self.by_topic.setdefault(m.names[i].split("-")[0] if plan.domains else m.topic[i], []).append(i)
        self.families = sorted(m.family)
        self.mined = None

    def wording(self, number):
        forms = self.m.rough.get(number)
        return self.rng.choice(forms) if forms and self.rng.random() < self.plan.noise else number

    def intents(self):
        """(intents, Chinese questions, English questions, Chinese article wordings, English article wordings, other negatives)"""
        m, plan, rng = self.m, self.plan, self.rng
        count = min(plan.intents, len(self.pool))
        chosen = {}
        if plan.topics:
            for topic in rng.sample(sorted(self.by_topic), min(plan.topics, len(self.by_topic))):
                own = self.by_topic[topic]
                for i in rng.sample(own, min(len(own), max(1, count // 2 // plan.topics))):
                    chosen[i] = True
        if self.mined is not None:
            for i in list(chosen)[: count // 4] or rng.sample(self.pool, count // 8):
                for j in self.mined[i]:
                    chosen[j] = True
        for i in rng.sample(self.pool, len(self.pool)):
            if len(chosen) >= count:
                break
            chosen[i] = True
        chosen = list(chosen)[:count]
        questions, articles, english, english_articles, others = [], [], [], [], []
        for i in chosen:
            own = list(m.zh[i])
            title = own.pop(0) if rng.random() < 0.5 else None
            rng.shuffle(own)
            questions.append(self.wording(own[0]))
            rest = own[1:] + ([title] if title is not None else [m.zh[i][0]])
            rng.shuffle(rest)
            while len(rest) < plan.wordings:
                rest += rest
            articles.append([self.wording(n) for n in rest[: plan.wordings]])
            pair = rng.sample(m.en[i], 2) if len(m.en[i]) > 1 else [m.en[i][0]] * 2
            english.append(pair[0])
            english_articles.append(pair[1])
            if plan.negatives and m.look[i]:
                others.append(rng.choice(m.look[i]))
        outside = rng.sample(m.outside, min(plan.outside, len(m.outside)))
        return chosen, questions, english, articles, english_articles, others, outside

    def groups(self):
        m, rng = self.m, self.rng
        chosen = []
        while len(chosen) < min(self.plan.groups, len(m.groups)):
            own = m.family[rng.choice(self.families)]
            chosen += rng.sample(own, min(len(own), 24))
        chosen = list(dict.fromkeys(chosen))[: self.plan.groups]
        two = [rng.sample(m.groups[g], 2) for g in chosen]
        return [a for a, _ in two], [b for _, b in two]

    def pairs(self):
        """Numbers of pairs, half of them in neighbourhoods."""
        total, count = len(self.m.pairs), min(self.plan.pairs, len(self.m.pairs))
        if not self.plan.near:
            return self.np_rng.choice(total, count, replace=False)
        seeds = self.np_rng.choice(total, max(1, count // 16), replace=False)
        near = self.m.near[seeds].reshape(-1)[: count // 2]
        return np.unique(np.concatenate([near, self.np_rng.choice(total, count - len(near), replace=False)]))


def cross_entropy(rows, target, extra=None, floor=None, temperature=0.05):
    """Mean of -log softmax at `target`, over the cosines `rows` with `extra` columns and a null class at cosine `floor`."""
    parts = [rows] + ([extra] if extra is not None and extra.shape[1] else [])
    if floor:
        parts.append(rows.new_full((len(rows), 1), floor))
    return F.cross_entropy(torch.cat(parts, 1) / temperature, target)


def likeness(student_left, student_right, teacher_left, teacher_right, same, temperature=0.05):
    """KL of the softmax of the teacher's similarities to the student's; `same` leaves out the diagonal."""
    s, t = student_left @ student_right.T / temperature, (teacher_left @ teacher_right.T).float() / temperature
    if same:
        away = torch.eye(len(s), dtype=torch.bool, device=s.device)
        s, t = s.masked_fill(away, -1e4), t.masked_fill(away, -1e4)
    return F.kl_div(F.log_softmax(s, 1), F.log_softmax(t, 1), log_target=True, reduction="batchmean")


class Losses:
    """The parts of a step's loss, computed from one encoding of all its texts."""

    def __init__(self, m, plan, sampler, larger=None):
        self.m, self.plan, self.sampler, self.larger = m, plan, sampler, larger

    def step(self, model):
        plan, m = self.plan, self.m
        wanted, numbers = {}, []

        def want(name, list_):
            wanted[name] = slice(len(numbers), len(numbers) + len(list_))
            numbers.extend(list_)

        chosen, questions, english, articles, english_articles, others, outside = self.sampler.intents()
        want("questions", questions)
        want("english", english)
        want("articles", [n for row in articles for n in row])
        want("english_articles", english_articles)
        want("others", others)
        want("outside", outside)
        if plan.group_weight and m.groups:
            left, right = self.sampler.groups()
            want("left", left)
            want("right", right)
        pairs = None
        if len(m.pairs) and (plan.pair_weight or plan.teach_weight or plan.start_weight or plan.embed_weight):
            pairs = self.sampler.pairs()
            want("zh", m.pairs[pairs, 0].tolist())
            want("en", m.pairs[pairs, 1].tolist())
        device = m.bank.ids.device
        budget = 49152 if device.type == "cuda" else 8192
        with bert.autocast(device):
            vectors = m.bank.vectors(model, numbers, budget)
        vectors = vectors.float()
        views = [vectors]
        if plan.matryoshka:
            views += [F.normalize(vectors[:, :size], dim=-1) for size in (128, 256)]
        total = sum(self.parts(chosen, wanted, v, pairs) for v in views) / len(views)
        if self.larger is not None and plan.embed_weight:
            with torch.no_grad(), bert.autocast(device):
                aim = m.bank.vectors(self.larger, numbers, 2 * budget)
            aim = aim.float()
            total = total + plan.embed_weight * ((1 - (vectors * aim).sum(1)).mean() * 10 + likeness(vectors, vectors, aim, aim, True))
        return total

    def parts(self, chosen, at, vectors, pairs):
        plan, m = self.plan, self.m
        v = {name: vectors[where] for name, where in at.items()}
        target = torch.arange(len(chosen), device=vectors.device)
        alike = m.alike[chosen]
        hidden = (alike @ alike.T > plan.mask) & ~torch.eye(len(chosen), dtype=torch.bool, device=vectors.device)
        away = torch.cat([v["others"], v["outside"]])
        tau = plan.temperature

        def find(question, wordings):
            """Questions find their article among those of the batch; `wordings` are (intents × k) vectors."""
            sims = (question @ wordings.T).view(len(question), len(chosen), -1)
            extra = question @ away.T
            if plan.either:
                best = tau * torch.logsumexp(sims / tau, 2) - tau * math.log(sims.shape[2])
                return cross_entropy(best.masked_fill(hidden, -1), target, extra, plan.null, tau)
            return sum(
                cross_entropy(sims[..., k].masked_fill(hidden, -1), target, extra, plan.null, tau) for k in range(sims.shape[2])
            ) / sims.shape[2]

        loss = find(v["questions"], v["articles"])
        loss = loss + 0.5 * find(v["english"], v["articles"]) + 0.25 * find(v["questions"], v["english_articles"])
        if plan.english_weight:
            loss = loss + plan.english_weight * find(v["english"], v["english_articles"])
        if plan.null and len(v["outside"]):
            sims = torch.cat([v["outside"] @ v["articles"].T, v["outside"] @ v["english_articles"].T], 1)
            nothing = torch.full((len(sims),), sims.shape[1], device=vectors.device)
            loss = loss + 0.25 * cross_entropy(sims, nothing, None, plan.null, tau)
        if "left" in v:
            sims = v["left"] @ v["right"].T
            own = torch.arange(len(sims), device=vectors.device)
            loss = loss + plan.group_weight * 0.5 * (F.cross_entropy(sims / tau, own) + F.cross_entropy(sims.T / tau, own))
        if pairs is None:
            return loss
        zh, en = v["zh"], v["en"]
        own = torch.arange(len(zh), device=vectors.device)
        sims = zh @ en.T / tau
        if plan.pair_weight:
            loss = loss + plan.pair_weight * 0.5 * (F.cross_entropy(sims, own) + F.cross_entropy(sims.T, own))
        if plan.teach_weight:
            t = m.teach[pairs]
            structure = likeness(zh, zh, t, t, True) + likeness(en, en, t, t, True) + likeness(zh, en, t, t, False)
            loss = loss + plan.teach_weight * structure / 3
        if plan.start_weight:
            a, b = m.start[:, pairs]
            # The start's cosines lie close together (0.7 to 1): sharper there, ordinary here.
            loss = loss + plan.start_weight * 0.5 * sum(
                F.kl_div(log_soft(x, tau), log_soft(y, 0.02), log_target=True, reduction="batchmean") for x, y in ((zh, a), (en, b))
            )
        return loss


def log_soft(vectors, temperature):
    """Log-softmax of a batch's similarities to itself, the diagonal left out."""
    sims = (vectors @ vectors.T).float() / temperature
    return F.log_softmax(sims.masked_fill(torch.eye(len(sims), dtype=torch.bool, device=sims.device), -1e4), 1)


@torch.no_grad()
def mine(m, model, count):
    """Per intent the `count` nearest other intents by title, near-equal ones (MiniLM) left out."""
    device = m.bank.ids.device
    titles = in_low_precision(m.bank, model, [row[0] for row in m.zh], device).float()
    out = []
    for i in range(0, len(titles), 1024):
        sims = titles[i : i + 1024] @ titles.T
        sims[m.alike[i : i + 1024] @ m.alike.T > 0.85] = -1
        sims[:, torch.tensor(m.held, device=device)] = -1
        out.append(sims.topk(min(count, sims.shape[1])).indices.cpu())
    return torch.cat(out).tolist()


@torch.no_grad()
def held_out(m, model):
    """hit@1 of the held-out intents: the odd wordings ask, the title and the even ones are the article, all intents stand by."""
    model.eval()
    device = m.bank.ids.device
    wordings, owner, questions, answers, language = [], [], [], [], []
    for i, zh in enumerate(m.zh):
        mine_ = zh[:1] + zh[1::2] if m.held[i] else zh[: 1 + len(zh) // 2]
        wordings += mine_
        owner += [i] * len(mine_)
        if m.held[i]:
            questions += zh[2::2] + m.en[i]
            answers += [i] * (len(zh[2::2]) + len(m.en[i]))
            language += ["zh"] * len(zh[2::2]) + ["en"] * len(m.en[i])
    if not questions:
        return {}
    article = in_low_precision(m.bank, model, wordings, device).float()
    asked = in_low_precision(m.bank, model, questions, device).float()
    owner = torch.tensor(owner, device=device)
    found = torch.cat([owner[(asked[i : i + 1024] @ article.T).argmax(1)] for i in range(0, len(asked), 1024)])
    right = (found == torch.tensor(answers, device=device)).cpu().numpy()
    language = np.array(language)
    return {f"held-out {name}": float(right[language == name].mean()) for name in ("zh", "en")}


def tune(model, m, plan, larger=None, log=print, save=None):
    """Trains `model` in place; its weights end as their running average."""
    torch.manual_seed(plan.seed)
    device = m.bank.ids.device
    cuda = device.type == "cuda"
    sampler = Sampler(m, plan)
    losses = Losses(m, plan, sampler, larger)
    model.dropout = plan.dropout
    model.train()
    rest = [p for p in model.parameters() if p is not model.word.weight]
    optimiser = torch.optim.AdamW(
        [{"params": rest, "peak": plan.rate}, {"params": [model.word.weight], "peak": plan.rate_words}],
        lr=plan.rate, betas=(0.9, 0.98), weight_decay=0.0, fused=cuda,
    )  # fmt: skip
    own = list(model.parameters())
    average = [p.detach().clone() for p in own]
    began, shown = time.time(), []
    for step in range(plan.steps):
        warm = max(1, int(plan.warm * plan.steps))
        share = (step + 1) / warm if step < warm else max(0.02, (plan.steps - step) / (plan.steps - warm))
        for group in optimiser.param_groups:
            group["lr"] = group["peak"] * share
        if plan.mined and step % 200 == 0:
            sampler.mined = mine(m, model, plan.mined)
        bert.Linear.fake_int8 = plan.fake_int8 and step >= 0.8 * plan.steps
        loss = losses.step(model)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(own, 1.0)
        optimiser.step()
        keep = min(plan.ema, (step + 1) / (step + 10))
        torch._foreach_lerp_(average, [p.detach() for p in own], 1 - keep)
        shown.append(loss.detach())
        if (step + 1) % 100 == 0 or step + 1 == plan.steps:
            log(f"step {step + 1} loss {torch.stack(shown).mean().item():.4f} {time.time() - began:.0f} s")
            shown = []
            if save and (step + 1) % 500 == 0:
                save(model, step + 1)
    bert.Linear.fake_int8 = False
    with torch.no_grad():
        for p, a in zip(own, average):
            p.copy_(a)
    return model


def mix(model, start_weights, share):
    """A copy of the model's weights, `share` of them and the rest the start's."""
    return {name: share * t.detach() + (1 - share) * start_weights[name] for name, t in model.tensors().items()}


def snapshot(model):
    return {name: tensor.detach().clone() for name, tensor in model.tensors().items()}


def add_plan_flags(parser):
    for f in fields(Plan):
        flag = "--" + f.name.replace("_", "-")
        if f.type in (bool, "bool"):
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=f.default)
        else:
            parser.add_argument(flag, type=type(f.default), default=f.default)


def plan_of(args):
    return Plan(**{f.name: getattr(args, f.name) for f in fields(Plan)})


def main():
    parser = argparse.ArgumentParser(description="Tune an encoder, or distil one into fewer layers.")
    parser.add_argument("--start", type=Path, required=True, help="model directory to begin from")
    parser.add_argument("--data", type=Path, required=True, help="what prepare.py wrote")
    parser.add_argument("--minilm", type=Path, required=True, help="directory of all-MiniLM-L6-v2")
    parser.add_argument("--teacher-model", type=Path, help="distil this model; --start is then usually the same")
    parser.add_argument("--layers", type=int, nargs="*", help="keep only these layers of the start, from 0")
    parser.add_argument("--prefix", default="query: ", help="what the start wants before a text; empty for a tuned one")
    parser.add_argument("--share", type=float, default=0.7, help="share of the tuned weights in the average with the start")
    parser.add_argument("--out", type=Path, required=True)
    add_plan_flags(parser)
    args = parser.parse_args()
    plan, device = plan_of(args), bert.best_device()
    print(json.dumps(vars(plan)))
    model = bert.load(args.start).to(device)
    m = gather(args.data, str(args.start / "tokenizer.json"), device, plan.holdout)
    consult(m, args.minilm, model, device, prefix=args.prefix, ask_start=bool(plan.start_weight))
    if args.layers:
        model = bert.shrink(model, args.layers).to(device)
    start = snapshot(model)
    larger = bert.load(args.teacher_model).to(device).eval() if args.teacher_model else None
    checkpoint = lambda model, step: bert.save(model, args.out / "unfinished")
    tune(model, m, plan, larger, save=checkpoint)
    bert.assign(model, mix(model, start, args.share))
    print(json.dumps(held_out(m, model)))
    bert.save(model, args.out)
    shutil.rmtree(args.out / "unfinished", ignore_errors=True)
    shutil.copy(args.start / "tokenizer.json", args.out / "tokenizer.json")


if __name__ == "__main__":
    main()
