"""A BERT encoder in plain PyTorch: mean pooling, L2-normalised; loads and saves directories in the Hugging Face layout.

Weights are named as in `transformers`, so that sentence-transformers and candle read what is saved here.
"""

import json
import math
import shutil
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import nn


class Norm(nn.LayerNorm):
    """Layer normalisation; under autocast its output is in low precision too, which moves half the bytes between layers."""

    def forward(self, x):
        low = lowered(x.device.type)
        if low is None:
            return super().forward(x)
        with torch.autocast(x.device.type, enabled=False):
            return F.layer_norm(x.to(low), self.normalized_shape, self.weight.to(low), self.bias.to(low), self.eps)


def lowered(kind):
    """The type that autocast computes in on this kind of device, None where it is off; asked as torch before 2.4 wants it, too."""
    if hasattr(torch, "get_autocast_dtype"):
        return torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else None
    if kind == "cuda":
        return torch.get_autocast_gpu_dtype() if torch.is_autocast_enabled() else None
    return torch.get_autocast_cpu_dtype() if torch.is_autocast_cpu_enabled() else None


def attention(query, key, value, mask, dropout):
    """Softmax attention over the last two axes; written out on a CPU, where a training step of short texts then takes half the time
    (256 texts of 16 tokens in bfloat16: 1.74 s and .81 s), and for torch before 2.0, which has no call for it."""
    if query.device.type != "cpu" and hasattr(F, "scaled_dot_product_attention"):
        return F.scaled_dot_product_attention(query, key, value, mask, dropout)
    near = (query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])).masked_fill(~mask, -math.inf)
    return F.dropout(near.softmax(-1), dropout, dropout > 0) @ value


class Linear(nn.Linear):
    """A dense layer that can pretend to be an int8 one, by what int8.py found for it or, without that, plainly."""

    fake_int8 = False
    centre = spread = exact = None

    def forward(self, x):
        if not self.fake_int8:
            return super().forward(x)
        if self.centre is None:
            return F.linear(fake_quantise_tokens(x), fake_quantise(self.weight), self.bias)
        y = int8_product(x - self.centre, self.weight, self.spread, self.exact)
        return y + (self.bias + self.weight @ self.centre)


def int8_product(x, weight, spread, exact):
    """x · weight as the int8 arithmetic that int8.py describes would give it."""
    exact = exact.long()
    inside = torch.ones_like(spread).index_fill(0, exact, 0)
    rounded = F.linear(fake_quantise_tokens(x / spread * inside), fake_quantise(weight * (spread * inside)))
    return rounded + F.linear(x[..., exact], weight[:, exact])


def fake_quantise(x):
    """Rounds to 255 levels along the last axis, as many above zero as below, and back; the gradient passes straight through."""
    scale = x.detach().abs().amax(-1, keepdim=True).clamp_min(1e-8) / 127
    rounded = torch.round(x / scale).clamp(-127, 127) * scale
    return x + (rounded - x).detach()


def fake_quantise_tokens(x):
    """Rounds to 256 levels between the smallest and the largest number (or zero) of the last axis and back; gradient as above."""
    low, high = (y.detach() for y in (x.amin(-1, keepdim=True).clamp_max(0), x.amax(-1, keepdim=True).clamp_min(0)))
    scale = ((high - low) / 255).clamp_min(1e-8)
    zero = torch.round(-low / scale)
    rounded = (torch.round(x / scale + zero).clamp(0, 255) - zero) * scale
    return x + (rounded - x).detach()


class Layer(nn.Module):
    def __init__(self, config):
        super().__init__()
        hidden, wide, eps = config["hidden_size"], config["intermediate_size"], config["layer_norm_eps"]
        self.heads = config["num_attention_heads"]
        self.query, self.key, self.value = Linear(hidden, hidden), Linear(hidden, hidden), Linear(hidden, hidden)
        self.attended, self.attended_norm = Linear(hidden, hidden), Norm(hidden, eps)
        self.widen, self.narrow, self.output_norm = Linear(hidden, wide), Linear(wide, hidden), Norm(hidden, eps)

    def forward(self, x, attend, dropout):
        """`attend` takes queries, keys and values of (…, heads, head size) and returns the same shape."""
        split = lambda y: y.view(*x.shape[:-1], self.heads, -1)
        y = attend(split(self.query(x)), split(self.key(x)), split(self.value(x)))
        y = self.attended(y.reshape(x.shape))
        x = self.attended_norm(x + F.dropout(y, dropout, dropout > 0))
        y = self.narrow(F.gelu(self.widen(x)))
        return self.output_norm(x + F.dropout(y, dropout, dropout > 0))


PARTS = {
    "attention.self.query": "query",
    "attention.self.key": "key",
    "attention.self.value": "value",
    "attention.output.dense": "attended",
    "attention.output.LayerNorm": "attended_norm",
    "intermediate.dense": "widen",
    "output.dense": "narrow",
    "output.LayerNorm": "output_norm",
}


class Bert(nn.Module):
    """Texts as token ids → unit vectors (texts, hidden)."""

    def __init__(self, config):
        super().__init__()
        self.config = dict(config)
        hidden = config["hidden_size"]
        self.pad = config.get("pad_token_id", 0)
        self.dropout = 0.0
        self.word = nn.Embedding(config["vocab_size"], hidden)
        self.position = nn.Embedding(config["max_position_embeddings"], hidden)
        self.segment = nn.Embedding(config.get("type_vocab_size", 2), hidden)
        self.norm = Norm(hidden, config["layer_norm_eps"])
        self.layers = nn.ModuleList(Layer(config) for _ in range(config["num_hidden_layers"]))
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, std=config.get("initializer_range", 0.02))

    def forward(self, ids):
        """Padded ids (texts, length)."""
        real = ids != self.pad
        mask = real[:, None, None, :]
        dropout = self.dropout if self.training else 0.0

        def attend(*qkv):
            return attention(*(y.transpose(1, 2) for y in qkv), mask, dropout).transpose(1, 2)

        x = self.run(ids, torch.arange(ids.shape[1], device=ids.device), attend)
        weight = real[..., None].to(torch.float32)
        return F.normalize((x.float() * weight).sum(1) / weight.sum(1), dim=-1)

    def packed(self, ids, lengths, longest):
        """All texts one after another in `ids`, without padding (GPU only); `lengths` (texts) on the device, `longest` a number."""
        from torch.nn.attention.varlen import varlen_attn

        ends = lengths.cumsum(0)
        owner = torch.repeat_interleave(torch.arange(len(lengths), device=ids.device), lengths, output_size=len(ids))
        place = torch.arange(len(ids), device=ids.device) - (ends - lengths)[owner]
        bounds = F.pad(ends, (1, 0)).to(torch.int32)

        def attend(*qkv):
            # The kernel takes half precision alone; float16 keeps as many bits as the TF32 products around it.
            half = [y if y.dtype == torch.bfloat16 else y.to(torch.float16) for y in qkv]
            return varlen_attn(*half, bounds, bounds, longest, longest).to(qkv[0].dtype)

        x = self.run(ids, place, attend)
        total = torch.zeros(len(lengths), x.shape[1], device=x.device).index_add(0, owner, x.float())
        return F.normalize(total / lengths[:, None], dim=-1)

    def run(self, ids, place, attend):
        word = fake_quantise(self.word.weight)[ids] if Linear.fake_int8 else self.word(ids)
        x = self.norm(word + self.position(place) + self.segment.weight[0])
        for layer in self.layers:
            x = layer(x, attend, self.dropout if self.training else 0.0)
        return x

    def tensors(self):
        """The weights by their published names, with the tensors themselves (not copies)."""
        named = {
            "embeddings.word_embeddings.weight": self.word.weight,
            "embeddings.position_embeddings.weight": self.position.weight,
            "embeddings.token_type_embeddings.weight": self.segment.weight,
            "embeddings.LayerNorm.weight": self.norm.weight,
            "embeddings.LayerNorm.bias": self.norm.bias,
        }
        for number, layer in enumerate(self.layers):
            for published, own in PARTS.items():
                for kind in ("weight", "bias"):
                    named[f"encoder.layer.{number}.{published}.{kind}"] = getattr(getattr(layer, own), kind)
        return named


def load(directory):
    """The model of a directory with config.json and model.safetensors, in float32."""
    directory = Path(directory)
    model = Bert(json.loads((directory / "config.json").read_text()))
    assign(model, load_file(directory / "model.safetensors"))
    return model


def assign(model, weights):
    """Copies weights by published name into a model; a prefix `bert.` and tensors it does not need are passed over."""
    with torch.no_grad():
        for name, tensor in model.tensors().items():
            tensor.copy_(weights[name] if name in weights else weights[f"bert.{name}"])


def save(model, directory, dtype=torch.float16, tokenizer=None):
    """Writes config.json and model.safetensors, and beside them a copy of the file `tokenizer` where one is given."""
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    kind = str(dtype).removeprefix("torch.")
    (directory / "config.json").write_text(json.dumps({**model.config, "torch_dtype": kind}, indent=2) + "\n")
    weights = {name: tensor.detach().to(dtype).cpu().contiguous() for name, tensor in model.tensors().items()}
    save_file(weights, directory / "model.safetensors", metadata={"format": "pt"})
    if tokenizer:
        shutil.copy(tokenizer, directory / "tokenizer.json")


def shrink(model, keep):
    """A copy with only the layers whose numbers are in `keep`, in that order."""
    twin = Bert({**model.config, "num_hidden_layers": len(keep)})
    weights = {}
    for name, tensor in model.tensors().items():
        if not name.startswith("encoder.layer."):
            weights[name] = tensor
    for new, old in enumerate(keep):
        for name, tensor in model.tensors().items():
            if name.startswith(f"encoder.layer.{old}."):
                weights[name.replace(f"layer.{old}.", f"layer.{new}.", 1)] = tensor
    assign(twin, weights)
    return twin


def pad(rows, filler, device):
    """A list of id lists → one padded tensor; lengths are rounded up to 8 for the sake of the kernels."""
    length = math.ceil(max(len(row) for row in rows) / 8) * 8
    ids = torch.full((len(rows), length), filler, dtype=torch.long)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = torch.as_tensor(row, dtype=torch.long)
    return ids.to(device, non_blocking=True)


def embed(model, rows, budget=65536):
    """Unit vectors of id lists, in their order: sorted by length, run in batches of at most `budget` padded tokens."""
    device = model.word.weight.device
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    batches, start = [], 0
    while start < len(order):
        stop, longest = start, 0
        while stop < len(order):
            longest = math.ceil(len(rows[order[stop]]) / 8) * 8
            if stop > start and longest * (stop - start + 1) > budget:
                break
            stop += 1
        batches.append(order[start:stop])
        start = stop
    vectors = torch.cat([model(pad([rows[i] for i in batch], model.pad, device)) for batch in batches])
    back = torch.empty(len(rows), dtype=torch.long)
    back[torch.tensor(order)] = torch.arange(len(rows))
    return vectors[back.to(device)]


def autocast(device):
    """bfloat16 on a GPU; float32 on a CPU unless it multiplies bfloat16 natively."""
    if torch.device(device).type == "cuda":
        return torch.autocast("cuda", torch.bfloat16)
    native = "amx_bf16" in cpu_flags() or "avx512_bf16" in cpu_flags()
    return torch.autocast("cpu", torch.bfloat16, enabled=native)


def cpu_flags():
    """What the CPU says it can do; empty where that cannot be read."""
    try:
        return next((line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("flags")), "")
    except OSError:
        return ""


def best_device():
    """A GPU where there is one; float32 products then keep 10 bits or more."""
    torch.set_float32_matmul_precision("high")
    return "cuda" if torch.cuda.is_available() else "cpu"
