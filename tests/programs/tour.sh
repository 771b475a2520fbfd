#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# needs: tour_01_mixture tour_02_sliced tour_03_images tour_04_own_sampler tour_05_own_layer tour_06_idioms tour_07_extending
## \file  The programs of the tour print the numbers that they are about.
set -euo pipefail
source "$NCSN_SOURCE_DIR/tests/support/programs.bash"

last() { awk '{ number = $NF } END { print number }' log; }
near() { awk -v x="$1" -v y="$2" -v far="$3" 'BEGIN { d = x - y; exit !(x != "" && d < far && -d < far) }'; }

expect 'a mixture is sampled' accepts tour/01_mixture
expect 'its upper mode has about 0.8 of the samples' near "$(last)" 0.8 0.06
expect 'which are kept' there samples.npy
expect 'a network is trained by sliced score matching' accepts tour/02_sliced
expect 'to a score within 0.5 of the exact one, whose own square is 8' near "$(last)" 0 0.5
expect 'so does a sampler of one'\''s own' accepts tour/04_own_sampler
expect 'for 0.8' near "$(last)" 0.8 0.06
expect 'a layer of one'\''s own is trained' accepts tour/05_own_layer
numbers=$(tr -c '0-9.e-' ' ' < log)
read -r _ scale1 scale2 _ shift1 shift2 <<<"${numbers//[a-z]/}"
for pair in "$scale1 -0.25" "$scale2 -0.25" "$shift1 0.25" "$shift2 -0.5"; do expect "to the score of its Gaussian: $pair" near $pair 0.05; done

number_after() { sed -nE "s/^.*$1 *([-+0-9.e]+).*/\\1/p" log | head -n 1; }
expect 'the idioms run' accepts tour/06_idioms
expect 'a run that is stopped, saved and resumed is the run that never stopped' says 'stopped, saved and resumed: differs by 0'
for split in 'four micro-batches' 'two processes'; do
    expect "$split change no more than the order of sums" near "$(number_after "$split: differ by")" 0 1e-5
done
expect 'threads change nothing' says 'chains in two threads are the same bits'
expect 'signs are -1 or 1' says 'mean square of signs 1'
expect 'the likelihood is the exact one, but for the noise of the last level' near "$(number_after log-likelihood)" "$(number_after exactly)" 0.01
if command -v python3 >/dev/null; then
    sed -n '/^```python$/,/^```$/{/^```/!p}' "$NCSN_SOURCE_DIR/docs/idioms.md" > read.py
    echo 'found = read("run.safetensors"); print(found["step"], found["ema/2.weight"][0], found["model/0.bias"][0], len(found["rng"][1]))' >> read.py
    python3 read.py > log 2>&1 || true
    expect 'a checkpoint is read in Python' says '([1], (150,)) [64, 64] [64] 4'
fi

expect 'things of one'\''s own run' accepts tour/07_extending
expect 'a network learns the score, whose own square is 1/2' near "$(number_after 'distance from the score')" 0 0.2
expect 'so does one with an objective of one'\''s own, 0.32 at this level' near "$(number_after 'score at sigma 4')" 0 0.1
expect 'two networks come back from a checkpoint' says 'two networks: after step 300 loss'
expect 'as they were' near "$(number_after 'at a distance of')" 0 1e-12
expect 'an energy finds the precision 1/4' near "$(number_after precision)" 0.25 0.02
expect 'and the mean -2' near "$(number_after mean)" -2 0.2
expect 'a schedule of one'\''s own leads to the deviation 2' near "$(number_after 'schedule: deviation')" 2 0.1
expect 'a data set gives its batches' says 'data set: 1000 lines of 1000'
expect 'an operation has its slope both ways, and its second derivative' says 'operation: value 0.447214 slope 0.715542 0.715542 second -0.85865'
expect 'a device of one'\''s own has the CPU'\''s chains' near "$(number_after 'end at a distance of')" 0 1e-5
expect 'which went somewhere' near "$(number_after 'chains of length')" 5 4
if [[ -d /usr/share/datasets/fashion-mnist ]]; then
    for steps in -1 010 1e3 x 18446744073709551616 ''; do
        expect "'$steps' is no number of steps" refuses tour/03_images "$steps"
        expect 'as is said' says 'is no count; digits were expected'
    done
    expect 'two steps on images, and samples' accepts tour/03_images 2 2
    expect 'as a picture' there samples.png
fi
exit $((failures > 0))
