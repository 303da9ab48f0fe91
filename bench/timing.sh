# Sourced by the benchmarks of whole processes: how long a command takes, and how that is written. Uses $work and $runs.

# once COMMAND...: its wall time in µs.
once() {
  local before=${EPOCHREALTIME/./}
  "$@" >"$work/said" 2>&1 || { cat "$work/said" >&2; echo "error: failed: $*" >&2; exit 1; }
  echo $((${EPOCHREALTIME/./} - before))
}

# Of the numbers on stdin, in ms: least, median, most. Fails if a run is missing.
spread() {
  sort -n | awk -v runs="$runs" '{ us[NR] = $1 } END { if (NR != runs) exit 1; printf "%.1f %.1f %.1f\n", us[1] / 1000, us[int((NR + 1) / 2)] / 1000, us[NR] / 1000 }'
}

# row NAME BAR_MS: a line of the table, from the times on stdin.
row() {
  local least median most
  read -r least median most < <(spread) || return 1
  printf '| %s | %s (%s, %s) | %s | %s |\n' "$1" "$median" "$least" "$most" "$2" \
    "$(awk -v median="$median" -v bar="$2" 'BEGIN { print median < bar ? "met" : "MISSED" }')"
}
