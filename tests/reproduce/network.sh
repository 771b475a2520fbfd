#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# needs: train
# seconds: 120
# reproduce/network: recipes are whole, a run that was stopped goes on with the same command, and figures find what it made.
set -euo pipefail
export NCSN_SETUP=skip NCSN_BUILD_DIR
source "$NCSN_SOURCE_DIR/tests/support/programs.bash"
needs_tools jq
network=$NCSN_SOURCE_DIR/reproduce/network
mkdir data
ln -s ../digits data/mnist
export NCSN_DATA=$place/data

for recipe in "$NCSN_SOURCE_DIR"/reproduce/networks/*.json; do
    name=$(basename "$recipe" .json)
    expect "$name is whole" jq -e '.what and .source and (.data | length > 0) and (.options | length > 0) and
        (.presets | (.smoke, .short, .paper) | (type == "string" or .cost != null))' "$recipe" >log
    for weights in $(jq -r '.weights // empty, (.presets[] | objects | .weights // empty)' "$recipe"); do
        expect "its weights are there" [ -s "$NCSN_SOURCE_DIR/$weights" ]
        expect "with a card" [ -s "$NCSN_SOURCE_DIR/${weights%.safetensors}.md" ]
    done
    expect "$name --help says where it comes from" grep -q '^Source: ' <("$network" "$name" --help)
    expect 'and is listed' grep -q "^  $name " <("$network")
done
used=$(jq -r '.needs.networks[]?, (.presets[]? | objects | .needs.networks[]?)' "$NCSN_SOURCE_DIR"/reproduce/figures/*/*/figure.json | sort -u)
missing=$(for name in $used; do [[ -f $NCSN_SOURCE_DIR/reproduce/networks/$name.json ]] || echo "$name"; done)
expect 'every network that a figure needs has a recipe' [ -z "$missing" ]

expect 'shipped weights are found' [ "$("$network" --find mnist_refinenet --preset paper)" = "$NCSN_SOURCE_DIR/data/mnist_refinenet.safetensors" ]
expect 'those that are nowhere are not' exits_with 1 "$network" --find ncsn-mnist --preset smoke
expect 'and the command is named' says 'reproduce/network ncsn-mnist --preset smoke'
cp -r "$NCSN_SOURCE_DIR/reproduce" reproduce
small=reproduce/networks/ncsn-mnist.json shipping=$network network=reproduce/network
expect 'a recipe is made small' edit "$small" \
    '.presets.smoke.options += {"features": 2, "batch": 4, "steps": 12, "checkpoint-every": 4, "test-batches": 1}'
expect 'a network is trained' exits_with 0 "$network" ncsn-mnist --preset smoke
expect 'after its cost is said' [ "$(sed -n 2p log | cut -c1-6)" = 'smoke:' ]
settings=$(jq -c '[.schedule, .levels, .ema == 0]' out/networks/ncsn-mnist/smoke/config.json)
expect 'with the settings of the recipe' [ "$settings" = '["geometric",10,true]' ]
expect 'and is found' [ "$("$network" --find ncsn-mnist --preset smoke)" = out/networks/ncsn-mnist/smoke/weights.safetensors ]
expect 'not for another preset' exits_with 1 "$network" --find ncsn-mnist --preset paper
expect 'one may ship its own' [ "$("$shipping" --find ncsn-mnist --preset short)" = "$NCSN_SOURCE_DIR/data/mnist_refinenet32.safetensors" ]
expect 'it is not trained twice' exits_with 0 "$network" ncsn-mnist --preset smoke
expect 'but named' says 'it is there'
export NCSN_NETWORKS=elsewhere
expect 'a run that is stopped' exits_with 0 "$network" ncsn-mnist --preset smoke --time-limit 1e-9
expect 'has no weights yet' absent elsewhere/ncsn-mnist/smoke/weights.safetensors
expect 'and goes on with the same command' exits_with 0 "$network" ncsn-mnist --preset smoke --time-limit 0
expect 'says so' says 'continuing in elsewhere/ncsn-mnist/smoke'
expect 'to the same bits' same out/networks/ncsn-mnist/smoke/weights.safetensors elsewhere/ncsn-mnist/smoke/weights.safetensors

# Weights of other settings than those of the recipe are nobody's that the recipe names.
export NCSN_NETWORKS=own
expect 'a network of settings of one'\''s own' exits_with 0 "$network" ncsn-mnist --preset smoke --steps 1 --seed=7 --flip
expect 'is there for the same command' exits_with 0 "$network" ncsn-mnist --preset smoke --steps 1 --seed=7 --flip --threads 1
expect 'but is not the preset'\''s' exits_with 1 "$network" --find ncsn-mnist --preset smoke
expect 'by what it has' says 'steps 1 in place of 12'
expect 'nor is it taken for it' exits_with 1 "$network" ncsn-mnist --preset smoke
expect 'with the ways on' says 'move that folder away, or go on with it by  train --resume --out own/ncsn-mnist/smoke'
export NCSN_NETWORKS=changed
expect 'a run that is stopped' exits_with 0 "$network" ncsn-mnist --preset smoke --time-limit 1e-9
expect 'whose recipe changes' edit "$small" '.presets.smoke.options."sigma-first" = 2'
expect 'is not gone on with' exits_with 1 "$network" ncsn-mnist --preset smoke
expect 'for the reason that it is another' says 'sigma-first 1 in place of 2'
network=$shipping

expect 'missing data are named' exits_with 77 "$network" ncsn-cifar10 --preset smoke
expect 'with the way to get them' says 'data/fetch cifar10'
expect 'a network without a recipe is refused' exits_with 2 "$network" resnet
expect 'with those there are' says 'ncsn-mnist'
expect 'a preset nobody wrote, too' exits_with 2 "$network" ncsn-mnist --preset best
exit "$((failures > 0))"
