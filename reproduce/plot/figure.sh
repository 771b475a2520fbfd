#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by the scripts of single figures:  figure NAME [option ...]  builds the program NAME, runs it, and draws NAME.png from what it wrote.
# Environment: PROGRAM (NAME, or one that draws several figures and is told which), OUT (out/NAME), NCSN_BUILD_DIR (build), NCSN_SETUP=skip (the
# program is built already).

figure() {                                                                          # name option ...
    local name=$1 source_dir build_dir out status=0
    shift
    source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
    build_dir=${NCSN_BUILD_DIR:-$source_dir/build}
    out=${OUT:-out/$name}
    local program=${PROGRAM:-$name}
    local -a options=() first=()
    if [[ $program != "$name" ]]; then first=("$name"); fi                           # a program of several figures is told which
    local help=
    while (( $# )); do
        case $1 in
            -h | --help) help=yes; options+=("$1"); shift ;;
            --out) out=${2:?--out needs a folder}; shift 2 ;;
            --out=*) out=${1#--out=}; shift ;;
            *) options+=("$1"); shift ;;
        esac
    done

    mkdir -p "$out"
    if [[ ${NCSN_SETUP:-} != skip ]]; then
        if ! "$source_dir/reproduce/setup" "figures_$program" >"$out/build.log" 2>&1; then
            cat "$out/build.log" >&2
            return 3
        fi
    fi
    export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive}                               # waiting threads that spin are slow where other work runs
    export NCSN_DATA=${NCSN_DATA:-$source_dir/data}                                  # where data/fetch puts data sets
    if [[ -n $help ]]; then
        "$build_dir/experiments/figures/$program" "${first[@]}" --help
        return
    fi
    if ! command -v gnuplot >/dev/null; then
        printf '%s: gnuplot, which draws the figure, was not found; install the Debian package gnuplot-nox\n' "$name" >&2
        return 3
    fi
    touch "$out/.started"                                                           # results of an earlier run stay until there are new ones
    "$build_dir/experiments/figures/$program" "${first[@]}" --expected "$source_dir/reproduce/expected/$name.json" --out "$out" "${options[@]}" ||
        status=$?
    if [[ ! $out/claim.json -nt $out/.started ]]; then return "$status"; fi         # wrong options, no data, an error
    LC_ALL=C.UTF-8 gnuplot -e "here='${source_dir//\'/\'\'}/reproduce/plot'; folder='${out//\'/\'\'}'" "$source_dir/reproduce/plot/$name.gp"
    printf '\nfigure   %s\nnumbers  %s\n' "$out/$name.png" "$out/claim.json"
    return "$status"
}
