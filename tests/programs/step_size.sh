#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# needs: step_size train sample features
# seconds: 120
## \file  The program step_size: the least of what it measured, as the programs sample and features have it; what was drawn is kept; refusals come
## before any work.
set -euo pipefail
source "$NCSN_SOURCE_DIR/tests/support/programs.bash"
needs_tools jq
export NCSN_DATA=$place                                                             # where no weights are
weights=$NCSN_SOURCE_DIR/data/mnist_classifier.safetensors
# Images of 28 x 28 pixels: the digits of numbers.
dictionary="{'descr': '|u1', 'fortran_order': False, 'shape': (40, 28, 28)}"
{ printf '\x93NUMPY\1\0'; printf "\\x$(printf %02x ${#dictionary})\\0%s" "$dictionary"; head -c $((40 * 784)) < <(seq 100000 9999999); } > images.npy
given train --out run --data images.npy --features 2 --levels 24 --batch 4 --steps 2 --sigma-first 1 --test-batches 1
few=(--weights run --data images.npy --split train --features digits --feature-weights "$weights" --count 5 --reference 30 --seeds 1,2 --ratio 3)
search() { accepts step_size "${few[@]}" "$@"; }

expect 'a step size is found' search --out found
expect 'of consistent sampling in its admissible interval' \
    jq -e '.network as $n | pow($n."sigma-last" / $n."sigma-first"; 1 / ($n.levels - 1)) as $g | ($n."sigma-last" | . * .) as $s
           | [.from / ($s * (1 - $g)), .to / ($s * (1 + $g))] | all(. - 1 | fabs < 1e-9)' found/step_size.json
expect 'whose ends were tried' jq -e '.steps[0].epsilon == .from and .steps[-1].epsilon == .to' found/step_size.json
expect 'and steps between them, each by every seed' jq -e '(.steps | length >= 4) and (.steps | all(.distances | length == 2))' found/step_size.json
expect 'it is the least in the mean' jq -e '.epsilon == (.steps | min_by(.distances | add) | .epsilon)' found/step_size.json
expect 'and said to be at an end where it is' \
    jq -e '.at_end == (if .epsilon == .from then "lower" elif .epsilon == .to then "upper" else null end)' found/step_size.json
expect 'between steps that can be told from it' jq -e '.between[0] <= .epsilon and .epsilon <= .between[1]' found/step_size.json
expect 'the command goes on' says 'next: sample --weights run --sampler cas --epsilon'
next=$(sed -n 's/^next: sample //p' log)
expect 'as it stands' eval "accepts sample $next --count 2"
rm -r found/samples

# Anybody gets the same samples and the same distance: annealed Langevin dynamics with a network that learnt digits, whose values are near [0, 1].
digits=$NCSN_SOURCE_DIR/data/mnist_refinenet.safetensors
expect 'annealed Langevin dynamics in a range that is said' accepts step_size --weights "$digits" --data images.npy --split train --features digits \
    --feature-weights "$weights" --count 5 --reference 30 --seeds 1,2 --ratio 3 --out als --sampler als --from 1e-5 --to 4e-5 --steps-per-level 6
one=$(printf '%s\n' als/epsilon-*/seed-2/distance.json | sed -n 3p)
given sample --weights "$digits" --out drawn --count 5 --seed 2 --epsilon "$(jq .epsilon "$one")" --steps-per-level 6
expect 'has the samples of sample' same drawn/samples.npy "${one%/*}/samples.npy"
given features extract --network digits --weights "$weights" --data images.npy --shuffle 1 --count 30 --out reference.safetensors
given features compare --network digits --weights "$weights" --samples drawn/samples.npy --reference reference.safetensors --out compared.json
expect 'and the distances of features' [ "$(jq '."FD (digits)".value' compared.json)" = "$(jq .distance "$one")" ]
expect 'which the table has' jq -e --slurpfile one "$one" '[.steps[] | select(.epsilon == $one[0].epsilon) | .distances[1]] == [$one[0].distance]' \
    als/step_size.json

# What was drawn is kept: nothing is drawn twice, by whatever end.
numbers() { jq -S 'del(.environment)' "$1/step_size.json"; }
numbers found > before
find found -name samples.npy -exec touch -d yesterday {} +
expect 'the same command again' search --out found
expect 'draws nothing' [ -z "$(find found -name samples.npy -mmin -60)" ]
expect 'and says the same' [ "$(numbers found)" = "$(cat before)" ]
expect 'one is killed' killed_when killed/settings.json step_size "${few[@]}" --out killed
rm -rf half && cp -r killed half
expect 'with other settings it is not gone on with' refuses step_size "${few[@]}" --denoise after --out killed
expect 'which differ' says 'was begun with other settings (denoise)'
expect 'and goes on' search --out half
expect 'to the same numbers' [ "$(numbers half)" = "$(cat before)" ]
rm -rf killed
first=$(jq -r .epsilon found/epsilon-*/seed-1/distance.json | sort -g | head -n 1 | xargs printf 'epsilon-%.17g')
expect 'so is one that has drawn' killed_when "killed/$first/seed-1/distance.json" step_size "${few[@]}" --out killed
eventually() { local try; for ((try = 0; try < 50; ++try)); do if "$@"; then return; fi; sleep 0.2; done; return 1; }   # its sample ends after it
expect 'and goes on' eventually search --out killed
expect 'to the same numbers, too' [ "$(numbers killed)" = "$(cat before)" ]
expect 'more seeds use what is there' accepts step_size "${few[@]/1,2/1,2,3}" --out found
expect 'indeed' jq -e --slurpfile before before '. as $now | $before[0].steps | all(. as $one | $now.steps[] | select(.epsilon == $one.epsilon)
    | .distances[:2] == $one.distances)' found/step_size.json
cp images.npy kept.npy
head -c -1 kept.npy > images.npy && printf '\377' >> images.npy
expect 'other images do not' refuses step_size "${few[@]}" --out found
expect 'nor are they unnoticed' says 'was begun with other settings (images)'
mv kept.npy images.npy
expect 'other settings do not' refuses step_size "${few[@]}" --out found --count 6 --denoise after
expect 'which is said, with what differs' says 'was begun with other settings (denoise, count)'

while read -r wrong; do
    # shellcheck disable=SC2086
    expect "refused: $wrong" refuses step_size "${few[@]/1,2/1}" --out new $wrong
done <<'END'
--count 3
--reference 3
--seeds 1,1
--ratio 1
--ratio nan
--ratio 90
--from 1e-9
--to 1
--from 3e-5 --to 2e-5
--from nan
--sampler als
--sampler als --from 2e-5
--sampler als --from 1e-5 --to 3e-4
--sampler als --from 1e-5 --to 2e-5 --subdivide 2
--sampler als --from 1e-5 --to 2e-5 --steps-per-level 0
--sampler flow
--denoise often
--subdivide 0
--batch 0
--features resnet
--features inception
--feature-weights nowhere
--data nowhere
--split test
--weights nowhere
--data digits
--average none --weights run/weights.safetensors
END
expect 'and nothing was made' absent new
expect 'what sample refuses' refuses step_size "${few[@]}" --out new --count 4611686018427387904
expect 'is refused before features are made' absent new/reference.safetensors
expect 'in its words' says 'sample: --count, --columns'
expect 'and with what is right the same folder serves' search --out new
expect 'a step that is not admissible is refused with the interval' refuses step_size "${few[@]}" --out other --to 1
expect 'that there is' says 'consistent sampling takes steps in ['
exit $((failures > 0))
