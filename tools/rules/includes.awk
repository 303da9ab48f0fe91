# Who includes and links what, and how long a source is. Reads the .cc and .h files and the engine rooms' CMakeLists.txt;
# engine_rooms, third_party and system_headers are the tables of tools/check.

function finding(line, text) { print FILENAME ":" line ": " text }

# may[a, b]: room a may include room b, directly or through a room between.
function read_rooms(    row, rows, word, words, name, names, from, over, to) {
  rows = split(engine_rooms, lines_of, "\n")
  for (row = 1; row <= rows; ++row) {
    words = split(lines_of[row], names, /:? +|:/)
    name = names[1]
    known[name] = may[name, name] = 1
    for (word = 2; word <= words; ++word) if (names[word] != "") may[name, names[word]] = 1
  }
  for (over in known)
    for (from in known)
      for (to in known)
        if (((from, over) in may) && ((over, to) in may)) may[from, to] = 1
}

function read_libraries(    row, rows, cut) {
  rows = split(third_party, lines_of, "\n")
  for (row = 1; row <= rows; ++row) {
    cut = index(lines_of[row], ": ")
    if (cut == 0) continue
    prefix[++libraries] = substr(lines_of[row], 1, cut - 1)
    owner[libraries] = substr(lines_of[row], cut + 2)
  }
}

BEGIN {
  read_rooms()
  read_libraries()
  rank["schema"] = 1
  rank["events"] = 2
  rank["engine"] = 3
  rank["cli"] = 4
  rank["bench"] = rank["tools"] = rank["tests"] = 5
}

function begin_file(    part, parts) {
  parts = split(FILENAME, part, "/")
  file = FILENAME
  layer = part[1]
  room = layer == "engine" && parts > 2 ? part[2] : ""
  place = room != "" ? layer "/" room "/" : layer "/"
  is_cmake = FILENAME ~ /\.txt$/
  is_header = FILENAME ~ /\.h$/
  is_product = rank[layer] < 5
}

function end_file() {
  if (file == "" || is_cmake || layer == "tests") return
  if (lines > 400) print file ":" lines ": over 400 lines: split it along a noun"
  else if (lines > 350) print "note: " file " has " lines " lines of at most 400" > "/dev/stderr"
}

function own_include(line, header,    part, parts, to) {
  parts = split(header, part, "/")
  to = part[1]
  if (parts == 1 || !(to in rank)) {
    finding(line, "\"" header "\" is not a path from the root: name its layer and room")
    return
  }
  if (rank[to] > rank[layer] || (rank[to] == 5 && to != layer && header !~ /^tests\/support\//)) {
    finding(line, layer "/ includes " to "/: includes point left only, schema <- events <- engine <- cli: move the code, or what it needs")
    return
  }
  if (is_product && index(header, place) != 1) {
    ++crossings
    crossing[crossings] = header
    crossing_place[crossings] = FILENAME ":" line
  }
  if (to != "engine" || room == "") return
  if (parts == 2) finding(line, "room " room " includes the facade: include the room that has what it needs")
  else if (!((room, part[2]) in may)) finding(line, "room " room " includes room " part[2] ": move what both need to a room that both may use")
}

function owns(library,    name, names, i) {
  names = split(owner[library], name, " ")
  for (i = 1; i <= names; ++i) {
    if (name[i] == "*" || (name[i] == "*.cc" && !is_header) || index(FILENAME, name[i]) == 1) return 1
  }
  return 0
}

function foreign_include(line, header,    stem, library) {
  if (!is_product || header ~ /^[a-z_0-9]+$/) return
  stem = header
  sub(/\/.*/, "/", stem)
  if (index(system_headers, " " stem " ") > 0) return
  for (library = 1; library <= libraries; ++library) {
    if (index(header, prefix[library]) != 1) continue
    if (!owns(library)) finding(line, "<" header "> is for " owner[library] " only: go through the room that owns the library")
    else if (is_header && owner[library] != "*") inner[FILENAME] = header
    return
  }
  finding(line, "<" header "> belongs to no room: give it a row in tools/check")
}

function links(line,    i, word) {
  if (!(room in known)) {
    if (!(room in told)) finding(line, "room " room " is new: give it a row in tools/check")
    told[room] = 1
    return
  }
  for (i = 1; i <= NF; ++i) {
    word = $i
    gsub(/^skilltrail_|[)]$/, "", word)
    if ($i ~ /^skilltrail_/ && (word in known) && !((room, word) in may)) finding(line, "room " room " links room " word ": its row in tools/check does not have it")
  }
}

FNR == 1 {
  end_file()
  begin_file()
}
{ lines = FNR }
/^#include "/ {
  split($0, quoted, "\"")
  own_include(FNR, quoted[2])
}
/^#include </ {
  split($0, angled, /[<>]/)
  foreign_include(FNR, angled[2])
}
is_cmake && room != "" && /skilltrail_/ { links(FNR) }

END {
  end_file()
  for (i = 1; i <= crossings; ++i) {
    if (crossing[i] in inner) print crossing_place[i] ": " crossing[i] " brings <" inner[crossing[i]] "> into another room: keep that header inside its room"
  }
}
