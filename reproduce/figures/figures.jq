# SPDX-License-Identifier: Apache-2.0
# What reproduce/figure, list, all, network and results say, from the descriptions of figures and networks.

# All descriptions by id, of files PAPER/ID/figure.json given after -n; a figure that is "like" another says only what differs.
def catalogue:
  (reduce inputs as $one ({}; .[input_filename / "/" | .[-2]] = $one)) as $all
  | def whole: if .like then ($all[.like / "/" | .[-1]] | whole) * (del(.like) + {same_as: (.like / "/" | .[-1])}) else . end;
  $all | map_values(whole);

# Preset -> what it changes; a preset that is a text is the same as the one of that name.
def change($preset): .presets as $all | ($all[$preset] // {}) | if type == "string" then $all[.] else . end;
def with_preset($preset): change($preset) as $change | del(.presets) * ($change | del(.cost));
def cost($preset): change($preset).cost // "";
def waits_for($preset): with_preset($preset).waits // "";
# A figure that some preset can run.
def ready: .waits == null;

def place($papers): "\($papers[.paper].cite), \(.number)";
# Papers in the order of papers.json; of a paper the figures, then the tables.
def in_order($papers):
  to_entries | sort_by([(.value.paper as $p | $papers | keys_unsorted | index($p)), (.value.number / " " | [.[0], (.[1] | tonumber)]), .key]);

def value: if type == "array" then map(tostring) | join(",") else tostring end;
def listed: map(tostring) | join(" ");
def indented($head): to_entries | map((if .key == 0 then $head else " " * ($head | length) end) + .value) | .[];
def fields($names): . as $all | [$names[] | select($all[.] != null) | "\(.) \($all[.] | value)"] | join(", ");

# reproduce/ID --help
def help($id; $papers; $networks):
  . as $d
  | "\(place($papers)): \(.shows)",
    (if .claim then "Claim:    \(.claim)" else empty end),
    (if .same_as then "Like:     \(.same_as), the same experiment" else empty end),
    ((.setting // []) | indented("Setting:  ")),
    (if .seeds then "Seeds:    \(if .seeds == [] then "none, nothing is random" else (.seeds | listed) end)" else empty end),
    (if (.needs.data // []) != [] then "Data:     \(.needs.data | listed), in $NCSN_DATA or data/; data/fetch NAME gets them" else empty end),
    (if (.needs.networks // []) != [] then "Networks: \(.needs.networks | listed); reproduce/network NAME says what one is and costs" else empty end),
    (if ready then
      (["smoke", "short", "paper"] | map(. as $p
         | ($d | with_preset($p)) as $w
         | "\($p + " " * (7 - ($p | length)))"
           + (if $w.waits then "waits for \($w.waits)" else ($d | cost($p)) end)
           + (($w.options // {}) | fields(keys_unsorted) | if . == "" then "" else "  (\(.))" end)
           + (if $w.needs.networks != $d.needs.networks then "  [networks: \($w.needs.networks | listed)]" else "" end)) | indented("Presets:  ")),
      "Tested:   \([.claims[]?.statement] | unique | length) statements of the paper, \((.guards // []) | length) guards against change;",
      ([.claims[]? | "  \(.statement): \(.paper)"] | unique_by(.)[] | "        " + .),
      "Exit:     0 when guards hold, and statements that are not known to fail; 1 when one does not; 77 when data or networks are not there",
      "Usage:    reproduce/\($id) [--preset smoke|short|paper]\(if .seeds == [] then "" else " [--seeds 1,2,3]" end) [--threads N] [--out DIR]"
        + ((.options // {}) | keys_unsorted | map(" [--\(.) ...]") | join("")) + (if (.needs.networks // []) != [] then " [--train] [--draw-on cpu|cuda]" else "" end)
    else "Waits:    \(.waits)" + (if .kind then " (kind: \(.kind))" else "" end) end);

# reproduce/list: $which is all, ready or ids.
def list($which; $papers):
  [in_order($papers)[] | select($which == "all" or (.value | ready))] as $entries
  | if $which == "ids" then $entries[].key
    else
      ($entries | group_by(.value.paper) | sort_by(.[0].value.paper as $p | $papers | keys_unsorted | index($p))[]
        | "", (.[0].value.paper as $p | "\($papers[$p].cite): \($papers[$p].title)"),
          (.[] | .key as $id | .value
            | "  \($id + " " * ([1, 33 - ($id | length)] | max))\(.number + " " * (11 - (.number | length)))\(.shows)",
              "  \(" " * 44)\(if ready then cost("smoke") else "not yet: waits for \(.waits)" end)")),
      "",
      ([.[] | [.paper, .number]] | unique | map(.[1] | startswith("Figure")) | {figures: map(select(.)) | length, tables: map(select(. | not)) | length}) as $n
      | ([.[] | select(ready)]) as $ready
      | "\($n.figures) figures and \($n.tables) tables. \($ready | length) commands that run now, \([$ready[] | select(.same_as == null)] | length) distinct experiments: reproduce/ID [--preset smoke|short|paper]",
        "(costs are those of smoke; reproduce/ID --help has all). reproduce/all runs what this machine has data and networks for."
    end;

# Networks: recipes reproduce/networks/NAME.json.
# The settings as arguments of a program.
def arguments: (.options // {}) | to_entries[] | if .value == true then "--\(.key)" elif .value == false then "--no-\(.key)" else "--\(.key)", (.value | value) end;
def network_help($name):
  . as $n
  | "\($name): \(.what)",
    "Source:   \(.source)",
    (if .weights then "Weights:  \(.weights), part of this repository" else empty end),
    "Data:     \(.data | listed), in $NCSN_DATA or data/",
    (["smoke", "short", "paper"] | map(. as $p | ($n | with_preset($p)) as $w
      | "\($p + " " * (7 - ($p | length)))\($n | cost($p))\n                 \($w.program // ["train"] | listed) \([$w | arguments] | listed)") | indented("Presets:  ")),
    "Usage:    reproduce/network \($name) [--preset smoke|short|paper] [option of \((.program // ["train"])[0]) ...]";
def networks: "", (inputs | . as $n | (input_filename / "/" | .[-1] | rtrimstr(".json"))
  | "  \(. + " " * (24 - length))\($n.what)\(if $n.weights then " (shipped)" else "" end)", "  \(" " * 24)paper: \($n | cost("paper"))");
