# SPDX-License-Identifier: Apache-2.0
# Sourced by the tests that are shell scripts: a folder $place that goes away, and words for expectations. What a command says is kept in $place/log.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf -- "$place"' EXIT
failures=0

expect() {
    if "${@:2}"; then echo "ok      $1"; return; fi
    echo "FAILED  $1"
    failures=$((failures + 1))
    if [[ -s $place/log ]]; then sed 's/^/        /' "$place/log"; fi
}
exits_with() { local status=0; "${@:2}" >"$place/log" 2>&1 || status=$?; [[ $status == "$1" ]]; }
says() { grep -qF -- "$1" "$place/log"; }
same() { cmp -s "$1" "$2"; }
absent() { local file; for file in "$@"; do [[ ! -e $file ]] || return 1; done; }
is_png() { [[ $(head -c 4 "$1" | tail -c 3) == PNG && $(wc -c <"$1") -gt ${2:-5000} ]]; }             # file, bytes that it has at least

# edit FILE FILTER: a JSON file is changed by jq; that nothing was changed is an error, for what follows would test what was there before.
edit() { jq "$2" "$1" >"$place/edited.json" && ! cmp -s <(jq . "$1") "$place/edited.json" && cp "$place/edited.json" "$1"; }

needs_tools() { local tool; for tool in "$@"; do command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed"; exit 77; }; done; }
# MNIST of the user's NCSN_DATA, or of a folder shared/data beside the project.
finds_mnist() {
    if [[ -z ${NCSN_DATA:-} && -e $NCSN_SOURCE_DIR/../shared/data/mnist ]]; then NCSN_DATA=$(cd "$NCSN_SOURCE_DIR/../shared/data" && pwd); fi
    [[ -e ${NCSN_DATA:-none}/mnist ]] && export NCSN_DATA
}
