#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# needs: train sample inpaint likelihood
# seconds: 60
## \file  The RefineNet with its norm as printed, in the programs: trained, resumed, used, and never taken for the coded one.
set -euo pipefail
source "$NCSN_SOURCE_DIR/tests/support/programs.bash"
needs_tools jq

printed=("${tiny[@]}" --model refinenet-printed)
expect 'help knows both forms' accepts train --help
expect 'by name' says 'refinenet-printed (the same with that norm as the paper prints it)'
expect 'a network is trained' accepts train --out whole "${printed[@]}" --steps 6
parameters() { sed -nE 's/.* with ([0-9]+) parameters,.*/\1/p' log; }
count=$(parameters)
given train --out coded "${tiny[@]}" --steps 6
expect 'with as many parameters as the coded one' test "${count:-none}" = "$(parameters)"
losses() { sed -nE 's/.*"loss":([^,]*).*/\1/p' "$1/metrics.jsonl"; }
expect 'and other losses' test "$(losses whole | head -1)" != "$(losses coded | head -1)"

given train --out parts "${printed[@]}" --steps 2
expect 'a run goes on' accepts train --out parts --resume --steps 6
expect 'to the same weights, bit by bit' same parts/weights.safetensors whole/weights.safetensors
expect 'as what it is' accepts train --out parts --resume --model refinenet-printed
expect 'and not as the coded one' refuses train --out parts --resume --model refinenet
expect 'by name' says '--model "refinenet": the run was started with "refinenet-printed"'
expect 'nor the coded one as printed' refuses train --out coded --resume --model refinenet-printed
expect 'by name' says '--model "refinenet-printed": the run was started with "refinenet"'

expect 'weights are a start' accepts train --out later "${printed[@]}" --steps 1 --init whole/weights.safetensors
expect 'not those of the coded form' refuses train --out new "${printed[@]}" --steps 1 --init coded/weights.safetensors
expect 'by name' says 'its network has model "refinenet"; the run has "refinenet-printed"'
expect 'nor these for that' refuses train --out new "${tiny[@]}" --steps 1 --init whole
expect 'a checkpoint neither' refuses train --out new "${tiny[@]}" --steps 1 --init whole/checkpoints/last.safetensors
expect 'by name' says 'its network has model "refinenet-printed"; the run has "refinenet"'
expect 'a form that nobody wrote' refuses train --out new "${tiny[@]}" --model refinenet-paper
expect 'is told what there is' says 'no network has this name'
expect 'and nothing is left behind' absent new

expect 'it fills in' accepts inpaint --weights whole --out filled --data-dir digits --count 1 --completions 1 --steps-per-level 1
expect 'and has a likelihood' accepts likelihood --weights whole --out bits --data-dir digits --images 2
expect 'of a finite number of bits' jq -e '.bits_per_dimension | isnormal' bits/likelihood.json

# relabelled FILE NAME COPY: the same weights, said to be of a network NAME.
relabelled() {
    local size text k
    size=$(od -An -tu8 -N8 "$1")
    text=$(head -c $((8 + size)) "$1" | tail -c +9 | jq -c --arg name "$2" '.__metadata__.config |= (fromjson | .model = $name | tojson)')
    {
        for k in 0 8 16 24 32 40 48 56; do printf "\\x$(printf %02x $(($(wc -c <<<"$text") >> k & 255)))"; done
        printf '%s\n' "$text"
        tail -c +$((9 + size)) "$1"
    } > "$3"
}
relabelled whole/weights.safetensors refinenet-printed printed.safetensors
relabelled whole/weights.safetensors refinenet coded.safetensors
for of in whole printed.safetensors coded.safetensors; do given sample --weights "$of" --out "drawn-$of" --count 2 --steps-per-level 2; done
expect 'a file says which form its weights are of' same drawn-whole/samples.npy drawn-printed.safetensors/samples.npy
expect 'and the same weights of the other are another network' eval '! same drawn-whole/samples.npy drawn-coded.safetensors/samples.npy'
exit $((failures > 0))
