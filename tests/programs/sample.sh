#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# needs: sample train weights
## \file  The program sample: every sampler, results that do not depend on the batch, and what it refuses.
set -euo pipefail
source "$NCSN_SOURCE_DIR/tests/support/programs.bash"
given train --out run "${tiny[@]}" --steps 2
given train --out plain "${tiny[@]}" --model baseline --levels 1 --sigma-first 0.01 --steps 2
few=(--count 5 --steps-per-level 2)

expect 'help is given' accepts sample --help
expect 'samples are drawn from a run' accepts sample --weights run --out one "${few[@]}" --trajectory 3
expect 'into the files that it names' there one/{samples.png,samples.npy,trajectory.png,sample.json}
expect 'with the settings' grep -q '"epsilon_full": 2e-05' one/sample.json
expect 'batches of another size' accepts sample --weights run --out two "${few[@]}" --trajectory 3 --batch 2
expect 'give the same samples' same one/samples.npy two/samples.npy
expect 'and the same trajectories' same one/trajectory.png two/trajectory.png
expect 'the weights of a run are those of its last file' accepts sample --weights run/weights.safetensors --out three "${few[@]}"
expect 'which is the average' same one/samples.npy three/samples.npy
expect 'the weights of the last step are others' accepts sample --weights run --out last "${few[@]}" --average none
expect 'indeed' eval '! same one/samples.npy last/samples.npy'
expect 'a file of weights has one set' refuses sample --weights run/weights.safetensors --out new --average none
expect 'a smaller copy of a checkpoint' accepts weights convert --weights run/checkpoints/last.safetensors --out half.safetensors
expect 'tells what it changed' says 'relative change of the weights 0.0002'
expect 'and is sampled as the run is' accepts sample --weights half.safetensors --out rounded "${few[@]}"
expect 'says what it is' accepts weights show --weights half.safetensors
expect 'with its network' says '"model":"refinenet"'
expect 'a full copy' accepts weights convert --weights run/checkpoints/last.safetensors --out full.safetensors --type f32
expect 'has the same samples' accepts sample --weights full.safetensors --out copied "${few[@]}"
expect 'bit by bit' same one/samples.npy copied/samples.npy
given sample --weights run --out four "${few[@]}" --seed 2
expect 'another seed gives other samples' eval '! same one/samples.npy four/samples.npy'
given sample --weights run --out five "${few[@]}" --epsilon 4e-5 --convention half
expect 'half a step of twice the size is a full step' same one/samples.npy five/samples.npy
given sample --weights run --out even --count 5 --steps-by-level 2,2,2 --epsilon-by-level 2e-5,2e-5,2e-5
expect 'equal steps at every level are --steps-per-level' same one/samples.npy even/samples.npy
expect 'and said' grep -qzE '"steps_by_level": \[[^]]*2,[^]]*2,[^]]*2' even/sample.json
given sample --weights run --out uneven --count 5 --steps-by-level 1,2,3 --trajectory 2
expect 'others give other samples' eval '! same one/samples.npy uneven/samples.npy'
expect 'of as many evaluations as they are' grep -q '"evaluations_per_sample": 6' uneven/sample.json
given sample --weights run --out sizes "${few[@]}" --epsilon-by-level 1e-5,2e-5,3e-5
expect 'so do other sizes' eval '! same one/samples.npy sizes/samples.npy'
for sampler in 'als --denoise after' 'als --denoise before' 'cas' 'cas --subdivide 3 --denoise after' 'langevin' 'langevin --denoise before' \
    'ancestral' 'ancestral --subdivide 2' 'pc' 'flow --subdivide 2'; do
    # shellcheck disable=SC2086
    expect "sampler $sampler" accepts sample --weights run --out "with $sampler" --count 3 --steps-per-level 2 --trajectory 1 --sampler $sampler
done
expect 'the baseline is sampled at its level' accepts sample --weights plain --out six --sampler langevin "${few[@]}"

# Steps are in units of sigma_L^2: 2e-5 at 0.01, so 16 times that at 0.04, and no other, for every way to give them and for both samplers.
given train --out wide "${tiny[@]}" --sigma-last 0.04 --steps 2
given sample --weights wide --out wide-als "${few[@]}"
expect 'the step follows the last level' jq -e '.epsilon_full == 3.2e-4' wide-als/sample.json
given sample --weights wide --out wide-same "${few[@]}" --epsilon 3.2e-4
expect 'indeed' same wide-als/samples.npy wide-same/samples.npy
given sample --weights wide --out wide-other "${few[@]}" --epsilon 2e-5
expect 'others would be others' eval '! same wide-als/samples.npy wide-other/samples.npy'
given sample --weights wide --out wide-by-level --count 5 --steps-by-level 2,2,2
expect 'so it does where steps are given by level' same wide-als/samples.npy wide-by-level/samples.npy
for epsilon in '' '--epsilon 3.2e-4' '--epsilon 2e-5'; do
    # shellcheck disable=SC2086
    given sample --weights wide --out "wide-langevin$epsilon" "${few[@]}" --sampler langevin $epsilon
done
expect 'and without annealing' same wide-langevin/samples.npy 'wide-langevin--epsilon 3.2e-4/samples.npy'
expect 'where others would be others too' eval "! same wide-langevin/samples.npy 'wide-langevin--epsilon 2e-5/samples.npy'"

expect 'results are not overwritten' refuses sample --weights run --out one
expect 'and the way on is named' says -- --force
expect '--force replaces them' accepts sample --weights run --out one "${few[@]}" --force
expect 'without a trajectory no earlier one stays' eval '[[ ! -e one/trajectory.png ]]'
touch file
expect 'a place that cannot be is refused' refuses sample --weights run --out file/below
expect 'a name that is not UTF-8 too' refuses sample --weights run --out $'new\xff'
expect 'with the reason' says 'is not UTF-8'
mkdir taken && mkdir taken/sample.json
expect 'and a folder that cannot hold every result, before anything is drawn' refuses sample --weights run --out taken
expect 'with its name' says 'taken/sample.json": exists and is not a regular file'
expect 'so nothing is there' test "$(ls taken)" = sample.json
expect 'no run, no samples' refuses sample --weights nothing --out new
expect 'an empty folder is no run' refuses sample --weights digits --out new
expect 'and the error says what is missing' says checkpoints/last.safetensors
head -c 9000 run/weights.safetensors > cut.safetensors
expect 'half a file is refused' refuses sample --weights cut.safetensors --out new
expect 'with its name' says cut.safetensors
expect 'data are no weights' refuses sample --weights digits/train-images-idx3-ubyte --out new
for wrong in '--sampler fast' '--denoise often' '--start cold' '--convention double' '--subdivide 2' '--count 0' '--batch 0' \
    '--steps-per-level 0' '--epsilon -1' '--sampler cas --epsilon 1' '--sampler flow --denoise after' \
    '--sampler pc --epsilon 1' '--steps-by-level 2,2' '--steps-by-level 2,0,2' '--epsilon-by-level 1e-5,1e-5' \
    '--epsilon-by-level 1e-5,-1,1e-5' '--sampler cas --steps-by-level 2,2,2' '--sampler langevin --epsilon-by-level 1e-5'; do
    # shellcheck disable=SC2086
    expect "refused: $wrong" refuses sample --weights run --out new $wrong
done
# An option that does nothing here is told of, and changes nothing.
for sampler in cas ancestral pc flow; do
    given sample --weights run --out "$sampler-plain" --sampler "$sampler" --count 2
    expect "steps a level say nothing to $sampler" accepts sample --weights run --out "$sampler-told" --sampler "$sampler" --count 2 \
        --steps-per-level 5
    expect 'as is said' says "note: --steps-per-level says nothing here: --sampler $sampler makes one move a level"
    expect 'and changes nothing' same "$sampler-plain/samples.npy" "$sampler-told/samples.npy"
done
for option in --adapt-chains --adapt-transitions; do
    given sample --weights run --out "told$option" "${few[@]}" "$option" 5
    expect "so is $option" says 'note: --adapt-chains and --adapt-transitions say nothing here: --sampler als adapts no steps'
    expect 'which changes nothing' same one/samples.npy "told$option/samples.npy"
done
given sample --weights run --out quiet "${few[@]}"
expect 'what does something is told nothing of' eval '! says note:'

expect 'a step that makes the chain diverge is reported' refuses sample --weights run --out new --count 2 --epsilon 1e40
expect 'with the level' says 'no longer finite after level'

# A signal ends a run within a move, with no result.
for signal in INT TERM HUP; do
    expect "SIG$signal ends it as an error does" ends_by "$signal" sample --weights run --out never --steps-per-level 1000000
    expect 'which says so' says 'stopped before the end'
    expect 'and leaves nothing' absent never/samples.npy
done
# A run that is being replaced is the one to draw from until the new one has made a step.
given sample --weights run --out before "${few[@]}"
mkdir run/.replaced
mv run/checkpoints run/.replaced/
mkdir run/checkpoints
cp plain/checkpoints/last.safetensors run/checkpoints/
touch run/.replaced/complete
expect 'the run that works is found' accepts sample --weights run --out after "${few[@]}"
expect 'with the same samples' same before/samples.npy after/samples.npy
exit $((failures > 0))
