#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# needs: train sample density
# seconds: 200
## \file  Energies in the programs: training by recovery likelihood, what is logged, resuming bit by bit, explosions, progressive sampling.
set -euo pipefail
source "$NCSN_SOURCE_DIR/tests/support/programs.bash"

energy=(--model recovery --data mnist --data-dir digits --features 4 --blocks 1 --batch 4 --moves 3 --log-every 1 --test-every 2 --test-batches 1)

expect 'an energy is trained' accepts train --out whole "${energy[@]}" --steps 6 --sample-every 3 --sample-count 2
expect 'with a picture of samples' there whole/samples/step-6.png whole/weights.safetensors
field() { grep '"loss"' "$1/metrics.jsonl" | head -1 | grep -qF "\"$2\":"; }
for name in gap displacement gap_of_level displacement_of_level gradient_norm; do expect "$name is logged" field whole "$name"; done
expect 'the defaults are those of the published code' test "$(jq -c '[.levels,.rate,."warm-up",.objective,.process,.dequantize]' whole/config.json)" \
    = '[6,0.0001,1000,"recovery","code",false]'
expect 'and the images of such a network lie in [-1, 1]' grep -qaF '\"range\":[-1,1]' whole/weights.safetensors

# Vectors of the spectral norms are part of a checkpoint: stopped and resumed anywhere, a run ends at the same bits.
given train --out parts "${energy[@]}" --steps 6 --sample-every 3 --sample-count 2 --time-limit 1e-9
expect 'a run that was stopped resumes' accepts train --out parts --resume --time-limit 0
expect 'and gives the same weights and vectors, bit by bit' same parts/weights.safetensors whole/weights.safetensors
given train --out short "${energy[@]}" --steps 3
given train --out short --resume --steps 6
given train --out long "${energy[@]}" --steps 6
expect 'a finished run made longer ends where one in one go does' same short/weights.safetensors long/weights.safetensors
expect 'the vectors are in the file' test "$(head -c 20000 long/weights.safetensors | grep -ao '"conv_in.u"' | head -1)" = '"conv_in.u"'

for process in paper marginal; do
    levels=$([[ $process == paper ]] && echo 4 || echo 1)
    expect "levels of the kind $process" accepts train --out "$process" "${energy[@]}" --process "$process" --levels "$levels" --steps 2
    expect "and samples from them" accepts sample --weights "$process" --out "$process/drawn" --sampler progressive --count 2
done
expect 'a thousand levels, by normal draws' \
    accepts train --out fine "${energy[@]}" --process fine --levels 1000 --moves 1 --steps 2
expect 'and by denoising' \
    accepts train --out denoising "${energy[@]}" --process fine --levels 1000 --moves 1 --objective recovery-dsm --steps 2
expect 'and by its mean' \
    accepts train --out expected "${energy[@]}" --process fine --levels 1000 --moves 1 --objective recovery-dsm-expected --steps 2
first_loss() { jq -es 'map(select(.loss)) | first | .loss // error("no loss")' "$1/metrics.jsonl"; }
expect 'whose loss lacks what is chance' test "$(jq -n "$(first_loss expected) < $(first_loss denoising)")" = true
expect 'without the scale of the loss' accepts train --out unscaled "${energy[@]}" --no-loss-scale --steps 2
expect 'which makes other weights' bash -c '! cmp -s unscaled/weights.safetensors paper/weights.safetensors'

expect 'initial weights that it does not know are refused' refuses train --out no "${energy[@]}" --steps 2 --initialisation ddpm
expect 'with those that it knows' says 'knows own, keras'
expect 'Glorot weights are drawn where they are asked for' accepts train --out glorot "${energy[@]}" --steps 2 --initialisation keras
given train --out own "${energy[@]}" --steps 2
expect 'and are others' bash -c '! cmp -s glorot/weights.safetensors own/weights.safetensors'

expect 'an energy that grows without bound ends the run' refuses train --out explosion "${energy[@]}" --steps 400 --rate 300 --warm-up 0
expect 'with its cause' grep -qE 'the loss is|no longer finite|is not finite' log
expect 'and the last good checkpoint' says 'explosion/checkpoints/last.safetensors'

# The penalty alone can bring energies of data to 0: with one that outweighs everything they are smaller after as many steps.
given train --out free "${energy[@]}" --steps 60 --rate 1e-2 --warm-up 0
expect 'energies can be kept small' accepts train --out held "${energy[@]}" --steps 60 --rate 1e-2 --warm-up 0 --energy-penalty 100
energy_gap() { jq -es '[.[] | select(.gap) | .gap | fabs] | max // error("no gap")' "$1/metrics.jsonl"; }
expect 'which they are' test "$(jq -n "$(energy_gap held) < $(energy_gap free)")" = true
expect 'not below 0' refuses train --out no "${energy[@]}" --energy-penalty -1
expect 'and where there are chains' refuses train --out no "${energy[@]}" --process fine --levels 1000 --moves 1 --objective recovery-dsm \
    --energy-penalty 1
expect 'said so' says '--energy-penalty 1: --objective recovery-dsm has no chains'

expect 'samples are drawn down the levels' accepts sample --weights whole --out drawn --sampler progressive --count 5 --batch 5 --trajectory 2
expect 'with the moves of the training' test "$(jq .steps_per_level drawn/sample.json)" = 3
expect 'and pictures' there drawn/samples.png drawn/trajectory.png
given sample --weights whole --out drawn-2 --sampler progressive --count 5 --batch 2
expect 'the batch changes nothing' same drawn/samples.npy drawn-2/samples.npy
given sample --weights whole --out drawn-3 --sampler progressive --count 5 --chain-noise 1
expect 'the noise of the chains does' bash -c '! cmp -s drawn/samples.npy drawn-3/samples.npy'
given sample --weights whole --out drawn-4 --sampler progressive --count 2 --steps-per-level 2
expect 'moves can be chosen' test "$(jq .steps_per_level drawn-4/sample.json)" = 2

given sample --weights whole --out row --sampler progressive --count 8 --interpolate 4 --batch 3
bytes() { tail -c "$((4 * 64 * 8))" "$1/samples.npy" | tail -c +"$((4 * 64 * $2 + 1))" | head -c $((4 * 64)); }  # sample $2 of 8 of 64 numbers
given sample --weights whole --out ends --sampler progressive --count 8
expect 'rows between two samples begin at one' same <(bytes row 0 | od -f -An | head -c 60) <(bytes ends 0 | od -f -An | head -c 60)
expect 'and end at the other' same <(bytes row 7 | od -f -An | head -c 60) <(bytes ends 3 | od -f -An | head -c 60)
expect 'rows are whole' refuses sample --weights whole --out no --sampler progressive --count 7 --interpolate 4

# Long chains and ln Z at a thousand levels.
long=(--weights fine --moves 2 --adapt-chains 4 --adapt-transitions 4 --fewest 0 --count 4)
expect 'ln Z and bits of test images' accepts density "${long[@]}" --out z --data mnist --data-dir digits --images 4
expect 'with what they are' says 'too low by about'
expect 'and a warning that so few chains say nothing' says 'the number says nothing'
expect 'in a file' jq -e '.log_z and .bits.per_dimension and (.curve | length == 2) and (.steps | length == 1000)' z/density.json
expect 'steps reach their acceptance' jq -e '[.adapted_acceptance[] | . >= 0.6 and . <= 0.9] | all' z/density.json
given density "${long[@]}" --out z-2 --batch 3 --data mnist --data-dir digits --images 4
same_json() { cmp -s <(jq "$1" "$2") <(jq "$1" "$3"); }
expect 'the batch changes nothing' same_json '.curve, .steps, .bits' z/density.json z-2/density.json
expect 'long chains are samples' same <(tail -c 1024 z/samples.npy) <(tail -c 1024 z-2/samples.npy)
expect 'of sample as well' accepts sample --weights fine --out chains --sampler long-run --steps-per-level 2 --count 2 --adapt-chains 4 \
    --adapt-transitions 4
# Killed while it looks for steps, then stopped there, then killed among its chains: the same command goes on to the same numbers.
rows=(--weights fine --moves 2 --adapt-chains 4 --adapt-transitions 4 --fewest 0 --count 16 --batch 2 --data mnist --data-dir digits --images 4)
given density "${rows[@]}" --out at-once
expect 'the search for steps is killed' killed_when later/steps.partial density "${rows[@]}" --adapt-transitions 40 --out later
expect 'a signal ends it' ends_by TERM density "${rows[@]}" --adapt-transitions 40 --out later
expect 'and says what is kept' says 'of 1000 levels are kept; the same command continues'
expect 'which was gone on with' says 'continues with the steps of'
expect 'steps of other settings are not taken' refuses density "${rows[@]}" --out later
expect 'nor thrown away' there later/steps.partial
expect 'as is said' says 'steps.partial" was begun with other settings'
expect 'unless asked' accepts density "${rows[@]}" --force --out later
expect 'which begins anew' same_json '.curve, .steps, .bits' later/density.json at-once/density.json
expect 'chains of steps that are others' killed_when chained/chains.safetensors.progress density "${rows[@]}" --out chained
expect 'are not gone on with' refuses density "${rows[@]}" --adapt-transitions 5 --out chained
expect 'as is said' says 'was begun with other images or settings'
expect 'the same ones are' accepts density "${rows[@]}" --batch 3 --out chained
expect 'from there' says 'continues after'
expect 'to the same numbers' same_json '.curve, .steps, .bits' chained/density.json at-once/density.json
expect 'and samples' same chained/samples.npy at-once/samples.npy
expect 'and nothing else stays' test "$(cd chained && echo *)" = 'chains.safetensors density.json samples.npy samples.png'
expect 'a result is not replaced' refuses density "${rows[@]}" --out chained
expect 'unasked' says 'use --force'
expect 'sample keeps its steps too' killed_when drawn-long/steps.partial sample --weights fine --out drawn-long --sampler long-run \
    --steps-per-level 2 --count 2 --adapt-chains 4 --adapt-transitions 40
expect 'and goes on with them' ends_by TERM sample --weights fine --out drawn-long --sampler long-run --steps-per-level 2 --count 2 \
    --adapt-chains 4 --adapt-transitions 40
expect 'as it says' says 'continues with the steps of'

expect 'few samples in effect are refused' refuses density --weights fine --out no-z --count 2 --fewest 1000
expect 'with the number' says 'of 2 samples'
expect 'levels far apart are refused' refuses density --weights whole --out no
expect 'by name' says 'too far apart'

expect 'an objective of scores is refused' refuses train --out no "${energy[@]}" --objective dsm
expect 'by name' says 'is an energy; use recovery'
expect 'and that of energies for a score' refuses train --out no "${tiny[@]}" --objective recovery
expect 'by name' says 'is a score; use dsm'
expect 'levels that there are not' refuses train --out no "${energy[@]}" --process fine
expect 'with what there is' says '--levels 1000 and --moves 1 were expected'
expect 'unknown levels' refuses train --out no "${energy[@]}" --process nowhere
expect 'no moves' refuses train --out no "${energy[@]}" --moves 0
expect 'no blocks' refuses train --out no "${energy[@]}" --blocks 0
expect 'annealed Langevin for an energy' refuses sample --weights whole --out no --sampler als
expect 'with the sampler that there is' says 'sample --sampler progressive'
expect 'a step for a sampler that has none' refuses sample --weights whole --out no --sampler progressive --epsilon 1
expect 'nothing was made' absent no

exit $((failures > 0))
