#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# needs: figures_kinds sample inpaint features train
# seconds: 600
# Kinds of figures that are written once, with the network that is part of this repository: a new figure is one file, and its claims can fail.
source "$NCSN_SOURCE_DIR/tests/support/expectations.bash"
needs_tools gnuplot jq
export NCSN_SETUP=skip NCSN_BUILD_DIR OMP_NUM_THREADS=1

cp -r "$NCSN_SOURCE_DIR/reproduce" "$place/reproduce"
ln -s "$NCSN_SOURCE_DIR/data" "$place/data"
own=$place/reproduce/figures/ncsn/own
mkdir "$own"
cat >"$own/figure.json" <<'END'
{"paper": "ncsn", "number": "Figure 99", "shows": "two step numbers", "title": "Own title", "claim": "More steps leave less noise.", "setting": [],
 "ran": "{count} samples", "kind": "sweep", "seeds": [1, 2, 3], "needs": {"networks": ["mnist_refinenet"]}, "measure": ["noise", "saturated"],
 "options": {"count": 4, "steps-per-level": 6},
 "panels": [{"name": "few", "caption": "(a) one step", "options": {"steps-per-level": 1}}, {"name": "more", "caption": "(b) six steps"}],
 "presets": {"smoke": {"cost": "seconds"}, "short": "smoke", "paper": "smoke"},
 "quantities": {"few.noise": "one step: noise", "more.noise": "six: noise", "few.saturated": "clipped", "more.saturated": "clipped"},
 "claims": [{"statement": "less noise with six steps", "paper": "-", "quantity": "more.noise", "below": "few.noise"}], "guards": []}
END
cd "$place"
expect 'a new figure of samples is one file' exits_with 0 reproduce/figure own --out own
expect 'whose claim holds' says '1 of 1 statements of the paper reproduced'
expect 'with a picture' is_png own/own.png
expect 'that has its title' grep -qF "figure_title = 'Own title'" own/numbers.gp
expect 'its options are options of the command' exits_with 0 reproduce/figure own --out two --count 2 --seeds 1,2 --threads 2
expect 'threads are those of the programs that draw' [ "$(jq .environment.threads two/few-seed1/sample.json)" = 2 ]
expect 'and are kept' [ "$(jq .settings.options.count two/claim.json)" = 2 ]
expect 'its claim is turned round' edit "$own/figure.json" '.claims[] |= (.above = .below | del(.below))'
expect 'a false statement fails' exits_with 1 reproduce/figure own --out own
expect 'the kind is another' edit "$own/figure.json" '.kind = "progress" | .options += {"count": 3, "trajectory": 3} | del(.panels[1]) |
    .quantities |= with_entries(.key |= (sub("^few"; "few.first") | sub("^more"; "few.last"))) |
    .claims = [{"statement": "less noise at the end", "paper": "-", "quantity": "few.last.noise", "below": "few.first.noise"}]'
expect 'chains at work' exits_with 0 reproduce/figure own --out progress --steps-per-level 5
expect 'end with less noise' says '1 of 1 statements of the paper reproduced'
expect 'and are drawn' is_png progress/own.png

expect 'a network that is not there is named, with its command' exits_with 77 reproduce/figure fig10_celeba --preset paper
expect 'and its cost' says 'train it with  reproduce/network ncsn-celeba --preset paper  (about'
expect 'a program that fails is quoted' exits_with 1 reproduce/figure own --out bad --count 0
expect 'in its own words' says 'bad/few-seed1.log'

if ! finds_mnist; then
    echo 'skipped: figures that need MNIST; NCSN_DATA names no folder with it'
    exit "$((failures > 0 ? 1 : 77))"
fi
# A tenth of its training images: what looks for the nearest one, or decodes them all, is quick.
first_of() { gzip -cdf "$NCSN_DATA/mnist/$1"* | tail -c +"$(($2 + 1))" | head -c "$3" || true; }
mkdir -p few/mnist
{ printf '\0\0\10\3\0\0\27\160\0\0\0\34\0\0\0\34' && first_of train-images-idx3-ubyte 16 $((6000 * 784)); } >few/mnist/train-images-idx3-ubyte
{ printf '\0\0\10\1\0\0\27\160' && first_of train-labels-idx1-ubyte 8 6000; } >few/mnist/train-labels-idx1-ubyte
ln -s "$NCSN_DATA"/mnist/t10k-* few/mnist
export NCSN_DATA=$place/few
few=(--steps-per-level 2 --count 4 --seeds 1)

# A network that is trained on the spot, its checkpoints, and times.
expect 'checkpoints are compared' exits_with 0 reproduce/repro_fig13_fid --preset smoke --out steps --count 4 --steps-per-level 1
expect 'and drawn' is_png steps/repro_fig13_fid.png
expect 'each by every seed' [ "$(jq -c '[.settings.checkpoints.mnist | to_entries[] | [.key, (.value | length)]]' steps/claim.json)" = \
    '[["20",2],["40",2],["60",2]]' ]
best=$(jq .settings.best.mnist steps/claim.json)
expect 'the best is the lowest mean' [ "$best" = \
    "$(jq '.settings.checkpoints.mnist | to_entries | min_by(.value | add) | .key | tonumber' steps/claim.json)" ]
expect 'and kept' same steps/mnist-best.safetensors "steps/mnist-run/checkpoints/weights-$best.safetensors"
expect 'three networks are made small' edit reproduce/figures/repro/repro_sec6_hybrid/figure.json \
    '.presets.short.panels[].training += {"features": 2, "batch": 2, "steps": 2, "test-batches": 1}'
expect 'panels draw from networks of their own' exits_with 0 reproduce/repro_sec6_hybrid --preset short --out hybrid "${few[@]}"
expect 'of three schedules' [ "$(jq -r .schedule hybrid/*-run/config.json | tr '\n' ' ')" = 'geometric hybrid linear ' ]
expect 'which are measured' [ "$(jq '[.quantities[] | select(.mean > 0)] | length' hybrid/claim.json)" = 3 ]
expect 'and drawn' is_png hybrid/repro_sec6_hybrid.png
expect 'times are measured' exits_with 0 reproduce/repro_table1_times --preset smoke --out times --many 4 --seeds 1
expect 'and stand beside those that are printed' [ "$(jq -c '.table[2]' times/claim.json)" = \
    '["as printed: MNIST, P100, 100 images","2.35","-","19","112"]' ]
expect 'all of them' [ "$(jq '[.quantities[].mean > 0] | all' times/claim.json)" = true ]
expect 'objectives are timed beside each other' exits_with 0 reproduce/sec4_ssm_cost --preset smoke --out cost --timed-steps 5 --seeds 1
expect 'the first is the unit' says 'itself                                1.000'
expect 'modes of StackedMNIST are counted, of networks that are trained first' \
    exits_with 0 reproduce/asm_table4_stacked_mnist --preset smoke --train --out modes
expect 'beside those of real images' [ "$(jq -c '.table[-1][0]' modes/claim.json)" = '"test images, as many"' ]
expect 'losses of two forms of a network, trained first, are curves' exits_with 0 reproduce/sec4_norms --preset smoke --train --out norms
expect 'that are drawn' is_png norms/sec4_norms.png

expect 'samplers and adversarial training are compared, of two networks that are trained first' \
    exits_with 0 reproduce/asm_table2_church --preset smoke --train --out deeper --count 4
expect 'which are the deeper ones' [ "$(jq -r .model out/networks/asm-mnist-deeper{,-adversarial}/smoke/config.json | sort -u)" = ncsnv2-deeper ]
expect 'by a row each' [ "$(jq -c '[(.table | length), ([.quantities[].mean > 0] | all)]' deeper/claim.json)" = '[8,true]' ]
expect 'that says whose samples they are not' grep -qF 'MNIST in place of LSUN churches' deeper/numbers.gp
expect 'distances by step size are drawn' exits_with 0 reproduce/asm_fig3_fid_eps --preset smoke --train --out by-step --count 4 --seeds 1
expect 'on two axes' is_png by-step/asm_fig3_fid_eps.png
expect 'with the range of steps near the best of each curve' [ "$(jq -c '[.settings.ranges[][0].open] | length' by-step/claim.json)" = 3 ]

for id in table1_cifar10 sec5_sensitivity repro_sec6_by_level; do
    expect "$id is drawn" exits_with 0 "reproduce/$id" --preset smoke --out "$id" --count 4 --steps-per-level 1 --seeds 1
    expect 'as a table' is_png "$id/$id.png"
    expect 'in which every row has a distance' \
        [ "$(jq '[.quantities[] | select(.name | endswith("fd_digits")) | .mean > 0] | all' "$id/claim.json")" = true ]
done

# Distances in features: what anybody gets by the program `features` from the same files; paired by seed; not evaluated where weights are missing.
cat >"$own/figure.json" <<'END'
{"paper": "ncsn", "number": "Table 99", "shows": "two step numbers", "title": "Own table", "claim": "More steps are nearer.", "setting": [],
 "ran": "{count} samples", "kind": "table", "row": "steps", "seeds": [1, 2],
 "needs": {"data": ["mnist"], "networks": ["mnist_refinenet", "mnist_classifier"]}, "measure": ["fd_digits", "inception_score"],
 "options": {"count": 12, "steps-per-level": 6, "reference": 40},
 "curves": [{"name": "steps", "panels": ["more", "few"], "by": "steps-per-level", "within": 1.01}],
 "columns": [{"head": "T", "option": "steps-per-level"}, {"head": "FD (digits)", "measure": "fd_digits"},
             {"head": "IS", "measure": "inception_score"}, {"head": "FID"}],
 "panels": [{"name": "few", "caption": "one step", "options": {"steps-per-level": 1}}, {"name": "more", "caption": "six"},
            {"name": "again", "caption": "six again"}, {"caption": "as printed", "says": {"FID": "25.32"}}],
 "presets": {"smoke": {"cost": "seconds"}, "short": "smoke", "paper": {"cost": "as smoke", "needs": {"features": ["inception"]}}},
 "quantities": {"few.fd_digits": "one step", "more.fd_digits": "six", "again.fd_digits": "six again", "few.floor.fd_digits": "real images",
                "steps.width.fd_digits": "width",
                "few.inception_score": "IS", "more.inception_score": "IS", "again.inception_score": "IS", "few.floor.inception_score": "IS"},
 "claims": [{"statement": "IS rises", "paper": "-", "quantity": "more.inception_score", "above": "few.inception_score"}],
 "guards": [{"quantity": "few.inception_score", "above": 1, "origin": "a law"}]}
END
mkdir "$place/data-of-figures"
ln -s "$NCSN_DATA/mnist" "$place/data-of-figures/mnist"                             # and no weights of Inception
export NCSN_DATA=$place/data-of-figures
expect 'a table is drawn' exits_with 0 reproduce/figure own --out table
expect 'as a picture' is_png table/own.png
expect 'without weights a quantity is not evaluated' says 'IS is not evaluated; needs the weights'
expect 'nor is its statement, which is named' says 'more.inception_score above few.inception_score: not evaluated, needs the weights'
expect 'and counted' says '(1 not evaluated); 0 of 0 guards hold'
number() { jq -r --arg name "$1" '.quantities[] | select(.name == $name) | .seeds | @csv' table/claim.json; }
expect 'the same panel has the same numbers, seed by seed' [ "$(number more.fd_digits)" = "$(number again.fd_digits)" ]
expect 'of two seeds' [ "$(number more.fd_digits | tr , '\n' | sort -u | wc -l)" = 2 ]
expect 'how wide a range of steps is near the best, by hand' jq -e '(.quantities | map({(.name): .seeds}) | add) as $q
    | [range(2) | $q["few.fd_digits"][.] as $a | $q["more.fd_digits"][.] as $b | ([$a, $b] | min) as $y | ([$a, $b] | max) as $z
       | (6 | log) * ([1, 0.01 * $y / ($z - $y)] | min) - $q["steps.width.fd_digits"][.] | fabs < 1e-9] | all' table/claim.json
expect 'the floor is there' [ -n "$(number few.floor.fd_digits)" ]
expect 'options, numbers and what is printed are cells' [ "$(jq -c '[.table[] | .[0, 1, 4]]' table/claim.json)" = \
    '["steps","T","FID","one step","1","-","six","6","-","six again","6","-","as printed","-","25.32","real images, halves of mnist","-","-"]' ]
expect 'a cell that was measured is the quantity' [ "$(jq -r '.table[1][2]' table/claim.json)" = \
    "$(jq -r '.quantities[] | select(.name == "few.fd_digits") | .text' table/claim.json)" ]
expect 'the report has the table' grep -qF '| as printed | - | - | - | 25.32 |' <(reproduce/report table/claim.json)
"$NCSN_BUILD_DIR/experiments/features" compare --network digits --samples table/few-seed2/samples.npy \
    --reference table/features/digits-mnist-reference.safetensors --out same.json >"$place/log" 2>&1
expect 'anybody gets the same distance' [ "$(jq '."FD (digits)".value' same.json)" = "$(number few.fd_digits | cut -d, -f2)" ]
expect 'between as many images' [ "$(jq -r '.settings.distances[0] | sub(".*, "; "")' table/claim.json)" = '12 samples against 40' ]
expect 'who cannot do without the weights is told before any work' exits_with 77 reproduce/figure own --preset paper --out paper
expect 'where they belong' says 'inception/inception.safetensors in $NCSN_DATA or data/'
expect 'and nothing was drawn' absent paper/few-seed1
expect 'two numbers of samples are not compared' edit "$own/figure.json" '.panels[1].options.count = 13'
expect 'which is said' exits_with 1 reproduce/figure own --out counts
expect 'with both' says '13 samples of panel more and 12 of panel few; distances of different numbers of samples cannot be compared'
expect 'three samples have no such distance' exits_with 1 reproduce/figure own --out three --count 3
expect 'which is said before they are drawn' says 'a count of 3; 4 samples or more were expected'
expect 'features of digits need their network' edit "$own/figure.json" '.needs.networks = ["mnist_refinenet"] | del(.panels[1])'
expect 'as the error says' exits_with 1 reproduce/figure own --out none
expect 'by its name' says 'mnist_classifier, which needs.networks does not name'
expect 'samples and their judge' exits_with 0 reproduce/fig9_mnist --preset smoke --out samples "${few[@]}"
expect 'with both controls' [ "$(jq '[.quantities[].name]' -c samples/claim.json)" = '["mnist.digits","real.digits","halves.digits"]' ]
expect 'nearest images' exits_with 0 reproduce/repro_fig6_nearest --preset smoke --out nearest "${few[@]}" --seeds 1,2
expect 'say that nothing is a copy, in pixels and in features' says '1 of 1 statements of the paper reproduced, 1 of 1 of ours hold'
expect 'are drawn' is_png nearest/repro_fig6_nearest.png
mean() { jq --arg name "$1" '.quantities[] | select(.name == $name) | .mean' nearest/claim.json; }
expect 'features are not pixels' [ "$(mean features.copies)" != "$(mean mnist.copies)" ]
expect 'of the samples that were drawn once' absent nearest/features-seed1/samples.npy
cp -r reproduce/figures/repro/repro_fig6_nearest reproduce/figures/repro/own_nearest
own=reproduce/figures/repro/own_nearest/figure.json
nearest_with() { exits_with "$1" reproduce/figure own_nearest --preset smoke --out "$2" "${few[@]}" --seeds 1,2; }
expect 'features are others' edit "$own" '.panels[1].options.features = "inception"'
expect 'whose weights are not here' nearest_with 0 unknown
expect 'are not evaluated' [ "$(jq -c '[.quantities[] | select(.reason) | .name]' unknown/claim.json)" = \
    '["features.distance","features.copies","features.unseen"]' ]
expect 'nor is their statement' says '(1 not evaluated)'
expect 'which is drawn without them' is_png unknown/own_nearest.png
expect 'a figure needs them' edit "$own" '.needs.features = ["inception"]'
expect 'and so is not drawn' nearest_with 77 needed
expect 'before any work' absent needed/mnist-seed1
expect 'features of nobody' edit "$own" '.panels[1].options.features = "resnet"'
expect 'are refused' nearest_with 1 needed
expect 'with those known' says 'panel features: features resnet; none (pixels), digits, efficientnet-lite0 and inception are known'
expect 'inpainting' \
    exits_with 0 reproduce/ens_fig3_mnist_inpainting --preset smoke --out inpainting --steps-per-level 2 --count 2 --completions 2 --seeds 1
expect 'from four sides' [ "$(jq '.quantities | length' inpainting/claim.json)" = 20 ]
expect 'is drawn' is_png inpainting/ens_fig3_mnist_inpainting.png
expect 'occlusions of any shape' exits_with 0 reproduce/sec5_masks --preset smoke --out masks --steps-per-level 1 --seeds 1
expect 'of a picture beside the description too' [ "$(jq '.quantities[] | select(.name == "ring.error") | .mean > 0' masks/claim.json)" = true ]
expect 'Algorithm 2 in both forms' exits_with 0 reproduce/sec5_algorithm2 --preset smoke --out forms --seeds 1
expect 'which are not the same' \
    [ "$(jq '[.quantities[] | select(.name | IN("coded.psnr", "printed.psnr")).mean] | unique | length' forms/claim.json)" = 2 ]
exit "$((failures > 0))"
