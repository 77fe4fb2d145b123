#!/usr/bin/env bash
# Runs the whole pipeline on a made-up two-layer model and made-up text: no weights, no data, 20 to 30 s on two cores.
# Exits non-zero on any failure. PYTHON names the interpreter that has requirements.txt installed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$here"
export PYTHONDONTWRITEBYTECODE=1 TOKENIZERS_PARALLELISM=false OMP_NUM_THREADS=1 CUDA_VISIBLE_DEVICES=

"$python" smoke.py "$work"
"$python" prepare.py --authored "$work/authored" --pairs "$work/pairs.tsv.gz" --bench "$work/bench" --families "$work/families.jsonl" \
    --out "$work/text" >/dev/null
small=(--data "$work/text" --minilm "$work/minilm" --intents 16 --topics 4 --pairs 16 --groups 8 --outside 4 --paraphrases 8 --answers 8 --warm 0.1)
tune=("$python" tune.py --start "$work/start" --out "$work/tuned" --steps 30 --rate 3e-3 --rate-words 3e-3 --ema 0.8 --share 1 --mined 2
    --fake-int8 --matryoshka --teach-weight 0.2 --start-weight 0.2 --level-weight 0.1 --bake-weight 0.1 --teachers "$work/teachers.pt" "${small[@]}")
# Killed in the middle, the same command must go on from the last state.
killed_and_again() { # OUT LOG COMMAND…
    local out=$1 log=$2 job; shift 2
    "$@" --save-seconds 0 >"$log" &
    job=$!
    for _ in $(seq 300); do [ -e "$out/unfinished/state.pt" ] && break; sleep 0.1; done
    kill -9 "$job"; wait "$job" 2>/dev/null || true
    "$@" >>"$log"
    grep -q "going on after step" "$log"
}
killed_and_again "$work/tuned" "$work/log" "${tune[@]}"
"$python" ablate.py --start "$work/start" --data "$work/text" --minilm "$work/minilm" --bench "$work/bench" --out "$work/ablations" \
    --only base,earlier-text-only,light-look-alikes --steps 2 --batch 0.06 --teachers "$work/told.pt" --keep >>"$work/log" &
beside=$!
"$python" average.py "$work/tuned" "$work/start" --weights 9 1 --out "$work/mean"
killed_and_again "$work/twin" "$work/distilled" "$python" distil.py --model "$work/mean" --layers 1 --data "$work/text" --out "$work/twin" \
    --steps 60 --texts 48 --rate 2e-3 --ema 0.8
"$python" distil.py --model "$work/mean" --layers 1 --begin "$work/twin" --begin-layers 0 --data "$work/text" --out "$work/further" \
    --steps 2 --texts 48 >"$work/distilled-further"
"$python" finish.py --model "$work/tuned" --out "$work/model" >>"$work/log"
"$python" finish.py --model "$work/twin" --out "$work/model-small" >>"$work/log"
wait "$beside"
"$python" average.py "$work"/ablations/{base,earlier-text-only} --out "$work/mean-of-runs"
"$python" elsewhere.py --data "$work/text" --model "$work/model" --apart 0.9 --out "$work/elsewhere.txt" >>"$work/log"
"$python" int8.py --model "$work/model" --data "$work/text" --texts 40 >>"$work/log"
"$python" measure.py "$work/start" "$work/model" "$work/model-small" --bench "$work/bench" --int8 --dims 16 --json "$work/figures.json" >>"$work/log"
"$python" - "$work" <<'PY'
import json, math, re, sys
from pathlib import Path

work = Path(sys.argv[1])
report = json.loads((work / "text/report.json").read_text())
assert report["intents: exact duplicates dropped"] >= 1, "a bench text was left in the training text"
for name in ("config.json", "tokenizer.json", "model.safetensors", "modules.json", "1_Pooling/config.json", "README.md", "reference.jsonl",
             "int8.safetensors"):
    assert (work / "model" / name).stat().st_size > 0, f"{name} is missing"
chosen = (work / "elsewhere.txt").read_text(encoding="utf-8").splitlines()
assert 1 < len(chosen) == len(set(chosen)) and chosen == sorted(chosen), "no questions asked elsewhere, or not each once"
figures = json.loads((work / "figures.json").read_text())
assert all(math.isfinite(v) for column in figures.values() for v in column.values()), "a figure is not a number"
losses = [float(x) for x in re.findall(r"loss (\S+)", (work / "log").read_text().split("going on after")[0])]
last = float(re.search(r"step 30 loss (\S+)", (work / "log").read_text()).group(1))
assert last < 0.9 * losses[0], f"tuning did not lower the loss: {losses[0]} -> {last}"
apart = [float(x) for x in re.findall(r"vectors (\S+),", (work / "distilled").read_text())]
assert apart[-1] < 0.9 * apart[0], f"distilling did not bring the vectors closer: {apart[0]} -> {apart[-1]}"
further = [float(x) for x in re.findall(r"vectors (\S+),", (work / "distilled-further").read_text())]
assert further[0] < 0.9 * apart[0], f"a twin made before is no better to begin with: {further[0]}, without it {apart[0]}"
reference = [json.loads(line) for line in open(work / "model/reference.jsonl", encoding="utf-8")]
assert all(abs(sum(x * x for x in row["embedding"]) - 1) < 1e-4 for row in reference), "a reference vector is not of length one"
print(f"smoke run ok: loss {losses[0]:.2f} -> {last:.2f} on made-up questions")
PY
