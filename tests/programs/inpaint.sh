#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# needs: inpaint train
## \file  The program inpaint: every mask, results that do not depend on the batch, and what it refuses.
set -euo pipefail
source "$NCSN_SOURCE_DIR/tests/support/programs.bash"
given train --out run "${tiny[@]}" --steps 1
few=(--weights run --data-dir digits --completions 2 --steps-per-level 1)

expect 'help is given' accepts inpaint --help
expect 'two images are completed' accepts inpaint "${few[@]}" --out one --count 2
expect 'into the files that it names' there one/{inpaint.png,completions.npy,inpaint.json}
expect 'images are chosen by number, batches change nothing' accepts inpaint "${few[@]}" --out two --images 0,1 --batch 3
expect 'indeed' same one/completions.npy two/completions.npy
for mask in right left top bottom center middle checkerboard; do
    expect "mask $mask" accepts inpaint "${few[@]}" --out "$mask" --count 1 --mask "$mask"
done

for form in coded printed afresh; do
    expect "known pixels imposed as $form" accepts inpaint "${few[@]}" --out "imposed-$form" --count 2 --impose "$form"
    expect 'as the results say' eval "grep -q '\"impose\": \"$form\"' imposed-$form/inpaint.json"
done
expect 'the coded form is the default' same one/completions.npy imposed-coded/completions.npy
expect 'the printed one is another' eval '! same one/completions.npy imposed-printed/completions.npy'

# Steps are in units of sigma_L^2: 2e-5 at 0.01, so 16 times that at 0.04.
given train --out wide "${tiny[@]}" --sigma-last 0.04 --steps 1
for epsilon in '' '--epsilon 3.2e-4' '--epsilon 2e-5'; do
    # shellcheck disable=SC2086
    given inpaint "${few[@]/#run/wide}" --out "wide$epsilon-images" --count 2 $epsilon
done
expect 'the step follows the last level' same wide-images/completions.npy 'wide--epsilon 3.2e-4-images/completions.npy'
expect 'others would be others' eval "! same wide-images/completions.npy 'wide--epsilon 2e-5-images/completions.npy'"

base64 -d <<<'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAAAAADhZOFXAAAAFklEQVR42mP8z8DAwMjAwMDEAAXkMQBJhAEQTfXYugAAAABJRU5ErkJggg==' > half.PNG
base64 -d <<<'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAGklEQVR42mP8//8/AwwwMjLC2UwMOMDglAAAWQIDENE3ZyEAAAAASUVORK5CYII=' > half-rgb.png
base64 -d <<<'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAE0lEQVR42mNk+M+AFTAxMAwlCQDMQgEPk7SVMQAAAABJRU5ErkJggg==' > green.png
expect 'a mask may be a picture, its name in capitals' accepts inpaint "${few[@]}" --out drawn --count 1 --mask half.PNG
expect 'whose white half is known, as with the mask of that name' same drawn/completions.npy right/completions.npy
expect 'or be saved in colour' accepts inpaint "${few[@]}" --out drawn --count 1 --mask half-rgb.png --force
expect 'with the same effect' same drawn/completions.npy right/completions.npy
expect 'but colours say nothing' refuses inpaint "${few[@]}" --out new --mask green.png
expect 'and are told' says 'pixel (0, 0) has the colour (0, 255, 0)'
mkdir own && cp digits/train-images-idx3-ubyte own
expect 'a set without a test split is not asked for one' refuses inpaint --weights run --data own --out new --count 1
expect 'and says so' says 'it has no test split'
expect 'its images are known' accepts inpaint --weights run --data own --train --out own-images --count 1 --completions 1 --steps-per-level 1

expect 'a picture of another size is no mask' refuses inpaint "${few[@]}" --out new --mask one/inpaint.png
expect 'and both sizes are named' says '8 x 8 was expected'
for wrong in '--mask upper' '--impose twice' '--images 32' '--images 1 --count 2' '--completions 0' '--data letters' '--data-dir nowhere'; do
    # shellcheck disable=SC2086
    expect "refused: $wrong" refuses inpaint "${few[@]}" --out new $wrong
done
expect 'results are not overwritten' refuses inpaint "${few[@]}" --out one
expect '--force replaces them' accepts inpaint "${few[@]}" --out one --count 1 --force

# What is done stays, and is gone on with where everything is the same.
long=("${few[@]}" --out cut --batch 1 --steps-per-level 1000)
killed_when cut/completions.npy.progress inpaint "${long[@]}" --count 32 || true
expect 'a run that is killed leaves what it has' there cut/completions.npy.progress cut/completions.npy.partial
expect 'which is not gone on with behind another mask' refuses inpaint "${long[@]}" --count 32 --mask left
expect 'as is said' says 'was begun with other images or settings'
expect 'nor with another form of the loop' refuses inpaint "${long[@]}" --count 32 --impose printed
expect 'nor with other images' refuses inpaint "${long[@]}" --images 4,5,6,7
expect '--force begins anew' accepts inpaint "${few[@]}" --out cut --count 2 --force
expect 'with the same completions as ever' same cut/completions.npy two/completions.npy
expect 'and nothing left of the other run' absent cut/completions.npy.partial cut/completions.npy.progress

# A signal ends a run within a move, with no result.
for signal in INT TERM HUP; do
    expect "SIG$signal ends it as an error does" ends_by "$signal" inpaint "${few[@]}" --out never --steps-per-level 1000000
    expect 'which says so' says 'stopped before the end'
    expect 'and leaves nothing' absent never/completions.npy
done
exit $((failures > 0))
