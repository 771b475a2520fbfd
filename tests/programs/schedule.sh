#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# needs: schedule
# seconds: 60
## \file  The program schedule: levels and step sizes for a data set by rule, and what it refuses before any work.
set -euo pipefail
source "$NCSN_SOURCE_DIR/tests/support/programs.bash"

expect 'levels are printed for a data set' accepts schedule --data mnist --data-dir digits --out levels.json
sigma=$(sed -nE 's/^sigma_1 = ([0-9.]+) .*/\1/p' log) levels=$(sed -nE 's/^L = ([0-9]+) .*/\1/p' log)
expect 'with the command of the training' says "next: train --data mnist --sigma-first $sigma --sigma-last 0.01 --levels $levels"
expect 'and the steps of consistent sampling' says 'consistent sampling, 1 step a level: epsilon in ['
# The images again by od and awk: bytes after a header of 16, the largest distance of all pairs.
by_awk() {
    od -An -v -tu1 -w64 -j16 digits/train-images-idx3-ubyte | awk '
        { for (j = 1; j <= 64; ++j) x[NR, j] = $j }
        END {
            for (i = 1; i <= NR; ++i) for (k = i + 1; k <= NR; ++k) {
                s = 0
                for (j = 1; j <= 64; ++j) s += (x[i, j] - x[k, j]) ^ 2
                if (s > best) best = s
            }
            printf "%.5f\n", sqrt(best) / 255
        }'
}
expect 'sigma_1 is the largest distance of all pairs' \
    test "$(jq '.sigma_first * 100000 | round' levels.json)" = "$(by_awk | awk '{ printf "%.0f", $1 * 1e5 }')"
expect 'L has the overlap' jq -e '(.levels - .technique_2 >= 0) and (.levels - .technique_2 < 1)' levels.json
expect 'steps are admissible where 1 - eta is no more than gamma' \
    jq -e '.sigma_last as $s | (pow(.sigma_last / .sigma_first; 1 / (.levels - 1))) as $g |
    ((.epsilon[0] / ($s * $s * (1 - $g)) - 1) | fabs < 1e-6) and ((.epsilon[1] / ($s * $s * (1 + $g)) - 1) | fabs < 1e-6)' levels.json

# What the paper has for CIFAR-10, 32 x 32 x 3; here by its sigma_1 and L alone.
expect 'sigma_1 and L may be given' accepts schedule --data mnist --data-dir digits --sigma-first 50 --levels 232
expect "with the interval of the paper's 232 levels" says 'epsilon in [3.61995'
expect 'and the step of annealed Langevin dynamics' says 'annealed Langevin, 1 step a level: epsilon = 7.1'
expect 'of which more steps a level make narrower ones' \
    accepts schedule --data mnist --data-dir digits --sigma-first 50 --levels 232 --steps-per-level 5
expect 'indeed' says 'epsilon in [7.3'
expect "and 5 steps the authors' 6.2e-06" says 'annealed Langevin, 5 steps a level: epsilon = 6.18'
expect 'some of the images may be looked at' accepts schedule --data mnist --data-dir digits --count 2
expect 'indeed' says 'mnist: 2 images of 8 x 8 x 1'

for options in '--count 1' '--count 65' '--sigma-last 0' '--sigma-last nan' '--sigma-last 100' '--sigma-first 0.001' '--levels 1' '--levels 5000' \
               '--overlap 1' '--overlap 0' '--steps-per-level 0'; do
    expect "$options is refused" refuses schedule --data mnist --data-dir digits $options
done
expect 'no data are' refuses schedule --data nowhere
expect 'nor a place for results that there is not' refuses schedule --data mnist --data-dir digits --out nowhere/levels.json

exit $((failures > 0))
