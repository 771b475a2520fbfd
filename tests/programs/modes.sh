#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# needs: digit_classifier
# seconds: 60
## \file  digit_classifier modes: kinds of samples of StackedMNIST and their divergence by the shipped classifier, and what it refuses.
set -euo pipefail
source "$NCSN_SOURCE_DIR/tests/support/programs.bash"

# n samples [N,28,28,channels] of floats that are all 0: whatever the classifier takes them for, they are of one kind.
make_npy() {
    local dictionary="{'descr': '<f4', 'fortran_order': False, 'shape': ($2,28,28,$3)}"
    { printf '\x93NUMPY\1\0'; printf "\\x$(printf %02x ${#dictionary})\\0%s" "$dictionary"; head -c $(($2 * 28 * 28 * $3 * 4)) /dev/zero; } > "$1"
}
make_npy black.npy 20 3
make_npy grey.npy 20 1
weights=$NCSN_SOURCE_DIR/data/mnist_classifier.safetensors

expect 'samples are counted' accepts digit_classifier modes --samples black.npy --weights "$weights" --out modes.json
expect 'alike ones are one kind' test "$(jq -c '[.samples, .modes]' modes.json)" = '[20,1]'
expect 'as far from all kinds as can be' jq -e '(.divergence - (1000 | log)) | fabs < 1e-12' modes.json
expect 'and twice that and 2 ln 2 as coded' jq -e '(."divergence as coded" - 2 * (2000 | log)) | fabs < 1e-12' modes.json
expect 'or divided by what was asked for' accepts digit_classifier modes --samples black.npy --weights "$weights" --asked 40 --out asked.json
expect 'indeed' jq -e '(."divergence as coded" - (1000 | log)) | fabs < 1e-12' asked.json
expect 'grey digits are no such samples' refuses digit_classifier modes --samples grey.npy --weights "$weights"
expect 'by name' says 'digits [N,28,28,3] were expected'
expect 'nor are coloured ones digits' refuses digit_classifier judge --samples black.npy --weights "$weights"
expect 'by name' says 'digits [N,28,28,1] were expected'

# Samples in 0..255, or that are none, would be judged as if they were digits: one pixel tells.
spoilt() { cp "$1" "$2"; printf "$3" | dd of="$2" bs=1 seek=$(($(wc -c < "$2") - 4)) conv=notrunc status=none; }
spoilt grey.npy bytes.npy '\0\0\177\103'                                             # 255 and not a number, as floats
spoilt grey.npy none.npy '\0\0\300\177'
spoilt black.npy bytes-3.npy '\0\0\177\103'
spoilt black.npy none-3.npy '\0\0\300\177'
for samples in bytes none; do
    expect "$samples are no digits" refuses digit_classifier judge --samples $samples.npy --weights "$weights" --out new.json
    expect 'as is said' says '0 (black) to 1 (white) were expected'
    expect 'nor in colours' refuses digit_classifier modes --samples $samples-3.npy --weights "$weights" --out new.json
    expect 'as is said' says '0 (black) to 1 (white) were expected'
done
expect 'bytes with their largest' refuses digit_classifier judge --samples bytes.npy --weights "$weights"
expect 'which is 255' says 'pixels from 0 to 255'
expect 'and no report is left of any' absent new.json

exit $((failures > 0))
