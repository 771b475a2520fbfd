# SPDX-License-Identifier: Apache-2.0
# What reproduce/figure, list, all, network and results say, from the descriptions of figures and networks.

# All descriptions by id, of files PAPER/ID/figure.json given after -n; a figure that is "like" another says only what differs.
def catalogue:
  (reduce inputs as $one ({}; .[input_filename / "/" | .[-2]] = $one)) as $all
  | def whole: if .like then ($all[.like / "/" | .[-1]] | whole) * (del(.like) + {same_as: (.like / "/" | .[-1])}) else . end;
  $all | map_values(whole);

# Preset -> what it changes; a preset that is a text is the same as the one of that name.
def change($preset): .presets as $all | ($all[$preset] // {}) | if type == "string" then $all[.] else . end;
def captions: reduce (.panels[]? | select(.name)) as $panel ({}; .[$panel.name] = ($panel.caption // ""));
# Statements with the captions of panels in place of {their names}.
def of_panels($captions):
  def filled: . as $text | [match("\\{[^}]*\\}"; "g") | .offset as $at | .length as $n | {$at, $n, value: $captions[.string[1:-1]]} | select(.value)]
    | reduce reverse[] as $one ($text; .[:$one.at] + $one.value + .[$one.at + $one.n:]);
  (if .quantities then .quantities |= map_values(filled) else . end) | (if .claims then .claims |= map(.statement |= filled) else . end);
def with_preset($preset): change($preset) as $change | captions as $captions
  | del(.presets) * ($change | del(.cost)) | of_panels($captions + captions);
def cost($preset): change($preset).cost // "";
def waits_for($preset): with_preset($preset).waits // "";
# A figure that can be run: smoke, which is the least, waits for nothing.
def ready: waits_for("smoke") == "";

# Panels of a preset whose network learnt other data than at preset paper, where neither caption nor title says "in place of"; $recipes by name.
def unnamed_stand_ins($recipes):
  def panels_of($d; $preset): ($d | with_preset($preset)) as $now | (($now.needs.networks // []) - ["mnist_classifier"]) as $networks
    | [($now.panels // []) | to_entries[] | select(.value.name) | (.value.network // $networks[.key] // $networks[0]) as $network | select($network)
       | {name: .value.name, said: [.value.caption, $now.title], data: ($recipes[$network] | with_preset($preset).options.data)}];
  to_entries[] | .key as $id | .value as $d | select($d.kind) | panels_of($d; "paper") as $papers
  | ("smoke", "short") as $preset | select($d | waits_for($preset) == "") | panels_of($d; $preset)[] | . as $panel
  # that of the same name; one that preset paper does not have is beside its panels and not in their place, if its caption names its data
  | ([$papers[] | select(.name == $panel.name)] | if . == [] and ($panel.said[0] // "" | ascii_downcase | contains($panel.data)) then []
     elif . == [] then $papers else . end | map(.data)) as $learnt
  | select($learnt != [] and ($learnt | index($panel.data) == null) and (.said | any(test("in place of")) | not)) | "\($id).\($preset) \(.name): \(.data)";

def place($papers): "\($papers[.paper].cite), \(.number)";
# Papers in the order of papers.json; of a paper the figures, then the tables, then what its sections say; "Section 3.2" is after "Section 3".
def in_order($papers):
  to_entries | sort_by([(.value.paper as $p | $papers | keys_unsorted | index($p)), (.value.number / " " | [(["Figure", "Table", "Section"] as $kinds | .[0] as $kind | $kinds | index($kind)), (.[1] / "." | map(tonumber))]), .key]);

def value: if type == "array" then map(tostring) | join(",") else tostring end;
def listed: map(tostring) | join(" ");
def indented($head): to_entries | map((if .key == 0 then $head else " " * ($head | length) end) + .value) | .[];
def fields($names): . as $all | [$names[] | select($all[.] != null) | "\(.) \($all[.] | value)"] | join(", ");

# reproduce/ID --help
def help($id; $papers; $networks):
  . as $d
  | "\(place($papers)): \(.shows)",
    (if .claim then "Claim:    \(.claim)" else empty end),
    (if .same_as then "Like:     \(.same_as), but for what is said here" else empty end),
    ((.setting // []) | indented("Setting:  ")),
    (if .seeds then "Seeds:    \(if .seeds == [] then "none, nothing is random" else (.seeds | listed) end)" else empty end),
    (if (.needs.data // []) != [] then "Data:     \(.needs.data | listed), in $NCSN_DATA or data/; data/fetch NAME gets them, or says how" else empty end),
    (if (.needs.features // []) != [] then "Features: \(.needs.features | listed); data/README.md says how to get their weights" else empty end),
    (if (.needs.networks // []) != [] then "Networks: \(.needs.networks | listed); reproduce/network NAME says what one is and costs" else empty end),
    (if .waits == null then
      (["smoke", "short", "paper"] | map(. as $p
         | ($d | with_preset($p)) as $w
         | "\($p + " " * (7 - ($p | length)))"
           + (if $w.waits then "waits for \($w.waits)" else ($d | cost($p)) end)
           + (($w.options // {}) | fields(keys_unsorted) | if . == "" then "" else "  (\(.))" end)
           + (if $w.needs.networks != $d.needs.networks then "  [networks: \($w.needs.networks | listed)]" else "" end)) | indented("Presets:  ")),
      (of_panels(captions) |
      "Tested:   \([.claims[]?.statement] | unique | length) statements of the paper, \((.guards // []) | length) guards against change;",
      ([.claims[]? | "  \(.statement): \(.paper)"] | unique_by(.)[] | "        " + .)),
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
            | "  \($id + " " * ([1, 33 - ($id | length)] | max))\(.number + " " * ([1, 11 - (.number | length)] | max))\(.shows)",
              "  \(" " * 44)\(if ready then cost("smoke") else "not yet: waits for \(waits_for("smoke"))" end)")),
      "",
      ([.[] | [.paper, .number]] | unique | map(.[1] / " " | .[0]) | {figures: map(select(. == "Figure")) | length, tables: map(select(. == "Table")) | length,
         sections: map(select(. == "Section")) | length}) as $n
      | ([.[] | select(ready)]) as $ready
      | "\($n.figures) figures, \($n.tables) tables and \($n.sections) statements of sections. \($ready | length) commands that run now, \([$ready[] | select(.same_as == null)] | length) distinct experiments: reproduce/ID [--preset smoke|short|paper]",
        "(costs are those of smoke; reproduce/ID --help has all). reproduce/all runs what this machine has data and networks for."
    end;

# Networks: recipes reproduce/networks/NAME.json.
# The settings as arguments of a program.
def arguments: (.options // {}) | to_entries[] | if .value == true then "--\(.key)" elif .value == false then "--no-\(.key)" else "--\(.key)", (.value | value) end;
def network_help($name):
  . as $n
  | "\($name): \(.what)",
    "Source:   \(.source)",
    (["smoke", "short", "paper"] | map(. as $p | {key: ($n | with_preset($p)).weights, value: $p}) | map(select(.key)) | group_by(.key)
      | map("\(.[0].key), part of this repository" + if length < 3 then " (\(map(.value) | join(", ")))" else "" end) | indented("Weights:  ")),
    "Data:     \(.data | listed), in $NCSN_DATA or data/",
    (["smoke", "short", "paper"] | map(. as $p | ($n | with_preset($p)) as $w
      | "\($p + " " * (7 - ($p | length)))\($n | cost($p))\n                 \($w.program // ["train"] | listed) \([$w | arguments] | listed)") | indented("Presets:  ")),
    "Usage:    reproduce/network \($name) [--preset smoke|short|paper] [option of \((.program // ["train"])[0]) ...]";
def networks: "", (inputs | . as $n | (input_filename / "/" | .[-1] | rtrimstr(".json"))
  | "  \(. + " " * ([1, 31 - length] | max))\($n.what)\(if [$n | .weights, .presets[].weights?] | any then " (shipped)" else "" end)", "  \(" " * 31)paper: \($n | cost("paper"))");

# Reports: claim.json files.
def cells: map(tostring | gsub("\\|"; "\\|") | gsub("\n"; " ")) | "| " + join(" | ") + " |";
def p_text: if . == null then "" elif . < 0.0001 then "< 0.0001" else (. * 10000 | round) / 10000 | tostring end;
# What a claim was tested on: data sets and networks.
def here: (.settings | [(.data // {} | keys[]), (.networks // [] | .[])] - ["mnist_classifier"]) | if . == [] then "" else ", with \(join(", "))" end;
def report:
  "## \(.id)", "",
  "\(.figure). \(.claim) Preset \(.settings.preset)\(here): \(.verdict).", "",
  "| measured | ours |", "|---|---|", (.quantities[] | [.statement, .text] | cells), "",
  (if .table then (.table | (.[0] | cells, (map("---") | cells)), (.[1:][] | cells)), "" else empty end),
  (if .claims != [] then "| the paper says | where | test | p | | why it differs |", "|---|---|---|---|---|---|",
    (.claims[] | [.statement, .paper, .test, (.p | p_text), .verdict, (.gap // "")] | cells), "" else empty end),
  (if .guards != [] then (.quantities | map({(.name): (.statement | ltrimstr("    "))}) | add) as $names
    | "| guard against change | expected | ours | | origin |", "|---|---|---|---|---|",
    (.guards[] | [$names[.quantity] // .quantity, .expected, .ours, .verdict, .origin] | cells), "" else empty end);

# Of the files ID.PRESET.json after -n the longest of each figure, in the order of the papers: [{id, claim}].
def kept_claims($papers; $figures):
  [inputs | {key: .id, length: (.settings.preset as $p | ["smoke", "short", "paper"] | index($p)), claim: .}]
  | group_by(.key) | map(max_by(.length)) | map({key: .key, value: {id: .key, claim: .claim, paper: $figures[.key].paper, number: $figures[.key].number}}) | from_entries
  | [in_order($papers)[].value];
# Of a verdict: "fails, as known", or "FAILS" where nobody knew.
def failed: ascii_downcase | startswith("fails");
# Statements of ours beside those of a paper ("paper": "ours: ...") are shown, and not counted.
def counted: [.claims[] | select(.paper | startswith("ours") | not)] | {all: length, hold: (map(select(.verdict | startswith("holds"))) | length)};
def statements: counted | if .all == 0 then "a drawing, or too short to test a statement; guards hold" else "\(.hold) of \(.all) statements" end;
# Tables of settings say what networks are made of, and a statement of them is a number that ours has too: counted apart.
def of_settings: .program == "drl_tables";
# Rows whose runs are the same, id by id to the first: by description, or by options, networks and every seed's numbers.
def twins($figures):
  [.[].id] as $ids | (map({(.id): .claim}) | add // {}) as $claims
  # one that is "like" another, but has other numbers of a quantity of both where both ran the same preset
  | def differ: map($claims[.] // empty | {p: .settings.preset, n: (.quantities | map({(.name): .text}) | add)})
      | length == 2 and .[0].p == .[1].p and (.[0].n as $one | .[1].n as $other | any($one | keys[]; $other[.] != null and $other[.] != $one[.]));
  def experiment: .id as $id | .claim | if ([.quantities[].seeds[]?] | length) == 0 then [$figures[$id].same_as // $id]
    else [.settings.options, .settings.networks, [.quantities[].seeds]] end;
  reduce (group_by(experiment)[] | select(length > 1)) as $same ({}; . + ($same[1:] | map({(.id): $same[0].id}) | add))
  | . as $twins
  | reduce ($figures | to_entries[] | select(.value.same_as)) as $like ($twins; if IN($like.value.same_as; $ids[]) and .[$like.value.same_as] != $like.key
        and ([$like.key, $like.value.same_as] | differ | not)
      then .[$like.key] = $like.value.same_as else . end);
def summary($kept; $figures):
  ($kept | twins($figures)) as $twins
  | ($kept | map(select($twins[.id] == null))) as $distinct
  | def counts(f): map(select(f) | .claim | counted) | {all: (map(.all) | add // 0), hold: (map(.hold) | add // 0)};
    ($distinct | counts($figures[.id] | of_settings | not)) as $n | ($distinct | counts($figures[.id] | of_settings)) as $settings
  | ([$kept[] | [.paper, .number]] | unique | length) as $figures_run
  | "\($figures_run) figures, tables and sections by \($distinct | length) experiments: \($n.hold) of their \($n.all) statements are reproduced, and \($settings.hold) of \($settings.all) numbers in tables of settings are ours too. What is not, and why, stands with each.";
def table($kept; $papers; $figures):
  ($kept | twins($figures)) as $twins
  | "| paper | claim | command | statements reproduced |", "|---|---|---|---|",
  ($kept[] | . as $k | $figures[.id] as $f
    | [ "\($papers[.paper].cite), \(.number)", $f.claim, "`reproduce/\(.id)`",
        "\($k.claim | statements), preset \($k.claim.settings.preset)"
          + ($k.claim | here)
          + ([$k.claim.claims[] | select(.verdict | failed) | .statement] | if . == [] then "" else "; not: " + join("; ") end)
          + ([$k.claim.claims[] | select(.verdict == "not evaluated") | .statement] | if . == [] then "" else "; not evaluated: " + join("; ") end)
          + ($twins[.id] // "" | if . == "" then "" else " (the same experiment as \(.))" end) ] | cells),
  "", summary($kept; $figures);

# The gallery: a row a figure. What was measured for a statement: its relation with numbers in place of the names of quantities.
# Whole numbers that nothing is uncertain of have no decimals.
def numbers($quantities): ($quantities | map({(.name): .text}) | add // {}) as $text | .relation / " " | map($text[.] // .) | join(" ")
  | if test("±") then . else gsub("(?<whole>(^| )[0-9]+)\\.0+(?= |$)"; .whole) end;
def mark: if startswith("holds") then "✓" elif failed then "✗" else "–" end;
def duration: if . >= 5400 then "\(. / 360 | round / 10) h" elif . >= 90 then "\(. / 60 | round) min" elif . >= 1 then "\(round) s" else "under a second" end;
# What a row has, of what was kept and of the description: {id, place, shows, claim, picture, statements, command, cost, waits}.
def gallery($kept; $papers; $figures; $pictures):
  ($kept | map({(.id): .claim}) | add // {}) as $claims
  | $figures | in_order($papers)[] | .key as $id | .value as $f | $claims[$id] as $c
  | {$id, paper: $f.paper, place: ($f | place($papers)), shows: $f.shows, claim: $f.claim,
     picture: ("\($id).png" | if IN($pictures[]) then . else null end),
     statements: [$c.claims[]? | {mark: (.verdict | mark), statement, numbers: numbers($c.quantities), verdict, gap, paper}],
     command: ("reproduce/\($id)" + (if $c then " --preset \($c.settings.preset)" else "" end)),
     cost: (if $c then ($c.settings.seconds | duration) + ($c | here) else null end), verdict: $c.verdict,
     waits: ($f | waits_for("smoke") | if . == "" then null else . end), short: ($f | cost("short"))};
def gallery_markdown:
  "| figure | the paper says | ours | |", "|---|---|---|---|",
  (.[] | [ "**\(.place)**: \(.shows)", .claim,
     (if .picture then "[<img src=\"\(.picture)\" width=\"240\" alt=\"\(.id)\">](\(.picture)) " else "" end)
       + (.statements | map("\(.mark) \(.statement): \(.numbers)") | join("; ")),
     "`\(.command)`" + (if .cost then ", \(.cost)" elif .waits then ", waits for \(.waits)" else ", not run to the end yet" end) ] | cells);
def by_paper: . as $rows | reduce .[].paper as $p ([]; if index($p) then . else . + [$p] end) | map(. as $p | [$rows[] | select(.paper == $p)]);
def gallery_html($title; $folder):
  def tag($name): "<\($name)>\(tostring | @html)</\($name)>";
  "<!doctype html>", "<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">", ($title | tag("title")),
  "<style>",
  "body { font: 16px/1.45 Georgia, serif; color: #222; max-width: 1200px; margin: 2em auto; padding: 0 1em }",
  "article { display: grid; grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); gap: 1.5em; border-top: 1px solid #ccc; padding: 1.2em 0 }",
  "img { width: 100%; max-height: 30em; object-fit: contain; object-position: left top } h2 { font-size: 1.15em; margin: 0 0 .3em } p, ul { margin: .3em 0 } ul { padding-left: 0; list-style: none }",
  "li { padding-left: 1.4em; text-indent: -1.4em } code { font-size: .85em; background: #f4f4f4 } .numbers { color: #555 } .holds { color: #1a7a3a } .fails { color: #b2182b }",
  "nav a { margin-right: 1em } .none { color: #888 } @media (max-width: 700px) { article { grid-template-columns: 1fr } }",
  "</style></head><body>", ($title | tag("h1")),
  "<p>What each paper says, what this library draws, and what its statements came to. ✓ reproduced, ✗ not, – not evaluated.</p>",
  (by_paper as $papers | "<nav>", ($papers[] | "<a href=\"#\(.[0].paper)\">\(.[0].place / ", " | .[:-1] | join(", ") | @html)</a>"), "</nav>"),
  (by_paper[] | "<section id=\"\(.[0].paper)\">",
    (.[] | "<article id=\"\(.id)\"><div>",
      (if .picture then "<a href=\"\($folder + .picture | @html)\"><img loading=\"lazy\" src=\"\($folder + .picture | @html)\" alt=\"\(.shows | @html)\"></a>" else "<p class=\"none\">no picture kept</p>" end),
      "</div><div>", ("\(.place): \(.shows)" | tag("h2")), (.claim | tag("p")),
      (if .statements != [] then "<ul>",
        (.statements[] | "<li><span class=\"\(if .mark == "✓" then "holds" elif .mark == "✗" then "fails" else "none" end)\">\(.mark)</span> \(.statement | @html) <span class=\"numbers\">\(.numbers | @html)</span>"
          + (if .gap then "<br><span class=\"numbers\">\(.gap | @html)</span>" else "" end) + "</li>"), "</ul>" else empty end),
      "<p><code>\(.command | @html)</code> <span class=\"numbers\">\(if .cost then .cost elif .waits then "waits for \(.waits)" else "not run to the end yet" end | @html)</span></p>",
      "</div></article>"), "</section>"), "</body></html>";
# What did not reproduce, what was not evaluated, and what was not run, each with its reason.
def missed:
  ([.[] | . as $row | .statements[] | select(.mark == "✗") | . + {place: $row.place, id: $row.id}] as $failed
  | "## Statements that do not hold", "", "| figure | the paper says | ours | why |", "|---|---|---|---|",
    ($failed[] | ["\(.place), `\(.id)`", "\(.statement) (\(.paper))", .numbers, (.gap // "not known")] | cells)),
  "", "## Not evaluated", "", "| figure | the paper says | |", "|---|---|---|",
  (.[] | . as $row | .statements[] | select(.mark == "–") | ["\($row.place), `\($row.id)`", "\(.statement) (\(.paper))", .verdict] | cells),
  "", "## Not run to the end", "", "No result is kept of these; what preset `short` costs, or what they wait for.", "", "| figure | shows | |", "|---|---|---|",
  (.[] | select(.verdict == null) | ["\(.place), `\(.id)`", .shows, (.waits // .short)] | cells);

# Statements of kept files that their descriptions no longer have, or have and they do not: a result of another description.
def outdated($figures):
  inputs | .id as $id | .settings.preset as $preset | ($figures[$id] | with_preset($preset)) as $now
  | def here: select(.presets == null or (.presets | index($preset)));
    ([.claims[].statement] | sort) as $kept | ([$now.claims[]? | here | .statement] | sort) as $wanted
  | select($kept != $wanted)
  | "\($id).\($preset): run it again; its description says otherwise: \(($kept - $wanted) + ($wanted - $kept) | join("; "))";
