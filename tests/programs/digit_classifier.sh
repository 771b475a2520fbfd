#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# needs: digit_classifier
# seconds: 200
## \file  The classifier's training goes on where it was stopped or killed, to the same bits.
set -euo pipefail
source "$NCSN_SOURCE_DIR/tests/support/programs.bash"

# Digits of 28 x 28 that are none: the bytes of a text.
mkdir mnist
for part in train:1200 t10k:100; do
    count=${part#*:}
    { printf '\0\0\10\3'; big_endian "$count"; big_endian 28; big_endian 28; head -c $((count * 784)) < <(seq 1 9999999); } \
        > "mnist/${part%:*}-images-idx3-ubyte"
    {
        printf '\0\0\10\1'
        big_endian "$count"
        for ((i = 0; i < count; ++i)); do printf "\\x0$((i % 10))"; done
    } > "mnist/${part%:*}-labels-idx1-ubyte"
done
how=(train --data-dir mnist --batch 8)
given digit_classifier "${how[@]}" --epochs 2 --out whole.safetensors

expect 'a signal ends a training' ends_by TERM digit_classifier "${how[@]}" --epochs 2 --out parts.safetensors
expect 'and says how to go on' says '; the same command continues'
expect 'with a checkpoint' there parts.safetensors.checkpoint
expect 'which another seed does not go on with' refuses digit_classifier "${how[@]}" --epochs 2 --seed 2 --out parts.safetensors
expect 'as is said' says 'was begun with other settings'
expect 'the same command does' accepts digit_classifier "${how[@]}" --epochs 2 --out parts.safetensors
expect 'from that step' says 'continues after step'
expect 'to the same bits' same parts.safetensors whole.safetensors
expect 'and nothing else stays' test "$(ls -d parts.safetensors*)" = parts.safetensors

expect 'one that lasts is killed when something is kept' \
    killed_when killed.safetensors.checkpoint digit_classifier "${how[@]}" --epochs 1000 --out killed.safetensors
expect 'and goes on' ends_by INT digit_classifier "${how[@]}" --epochs 1000 --out killed.safetensors
expect 'from there' says 'continues after step'
head -c 3000 killed.safetensors.checkpoint > half && mv half killed.safetensors.checkpoint
expect 'half a checkpoint is refused' refuses digit_classifier "${how[@]}" --epochs 1000 --out killed.safetensors
expect 'by name' says 'killed.safetensors.checkpoint'
expect 'and begun anew by --force' ends_by TERM digit_classifier "${how[@]}" --epochs 1000 --out killed.safetensors --force
expect 'with another one' says 'the same command continues'
expect 'no batch is larger than the set' refuses digit_classifier train --data-dir mnist --batch 1201 --out new.safetensors
expect 'as is said' says 'the training set has 1200 digits'
exit $((failures > 0))
