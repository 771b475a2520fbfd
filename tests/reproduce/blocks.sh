#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# needs: figures_ssm_loss
# seconds: 120
# reproduce/fig1_ssm and repro_fig1_ssm with --blocks printed: another network from the first iteration on, and no third form.
source "$NCSN_SOURCE_DIR/tests/support/expectations.bash"
needs_tools gnuplot jq
export NCSN_SETUP=skip OMP_NUM_THREADS=1

# Images enough for a few iterations, a hundred of them again and again: bytes of a file, with the label 0.
export NCSN_DATA=$place/data
binaries=$NCSN_DATA/cifar10/cifar-10-batches-bin
mkdir -p "$binaries"
bytes=$NCSN_SOURCE_DIR/data/mnist_classifier.safetensors
for i in {1..100}; do printf '\0'; head -c $((3072 * (i + 1))) "$bytes" | tail -c 3072; done >"$place/records"
for i in {1..100}; do cat "$place/records"; done >"$binaries/test_batch.bin"
for i in {1..5}; do ln "$binaries/test_batch.bin" "$binaries/data_batch_$i.bin"; done
few=(--preset smoke --batch 2 --iterations 8 --seeds 1)
# So few iterations pass no guard; what was run is written down nevertheless.
for id in fig1_ssm repro_fig1_ssm; do
    for blocks in coded printed; do
        expect "$id, $blocks" exits_with 1 "$NCSN_SOURCE_DIR/reproduce/$id" "${few[@]}" --blocks "$blocks" --out "$place/$id-$blocks"
        expect 'is drawn' is_png "$place/$id-$blocks/$id.png"
        expect 'and says so' [ "$(jq -r .settings.options.blocks "$place/$id-$blocks/claim.json")" = "$blocks" ]
        expect 'in the picture' grep -qF "blocks as $blocks" "$place/$id-$blocks/numbers.gp"
    done
    expect 'coded is what is run unless told otherwise' exits_with 1 "$NCSN_SOURCE_DIR/reproduce/$id" "${few[@]}" --out "$place/$id"
    expect 'with the same losses' same "$place/$id/curves.txt" "$place/$id-coded/curves.txt"
    first() { head -1 "$place/$id-$1/curves.txt"; }
    expect 'printed has others at once' [ "$(first coded)" != "$(first printed)" ]
done
expect 'other blocks' exits_with 1 "$NCSN_SOURCE_DIR/reproduce/fig1_ssm" "${few[@]}" --blocks bottleneck --out "$place/other"
expect 'are none' says '--blocks bottleneck: coded (post-activation) and printed (pre-activation) are known'
expect 'and nothing is drawn' absent "$place/other/claim.json"
exit "$((failures > 0))"
