#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# needs: train sample inpaint
# seconds: 120
## \file  The program train: a run and its folder, resuming, stopping, and every way to fail.
set -euo pipefail
source "$NCSN_SOURCE_DIR/tests/support/programs.bash"

expect 'help is given' accepts train --help
expect 'with defaults' says '--features UINT=64'

expect 'a small run succeeds' accepts train --out whole "${tiny[@]}" --steps 6 --rate-decay cosine --flip \
    --sample-every 3 --sample-count 2 --sample-steps 1
expect 'and ends with the next command' says 'next: sample --weights whole'
expect 'its folder is complete' \
    there whole/{config.json,environment.json,metrics.jsonl,weights.safetensors,checkpoints/last.safetensors,samples/step-6.png}
expect 'and marked' test -e whole/DONE
expect 'and how long steps waited for their batches' test "$(grep -c '"waited":' whole/metrics.jsonl)" = 6
expect 'losses and test losses are logged' test "$(grep -c '"loss"' whole/metrics.jsonl) $(grep -c test_loss whole/metrics.jsonl)" = '6 3'

# The other run is stopped twice: at once by a time limit, then wherever an interrupt finds it.
given train --out parts "${tiny[@]}" --steps 6 --rate-decay cosine --flip --time-limit 1e-9
expect 'a time limit stops a run' says 'stopped after step 0'
expect 'which is not marked as done' absent parts/DONE
timeout --signal=INT 0.4 "$programs/train" --out parts --resume --time-limit 0 > log 2>&1 || true
expect 'a run that was stopped resumes' accepts train --out parts --resume --time-limit 0
expect 'and gives the same weights, bit by bit' same parts/weights.safetensors whole/weights.safetensors
given train --out short "${tiny[@]}" --steps 3
expect 'a finished run can be made longer' accepts train --out short --resume --steps 6
given train --out long "${tiny[@]}" --steps 6
expect 'with the same weights as in one go' same short/weights.safetensors long/weights.safetensors
expect 'and the same losses' \
    same <(grep -o '"step":[0-9]*,"[a-z_]*":[^,]*' short/metrics.jsonl) <(grep -o '"step":[0-9]*,"[a-z_]*":[^,]*' long/metrics.jsonl)

for threads in 0 3; do
    given train --out "threads-$threads" "${tiny[@]}" --steps 6 --loader-threads "$threads"
    expect "with $threads threads that read ahead the weights are the same" same "threads-$threads/weights.safetensors" long/weights.safetensors
done

# The step of its pictures is in units of sigma_L^2: 2e-5 at 0.01, so 16 times that at 0.04.
pictured=("${tiny[@]}" --sigma-last 0.04 --steps 1 --sample-every 1 --sample-count 2 --sample-steps 2)
given train --out pictured "${pictured[@]}"
given train --out pictured-same "${pictured[@]}" --sample-epsilon 3.2e-4
given train --out pictured-other "${pictured[@]}" --sample-epsilon 2e-5
expect 'the step of pictures follows the last level' same pictured/samples/step-1.png pictured-same/samples/step-1.png
expect 'others would be others' eval '! same pictured/samples/step-1.png pictured-other/samples/step-1.png'

# A picture that cannot be made, here for want of a place, is told and ends no run.
given train --out unpictured "${tiny[@]}" --steps 1 --sample-every 2 --sample-count 2 --sample-steps 1
mkdir -p unpictured/samples/step-2.png
expect 'without its picture a run goes on' accepts train --out unpictured --resume --steps 4
expect 'and says so' says 'no picture: '
expect 'to its end, with the next picture' there unpictured/{weights.safetensors,samples/step-4.png}
given train --out pictureless "${tiny[@]}" --steps 4 --sample-every 2 --sample-count 2 --sample-steps 1
expect 'and the weights of any other' same unpictured/weights.safetensors pictureless/weights.safetensors

# Memory that runs out, wherever it does, is an error or a missing picture: oneDNN 2.6.3 would write its code to the address 0.
mkdir wide-data
{ printf '\0\0\10\3'; big_endian 64; big_endian 28; big_endian 28; head -c $((64 * 784)) < <(seq 1000 99999); } > wide-data/train-images-idx3-ubyte
well_or_refused() {
    local limit status tried=0 wanting=0
    for ((limit = 100000; limit < 400000; limit += 15000)); do
        rm -rf scarce
        status=0
        (ulimit -v "$limit"; timeout 60 "$programs/train" --out scarce --data wide-data --features 8 --levels 3 --batch 16 --steps 1 \
            --sample-every 1 --sample-count 4096 --sample-steps 1) > log 2>&1 || status=$?
        tried=$((tried + 1))
        if grep -q 'out of memory' log; then wanting=$((wanting + 1)); fi
        if ((status > 1)); then return 1; fi
        if ((status == 1)) && ! grep -qE 'out of memory|libgomp' log; then return 1; fi
    done
    echo "memory was wanting in $wanting of $tried runs"
    ((wanting > tried / 2))
}
# Sanitizers take more.
if ! sanitized; then
    expect 'memory that runs out ends no run by a signal' well_or_refused
fi

# Data by their path, and without a test split.
mkdir own && cp digits/train-images-idx3-ubyte own
expect 'a folder is a data set' accepts train --out own-run --data own "${tiny[@]:4}" --steps 2
expect 'without a test split there are no test losses' says 'own has no test split: there will be no test losses'
expect 'indeed' test "$(grep -c test_loss own-run/metrics.jsonl)" = 0
expect 'and it is resumed' accepts train --out own-run --resume --steps 4
given train --out mnist-run --data mnist --data-dir digits "${tiny[@]:4}" --steps 4 --test-every 0
expect 'with the weights that the same images by another name give' \
    same <(tail -c 20000 own-run/weights.safetensors) <(tail -c 20000 mnist-run/weights.safetensors)

"$programs/train" --out stopped "${tiny[@]}" > log 2>&1 &
process=$!
for ((i = 0; i < 100; ++i)); do [[ -s stopped/metrics.jsonl ]] && break || sleep 0.1; done
kill -TERM "$process"
expect 'SIGTERM ends a run well' wait "$process"
expect 'which says how to go on' says 'continue with: train --resume --out stopped'
step=$(sed -nE 's/^stopped after step ([0-9]+).*/\1/p' log)
expect 'from the step where it stopped' accepts train --out stopped --resume --steps $((step + 1))
expect 'indeed' says "step $step of"

# A terminal that closes, and a reader of the output who goes.
for signal in HUP PIPE; do
    "$programs/train" --out "signal-$signal" "${tiny[@]}" > log 2>&1 &
    process=$!
    for ((i = 0; i < 100; ++i)); do [[ -s signal-$signal/metrics.jsonl ]] && break || sleep 0.1; done
    kill "-$signal" "$process"
    expect "SIG$signal ends a run well" wait "$process"
    expect 'which was saved' says "saved signal-$signal/checkpoints/last.safetensors"
done
# Pictures of chains as long as one likes end with the run, and so do the chains of a step.
ends_well() {                                                                       # file that says it has begun, then options of train
    "$programs/train" "${@:2}" > log 2>&1 &
    process=$!
    for ((i = 0; i < 100; ++i)); do [[ -s $1 ]] && break || sleep 0.1; done
    sleep 0.3
    kill -TERM "$process"
    for ((i = 0; i < 100; ++i)); do [[ -d /proc/$process ]] || break; sleep 0.1; done
    kill -KILL "$process" 2> /dev/null || true
    { wait "$process"; } 2> /dev/null
}
expect 'a signal ends a run while it draws a picture' ends_well drawing/metrics.jsonl --out drawing "${tiny[@]}" --sample-every 1 \
    --sample-steps 1000000000
expect 'after the step that was made' says 'stopped after step 1; saved'
energy=(--model recovery --data mnist --data-dir digits --features 4 --blocks 1 --batch 4 --log-every 1 --test-every 0)
expect 'and in a step of long chains' ends_well chains/config.json --out chains "${energy[@]}" --moves 1000000000
expect 'as it was before' says 'stopped after step 0; saved'
given train --out chains-drawn "${energy[@]}" --moves 1 --steps 2
expect 'a picture of energies as well' ends_well fine/metrics.jsonl --out fine "${energy[@]}" --process fine --levels 1000 --moves 1 \
    --sample-every 1 --sample-count 4096
expect 'after its step' says 'stopped after step 1; saved'
expect 'the last of several wins in a new run' accepts train --out twice "${tiny[@]}" --steps 9 --steps 2
expect 'and in one that goes on' accepts train --out twice --resume --steps 9 --steps 3
expect 'indeed' says 'finished 3 steps'
# Threads that wait sleep, unless the user chose.
waits() {
    env -u OMP_WAIT_POLICY -u GOMP_SPINCOUNT OMP_DISPLAY_ENV=verbose "$@" "$programs/train" --help 2>&1 | grep -c "GOMP_SPINCOUNT = '0'" || true
}
expect 'threads that wait sleep' test "$(waits env)" = 1
expect 'unless the user chose' test "$(waits env OMP_WAIT_POLICY=active)" = 0

# The same noise for every sample, whatever the parts of a batch: losses differ by rounding alone.
given train --out split "${tiny[@]}" --steps 3 --micro-batches 4
losses() { sed -nE 's/.*"loss":([^,]*).*/\1/p' "$1/metrics.jsonl" | head -3; }
alike() { paste <(losses split) <(losses long) | awk '{ d = ($1 - $2) / $2; if (d * d > 1e-10) exit 1 } END { exit NR != 3 }'; }
expect 'micro-batches make the same steps' alike
expect 'a run starts from weights' accepts train --out later "${tiny[@]}" --steps 1 --init whole/weights.safetensors --rate 1e-9 --ema 0
expect 'which it keeps at a rate that is nearly nothing' test "$(losses later)" != "$(losses long | head -1)"
expect 'weights of another network are no start' refuses train --out new "${tiny[@]}" --features 3 --init whole/weights.safetensors
expect 'nor are those of other levels' refuses train --out new "${tiny[@]}" --sigma-first 10 --init whole/weights.safetensors
expect 'by name' says 'its network has sigma-first 1.0; the run has 10.0'
expect 'or with another output' refuses train --out new "${tiny[@]}" --parametrisation noise --init whole/weights.safetensors
expect 'by name' says 'its network has parametrisation "score"; the run has "noise"'
expect 'and leave no run' absent new
for output in noise denoiser; do
    expect "a network may mean $output" accepts train --out "$output" "${tiny[@]}" --steps 2 --parametrisation "$output" --clip 1 --warm-up 2
    expect 'and is sampled as that' accepts sample --weights "$output" --out "$output/drawn" --count 1 --steps-per-level 1
done
expect 'the two are other networks' test "$(losses noise | head -1)" != "$(losses denoiser | head -1)"
expect 'the baseline serves several levels where its output is scaled' accepts train --out free "${tiny[@]}" --steps 1 --model baseline \
    --parametrisation noise
for model in report-refinenet report-resnet; do
    expect "$model is trained" accepts train --out "$model" "${tiny[@]}" --steps 2 --model "$model"
    expect 'the run goes on' accepts train --out "$model" --resume --steps 3
    expect 'is sampled' accepts sample --weights "$model" --out "$model/drawn" --count 1 --steps-per-level 1
    expect 'and fills in' accepts inpaint --weights "$model" --out "$model/filled" --data-dir digits --count 1 --completions 1 --steps-per-level 1
    expect "with Keras' Adam it is another network from the second step" accepts train --out "$model-keras" "${tiny[@]}" --steps 3 \
        --model "$model" --optimizer keras-adam
    expect 'and not before' test "$(losses "$model" | head -1)" = "$(losses "$model-keras" | head -1)"
    expect 'indeed' test "$(losses "$model")" != "$(losses "$model-keras")"
done
for model in ncsnv2 ncsnv2-undilated ncsnv2-deeper ncsnv2-deepest unet unet-conditional; do
    expect "$model is trained" accepts train --out "$model" "${tiny[@]}" --steps 2 --model "$model" --features 4 --parametrisation noise
    expect 'is sampled' accepts sample --weights "$model" --out "$model/drawn" --count 1 --steps-per-level 1
    expect 'and fills in' accepts inpaint --weights "$model" --out "$model/filled" --data-dir digits --count 1 --completions 1 --steps-per-level 1
done
expect 'the U-Net may start as its paper meant' accepts train --out unet-ddpm "${tiny[@]}" --steps 1 --model unet --features 4 \
    --parametrisation noise --initialisation ddpm
expect 'which is another start' test "$(losses unet-ddpm | head -1)" != "$(losses unet | head -1)"
expect 'others do not know that' refuses train --out new "${tiny[@]}" --initialisation ddpm
expect 'and say what they know' says '--model refinenet knows own, keras'
expect 'a network that is not told the level is one score' refuses train --out new "${tiny[@]}" --model ncsnv2
expect 'and says how it is more' says '--parametrisation noise'
expect 'a network that halves its images five times' refuses train --out new "${tiny[@]}" --model unet-deeper --features 4 --parametrisation noise
expect 'says what it can take' says 'H and W multiples of 32'
given train --out drawn "${tiny[@]}" --steps 1 --initialisation keras
expect 'initial weights may be those of Keras' test "$(losses drawn | head -1)" != "$(losses whole | head -1)"
given train --out 'with blank' "${tiny[@]}" --steps 2 --time-limit 1e-9
expect 'the way on can be pasted into a shell' says "train --resume --out 'with blank'"

expect 'a run is not overwritten' refuses train --out whole "${tiny[@]}"
expect 'but the ways on are named' says 'continue it with --resume, replace it with --force'
expect 'nor is a folder with other things' refuses train --out digits "${tiny[@]}"
expect 'a resumed run keeps its settings' refuses train --out whole --resume --features 3
expect 'and says which' says '--features 3: the run was started with 2'
expect 'and stays marked as done' test -e whole/DONE
expect 'a rate that falls to zero at the last step fixes that step' refuses train --out whole --resume --steps 7
expect 'nor is another precision taken' refuses train --out whole --resume --precision tf32
expect 'nor are steps taken back' refuses train --out short --resume --steps 2
expect 'and the run stays done' test -e short/DONE
expect 'there must be something to resume' refuses train --out nothing --resume
mkdir ones && { printf '\0\0\10\3'; big_endian 8; big_endian 1; big_endian 1; head -c 8 /dev/zero; } > ones/train-images-idx3-ubyte
cp -r whole copy
expect 'a network that cannot take the images' refuses train --out copy "${tiny[@]:4}" --data ones --force
expect 'leaves the run that it would have replaced' eval 'diff -r whole copy'
expect '--force replaces a run' accepts train --out short "${tiny[@]}" --steps 1 --force
exec 9< stopped && flock 9
expect 'two processes do not share a run' refuses train --out stopped --resume
expect 'and the second says so' says 'another process'
exec 9<&-

expect 'a resumed run may name its device' accepts train --out parts --resume --device cpu
expect 'devices have names' refuses train --out new "${tiny[@]}" --device gpu
expect 'which are told' says 'cpu and cuda are known'
expect 'the cpu computes in float' refuses train --out new "${tiny[@]}" --precision bf16
expect 'and the device that does not is named' says '--device cuda'
if ! nvidia-smi >/dev/null 2>&1; then
    expect 'without a GPU there is a reason, not a run' refuses train --out new "${tiny[@]}" --device cuda
    expect 'that says what to do' says 'train: --device cuda: '
    expect 'and nothing is left behind' absent new
fi

expect 'missing data are an error' refuses train --out new --data-dir nowhere
expect 'with a hint' says 'run data/fetch mnist'
expect 'and leave no run' absent new
for wrong in '--data letters' '--data letters --data-dir nowhere' '--data log' '--data own' '--loader-threads 100000' \
    '--model transformer' '--schedule steep' '--objective none' '--rate-decay linear' '--features -3' '--features 0' \
    '--levels 0' '--sigma-first 0.001' '--batch 0' '--batch 65' '--ema 1' '--model baseline' '--resume --force' '--no-such-option' '--steps many' \
    '--parametrisation velocity' '--micro-batches 5' '--micro-batches 0' '--clip -1' '--power inf' '--time-limit inf' '--init nowhere' \
    '--levels 1000000000000' '--initialisation zero' '--optimizer sgd'; do
    # shellcheck disable=SC2086
    expect "refused: $wrong" refuses train --out new "${tiny[@]}" $wrong
done
expect 'and none of them left a run' absent new/config.json

given train --out wide "${tiny[@]}" --features 3 --steps 1
cp long/checkpoints/last.safetensors good
cp wide/checkpoints/last.safetensors long/checkpoints/
expect 'a checkpoint of another network is refused' refuses train --out long --resume --steps 8
expect 'with the tensor and both shapes' says "tensor 'model/begin_conv.weight' is [3,3,3,1]; [2,3,3,1] was expected"
head -c 20000 good > long/checkpoints/last.safetensors
expect 'so is half a checkpoint' refuses train --out long --resume --steps 8
expect 'with its name' says 'long/checkpoints/last.safetensors'
cp good long/checkpoints/last.safetensors

expect 'a rate that is too large is noticed' refuses train --out hot "${tiny[@]}" --steps 9 --rate 1e30
expect 'at its step' says 'at step 2'
expect 'and the last good checkpoint is named' says 'The last good checkpoint, of step 0, is hot/checkpoints/last.safetensors'

expect 'so it is where no step follows that would notice' refuses train --out hotter "${tiny[@]}" --steps 1 --rate 1e39
expect 'with what is not finite' says 'after step 1 the parameter'
expect 'and no weights that are none' absent hotter/weights.safetensors hotter/DONE
expect 'nor is such a state kept' refuses train --out hotter "${tiny[@]}" --steps 5 --rate 1e39 --checkpoint-every 1 --force
expect 'so that the last checkpoint is good' says 'The last good checkpoint, of step 0'
expect 'a power with which no level counts' refuses train --out new "${tiny[@]}" --sigma-first 0.5 --power 1000
expect 'is told with the level' says 'sigma = 0.5'

limited_file() { (ulimit -f 8; refuses train --out long --resume --steps 8); }
expect 'without space for a checkpoint a run ends' limited_file
expect 'with the reason' says 'long/checkpoints/last.safetensors": File too large'
expect 'and the old checkpoint stays' same good long/checkpoints/last.safetensors
expect 'alone' test "$(ls long/checkpoints)" = last.safetensors
expect 'so that it can go on' accepts train --out long --resume --steps 8
exit $((failures > 0))
