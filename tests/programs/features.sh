#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# needs: features feature_controls
# seconds: 120
## \file  The program features: files of features, distances between them, and what is refused before any work.
set -euo pipefail
source "$NCSN_SOURCE_DIR/tests/support/programs.bash"
export NCSN_DATA=$place                                                             # where no weights are
weights=(--weights "$NCSN_SOURCE_DIR/data/mnist_classifier.safetensors")
# An .npy file of bytes with these extents, filled with the digits of numbers from one on.
make_npy() {                                                                        # file extents bytes first
    local dictionary="{'descr': '|u1', 'fortran_order': False, 'shape': ($2)}"
    { printf '\x93NUMPY\1\0'; printf "\\x$(printf %02x ${#dictionary})\\0%s" "$dictionary"; head -c "$3" < <(seq "$4" 9999999); } > "$1"
}
make_npy a.npy '60, 28, 28' $((60 * 784)) 100000
make_npy b.npy '50, 28, 28' $((50 * 784)) 3000000
make_npy small.npy '6, 8, 8' $((6 * 64)) 1
value() { sed -n "s/^ *\"$1\": \([^,]*\),*$/\1/p" "$2" | head -n 1; }

expect 'help is given' accepts features --help
expect 'features are written to a file' accepts features extract --network digits "${weights[@]}" --data a.npy --out a.safetensors
expect 'as many as images' says '60 x 128 features of digits in "a.safetensors"'
expect 'with their protocol' grep -qa '28 x 28 grey' a.safetensors
expect 'which says what they are of' grep -qa 'a.npy, train, images 0 to 59' a.safetensors
expect 'the size of a batch does not matter' accepts features extract --network digits "${weights[@]}" --data a.npy --out c.safetensors --batch 7
expect 'nor do threads' accepts features extract --network digits "${weights[@]}" --data a.npy --out d.safetensors --batch 60 --threads 2
expect 'nor does one beyond all images' accepts features extract --network digits "${weights[@]}" --data a.npy --out most.safetensors \
    --batch 18446744073709551615
expect 'which has them all' same a.safetensors most.safetensors
expect 'to no bit' same a.safetensors c.safetensors
expect 'indeed' same a.safetensors d.safetensors
expect 'a file is not replaced unasked' refuses features extract --network digits "${weights[@]}" --data b.npy --out a.safetensors
expect 'and the way is told' says 'use --force'
expect 'only a part of the images' accepts features extract --network digits "${weights[@]}" --data a.npy --out part.safetensors --first 10 --count 20
expect 'is taken' says '20 x 128'
expect 'not more than there are' refuses features extract --network digits "${weights[@]}" --data a.npy --out new.safetensors --first 50 --count 20
expect 'of which there are' says 'there are 60 images'

given features extract --network digits "${weights[@]}" --data a.npy --out order.safetensors --shuffle 5
expect 'in a random order there are as many' says '60 x 128'
expect 'as the file says' grep -qa 'images 0 to 59 in the order of seed 5' order.safetensors
expect 'in another order' test -z "$(cmp -s <(tail -c 30720 a.safetensors) <(tail -c 30720 order.safetensors) && echo same)"
expect 'and of the same images' accepts features compare --samples order.safetensors --reference a.safetensors --out order.json
expect 'so at no distance' test "$(awk -v v="$(value value order.json)" 'BEGIN { print (v >= 0 && v < 1e-4) }')" = 1
given features extract --network digits "${weights[@]}" --data a.npy --out half.safetensors --shuffle 5 --first 30 --count 30
given features extract --network digits "${weights[@]}" --data a.npy --out other.safetensors --shuffle 5 --count 30
expect 'two parts of one order are different images' accepts features compare --samples half.safetensors --reference other.safetensors \
    --out parts.json
expect 'at some distance' test "$(awk -v v="$(value value parts.json)" 'BEGIN { print (v > 1e-4) }')" = 1

expect 'a set and a file are compared' accepts features compare --network digits "${weights[@]}" --samples b.npy --reference a.safetensors \
    --resamples 20 --out r.json --kernel-block 20
expect 'in words' says 'FD (digits)'
expect 'which is never called FID' test -z "$(grep -h FID log r.json)"
expect 'with the number of both' says '50 samples against 60'
expect 'and as JSON' grep -q '"KD (digits)": {' r.json
given features extract --network digits "${weights[@]}" --data b.npy --out b.safetensors
expect 'two files need no network' accepts features compare --samples b.safetensors --reference a.safetensors --resamples 20 --out s.json \
    --kernel-block 20
expect 'and give the same numbers' same <(grep -v '"source"' r.json) <(grep -v '"source"' s.json)
expect 'a set against itself' accepts features compare --samples a.safetensors --reference a.safetensors --out z.json
expect 'is at no distance' test "$(awk -v v="$(value value z.json)" 'BEGIN { print (v >= 0 && v < 1e-4) }')" = 1
expect 'and lies in itself' test "$(value precision z.json) $(value recall z.json)" = '1.0 1.0'

expect 'weights that are not there are told of' refuses features extract --network efficientnet-lite0 --data a.npy --out new.safetensors
expect 'with the way to them' says 'data/fetch efficientnet-lite0'
expect 'so it is for Inception' refuses features compare --network inception --samples a.npy --reference b.npy
expect 'by the name of the file' says 'pt_inception-2015-12-05-6726825d.pth'
expect 'and nothing was made' test ! -e new.safetensors
expect 'digits are 28 x 28' refuses features extract --network digits "${weights[@]}" --data small.npy --out new.safetensors
expect 'as the error says' says '[N,28,28,1] were expected'
expect 'an unknown network is refused' refuses features extract --network vgg --data a.npy --out new.safetensors
expect 'with those that are known' says 'efficientnet-lite0, inception, digits are known'
expect 'images need a network' refuses features compare --samples a.npy --reference a.safetensors
expect 'and the error names it' says '--network'
expect 'any other file is no file of features' refuses features compare --samples "${weights[1]}" --reference a.safetensors
expect 'since it has no protocol' says 'has no protocol'
sed 's/"digits/"DIGITS/; s/\\"digits/\\"DIGITS/' a.safetensors > other.safetensors
expect 'features of other networks are not compared' refuses features compare --samples other.safetensors --reference a.safetensors
expect 'and their names are said' says "their networks differ, 'DIGITS' and 'digits'"
head -c 5000 a.safetensors > cut.safetensors
expect 'half a file is none' refuses features compare --samples cut.safetensors --reference a.safetensors
expect 'a place that cannot be written is known before the work' refuses features extract --network digits "${weights[@]}" --data a.npy \
    --out nowhere/new.safetensors
expect 'by its name' says 'nowhere'
expect 'no batch is no work' refuses features extract --network digits "${weights[@]}" --data a.npy --out new.safetensors --batch 0
expect 'a stop leaves nothing' test ! -e new.safetensors

# What was made when a process ended is kept, and the same command goes on after it.
make_npy long.npy '8000, 28, 28' $((8000 * 784)) 1
long=(extract --network digits "${weights[@]}" --data long.npy --batch 20)
given features "${long[@]}" --out whole.safetensors
expect 'extraction is killed when something is kept' killed_when kept.safetensors.progress features "${long[@]}" --out kept.safetensors
expect 'which other images do not go on with' refuses features "${long[@]}" --shuffle 3 --out kept.safetensors
expect 'as is said' says 'was begun with other images or settings'
{ head -c 300 long.npy; tail -c +301 long.npy | tr 01 10; } > changed.npy
cp -p long.npy aside.npy
cp changed.npy long.npy
expect 'nor do others of the same name' refuses features "${long[@]}" --out kept.safetensors
cp -p aside.npy long.npy
expect 'a signal ends it' ends_by TERM features "${long[@]}" --out kept.safetensors
expect 'and says how to go on' says 'the same command continues'
expect 'which it does' accepts features "${long[@]}" --out kept.safetensors --batch 64
expect 'from there' says 'continues after'
expect 'to the same file' same kept.safetensors whole.safetensors
expect 'and nothing else stays' test "$(ls -d kept.safetensors*)" = kept.safetensors
compared=(compare --network digits "${weights[@]}" --samples long.npy --reference a.safetensors --batch 20)
expect 'a comparison is killed as well' killed_when c.json.features/0.safetensors.progress features "${compared[@]}" --out c.json
expect 'and goes on' accepts features "${compared[@]}" --out c.json
expect 'from its features' says 'continues after'
given features compare --samples whole.safetensors --reference a.safetensors --out d.json
expect 'to the same numbers' same <(grep -v '"source"' c.json) <(grep -v '"source"' d.json)
expect 'and nothing else stays' test "$(ls -d c.json*)" = c.json
mkdir e.json.features && echo mine > e.json.features/notes
expect 'a folder of another kind is left alone' refuses features "${compared[@]}" --out e.json
expect 'as it is' test "$(cat e.json.features/notes)" = mine
echo mine > f.json.features
expect 'and so is a file' refuses features "${compared[@]}" --out f.json
expect 'which is told of' says 'which is no folder'
expect 'and is as it was' test "$(cat f.json.features)" = mine
mkdir i.json.features && exec 9< i.json.features && flock 9
few=(compare --network digits "${weights[@]}" --samples b.npy --reference a.npy)
expect 'two processes do not share a result' refuses features "${few[@]}" --out i.json
expect 'and the second says so' says 'another process is working on it'
exec 9<&-
expect 'which it has when the other has ended' accepts features "${few[@]}" --out i.json
expect 'and keeps no folder' test ! -e i.json.features
# Of a folder its name is not enough: other images in it are other features, even where those of the first were finished.
make_npy one.npy '60, 28, 28' $((60 * 784)) 500000
make_npy two.npy '60, 28, 28' $((60 * 784)) 700000
mkdir exchanged && cp one.npy exchanged/train.npy
pair=(compare --network digits "${weights[@]}" --batch 20 --reference long.npy --samples)
expect 'a comparison is killed in its second set' killed_when g.json.features/1.safetensors.progress features "${pair[@]}" exchanged --out g.json
expect 'when it has the first' there g.json.features/0.safetensors
cp two.npy exchanged/train.npy
expect 'it goes on with other images' accepts features "${pair[@]}" exchanged --out g.json
given features "${pair[@]}" two.npy --out h.json
expect 'which are compared' same <(grep -v '"source"' g.json) <(grep -v '"source"' h.json)
expect 'a stop while nothing is kept' ends_by TERM features "${compared[@]}"
expect 'says so' says 'nothing is kept, as it would be with --out'
expect 'a stop during resampled distances' ends_by TERM features compare --samples whole.safetensors --reference whole.safetensors --resamples 100000
expect 'ends them' says 'distances: stopped before the end'

# The controls, on sets too small to say anything: what is compared with what, and what cannot be.
make_npy many.npy '200, 28, 28' $((200 * 784)) 100000
expect 'of two sets neither' accepts features compare --network digits "${weights[@]}" --samples a.npy --reference b.npy --out by-most.json \
    --batch 18446744073709551615
given features compare --network digits "${weights[@]}" --samples a.npy --reference b.npy --out by-few.json --batch 7
expect 'indeed' same by-most.json by-few.json
ladder=(ladder --network digits "${weights[@]}" --data many.npy --class-size 20 --sizes 10,30 --out ladder.json)
status=0; "$programs/feature_controls" "${ladder[@]}" --count 20 > log 2>&1 || status=$?
expect 'a ladder is climbed, whether it rises or not' test $((status < 2)) = 1
expect 'with a line for each size of the floor and each rung' test "$(grep -c '^| \(the other half\|noise\|blur\|missing\)' log)" = 13
expect 'and as many in the file' test "$(grep -c '"what"' ladder.json)" = 13
expect 'images without classes lack none' refuses feature_controls ladder --network digits "${weights[@]}" --data many.npy --sizes 10 --count 20
expect 'as the error says' says '--class-size'
expect 'a half has so many images' refuses feature_controls "${ladder[@]}" --count 120
expect 'and no more' says '4 to 100'
expect 'without a class there are fewer' refuses feature_controls "${ladder[@]}" --count 90
expect 'and that is said' says 'images are left without 1 of 10 classes'
expect 'the classifier is judged on real digits only' refuses feature_controls classifier "${weights[@]}"
expect 'which are named' says 'data/fetch mnist'
exit "$((failures > 0))"
