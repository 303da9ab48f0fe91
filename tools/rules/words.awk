# Words and places that have no business in the tree; notes, places and hosts are the alternatives that tools/check names.

BEGIN {
  note = "(^|[^A-Za-z])(" notes ")([^A-Za-z]|$)"
  place = "(^|[^~A-Za-z0-9_.*$}/-])/(" places ")/|" hosts
}
$0 ~ note { print FILENAME ":" FNR ": a note to do it later: do it now, or say in the room's README what is not done" }
$0 ~ place { print FILENAME ":" FNR ": a path or host of one machine: take it from the environment or a temporary directory" }
