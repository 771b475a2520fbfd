#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# needs: prepare train
# seconds: 120
## \file  The program prepare: what it packs, going on after every kind of end, and what it refuses before any work.
set -euo pipefail
source "$NCSN_SOURCE_DIR/tests/support/programs.bash"

# An .npy file of bytes with these extents, filled with the digits of numbers.
make_npy() {                                                                        # file extents bytes
    local dictionary="{'descr': '|u1', 'fortran_order': False, 'shape': ($2)}"
    { printf '\x93NUMPY\1\0'; printf "\\x$(printf %02x ${#dictionary})\\0%s" "$dictionary"; head -c "$3" < <(seq 100000 9999999); } > "$1"
}
pixels() { tail -c "+129" "$1" | od -An -v -tu1 -w"$2"; }                           # after a header of 128 bytes; so many numbers a line
repeated() { local i; for ((i = 0; i < $2; ++i)); do printf ' %3d' $1; done; echo; }
red() { base64 -d <<<'iVBORw0KGgoAAAANSUhEUgAAAAYAAAAECAIAAAAiZtkUAAAAEUlEQVR42mP8z4AOmBjIFAIATDEBB0rhph0AAAAASUVORK5CYII='; }     # 6 x 4
blue() { base64 -d <<<'iVBORw0KGgoAAAANSUhEUgAAAAQAAAAGCAIAAABrW6giAAAAFElEQVR42mNkYDjBAANMDEiAHA4APLoA1M4bCI4AAAAASUVORK5CYII='; }    # 4 x 6
grey() {                                                                                                             # 8 x 8, JPEG
    base64 -d <<<'/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQH/wAALCAAIA'\
'AgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AP//Z'
}
mkdir -p pictures/below
red > pictures/below/a.png
blue > pictures/Z.PNG
grey > pictures/b.JPG
echo 'not an image' > pictures/notes.txt

expect 'help is given' accepts prepare --help
expect 'a folder is packed' accepts prepare --from pictures --out three.npy --crop center --size 2
expect 'as the program says' says '3 images [1,2,2,3] in "three.npy"'
expect 'with a header that numpy knows' grep -qaF "{'descr': '|u1', 'fortran_order': False, 'shape': (3, 2, 2, 3), }" three.npy
expect 'in the order of the paths, grey as colour' \
    same <(pixels three.npy 12) <(repeated '0 0 200' 4; repeated '128 128 128' 4; repeated '255 0 0' 4)
expect 'and nothing else stays' test "$(ls -d three.npy*)" = three.npy
expect 'a part of the images' accepts prepare --from pictures --out one.npy --first 1 --count 1
expect 'grey alone stays grey' says '1 images [1,8,8,1]'
expect 'an area is cut out' accepts prepare --from pictures --out area.npy --crop 1,2,3,2
expect 'of that size' says '3 images [1,2,3,3]'
expect 'the shorter side is brought to a size first' accepts prepare --from pictures --out short.npy --short-side 12 --crop center
expect 'and the square cut out then' says '3 images [1,12,12,3]'
expect 'what is packed can be packed again' accepts prepare --from three.npy --out again.npy
expect 'and is the same' same three.npy again.npy
expect 'IDX files can be packed' accepts prepare --from digits --out digits.npy --split test
expect 'with the same pixels' same <(tail -c +129 digits.npy) <(tail -c +17 digits/t10k-images-idx3-ubyte)
expect 'what was packed can be trained on' accepts train --out run --data digits.npy --features 2 --levels 3 --batch 4 --steps 2 --test-every 1
expect 'without a test split there are no test losses' says 'digits.npy has no test split: there will be no test losses'
expect 'indeed' test "$(grep -c test_loss run/metrics.jsonl)" = 0

mkdir -p parted/train parted/test && red > parted/train/a.png && blue > parted/test/a.png && blue > parted/test/b.png
expect 'a folder of two splits is packed split by split' accepts prepare --from parted --out parted.npy --split test
expect 'indeed' says '2 images [1,6,4,3]'
expect 'one that has no test split has none' refuses prepare --from pictures --out new.npy --split test --crop center
expect 'and says so' says 'it has no test split'

make_npy many.npy '1500, 96, 96' $((1500 * 96 * 96))
how=(--from many.npy --size 64)
given prepare "${how[@]}" --out whole.npy
expect 'the filter is chosen' accepts prepare "${how[@]}" --out plain.npy --resize bilinear
expect 'and makes a difference' test "$(cmp -s whole.npy plain.npy; echo $?)" = 1
expect 'the number of threads does not' accepts prepare "${how[@]}" --out threads.npy --threads 3
expect 'indeed' same whole.npy threads.npy

# Work that ends as on a full disk, with some of it kept, is gone on with by the same images alone.
cut() { (ulimit -f "$1"; refuses prepare "${@:2}") && says 'images are kept'; }
{ head -c 200 many.npy; tail -c +201 many.npy | tr 0123 3210; } > other.npy
cp many.npy own.npy
expect 'work that is cut off' cut 400 --from own.npy --size 64 --out mixed.npy
expect 'is not gone on with from another file' refuses prepare --from other.npy --size 64 --out mixed.npy
expect 'as is said' says 'was begun with other images or settings'
cp other.npy own.npy
expect 'nor from one that was replaced' refuses prepare --from own.npy --size 64 --out mixed.npy
cp -p many.npy kept.npy
expect 'work that is cut off' cut 400 --from kept.npy --size 64 --out forced.npy
expect 'is gone on with by --force too' accepts prepare --from kept.npy --size 64 --out forced.npy --force
expect 'from where it was' says 'continues after 64 of 1500 images'
expect 'to the same file' same forced.npy whole.npy
expect 'a whole file is made anew by --force' accepts prepare --from other.npy --size 64 --out forced.npy --force
expect 'from its images' eval '! same forced.npy whole.npy'
idx() { printf '\0\0\10\3'; big_endian 600; big_endian 28; big_endian 28; head -c $((600 * 784)) < <(seq "$1" 9999999); }
mkdir set twin
idx 100000 > set/train-images-idx3-ubyte
idx 200000 > twin/train-images-idx3-ubyte
expect 'a set that is cut off' cut 100 --from set --out set.npy
expect 'is not gone on with from a twin' refuses prepare --from twin --out set.npy
cp twin/train-images-idx3-ubyte set/
expect 'nor when its images are others' refuses prepare --from set --out set.npy
mkdir reds blues
for ((i = 100; i < 250; ++i)); do red > "reds/$i.png"; red > "blues/$i.png"; done
expect 'a folder that is cut off' cut 8 --from reds --out folder.npy
expect 'is not gone on with from a folder of the same names and sizes' refuses prepare --from blues --out folder.npy
# Killed between its last two acts, a process leaves what tells of the work beside the whole file.
cp whole.npy last.npy && echo '{}' > last.npy.progress
expect 'a whole file is not overwritten' refuses prepare --from many.npy --size 64 --out last.npy
expect 'and what a kill left beside it goes' absent last.npy.progress

killed() { ("$programs/prepare" "${how[@]}" --out "$1" > log 2>&1 & sleep "$2"; kill -KILL $! && wait $!) 2> /dev/null || true; }
for delay in 0.01 0.02 0.03 0.05 0.08; do killed killed.npy $delay; done
[[ -e killed.npy ]] || given prepare "${how[@]}" --out killed.npy
expect 'a run that was killed again and again makes the same file' same killed.npy whole.npy
"$programs/prepare" "${how[@]}" --out stopped.npy --threads 1 > log 2>&1 &
process=$!
for ((i = 0; i < 400; ++i)); do if (($(stat -c %s stopped.npy.partial 2> /dev/null || echo 0) > 300000)); then break; fi; sleep 0.005; done
kill -TERM "$process"
if wait "$process"; then echo 'skipped: it was done before the signal came'; else
    expect 'SIGTERM ends a run with the way on' says 'the same command continues'
    step=$(sed -nE 's/^stopped after ([0-9]+) of.*/\1/p' log)
    expect 'and something done' test "$step" -ge 64
    killed stopped.npy 0.02
    echo 'half an image' >> stopped.npy.partial                                     # beyond what is surely on the disk
    expect 'other settings do not go on with it' refuses prepare "${how[@]}" --out stopped.npy --resize bilinear
    expect 'and say why' says 'was begun with other images or settings'
    expect 'the same ones do, after a kill too' accepts prepare "${how[@]}" --out stopped.npy
    expect 'from what was kept' says "continues after $step of 1500 images"
    expect 'to the same file' same stopped.npy whole.npy
    expect 'and nothing else stays' test "$(ls -d stopped.npy*)" = stopped.npy
fi

# The third part of 64 has an image whose data are damaged, though its header is well.
mkdir damaged
for ((i = 100; i < 250; ++i)); do red > "damaged/$i.png"; done
printf '\0\0\0\0' | dd of=damaged/240.png bs=1 seek=46 conv=notrunc 2> /dev/null
expect 'a damaged image ends the work' refuses prepare --from damaged --out mended.npy
expect 'with its name' says 'damaged/240.png'
expect 'and what is done is kept' says '128 of 150 images are kept'
red > damaged/240.png
expect 'when it is mended the work goes on' accepts prepare --from damaged --out mended.npy
expect 'from there' says 'continues after 128 of 150 images'
expect 'to the end' test "$(pixels mended.npy 72 | sort | uniq -c | awk '{ print $1, $2, $3, $4 }')" = '150 255 0 0'
printf '\0\0\0\0' | dd of=damaged/240.png bs=1 seek=46 conv=notrunc 2> /dev/null
expect 'damage again' refuses prepare --from damaged --out changed.npy
red > damaged/240.png
red > damaged/250.png
expect 'a folder that has changed is not gone on with' refuses prepare --from damaged --out changed.npy
expect 'but --force begins anew' accepts prepare --from damaged --out changed.npy --force
expect 'with all of them' says '151 images'

expect 'a file is not overwritten' refuses prepare --from pictures --out three.npy --crop center
expect 'and the ways on are named' says 'use --force to replace it'
mkdir sizes && red > sizes/a.png && blue > sizes/b.png
expect 'two sizes are refused' refuses prepare --from sizes --out new.npy
expect 'with both files' says 'a.png" has 6 x 4 pixels and "sizes/b.png" has 4 x 6'
mkdir empty
echo 'no image' > broken.png && mkdir broken && cp broken.png broken/a.png
for wrong in '--from empty' '--from nowhere' '--from pictures --out new.bin' '--from pictures --out nowhere/new.npy' '--from pictures --size 2' \
    '--from pictures --crop middle' '--from pictures --crop 0,0,5,5' '--from pictures --crop 1,2,3' '--from pictures --crop -1,0,2,2' \
    '--from pictures --crop 0,0,2,2x' '--from pictures --crop 00,0,2,2' '--from pictures --crop +1,0,2,2' \
    '--from pictures --crop 0,0,2,2,' '--from pictures --crop 0,,2,2' '--from pictures --crop 0,0,2' '--from pictures --crop 0,0,2,2e0' \
    '--from pictures --crop center --size -3' '--from pictures --crop center --size 99999999999' \
    '--from pictures --crop center --resize cubic' '--from pictures --crop center --first 3' '--from pictures --crop center --count 4' \
    '--from broken' '--from broken.png' '--from digits --split validation' '--from many.npy --split test' \
    '--from digits --threads -1'; do
    # shellcheck disable=SC2086
    expect "refused: $wrong" refuses prepare --out new.npy $wrong
done
expect 'and none of them left a file' test -z "$(ls -d new.* 2> /dev/null)"
if [[ $(id -u) != 0 ]]; then
    mkdir locked && chmod a-w locked
    expect 'nor does a folder that cannot be written to begin anything' refuses prepare --from pictures --out locked/new.npy --crop center
fi
limited() { (ulimit -f 8; refuses prepare "${how[@]}" --out large.npy); }
expect 'without space the work ends' limited
expect 'with the reason' says 'File too large'
exit $((failures > 0))
