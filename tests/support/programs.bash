# SPDX-License-Identifier: Apache-2.0
# Sourced by tests/programs/*.sh: a folder $place that goes away, a small data set in it, and words for expectations.
source "$(dirname "${BASH_SOURCE[0]}")/expectations.bash"
export OMP_NUM_THREADS=1                                                            # bits, not speed
programs=$NCSN_BUILD_DIR/experiments
cd "$place"

# None of them takes a minute; one that accepts what it should refuse would run for hours.
sanitized() { grep -qsx 'NCSN_SANITIZE:BOOL=ON' "$NCSN_BUILD_DIR/CMakeCache.txt"; }
patience=1; if sanitized; then patience=5; fi
accepts() { timeout $((100 * patience)) "$programs/$1" "${@:2}" > log 2>&1; }
given() { accepts "$@" || { echo "FAILED  $*"; cat log; exit 1; }; }
# An error of ours: exit status 1, or CLI11's from 100 on; not a crash.
refuses() {
    local status=0
    timeout $((60 * patience)) "$programs/$1" "${@:2}" > log 2>&1 || status=$?
    [[ $status == 1 || ($status -ge 100 && $status -lt 124) ]]
}
# The same with a second of the processor and 100 MB of address space beside the 60 that a program takes to say its --help, where a limit that is met
# is a signal or another message; and with one error of ours, in three lines at most. Sanitizers take more: such tests skip themselves then.
limited() { (ulimit -t 1 -v 160000; refuses "$@"); }
one_error() { limited "$@" && [[ $(grep -c . log) -le 3 ]] && ! grep -qE 'out of memory|bad_alloc|terminate|libgomp|^[a-z_]+: \[json' log; }
needs_limits() {
    if sanitized; then
        echo 'skipped: with sanitizers a program takes more memory than the limits here'
        exit 77
    fi
}
there() { local file; for file in "$@"; do [[ -s $file ]] || return 1; done; }

# killed_when FILE program option ...: it is begun, and killed as soon as the file has something; false if it ended before.
killed_when() {
    local process try status=0
    "$programs/$2" "${@:3}" > log 2>&1 &
    process=$!
    for ((try = 0; try < 1500; ++try)); do [[ -s $1 ]] && break || sleep 0.02; done
    kill -KILL "$process" 2> /dev/null || true
    { wait "$process" || status=$?; } 2> /dev/null
    ((status == 137))
}

# ends_by SIGNAL program option ...: it is begun, gets the signal as soon as it listens to it, and ends as after an error.
ends_by() {
    local signal=$1 number process status=0 caught try
    number=$(kill -l "$signal")
    rm -f log                                                                       # what an earlier command said is no sign of life
    "$programs/$2" "${@:3}" > log 2>&1 &
    process=$!
    for ((try = 0; try < 200; ++try)); do
        sleep 0.1
        [[ $(readlink "/proc/$process/exe") == "$programs"/* ]] || continue         # still the shell, which has handlers of its own
        caught=$(sed -n 's/^SigCgt:[[:blank:]]*//p' "/proc/$process/status" 2>/dev/null) || true
        if (( 0x${caught:-0} >> (number - 1) & 1 )); then break; fi
    done
    kill -"$signal" "$process"
    wait "$process" || status=$?
    (( status == 1 ))
}

big_endian() { local shift; for shift in 24 16 8 0; do printf "\\x$(printf %02x $(($1 >> shift & 255)))"; done; }
# Four IDX files with 64 and 32 pictures of 8 x 8 pixels, the bytes of a text.
make_data() {
    mkdir -p "$1"
    local part count
    for part in train:64 t10k:32; do
        count=${part#*:}
        {
            printf '\0\0\10\3'
            big_endian "$count"
            big_endian 8
            big_endian 8
            head -c $((count * 64)) < <(seq 1000 9999)
        } > "$1/${part%:*}-images-idx3-ubyte"
        { printf '\0\0\10\1'; big_endian "$count"; head -c "$count" /dev/zero; } > "$1/${part%:*}-labels-idx1-ubyte"
    done
}
make_data digits
tiny=(--data mnist --data-dir digits --features 2 --levels 3 --batch 4 --log-every 1 --test-every 2 --test-batches 1)
