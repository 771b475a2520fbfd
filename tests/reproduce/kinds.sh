#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# needs: figures_kinds sample inpaint
# seconds: 200
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
expect 'its options are options of the command' exits_with 0 reproduce/figure own --out two --count 2 --seeds 1,2
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

if [[ ! -e ${NCSN_DATA:-none}/mnist ]]; then
    echo 'skipped: figures that need MNIST; NCSN_DATA names no folder with it'
    exit "$((failures > 0 ? 1 : 77))"
fi
few=(--steps-per-level 2 --count 4 --seeds 1)
expect 'samples and their judge' exits_with 0 reproduce/fig9_mnist --preset smoke --out samples "${few[@]}"
expect 'with both controls' [ "$(jq '[.quantities[].name]' -c samples/claim.json)" = '["mnist.digits","real.digits","halves.digits"]' ]
expect 'nearest images' exits_with 0 reproduce/repro_fig6_nearest --preset smoke --out nearest "${few[@]}" --seeds 1,2
expect 'say that nothing is a copy' says '1 of 1 statements of the paper reproduced'
expect 'are drawn' is_png nearest/repro_fig6_nearest.png
expect 'inpainting' \
    exits_with 0 reproduce/ens_fig3_mnist_inpainting --preset smoke --out inpainting --steps-per-level 2 --count 2 --completions 2 --seeds 1
expect 'from four sides' [ "$(jq '.quantities | length' inpainting/claim.json)" = 12 ]
expect 'is drawn' is_png inpainting/ens_fig3_mnist_inpainting.png
exit "$((failures > 0))"
