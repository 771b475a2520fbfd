#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# needs: train density schedule inpaint prepare features digit_classifier figures_kinds sample quickstart
# seconds: 240
## \file  What can be known is checked before the work: settings of every program that has some, each refused within a second and 160 MB, with nothing
## made; and descriptions of figures that lie.
set -euo pipefail
source "$NCSN_SOURCE_DIR/tests/support/programs.bash"
needs_tools jq
needs_limits

cases=0
refused() {                                                                         # a program and its options, then wrong ones, each of some words
    local -a command=("$1") options
    shift
    while [[ $1 != -- ]]; do command+=("$1") && shift; done
    for wrong in "${@:2}"; do
        read -ra options <<< "$wrong"
        cases=$((cases + 1))
        expect "refused by ${command[0]}: $wrong" one_error "${command[@]}" "${options[@]}"
    done
}
given train --out run "${tiny[@]}" --steps 1
given train --out fine --model recovery --data mnist --data-dir digits --features 4 --blocks 1 --batch 4 --process fine --levels 1000 --moves 1 \
    --steps 1
mkdir nines && { printf '\0\0\10\3'; big_endian 4; big_endian 9; big_endian 9; head -c 324 < <(seq 1000 9999); } > nines/t10k-images-idx3-ubyte
cp nines/t10k-images-idx3-ubyte nines/train-images-idx3-ubyte
touch file
huge=4611686018427387904 most=18446744073709551615

refused train --out new "${tiny[@]}" --steps 2 -- '--sample-every 1 --sample-count 0' "--sample-every 1 --sample-count $huge" \
    '--sample-every 1 --sample-steps 0' "--batch $most" "--micro-batches $most" "--adversarial LSGAN --discriminator-features $huge" \
    "--adversarial LSGAN --discriminator-steps $most" '--adversarial LSGAN --adversarial-weight nan' '--adversarial LSGAN --discriminator-rate nan' \
    '--adversarial LSGAN --discriminator-beta2 1' '--adversarial none --rate nan' '--clip nan' '--adam-epsilon inf' '--ema nan' '--sigma-last nan'
expect 'and no run was begun' absent new
refused density --weights fine --out new -- "--count $huge" '--count 1' '--batch 0' '--moves 0' '--fewest nan' '--fewest -1' \
    '--data mnist --data-dir digits --images 0' '--data mnist --data-dir nines' '--adapt-chains 0 --moves 2' '--adapt-transitions 0 --moves 2' \
    '--out file'
refused schedule --data mnist --data-dir digits -- "--steps-per-level $most" '--levels 4096 --steps-per-level 4096' "--levels $most" "--count $most" \
    '--sigma-first 1e300 --sigma-last 1e-300' '--overlap 0.9999999999' '--overlap nan' '--sigma-first inf' '--sigma-first nan' '--count 010'
refused inpaint --weights run --data-dir digits --out new -- '--completions 0' "--completions $huge" "--images $most" '--images 0,-1' \
    '--images 0,01' '--batch 0' '--data-dir nines' '--epsilon nan' '--mask file' '--out file'
refused prepare --from digits --out new.npy -- '--threads 100000' "--threads $most" "--size $huge" '--crop 0,0,99,99' '--crop 1,2,3' "--first $most" \
    "--count $most" '--crop 4611686018427387904,0,8,8' '--short-side 4611686018427387904' '--crop center --size 1000000000'
refused digit_classifier -- 'train --data-dir digits --out new --epochs 0' "train --data-dir digits --out new --epochs $most" \
    'train --data-dir digits --out new --batch 0' "train --data-dir digits --out new --batch $most" 'train --data-dir digits --out new --rate nan'
refused inpaint --weights run --data-dir digits --out new -- '--count 1 --completions 100001' '--count 32 --completions 1 --images 0 --epsilon inf'
refused sample --weights run --out new -- '--count 100001 --columns 1' '--count 100001 --trajectory 100001' '--count 4000000000 --columns 70000' \
    '--epsilon nan' '--chain-noise inf'
refused quickstart --weights run/weights.safetensors --out new -- '--seconds nan' '--seconds inf' '--seconds 0' '--images 1000000' "--images $huge"
mkdir taken.npy
refused prepare --from digits --out taken.npy --force -- '--threads 1'
expect 'nothing was made' absent new new.npy new.npy.partial taken.npy.partial

# Pictures and times of an earlier run do not stand beside a picture of this one.
given quickstart --weights run/weights.safetensors --out quick --images 1 --steps 1 --consistent-levels 2
touch -d yesterday quick/annealed_langevin.png
killed_when drawn quickstart --weights run/weights.safetensors --out quick --images 256 --steps 1 --consistent-levels 4096 &
killer=$!
for ((i = 0; i < 150; ++i)); do [[ $(find quick/annealed_langevin.png -mmin -60) ]] && break || sleep 0.1; done
echo now > drawn
{ wait "$killer" || true; } 2> /dev/null
expect 'a run that is killed after its first picture has that one' test -n "$(find quick/annealed_langevin.png -mmin -60)"
expect 'and nothing of the run before' absent quick/consistent_denoised.png quick/timings.json

# Samples that are none: a header that says so, and no data.
none() { { printf '\x93NUMPY\1\0\x76\0'; printf '%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': ($1), }"; } > "$2"; }
none '0, 28, 28, 1' none.npy
none '0, 28, 28, 3' colours.npy
none '0, 8, 8, 1' small.npy
weights=(--weights "$NCSN_SOURCE_DIR/data/mnist_classifier.safetensors")
refused digit_classifier judge "${weights[@]}" -- '--samples none.npy'
refused digit_classifier modes "${weights[@]}" -- '--samples colours.npy' '--samples none.npy'
refused features extract --network digits "${weights[@]}" --out new.safetensors -- '--data none.npy' '--data small.npy'
refused prepare --out new.npy -- '--from none.npy'
refused train --out new --features 2 -- '--data none.npy' '--data small.npy'

# Two sets are compared by settings that they allow, which is known before a network is asked.
none '4, 28, 28, 1' four.npy && head -c $((4 * 784 * 4)) /dev/zero >> four.npy
refused digit_classifier judge "${weights[@]}" -- '--samples run/weights.safetensors' '--samples four.npy --claim 2' '--samples four.npy --claim nan'
refused features compare --network digits "${weights[@]}" --samples four.npy --reference four.npy -- '--neighbours 4' '--neighbours 0' \
    '--kernel-block 1' '--splits 0' '--resamples 1' "--resamples $most" "--count $most" "--first $most" '--count 1' '--split trial'

# Descriptions of figures.
figures=place/reproduce/figures/ncsn
mkdir -p "$figures/fig" "$figures/other"
cp "$NCSN_SOURCE_DIR/reproduce/figures/papers.json" place/reproduce/figures/
jq '{paper, number, shows, kind, title, claim, setting, ran, seeds, options, measure, panels: [.panels[0]], needs: {networks: ["small"]}, claims: [],
    guards: [], presets: {smoke: {cost: "nothing"}, short: "smoke", paper: {cost: "nothing"}},
    quantities: {"mnist.first.noise": "noise", "mnist.last.noise": "noise"}} |
    .options.count = 2 | .options.trajectory = 2 | .options."steps-per-level" = 1 | .seeds = [1]' \
    "$NCSN_SOURCE_DIR/reproduce/figures/ncsn/fig4_progress/figure.json" > good.json
described() { jq "$1" good.json > "$figures/fig/figure.json"; }
figure=(figures/kinds --description "$figures/fig/figure.json" --preset smoke --out new --network small=run/weights.safetensors)
described .
expect 'a description that does not is a figure' accepts "${figure[@]}"
rm -rf new
repeat() { head -c $((${#1} * $2)) < <(yes "$1" | tr -d '\n'); }
lies() {
    cases=$((cases + 1))
    expect "refused: a description whose $1" one_error "${figure[@]}"
}
for text in '[ 1000000' '{"a": 100000' '{"a": 1000' '"a",[ 10000'; do
    repeat "${text% *}" "${text##* }" > "$figures/fig/figure.json"
    lies "text is ${text% *} ${text##* } times"
done
awk 'BEGIN { printf "{"; for (i = 0; i < 40000; ++i) printf "%s\"k%d\":1", i ? "," : "", i; print "}" }' > "$figures/fig/figure.json"
lies 'fields are 40,000'
echo '{"like": "ncsn/fig"}' > "$figures/fig/figure.json"
lies 'like is itself'
for change in '.seeds = [-1]' '.seeds = [1.5]' '.seeds = ["1"]' '.seeds = 3' '.presets.smoke = "smoke"' '.presets.smoke = 3' '.presets = []' \
    '.options = 3' '.options = {"a b": 1}' '.options = {"": 1}' '.panels = 3' '.panels[0].name = 3' '.panels[0].measure = 3' '.paper = 3' \
    '.paper = "nobody"' '.like = 3' '.quantities = 3' '. = []' '. = null'; do
    described "$change"
    lies "change is $change"
done
described .
for wrong in '--seeds -1' '--seeds 1,01' '--seeds 1.5' "--seeds ${most}0" '--preset long' '--threads 100000' '--count -1' '--count 1e300' \
    '--count 1.5' '--count [[[[' '--network x' '--out file'; do
    read -ra options <<< "$wrong"
    cases=$((cases + 1))
    expect "refused by a figure: $wrong" one_error "${figure[@]}" "${options[@]}"
done

# A figure that is killed leaves no program at work.
"$programs/figures/kinds" --description "$figures/fig/figure.json" --preset smoke --out killed --network small=run/weights.safetensors \
    --steps-per-level 100000000 > log 2>&1 &
process=$!
drawing() {
    local at
    for at in /proc/[0-9]*; do
        if [[ $(readlink "$at/exe") == "$programs/sample" ]] && tr '\0' ' ' < "$at/cmdline" | grep -qF -- '--out killed/'; then return 0; fi
    done
    return 1
}
begins() { local try; for ((try = 0; try < 100; ++try)); do drawing && return || sleep 0.1; done; return 1; }
ends() { local try; for ((try = 0; try < 100; ++try)); do drawing || return 0; sleep 0.1; done; return 1; }
expect 'a figure draws by another program' begins
kill -KILL "$process"
{ wait "$process" || true; } 2> /dev/null
expect 'which ends when the figure is killed' ends

echo "$cases settings, files and descriptions"
exit $((failures > 0))
