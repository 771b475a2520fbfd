#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# needs: train likelihood
# seconds: 200
## \file  Bits a dimension of a trained score: a score of 0, whose flow stands still, in closed form; random signs against exact traces; kills.
set -euo pipefail
source "$NCSN_SOURCE_DIR/tests/support/programs.bash"
needs_tools jq

given train --out run "${tiny[@]}" --steps 4
of() { jq -e "$2" "$1/likelihood.json"; }
near() { jq -ne --argjson a "$1" --argjson b "$2" --argjson most "$3" '($a - $b) | fabs < $most' > /dev/null; }

# Weights of 0 behind the same header: s = 0, and ln p(x) = ln N(x; m, v + σ₁²) with the data's own m and v.
header=$((8 + $(od -An -tu8 -N8 run/weights.safetensors)))
{ head -c "$header" run/weights.safetensors; head -c $(($(stat -c %s run/weights.safetensors) - header)) /dev/zero; } > still.safetensors
expect 'a score that is 0 has a likelihood' accepts likelihood --weights still.safetensors --out still --data-dir digits --images 32 --probes 0
bits_of_normal() {                                                                  # of all test images: x = (byte + ½)/256 and the variance of u/256
    tail -c +17 digits/t10k-images-idx3-ubyte | od -An -v -tu1 | awk -v m="$(of still .prior.mean)" -v v="$(of still .prior.variance)" '
        { for (i = 1; i <= NF; ++i) { d = ($i + 0.5) / 256 - m; squares += d * d + 1 / (12 * 65536); ++n } }
        END { c = v + 1; printf "%.7f", (0.5 * log(2 * 3.14159265358979 * c) + squares / n / (2 * c)) / log(2) + 8 }'
}
expect 'that of the normal law it stands still in' near "$(of still .bits_per_dimension)" "$(bits_of_normal)" 1e-3
moments_of_bytes() {                                                                # of the training images, mean and variance
    tail -c +17 digits/train-images-idx3-ubyte | od -An -v -tu1 | awk '
        { for (i = 1; i <= NF; ++i) { s += $i / 255; q += $i * $i / 65025; ++n } }
        END { printf "%.6f %.6f", s / n, q / n - s * s / n / n }'
}
read -r mean variance < <(moments_of_bytes; echo)
expect 'whose mean is that of the training images' near "$(of still .prior.mean)" "$mean" 1e-4
expect 'and its variance' near "$(of still .prior.variance)" "$variance" 1e-4
expect 'no density with noise of 0.01 can have fewer bits than log2(0.01 sqrt(2 pi) 256)' near "$(of still .least_with_such_noise)" 2.6819 1e-3

bits=(likelihood --weights run --data-dir digits)
expect 'the data are those of the network' accepts "${bits[@]}" --out a --images 6
expect 'and what the number is, is said' says 'bits a dimension of 6 test images of mnist, uniformly dequantised'
given "${bits[@]}" --out b --images 6 --batch 1
expect 'the batch changes no draw' near "$(of a .bits_per_dimension)" "$(of b .bits_per_dimension)" 1e-5
given "${bits[@]}" --out c --images 6 --subdivide 2
expect 'the flow takes finer steps' test "$(of c .levels)" = 5
expect 'to other numbers' test "$(of c .bits_per_dimension)" != "$(of a .bits_per_dimension)"

# Random signs give the exact trace in the mean: differences for the same images, seed by seed, over their standard error.
differences=
for seed in 1 2 3 4 5 6 7 8; do
    given "${bits[@]}" --out "exact-$seed" --images 4 --seed "$seed" --probes 0
    given "${bits[@]}" --out "signs-$seed" --images 4 --seed "$seed" --probes 4
    differences+=" $(jq -n "$(of "signs-$seed" .bits_per_dimension) - $(of "exact-$seed" .bits_per_dimension)")"
done
t_of() { awk '{ for (i = 1; i <= NF; ++i) { s += $i; q += $i * $i } m = s / NF; printf "%.3f", m / sqrt((q / NF - m * m) / (NF - 1)) }' <<< "$1"; }
expect "random signs are unbiased: $(t_of "$differences")" near "$(t_of "$differences")" 0 4.5
expect 'and random' test "$(of signs-1 .bits_per_dimension)" != "$(of exact-1 .bits_per_dimension)"

long=("${bits[@]}" --images 32 --batch 1 --probes 8)
given "${long[@]}" --out whole
expect 'it is killed among its images' killed_when parts/log_densities.safetensors.progress "${long[@]}" --out parts
expect 'other signs are not gone on with' refuses "${long[@]}" --seed 2 --out parts
expect 'as is said' says 'was begun with other images or settings'
expect 'the same command is' accepts "${long[@]}" --out parts
expect 'from there' says 'continues after'
expect 'to the same bits' same parts/log_densities.safetensors whole/log_densities.safetensors
expect 'and nothing else stays' test "$(cd parts && echo *)" = 'likelihood.json log_densities.safetensors'
expect 'a result is not replaced' refuses "${long[@]}" --out parts
expect 'unless asked' accepts "${long[@]}" --force --out parts

given train --out energy --model recovery --data mnist --data-dir digits --features 4 --blocks 1 --batch 4 --moves 1 --steps 1
expect 'energies have another program' refuses likelihood --weights energy --out no --data-dir digits
expect 'as is said' says 'is an energy'
given train --out one --model baseline --data mnist --data-dir digits --features 2 --levels 1 --batch 4 --steps 1
expect 'one level has no flow' refuses likelihood --weights one --out no --data-dir digits
for wrong in '--images 1' '--batch 0' '--probes 5000' '--subdivide 0' '--average mean'; do
    # shellcheck disable=SC2086  # several words
    expect "refused: $wrong" refuses "${bits[@]}" --out no $wrong
done
expect 'before anything is made' test ! -e no

exit $((failures > 0))
