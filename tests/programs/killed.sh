#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# needs: train sample
# seconds: 240
## \file  Programs that are killed at any instant: the same command, or --resume, goes on to the same bits, and nothing is left behind.
set -euo pipefail
source "$NCSN_SOURCE_DIR/tests/support/programs.bash"

kills=0
# Kills the command after so many seconds, unless it is faster.
killed() {
    ("$programs/$2" "${@:3}" > /dev/null 2>&1 & sleep "$1"; kill -KILL $! && wait $!) 2> /dev/null || true
    kills=$((kills + 1))
}
delay() { printf '0.%03d' $(($1 % 1000)); }
clean() { [[ -z $(find "$1" -name '*.writing*' -o -name '*.partial*' -o -name '.replaced' -o -name '.discarded' -o -name '*.progress') ]]; }

# train: a new run is killed, from its first file on; whatever is there, one of the two commands goes on.
how=("${tiny[@]}" --steps 6 --checkpoint-every 1 --snapshot-every 2 --sample-every 3 --sample-count 1 --sample-steps 1)
given train --out whole "${how[@]}"
goes_on() { accepts train --out "$1" "${how[@]}" || accepts train --out "$1" --resume; }
of_steps() { grep -o '"step":[0-9]*,"[a-z_]*":[^,]*' "$1/metrics.jsonl"; }
for ((i = 0; i < 24; ++i)); do
    killed "$(delay $((5 + 7 * i)))" train --out "killed-$i" "${how[@]}"
    if ((i % 2)); then killed "$(delay $((30 + 5 * i)))" train --out "killed-$i" --resume; fi
    expect "after a kill at $(delay $((5 + 7 * i))) s the run goes on" goes_on "killed-$i"
    expect 'to the same weights' same "killed-$i/weights.safetensors" whole/weights.safetensors
    expect 'and losses, test losses among them' same <(of_steps "killed-$i") <(of_steps whole)
    expect 'with every picture and snapshot' there "killed-$i"/{samples/step-3.png,samples/step-6.png,checkpoints/weights-{2,4,6}.safetensors}
    expect 'and nothing else' clean "killed-$i"
    rm -rf "killed-$i"
done

one_of_two() { same "$1" whole/weights.safetensors || same "$1" old/weights.safetensors; }
# --force: the old run is there until the new one works, then the new one is.
given train --out forced "${tiny[@]}" --steps 1
cp -r forced old
for ((i = 0; i < 16; ++i)); do
    rm -rf forced
    cp -r old forced
    killed "$(delay $((10 + 8 * i)))" train --out forced "${how[@]}" --force
    if ((i % 2)); then
        expect "--force after a kill at $(delay $((10 + 8 * i))) s" accepts train --out forced "${how[@]}" --force
        expect 'gives the new run' same forced/weights.safetensors whole/weights.safetensors
    else
        expect "--resume after a kill at $(delay $((10 + 8 * i))) s" accepts train --out forced --resume
        expect 'gives the old run or the new one' one_of_two forced/weights.safetensors
    fi
    expect 'and nothing else' clean forced
done
cp -r old before
mkdir nines && { printf '\0\0\10\3'; big_endian 8; big_endian 9; big_endian 9; head -c 648 /dev/zero; } > nines/train-images-idx3-ubyte
expect 'a run that fails at once' refuses train --out before "${tiny[@]}" --data nines --rate 1e300 --beta1 2 --force
expect 'leaves the one that it would have replaced' eval 'diff -r old before'

# sample: batches that are done stay, and the same command goes on after them.
draw=(--weights whole --count 6 --batch 1 --steps-per-level 40)
given sample "${draw[@]}" --out drawn --trajectory 2
for ((i = 0; i < 8; ++i)); do
    place=drawn-$i
    for ((k = 0; k < 3; ++k)); do killed "$(delay $((60 + 40 * i + 50 * k)))" sample "${draw[@]}" --out "$place" --trajectory 2; done
    [[ -e $place/sample.json ]] || expect "sampling goes on after kills" accepts sample "${draw[@]}" --out "$place" --trajectory 2 --batch 4
    expect 'with the same samples' same "$place/samples.npy" drawn/samples.npy
    expect 'and trajectories' same "$place/trajectory.png" drawn/trajectory.png
    expect 'and nothing else' clean "$place"
done
echo "$kills kills"
exit $((failures > 0))
