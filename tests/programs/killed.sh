#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# needs: train sample inpaint
# seconds: 400
## \file  Programs that are killed at any instant: the same command, or --resume, goes on to the same bits, and nothing is left behind.
set -euo pipefail
source "$NCSN_SOURCE_DIR/tests/support/programs.bash"

kills=0 begun=0
# Kills the command after so many seconds; one that was faster is no kill.
killed() {
    local process status=0
    "$programs/$2" "${@:3}" > /dev/null 2>&1 &
    process=$!
    sleep "$1"
    kill -KILL "$process" 2> /dev/null || true
    { wait "$process" || status=$?; } 2> /dev/null
    begun=$((begun + 1))
    if ((status == 137)); then kills=$((kills + 1)); fi
}
# given, and how long it took, in microseconds: kills are spread over that, whatever the machine.
timed() { local begin=${EPOCHREALTIME/[.,]/}; given "$@"; took=$((${EPOCHREALTIME/[.,]/} - begin)); }
# The i-th instant of n, in seconds.
instant() { local of=$((took * (2 * $1 + 1) / (2 * $2))); printf '%d.%06d' $((of / 1000000)) $((of % 1000000)); }
clean() {
    [[ -d $1 && -z $(find "$1" -name '*.writing*' -o -name '*.partial*' -o -name '.replaced' -o -name '.discarded' -o -name '*.progress') ]]
}

# train: a new run is killed, from its first file on; whatever is there, one of the two commands goes on.
how=("${tiny[@]}" --steps 6 --checkpoint-every 1 --snapshot-every 2 --sample-every 3 --sample-count 1 --sample-steps 1)
timed train --out whole "${how[@]}"
goes_on() { accepts train --out "$1" "${how[@]}" || accepts train --out "$1" --resume; }
of_steps() { grep -o '"step":[0-9]*,"[a-z_]*":[^,]*' "$1/metrics.jsonl"; }
of_steps whole > losses
expect 'a run that was not killed has six losses and three test losses' test "$(wc -l < losses)" = 9
for ((i = 0; i < 24; ++i)); do
    killed "$(instant "$i" 24)" train --out "killed-$i" "${how[@]}"
    if ((i % 2)); then killed "$(instant "$i" 48)" train --out "killed-$i" --resume; fi
    expect "after a kill at $(instant "$i" 24) s the run goes on" goes_on "killed-$i"
    expect 'to the same weights' same "killed-$i/weights.safetensors" whole/weights.safetensors
    expect 'and losses, test losses among them' same <(of_steps "killed-$i") losses
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
    killed "$(instant "$i" 16)" train --out forced "${how[@]}" --force
    if ((i % 2)); then
        expect "--force after a kill at $(instant "$i" 16) s" accepts train --out forced "${how[@]}" --force
        expect 'gives the new run' same forced/weights.safetensors whole/weights.safetensors
    else
        expect "--resume after a kill at $(instant "$i" 16) s" accepts train --out forced --resume
        expect 'gives the old run or the new one' one_of_two forced/weights.safetensors
    fi
    expect 'and nothing else' clean forced
done
cp -r old before
expect 'a run that fails in its first step' refuses train --out before "${tiny[@]}" --sigma-first 1000 --sigma-last 999 --power 12.82 --force
expect 'as is said' says 'No step was made; the run that was to be replaced is as it was'
expect 'leaves the one that it would have replaced' eval 'diff -r old before'

# sample and inpaint: batches that are done stay, and the same command goes on after them.
draw=(--weights whole --count 6 --batch 1 --steps-per-level 40)
timed sample "${draw[@]}" --out drawn --trajectory 2
for ((i = 0; i < 8; ++i)); do
    to=drawn-$i
    for ((k = 0; k < 3; ++k)); do killed "$(instant "$i" 16)" sample "${draw[@]}" --out "$to" --trajectory 2; done
    [[ -e $to/samples.npy ]] ||
        expect 'sampling goes on after kills' accepts sample "${draw[@]}" --out "$to" --trajectory 2 --batch 4
    expect 'with the same samples' same "$to/samples.npy" drawn/samples.npy
    expect 'and trajectories' same "$to/trajectory.png" drawn/trajectory.png
    expect 'and nothing else' clean "$to"
done
fill=(--weights whole --data-dir digits --count 2 --completions 3 --steps-per-level 40)
timed inpaint "${fill[@]}" --batch 1 --out filled
for ((i = 0; i < 6; ++i)); do
    to=filled-$i
    for ((k = 0; k < 2; ++k)); do killed "$(instant "$i" 12)" inpaint "${fill[@]}" --batch 1 --out "$to"; done
    [[ -e $to/completions.npy ]] ||
        expect 'filling in goes on after kills' accepts inpaint "${fill[@]}" --out "$to" --batch 4
    expect 'with the same completions' same "$to/completions.npy" filled/completions.npy
    expect 'and the same picture' same "$to/inpaint.png" filled/inpaint.png
    expect 'and nothing else' clean "$to"
done
# And at an instant when some are done: those are not made again.
long=(--batch 1 --steps-per-level 300)
killed_when_kept() {
    begun=$((begun + 1))
    if killed_when "$@"; then kills=$((kills + 1)); fi
}
given sample --weights whole --count 6 "${long[@]}" --out at-once
killed_when_kept later/samples.npy.progress sample --weights whole --count 6 "${long[@]}" --out later
expect 'samples that are kept' accepts sample --weights whole --count 6 "${long[@]}" --out later
expect 'are not made again' says 'continues after'
expect 'and are the same' same later/samples.npy at-once/samples.npy
given inpaint --weights whole --data-dir digits --count 2 --completions 3 "${long[@]}" --out filled-at-once
killed_when_kept filled-later/completions.npy.progress \
    inpaint --weights whole --data-dir digits --count 2 --completions 3 "${long[@]}" --out filled-later
expect 'completions that are kept' accepts inpaint --weights whole --data-dir digits --count 2 --completions 3 "${long[@]}" --out filled-later
expect 'are not made again' says 'continues after'
expect 'and are the same' same filled-later/completions.npy filled-at-once/completions.npy
echo "$kills kills of $begun commands"
expect 'most commands were killed before their end' test $((2 * kills)) -gt "$begun"
exit $((failures > 0))
