#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# needs: tour_01_mixture tour_02_sliced tour_03_images tour_04_own_sampler tour_05_own_layer
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
if [[ -d /usr/share/datasets/fashion-mnist ]]; then
    expect 'two steps on images, and samples' accepts tour/03_images 2 2
    expect 'as a picture' there samples.png
fi
exit $((failures > 0))
