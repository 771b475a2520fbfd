#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# needs: train sample weights inpaint
# seconds: 240
## \file  Files that lie: weights, settings and checkpoints whose numbers cannot be. Each ends in one error within a second and 160 MB.
set -euo pipefail
source "$NCSN_SOURCE_DIR/tests/support/programs.bash"
needs_tools jq
needs_limits
given train --out run "${tiny[@]}" --steps 2
given train --out wide "${tiny[@]}" --steps 1
given train --out energy --model recovery --data mnist --data-dir digits --features 4 --blocks 1 --batch 4 --moves 1 --process paper \
    --levels 2 --steps 1
given train --out falling "${tiny[@]}" --steps 2 --rate-decay cosine

cases=0
hostile() { cases=$((cases + 1)); expect "refused: $1" one_error "${@:2}"; }       # what it is, then the command

length_of() { od -An -tu8 -N8 "$1" | tr -d ' '; }
header_of() { head -c "$(length_of "$1")" < <(tail -c +9 "$1"); }
data_of() { tail -c +$((9 + $(length_of "$1"))) "$1"; }
eight_bytes() { local i; for ((i = 0; i < 8; ++i)); do printf "\\x$(printf %02x $(($1 >> 8 * i & 255)))"; done; }
container() { eight_bytes "$(stat -c %s "$1")"; cat "$1" "$2"; }                     # header file, data file
data_of run/weights.safetensors > data
: > nothing
# A copy of the weights whose config is the text in the file $1.
with_config() {
    header_of run/weights.safetensors | jq -c --rawfile config "$1" '.__metadata__.config = $config' > header
    container header data > bad.safetensors
}
config_of() { header_of run/weights.safetensors | jq -r .__metadata__.config; }
config_of > config
with_config config
expect 'a copy with the same settings is good' accepts sample --weights bad.safetensors --out good --count 1 --steps-per-level 1
jq -c 'del(.range)' config > changed
with_config changed
expect 'one of before ranges were said too' accepts sample --weights bad.safetensors --out older --count 1 --steps-per-level 1

for change in '.image=[8,8,-1]' '.image=[8,8,1e300]' '.image=[8,8,1.5]' '.image=[8,8]' '.image="8"' '.image=[4611686018427387904,4,1]' \
    '.image=[8,8,0]' \
    '.image=[-1,-1,-1]' '.image=null' '.image=[8,8,4097]' '.levels=1000000000' '.levels=-1' '.levels=0' '.levels=1.5' '.levels=1e300' '.levels=4097' \
    '.levels=true' '.levels=null' '.levels="3"' '.levels=[3]' '.features=4096' '.features=-1' '.features=0' '.features=1e19' '.features=2.5' \
    '.features=4096|.levels=4096' '.levels=4096' '."sigma-first"=null' '."sigma-first"="1"' '."sigma-first"=-1' '."sigma-first"=0' '."sigma-last"=0' \
    '."sigma-last"=2' '."sigma-last"=true' '.schedule="steep"' '.schedule=3' '.model="transformer"' '.model=7' '.model={}' \
    '.parametrisation="velocity"' \
    '.range=[-1,1]' '.range=1' '.range=null' '.parametrisation=1' '.=[]' '.=3' '.={}'; do
    jq -c "$change" config > changed
    with_config changed
    hostile "config $change" sample --weights bad.safetensors --out new --count 1
done
for change in 'del(.data)' '.data=3' '.data=null' '.data={}'; do
    jq -c "$change" config > changed
    with_config changed
    hostile "config $change" inpaint --weights bad.safetensors --out new --count 1
    expect 'with the way on' says 'give --data'
done
# An energy of few numbers whose settings make one of many: by its blocks, alone or with its width, and by its levels.
energy='.model="recovery" | .process="code" | .moves=1 | ."b-squared"=2e-4 | .range=[-1,1] | .levels=6'
for change in '.blocks=4096 | .features=64' '.blocks=4096 | .features=2' '.blocks=4096 | .features=128' '.blocks=4096 | .features=4096' \
    '.blocks=300 | .features=64' '.process="paper" | .levels=1000000000' '.process="paper" | .levels=4096 | .features=4096'; do
    jq -c "$energy | $change" config > changed
    with_config changed
    hostile "config of an energy, $change" sample --weights bad.safetensors --out new --count 1 --sampler progressive
done
repeat() { head -c $((${#1} * $2)) < <(yes "$1" | tr -d '\n'); }
for text in '[ 1000000' '[ 60000' '{"a": 100000' '{"a": 10000' '"a",[ 10000'; do
    repeat "${text% *}" "${text##* }" > changed
    with_config changed
    hostile "config ${text% *} ${text##* } times" sample --weights bad.safetensors --out new
    hostile 'and what it says cannot be copied' weights convert --weights bad.safetensors --out new.safetensors --data other
done
awk 'BEGIN { printf "{"; for (i = 0; i < 40000; ++i) printf "%s\"k%d\":1", i ? "," : "", i; print "}" }' > changed
with_config changed
hostile '40,000 settings' sample --weights bad.safetensors --out new
head -c 100 config > changed
with_config changed
hostile 'half of the settings' sample --weights bad.safetensors --out new

empty='{"dtype":"U8","shape":[0],"data_offsets":[0,0]}'
awk -v empty="${empty//\"/\\\"}" 'BEGIN { printf "{"; for (i = 0; i < 40000; ++i) printf "%s\"k%d\":%s", i ? "," : "", i, empty; print "}" }' > header
container header nothing > bad.safetensors
hostile '40,000 tensors' sample --weights bad.safetensors --out new
expect 'which can be counted, as fast' eval '(ulimit -t 1 -v 160000; accepts weights show --weights bad.safetensors)'
for text in '[ 1000000' '{"a": 100000' '{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}} 1' \
    '{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,0]}} 1' '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,18446744073709551615]}} 1' \
    '{"a":{"dtype":"F32","shape":[1e3],"data_offsets":[0,0]}} 1' '{"a":[[[ 1' '{"__metadata__":[1,2]} 1' '{"__metadata__":{"config":{}}} 1' \
    'null 1' ; do
    repeat "${text% *}" "${text##* }" > header
    container header nothing > bad.safetensors
    hostile "header ${text% *}" sample --weights bad.safetensors --out new
    hostile 'nor can it be shown' weights show --weights bad.safetensors
done
for length in 9223372036854775807 -1 100000001; do
    { eight_bytes "$length"; header_of run/weights.safetensors; } > bad.safetensors
    hostile "a header of $length bytes" sample --weights bad.safetensors --out new
done

# One number of a checkpoint: name, element, eight bytes.
poke() {
    cp wide/checkpoints/last.safetensors run/checkpoints/last.safetensors
    local file=run/checkpoints/last.safetensors begin
    begin=$(header_of "$file" | jq ".\"$1\".data_offsets[0]")
    printf '%b' "$3" | dd of="$file" bs=1 seek=$((8 + $(length_of "$file") + begin + 8 * $2)) conv=notrunc 2> /dev/null
}
minus_one='\xff\xff\xff\xff\xff\xff\xff\xff' not_a_number='\0\0\0\0\0\0\xf8\x7f' infinity='\0\0\0\0\0\0\xf0\x7f'
two='\0\0\0\0\0\0\0\x40' large=$two                                                # 2 as a number, 2^62 as an integer
while read -r name element bytes; do
    poke "$name" "$element" "$bytes"
    hostile "a checkpoint whose $name[$element] is $bytes" train --out run --resume --steps 3
done <<END
rng 1 $minus_one
rng 2 $minus_one
rng 3 $minus_one
rng 3 $large
step 0 $minus_one
optimizer.steps 0 $minus_one
ema.rate 0 $not_a_number
ema.rate 0 $two
seconds 0 $not_a_number
optimizer.settings.rate 0 $not_a_number
optimizer.settings.rate 0 $infinity
optimizer.settings.beta1 0 $two
optimizer.settings.beta2 0 $two
optimizer.settings.epsilon 0 $not_a_number
END
cp wide/checkpoints/last.safetensors run/checkpoints/last.safetensors
cp run/config.json good.json
for change in '.levels=-1' '.levels=1e300' '.levels=1000000000' '.features=1.5' '.batch=-4' '.steps=1e300' '.seed=-1' '."micro-batches"=0' \
    '.threads=1e10' \
    '."time-limit"=null' '.power=null' '.rate="1"' '.beta1=2' '.ema=1' '."sigma-first"=0' '."loader-threads"=1e6' '.data=3' '.flip=1' '.=[]'; do
    cp good.json run/config.json
    edit run/config.json "$change"
    hostile "config.json $change" train --out run --resume --steps 3
done
for text in '[ 1000000' '{"a": 100000'; do
    repeat "${text% *}" "${text##* }" > run/config.json
    hostile "config.json ${text% *} ${text##* } times" train --out run --resume --steps 3
done
cp good.json run/config.json
expect 'the run itself goes on' accepts train --out run --resume --steps 3
edit energy/config.json '.levels=1000000000'
hostile 'config.json of an energy .levels=1000000000' train --out energy --resume --steps 3
edit falling/config.json 'del(.steps)'
hostile 'config.json without the step at which the rate has fallen' train --out falling --resume --steps 3
expect 'by what is not there' says "config.json is incomplete ([json.exception.out_of_range.403] key 'steps' not found)"

# Weights of other writers have a "format" of their own, and say no layout: a copy says neither more nor less.
header_of run/weights.safetensors | jq -c '.__metadata__.format = "pt" | del(.__metadata__.layout)' > header
container header data > pt.safetensors
expect 'weights of safetensors.torch are weights' accepts sample --weights pt.safetensors --out of-pt --count 1 --steps-per-level 1
expect 'also to start from' accepts train --out from-pt "${tiny[@]}" --steps 1 --init pt.safetensors
expect 'and to be copied' accepts weights convert --weights pt.safetensors --out copy.safetensors --type f32
names() { header_of "$1" | jq -c 'del(.__metadata__) | keys'; }
expect 'with all that they have' test "$(names copy.safetensors)" = "$(names run/weights.safetensors)"
expect 'and no layout that nobody said' test "$(header_of copy.safetensors | jq -c '.__metadata__.layout')" = null
expect 'which ours say' accepts weights convert --weights run/weights.safetensors --out ours.safetensors
expect 'and keep' test "$(header_of ours.safetensors | jq -r '.__metadata__.layout')" = out,kh,kw,in
for average in none ematic; do
    for weights in pt run/weights; do
        expect "$weights has no average $average" refuses weights convert --weights $weights.safetensors --out new.safetensors --average "$average"
    done
done

for wrong in '--count 4611686018427387904' '--count 1000000000000' '--count 18446744073709551616' '--count 010' '--count 1e3' '--count +5' \
    '--count -1' \
    '--count 0x10' '--batch 0' '--threads 100000' '--threads -1' '--subdivide 1000000000000 --sampler cas' '--columns -1'; do
    # shellcheck disable=SC2086
    hostile "$wrong" sample --weights wide --out new $wrong
done
expect 'a blank in a count is no count' refuses sample --weights wide --out new --count ' 5'
expect 'nothing was left behind' eval '[[ -z $(ls -A new 2> /dev/null) ]]'
for wrong in '--model recovery --process paper --levels 1000000000000' '--model recovery --process paper --levels 4097' \
    '--model recovery --features 512 --blocks 4096' '--model recovery --blocks 4097' '--features 4096' '--levels 1000000000000' \
    '--steps 18446744073709551616' '--batch 010' '--threads 100000'; do
    # shellcheck disable=SC2086
    hostile "$wrong" train --out new "${tiny[@]}" $wrong
done
echo "$cases files and commands"
exit $((failures > 0))
