#!/usr/bin/env python3
"""Step 3: tune an encoder on the gathered text.

Each step adds up, each part with its own weight:
  bake      vectors equal those that the start gives with its `query: ` prefix
  intents   customers' wordings (Chinese and English) find their article, three other wordings of the same intent pooled as the program
            pools them, among all articles of the batch, the intent's look-alikes and out-of-scope messages
  answers   questions in either language find the answer of their intent among the answers of the batch, and answers their question
            among the questions and the look-alikes
  groups    wordings of families.jsonl find each other among their look-alikes
  parallel  Chinese and English sentences find each other, and so do two translations of one sentence
  teach     parallel sentences have among themselves the similarities that MiniLM gives the English
  start     … and those that the start gives them with its prefix, once its mean vector is taken away
  level     cosines of neighbours are MiniLM's but for one scale and one shift: the same cosine means the same everywhere
Half the intents of a batch come from few topics. Near-equal intents (MiniLM over the English question) are not negatives.
"""

import argparse
import hashlib
import json
import math
import shutil
import signal
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
    rate: float = 8e-5  # peak learning rate
    rate_words: float = 1.5e-4  # of the word vectors
    warm: float = 0.08  # share of the steps
    ema: float = 0.995  # weight average
    dropout: float = 0.0
    intents: int = 256  # intents a step; 0: none
    intent_weight: float = 1.0
    wordings: int = 3  # wordings that stand for the article
    pool: bool = True  # (best + 2 · mean) / 3 of them, as in use; no: each by itself
    topics: int = 4  # half the intents come from this many topics; 0: all at random
    domains: bool = True  # a topic is then a whole file of intents
    english_weight: float = 0.25  # of English wordings finding English articles
    negatives: bool = True  # look-alikes of the authored intents
    look_weight: float = 1.0  # how many other articles a look-alike counts as
    mined: int = 0  # also, this many nearest other intents of each, mined with the model itself every 200 steps
    outside: int = 64  # out-of-scope messages a step
    null: float = 0.0  # cosine of the null class; 0: none
    mask: float = 0.85  # intents more alike than this are not negatives of each other; 2: never
    temperature: float = 0.05
    noise: float = 0.3  # share of roughened Chinese wordings
    answers: int = 0  # answers a step, of the intents that have one
    answer_weight: float = 0.5
    groups: int = 256
    group_weight: float = 0.3
    pairs: int = 768
    near: bool = True  # half the pairs of a batch come in neighbourhoods
    pair_weight: float = 0.5
    paraphrases: int = 128
    paraphrase_weight: float = 0.2
    teach_weight: float = 4.0
    start_weight: float = 2.0
    level_weight: float = 0.0
    bake_weight: float = 0.0
    matryoshka: bool = False
    fake_int8: bool = False  # quantisation-aware: in the last fifth of the steps
    fresh: tuple = ()  # three quarters of a step's intents, and all of its topics, are those whose id begins with one of these
    without: tuple = ()  # leave out the intents whose id begins with one of these
    holdout: int = 0  # one intent in so many is kept for measuring
    seed: int = 1


@dataclass
class Material:
    """The training text as numbers of a bank, and the teachers' views of it."""

    bank: Bank
    names: list = field(default_factory=list)  # ids of the intents
    zh: list = field(default_factory=list)  # per intent: numbers of its Chinese wordings, the title first
    en: list = field(default_factory=list)
    look: list = field(default_factory=list)  # look-alikes in both languages
    look_zh: list = field(default_factory=list)
    answers: list = field(default_factory=list)  # answers in Chinese and English
    rough: dict = field(default_factory=dict)  # number → numbers of its roughened forms
    topic: list = field(default_factory=list)
    held: list = field(default_factory=list)
    titles: list = field(default_factory=list)  # what MiniLM compares intents by
    english: list = field(default_factory=list)  # English side of the pairs
    outside: list = field(default_factory=list)
    groups: list = field(default_factory=list)
    family: dict = field(default_factory=dict)
    pairs: np.ndarray = None
    paraphrases: np.ndarray = None  # (pair, Chinese, other Chinese)
    real: np.ndarray = None  # numbers of all texts but the roughened forms
    teach: torch.Tensor = None  # MiniLM vectors of the pairs' English
    near: np.ndarray = None  # nearest pairs of each pair
    alike: torch.Tensor = None  # MiniLM vectors of the intents' English question
    start: torch.Tensor = None  # by number: vectors of the start with its prefix, of the pairs' texts


def gather(folder, tokenizer, device, holdout=0, seed=7, copies=2):
    """Reads what prepare.py wrote; the title of an intent and its English also count as a pair."""
    rng, _ = seeded(seed)
    m = Material(Bank(tokenizer, 128))
    folder = Path(folder)
    add = m.bank.add
    rows = read_jsonl(folder / "intents.jsonl")
    # By the name, so that more text leaves what was held out held out.
    m.held = [bool(holdout) and int(hashlib.sha256(row["id"].encode()).hexdigest(), 16) % holdout == 0 for row in rows]
    lines = [line.split("\t") for line in (folder / "pairs.tsv").read_text(encoding="utf-8").splitlines()]
    for row, held in zip(rows, m.held):
        m.names.append(row["id"])
        m.zh.append(list(dict.fromkeys(add(t) for t in row["zh"])))
        m.en.append(list(dict.fromkeys(add(t) for t in row["en"])))
        m.look_zh.append([add(t) for t in row["negatives"]])
        m.look.append(m.look_zh[-1] + [add(t) for t in row.get("negatives_en", [])])
        m.answers.append([add(t) for t in row.get("answers", [])])
        m.topic.append(row["id"].split("-")[0] + row["topic"])
        m.titles.append(row["en"][0] if row["en"] else row["zh"][0])
        if row["en"] and not held:
            lines.append([row["en"][0], row["zh"][0]])
    for row in read_jsonl(folder / "outside.jsonl"):
        m.outside += [add(row[k]) for k in ("text_zh", "text_en") if k in row]
    for row in read_jsonl(folder / "groups.jsonl"):
        numbers = list(dict.fromkeys(add(t) for t in row["texts"]))
        if len(numbers) > 1:
            m.family.setdefault(row["family"], []).append(len(m.groups))
            m.groups.append(numbers)
    m.english = [english for english, _ in lines]
    m.pairs = np.array([[add(chinese), add(english)] for english, chinese in lines], np.int64).reshape(-1, 2)
    others = [line.split("\t") for line in (folder / "paraphrases.tsv").read_text(encoding="utf-8").splitlines()]
    m.paraphrases = np.array([[int(n), add(a), add(b)] for n, a, b in others], np.int64).reshape(-1, 3)
    m.real = np.arange(len(m.bank.raw))
    for zh in m.zh:
        for number in zh:
            m.rough[number] = [add(roughen(m.bank.raw[number], rng)) for _ in range(copies)]
    m.bank.freeze(device)
    return m


@torch.no_grad()
def consult(m, teacher_dir, start, device, neighbours=15, prefix="query: ", kept=None):
    """Asks the teachers once: MiniLM over the English side, the start (with its prefix, and text as it was written) over the pairs.

    What they answered is read from the file `kept` where it fits the text, else written there.
    """
    told = torch.load(kept, map_location=device, weights_only=True) if kept and kept.exists() else None
    if told and told["texts"] == fingerprint(m, prefix):
        m.alike, m.teach, m.near, m.start = told["alike"], told["teach"], told["near"].cpu().numpy(), told["start"]
        return
    teacher = bert.load(teacher_dir).to(device).eval()
    english = Bank(str(Path(teacher_dir) / "tokenizer.json"), 96, str)
    numbers = [english.add(t) for t in m.english]
    titles = [english.add(t) for t in m.titles]
    english.freeze(device)
    m.alike = in_low_precision(english, teacher, titles, device).float()
    if len(m.pairs):
        m.teach = in_low_precision(english, teacher, numbers, device)
        count = min(neighbours + 1, len(numbers))
        nearest = [(m.teach[i : i + 4096] @ m.teach.T).topk(count).indices.to(torch.int32) for i in range(0, len(numbers), 4096)]
        m.near = torch.cat(nearest).cpu().numpy()
    asked = Bank(m.bank.tokenizer, 68, lambda text: prefix + text)
    needed = np.unique(m.pairs)
    prefixed = [asked.add(m.bank.raw[n]) for n in needed.tolist()]
    asked.freeze(device)
    m.start = torch.zeros(len(m.bank.raw), start.config["hidden_size"], dtype=torch.bfloat16, device=device)
    m.start[torch.from_numpy(needed).to(device)] = in_low_precision(asked, start.eval(), prefixed, device)
    if kept:
        near = torch.from_numpy(m.near)
        torch.save({"texts": fingerprint(m, prefix), "alike": m.alike, "teach": m.teach, "near": near, "start": m.start}, kept)


def fingerprint(m, prefix):
    return hashlib.sha256("\n".join([prefix, *m.english, *m.titles, *m.bank.raw]).encode()).hexdigest()


def in_low_precision(bank, model, numbers, device):
    with torch.no_grad(), bert.autocast(device):
        return torch.cat([bank.vectors(model, numbers[i : i + 32768]).to(torch.bfloat16) for i in range(0, len(numbers), 32768)])


class Table:
    """Lists of numbers of different length as one array, to draw several of each row at once."""

    def __init__(self, lists):
        self.counts = np.array([len(x) for x in lists], np.int64)
        self.cells = np.full((len(lists), max(1, self.counts.max(initial=1))), -1, np.int64)
        for i, x in enumerate(lists):
            self.cells[i, : len(x)] = x

    def draw(self, rows, count, rng, first=None):
        """`count` numbers of each row, different ones where there are enough, -1 where there are none; where `first` holds, the
        row's first number comes first."""
        keys = rng.random((len(rows), self.cells.shape[1]))
        keys[np.arange(self.cells.shape[1]) >= self.counts[rows][:, None]] = 2
        if first is not None:
            keys[first, 0] = -1
        order = np.argsort(keys, 1)
        turn = np.arange(count) % np.maximum(self.counts[rows], 1)[:, None]
        return np.take_along_axis(self.cells[rows], np.take_along_axis(order, turn, 1), 1)


class Sampler:
    """Draws the numbers of a step."""

    def __init__(self, m, plan):
        self.m, self.plan = m, plan
        _, self.rng = seeded(plan.seed)
        left_out = [name.startswith(tuple(plan.without)) for name in m.names]
        self.pool = np.array([i for i in range(len(m.zh)) if not m.held[i] and not left_out[i] and len(m.zh[i]) >= 2 and m.en[i]], np.int64)
        self.fresh = np.array([i for i in self.pool.tolist() if m.names[i].startswith(tuple(plan.fresh))], np.int64)
        topics = {}
        for i in (self.fresh if plan.fresh else self.pool).tolist():
            topics.setdefault(m.names[i].split("-")[0] if plan.domains else m.topic[i], []).append(i)
        self.topics = [np.array(topics[t]) for t in sorted(topics)]
        self.zh, self.en, self.look, self.groups_of = Table(m.zh), Table(m.en), Table(m.look), Table(m.groups or [[0]])
        self.families = [np.array(m.family[f]) for f in sorted(m.family)]
        copies = max((len(x) for x in m.rough.values()), default=1)
        self.rough = np.repeat(np.arange(len(m.bank.raw))[:, None], copies, 1)
        for number, forms in m.rough.items():
            self.rough[number] = forms
        self.outside = np.array(m.outside, np.int64)
        self.answer = Table(m.answers)
        self.mined = None

    def wordings(self, numbers):
        """The same numbers, some of them roughened."""
        which = self.rng.integers(self.rough.shape[1], size=numbers.shape)
        return np.where(self.rng.random(numbers.shape) < self.plan.noise, self.rough[numbers, which], numbers)

    def intents(self):
        """(intents, Chinese questions, English questions, Chinese and English article wordings, look-alikes (-1: none), out of scope)"""
        plan, rng = self.plan, self.rng
        count, chosen = min(plan.intents, len(self.pool)), []
        if plan.topics:
            for t in rng.choice(len(self.topics), min(plan.topics, len(self.topics)), replace=False):
                own = self.topics[t]
                chosen.append(rng.choice(own, min(len(own), max(1, count // 2 // plan.topics)), replace=False))
        if self.mined is not None:
            chosen.append(self.mined[rng.choice(self.pool, count // 4 // self.plan.mined)].reshape(-1))
        chosen += [rng.permutation(self.fresh)[: count // 4], rng.permutation(self.pool)]
        chosen = np.concatenate(chosen)
        chosen = chosen[np.sort(np.unique(chosen, return_index=True)[1])][:count]
        titled = rng.random(len(chosen)) < 0.5
        zh = self.wordings(self.zh.draw(chosen, plan.wordings + 1, rng, titled))
        en = self.en.draw(chosen, 2, rng)
        look = self.look.draw(chosen, 3, rng)
        if not plan.negatives:
            look[:] = -1
        outside = rng.choice(self.outside, min(plan.outside, len(self.outside)), replace=False)
        return chosen, zh[:, -1], en[:, 0], zh[:, :-1], en[:, 1], look, outside

    def answers(self, chosen):
        """(places of intents among the chosen, whether English asks, an answer each in either language)"""
        places = np.flatnonzero(self.answer.counts[chosen])[: self.plan.answers]
        return places, self.rng.random(len(places)) < 0.5, self.answer.draw(chosen[places], 1, self.rng)[:, 0]

    def groups(self):
        """Two wordings each of groups, in runs of one family."""
        chosen, count = [], 0
        for f in self.rng.permutation(len(self.families)):
            own = self.families[f]
            chosen.append(self.rng.choice(own, min(len(own), 24), replace=False))
            count += len(chosen[-1])
            if count >= self.plan.groups:
                break
        two = self.groups_of.draw(np.concatenate(chosen)[: self.plan.groups], 2, self.rng)
        return two[:, 0], two[:, 1]

    def pairs(self, count):
        """Places of pairs, half of them in neighbourhoods."""
        total, count = len(self.m.pairs), min(count, len(self.m.pairs))
        if not self.plan.near or self.m.near is None:
            return np.unique(self.rng.integers(total, size=count))
        seeds = self.rng.integers(total, size=max(1, count // 2 // self.m.near.shape[1]))
        near = self.m.near[seeds].reshape(-1)
        return np.unique(np.concatenate([near, self.rng.integers(total, size=count - len(near))]))

    def paraphrases(self):
        return np.unique(self.rng.integers(len(self.m.paraphrases), size=self.plan.paraphrases))


def likeness(sims, target, temperature=0.05, sharp=0.05):
    """KL of the softmax of a teacher's similarities to the student's; a square matrix leaves out its diagonal."""
    s, t = sims / temperature, target.float() / sharp
    if s.shape[0] == s.shape[1]:
        away = torch.eye(len(s), dtype=torch.bool, device=s.device)
        s, t = s.masked_fill(away, -1e4), t.masked_fill(away, -1e4)
    return F.kl_div(F.log_softmax(s, 1), F.log_softmax(t, 1), log_target=True, reduction="batchmean")


def both_ways(sims, temperature, hidden=None):
    """Contrast of the diagonal, over rows and over columns; `hidden` are no negatives."""
    if hidden is not None:
        sims = sims.masked_fill(hidden & ~torch.eye(len(sims), dtype=torch.bool, device=sims.device), -1)
    own = torch.arange(len(sims), device=sims.device)
    return 0.5 * (F.cross_entropy(sims / temperature, own) + F.cross_entropy(sims.T / temperature, own))


class Losses:
    """The parts of a step's loss, computed from one encoding of all its texts."""

    def __init__(self, m, plan, sampler):
        self.m, self.plan, self.sampler = m, plan, sampler
        device = m.bank.ids.device
        self.level = torch.nn.Parameter(torch.tensor([1.0, 0.0], device=device))
        if m.start is not None:
            self.mean = m.start[torch.from_numpy(m.pairs.reshape(-1)).to(device)].float().mean(0)

    def step(self, model):
        plan, m, sampler = self.plan, self.m, self.sampler
        wanted, parts, size = {}, [], 0

        def want(**named):
            nonlocal size
            for name, numbers in named.items():
                wanted[name] = slice(size, size + numbers.size)
                parts.append(numbers.reshape(-1))
                size += numbers.size

        drawn = None
        if plan.intents and plan.intent_weight:
            drawn = sampler.intents()
            _, questions, english, articles, english_articles, look, outside = drawn
            want(questions=questions, english=english, articles=articles, english_articles=english_articles, look=np.maximum(look, 0), outside=outside)
        answered = None
        if drawn is not None and plan.answers:
            answered = sampler.answers(drawn[0])
            want(answers=answered[2])
        if plan.group_weight and plan.groups and m.groups:
            left, right = sampler.groups()
            want(left=left, right=right)
        pairs = others = None
        if len(m.pairs) and plan.pairs and plan.pair_weight + plan.teach_weight + plan.start_weight + plan.level_weight + plan.bake_weight:
            pairs = sampler.pairs(plan.pairs)
            want(zh=m.pairs[pairs, 0], en=m.pairs[pairs, 1])
        if plan.paraphrase_weight and len(m.paraphrases) and plan.paraphrases:
            others = m.paraphrases[sampler.paraphrases()]
            want(one=others[:, 1], other=others[:, 2])
        numbers = np.concatenate(parts)
        device = m.bank.ids.device
        with bert.autocast(device):
            vectors = m.bank.vectors(model, numbers).float()
        on = lambda x: torch.from_numpy(x).to(device, non_blocking=True)
        views = [vectors] + [F.normalize(vectors[:, :k], dim=-1) for k in (128, 256) if plan.matryoshka]
        total = 0.0
        for view in views:
            v = {name: view[where] for name, where in wanted.items()}
            if drawn is not None:
                total = total + plan.intent_weight * self.intents(v, on(drawn[0]), on(drawn[5] < 0))
            if answered is not None and len(answered[0]) > 1:
                total = total + plan.answer_weight * self.answers(v, on(drawn[0]), on(answered[0]), on(answered[1]), on(drawn[5] < 0))
            if "left" in v:
                total = total + plan.group_weight * both_ways(v["left"] @ v["right"].T, plan.temperature)
            if pairs is not None:
                total = total + self.parallel(v, on(pairs), numbers[wanted["zh"]], numbers[wanted["en"]], on)
            if others is not None:
                t = m.teach[on(others[:, 0])]
                total = total + plan.paraphrase_weight * both_ways(v["one"] @ v["other"].T, plan.temperature, t @ t.T > 0.8)
        return total / len(views)

    def hidden(self, chosen):
        """Which of the intents are no negatives of which others: near-equal ones."""
        alike = self.m.alike[chosen]
        return (alike @ alike.T > self.plan.mask) & ~torch.eye(len(chosen), dtype=torch.bool, device=chosen.device)

    def intents(self, v, chosen, no_look):
        plan = self.plan
        count = len(chosen)
        target = torch.arange(count, device=chosen.device)
        hidden = self.hidden(chosen)
        tau = plan.temperature
        look = v["look"].view(count, -1, v["look"].shape[-1])

        def find(question, wordings):
            """Questions find their article; `wordings` are (intents × k) vectors."""
            sims = (question @ wordings.T).view(count, count, -1)
            own = torch.einsum("nd,nld->nl", question, look).masked_fill(no_look, -1) + tau * math.log(plan.look_weight)
            extra = [own, question @ v["outside"].T] + ([question.new_full((count, 1), plan.null)] if plan.null else [])
            pooled = [(sims.amax(2) + 2 * sims.mean(2)) / 3] if plan.pool else sims.unbind(2)
            return sum(F.cross_entropy(torch.cat([s.masked_fill(hidden, -1), *extra], 1) / tau, target) for s in pooled) / len(pooled)

        loss = find(v["questions"], v["articles"]) + 0.5 * find(v["english"], v["articles"]) + 0.25 * find(v["questions"], v["english_articles"])
        if plan.english_weight:
            loss = loss + plan.english_weight * find(v["english"], v["english_articles"])
        if plan.null:
            sims = torch.cat([v["outside"] @ v["articles"].T, v["outside"] @ v["english_articles"].T], 1)
            sims = torch.cat([sims, sims.new_full((len(sims), 1), plan.null)], 1)
            loss = loss + 0.25 * F.cross_entropy(sims / tau, torch.full((len(sims),), sims.shape[1] - 1, device=sims.device))
        return loss

    def answers(self, v, chosen, places, english, no_look):
        plan = self.plan
        own = torch.arange(len(places), device=places.device)
        asked = torch.where(english[:, None], v["english"][places], v["questions"][places])
        sims = (asked @ v["answers"].T).masked_fill(self.hidden(chosen[places]), -1)
        look = v["look"].view(len(chosen), -1, v["look"].shape[-1])[places]
        beside = torch.einsum("nd,nld->nl", v["answers"], look).masked_fill(no_look[places], -1)
        back = torch.cat([sims.T, beside], 1)
        return 0.5 * (F.cross_entropy(sims / plan.temperature, own) + F.cross_entropy(back / plan.temperature, own))

    def parallel(self, v, pairs, zh_numbers, en_numbers, on):
        plan, m = self.plan, self.m
        zh, en = v["zh"], v["en"]
        t = m.teach[pairs]
        alike = t @ t.T
        across = zh @ en.T
        loss = plan.pair_weight * both_ways(across, plan.temperature, alike > 0.9) if plan.pair_weight else 0.0
        within = [zh @ zh.T, en @ en.T]
        if plan.teach_weight:
            structure = sum(likeness(s, alike) for s in (*within, across)) / 3
            loss = loss + plan.teach_weight * structure
        if plan.level_weight:
            a, b = self.level
            away = ~torch.eye(len(zh), dtype=torch.bool, device=zh.device)
            # Where either sees likeness it counts most: far pairs are many and alike in nothing.
            weight = (0.05 + alike.float().clamp_min(0) ** 2) * away
            loss = loss + plan.level_weight * sum((weight * (a * s + b - alike) ** 2).sum() / weight.sum() for s in within)
        if plan.start_weight or plan.bake_weight:
            own = [m.start[on(n)].float() for n in (zh_numbers, en_numbers)]
        if plan.start_weight:
            centred = [F.normalize(x - self.mean, dim=-1) for x in own]
            loss = loss + plan.start_weight * 0.5 * sum(likeness(s, c @ c.T, sharp=0.1) for s, c in zip(within, centred))
        if plan.bake_weight and zh.shape[1] == m.start.shape[1]:
            loss = loss + plan.bake_weight * sum((1 - (s * x).sum(1)).mean() for s, x in zip((zh, en), own))
        return loss


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
    return torch.cat(out).numpy()


@torch.no_grad()
def held_out(m, model):
    """Figures of the held-out intents: hit@1 (the odd wordings ask, the title and the even ones are the article, all intents stand by)
    and Spearman's between cosine and meaning, over wordings of one intent against its look-alikes."""
    import measure

    model.eval()
    device = m.bank.ids.device
    articles = [zh[:1] + zh[1::2] if held else zh[: 1 + len(zh) // 2] for zh, held in zip(m.zh, m.held)]
    asked, answers, language, left, right, same = [], [], [], [], [], []
    for i, zh in enumerate(m.zh):
        if m.held[i]:
            asked += zh[2::2] + m.en[i]
            answers += [i] * (len(zh[2::2]) + len(m.en[i]))
            language += ["zh"] * len(zh[2::2]) + ["en"] * len(m.en[i])
            for j, a in enumerate(zh):
                left += [a] * (len(zh) - j - 1 + len(m.look_zh[i]))
                right += zh[j + 1 :] + m.look_zh[i]
                same += [1.0] * (len(zh) - j - 1) + [0.0] * len(m.look_zh[i])
    if not asked:
        return {}
    needed = np.unique(np.concatenate([np.concatenate(articles), asked, left, right]).astype(np.int64))
    vectors = torch.zeros(len(m.bank.raw), model.config["hidden_size"], device=device)
    vectors[torch.from_numpy(needed).to(device)] = in_low_precision(m.bank, model, needed, device).float()
    found, _ = measure.rank(vectors, asked, measure.Articles(articles, [[] for _ in articles], device))
    right_ones, language = np.array(found) == np.array(answers), np.array(language)
    out = {f"held-out {name}": float(right_ones[language == name].mean()) for name in ("zh", "en")}
    out["held-out pairs"] = measure.spearman((vectors[left] * vectors[right]).sum(1).cpu().numpy(), np.array(same))
    return out


def tune(model, m, plan, log=print, state_file=None, every=300.0, until=None):
    """Trains `model` in place; its weights end as their running average.

    With `state_file` everything needed to go on is written there every `every` seconds and on SIGTERM, and read back at the start.
    `until` is a time.time() after which the remaining steps are given up.
    """
    torch.manual_seed(plan.seed)
    device = m.bank.ids.device
    sampler = Sampler(m, plan)
    losses = Losses(m, plan, sampler)
    model.dropout = plan.dropout
    model.train()
    rest = [p for p in model.parameters() if p is not model.word.weight] + [losses.level]
    optimiser = torch.optim.AdamW(
        [{"params": rest, "peak": plan.rate}, {"params": [model.word.weight], "peak": plan.rate_words}],
        lr=plan.rate, betas=(0.9, 0.98), weight_decay=0.0, **({"fused": True} if device.type == "cuda" else {}),
    )  # fmt: skip
    own = list(model.parameters())
    average = [p.detach().clone() for p in own]
    first, stop = 0, []
    if state_file and state_file.exists():
        state = torch.load(state_file, map_location=device, weights_only=False)
        if state["plan"] == vars(plan):
            first = state["step"]
            for p, value in zip(own, state["weights"]):
                p.data.copy_(value)
            for a, value in zip(average, state["average"]):
                a.copy_(value)
            losses.level.data.copy_(state["level"])
            optimiser.load_state_dict(state["optimiser"])
            sampler.rng.bit_generator.state, sampler.mined = state["rng"], state["mined"]
            log(f"going on after step {first}")

    def keep(step):
        state = {"plan": vars(plan), "step": step, "weights": [p.detach() for p in own], "average": average, "level": losses.level.detach(),
                 "optimiser": optimiser.state_dict(), "rng": sampler.rng.bit_generator.state, "mined": sampler.mined}  # fmt: skip
        write_whole(state, state_file)

    if state_file:
        signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
    began, saved, shown = time.time(), time.time(), []
    for step in range(first, plan.steps):
        warm = max(1, int(plan.warm * plan.steps))
        share = (step + 1) / warm if step < warm else max(0.02, (plan.steps - step) / (plan.steps - warm))
        for group in optimiser.param_groups:
            group["lr"] = group["peak"] * share
        if plan.mined and step % 200 == 0:
            sampler.mined = mine(m, model, plan.mined)
            model.train()
        bert.Linear.fake_int8 = plan.fake_int8 and step >= 0.8 * plan.steps
        loss = losses.step(model)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(own, 1.0)
        optimiser.step()
        follow(average, own, plan.ema, step + 1)
        shown.append(loss.detach())
        if step == 0 or (step + 1) % 100 == 0 or step + 1 == plan.steps:
            log(f"step {step + 1} loss {torch.stack(shown).mean().item():.4f} {time.time() - began:.0f} s")
            shown = []
        if state_file and (stop or time.time() - saved > every):
            keep(step + 1)
            saved = time.time()
            if stop:
                raise SystemExit(f"stopped after step {step + 1}; the same command goes on from there")
        if until and time.time() > until:
            log(f"no time for more than {step + 1} of {plan.steps} steps")
            break
    bert.Linear.fake_int8 = False
    with torch.no_grad():
        for p, a in zip(own, average):
            p.copy_(a)
    if state_file:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    return model


def follow(average, own, ema, steps):
    """Moves the running average on after so many steps; it is a plain mean at first."""
    kept = min(ema, steps / (steps + 9))
    torch._foreach_mul_(average, kept)
    torch._foreach_add_(average, [p.detach() for p in own], alpha=1 - kept)


def write_whole(state, file):
    """Writes a state to go on from; a kill leaves the one before or this one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    torch.save(state, file.with_suffix(".new"))
    file.with_suffix(".new").replace(file)


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
        elif isinstance(f.default, tuple):
            parser.add_argument(flag, nargs="*", default=f.default)
        else:
            parser.add_argument(flag, type=type(f.default), default=f.default)


def plan_of(args):
    return Plan(**{f.name: getattr(args, f.name) for f in fields(Plan)})


def main():
    parser = argparse.ArgumentParser(description="Tune an encoder.")
    parser.add_argument("--start", type=Path, required=True, help="model directory to begin from")
    parser.add_argument("--teacher-start", type=Path, help="what the parts `start` and `bake` ask (default: --start)")
    parser.add_argument("--data", type=Path, required=True, help="what prepare.py wrote")
    parser.add_argument("--minilm", type=Path, required=True, help="directory of all-MiniLM-L6-v2")
    parser.add_argument("--teachers", type=Path, help="file that keeps what the teachers said, for the next run over the same text")
    parser.add_argument("--prefix", default="query: ", help="what the start wants before a text; empty for a tuned one")
    parser.add_argument("--share", type=float, default=0.7, help="share of the tuned weights in the average with the start")
    parser.add_argument("--save-seconds", type=float, default=300, help="how often the state to go on from is written")
    parser.add_argument("--out", type=Path, required=True)
    add_plan_flags(parser)
    args = parser.parse_args()
    plan, device = plan_of(args), bert.best_device()
    print(json.dumps(vars(plan)), flush=True)
    model = bert.load(args.start).to(device)
    m = gather(args.data, str(args.start / "tokenizer.json"), device, plan.holdout)
    asked = bert.load(args.teacher_start).to(device) if args.teacher_start else model
    if plan.intents or plan.pairs:
        consult(m, args.minilm, asked, device, prefix=args.prefix, kept=args.teachers)
    start = snapshot(model)
    tune(model, m, plan, log=lambda line: print(line, flush=True), state_file=args.out / "unfinished/state.pt", every=args.save_seconds)
    bert.assign(model, mix(model, start, args.share))
    print(json.dumps(held_out(m, model)))
    bert.save(model, args.out, torch.float32, args.start / "tokenizer.json")
    shutil.rmtree(args.out / "unfinished", ignore_errors=True)


if __name__ == "__main__":
    main()
