#!/usr/bin/env bash
# make bench: benchmarks, each with its floor in the same run, and what the program weighs: start, memory at rest, size.
# Prints one table in Markdown; docs/bench.md says how to read it. BENCHTIME (default 200x) is how often each pair runs; BENCH_OUT keeps what go test printed.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
server=
stop() {
  [ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap stop EXIT
[ -x bin/duban ] || { echo "缺少 bin/duban：请先 make build"; exit 1; }

[ -n "${BENCH_OUT:-}" ] && keep=$BENCH_OUT || keep=/dev/null
load=$(cut -d' ' -f1-3 /proc/loadavg)
go test ./internal/app/bench -run '^$' -bench '^Benchmark[^RG]|^BenchmarkReport' -benchtime "${BENCHTIME:-200x}" -timeout 30m >"$work/out" 2>&1 || { cat "$work/out"; exit 1; }
# Each time reports 64 tasks one by one and 64 at once, and each of the 10,000 can be reported once.
go test ./internal/app/bench -run '^$' -bench '^BenchmarkGroup$' -benchtime "${GROUPTIME:-60x}" -timeout 30m >>"$work/out" 2>&1 || { cat "$work/out"; exit 1; }
# A round is long and the country longer: few times, but whole. PostgreSQL where DUBAN_TEST_POSTGRES names a server.
go test ./internal/app/bench -run '^$' -bench '^BenchmarkRound$' -benchtime 9x -timeout 60m >>"$work/out" 2>&1 || { cat "$work/out"; exit 1; }
go test ./internal/area/appraisal/score -run '^$' -bench '^BenchmarkDistricts$' -benchtime 1x -districts "${DUBAN_BENCH_DISTRICTS:-2850}" -timeout 60m >>"$work/out" 2>&1 || { cat "$work/out"; exit 1; }

cat "$work/out" >"$keep"

# The database that the benchmarks were run on, as the server would find it.
cached=$(ls -t "${TMPDIR:-/tmp}"/duban-bench-10000-*.db | head -1)
cp "$cached" "$work/serve.db"
port=18473
millis() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }
# answers asks without starting another program, which would cost as much as the start that is measured.
answers() {
  local line
  { exec 3<>"/dev/tcp/127.0.0.1/$port"; } 2>/dev/null || return 1
  printf 'GET /healthz HTTP/1.0\r\n\r\n' >&3
  read -r -t 2 line <&3 || line=
  exec 3>&-
  [[ $line == *' 200 '* ]]
}
exec 4<> <(:) # nothing ever comes from it
starts=()
for _ in 1 2 3 4 5; do
  t=$(millis)
  bin/duban serve --db "sqlite:$work/serve.db" --addr "127.0.0.1:$port" >"$work/serve.log" 2>&1 &
  server=$!
  for _ in $(seq 2000); do
    answers && break
    kill -0 "$server" 2>/dev/null || { cat "$work/serve.log"; exit 1; }
    read -r -t 0.002 -u 4 || true # a pause
  done
  starts+=($(($(millis) - t)))
  if [ ${#starts[@]} -lt 5 ]; then kill "$server"; wait "$server" 2>/dev/null || true; fi
done
start=$(printf '%s\n' "${starts[@]}" | sort -n | sed -n 3p)
sleep 10
rss=$(awk '/^VmRSS/ {print int($2 / 1024 + 0.5)}' "/proc/$server/status")
size=$(($(stat -c %s bin/duban) / 1048576))

echo "$(date -u +%F)，$(nproc) 核，$(go version | cut -d' ' -f3)，开始时负载 $load，每项 ${BENCHTIME:-200x}"
echo
echo '| what | ours µs | floor µs | ratio | aim | |'
echo '|---|---:|---:|---:|---:|---|'
awk '
  function line(name, text, aim) { text_of[name] = text; aim_of[name] = aim; order[++n] = name }
  BEGIN {
    line("ListPage", "campaign page, 50 items", 0.5); line("AllTasksPage", "/tasks, the first 50 of 10,000", 0.5); line("DetailPage/same", "item page", 0.5); line("DetailPage/bare", "item page, against two statements", 0)
    line("CockpitPage/cockpit", "cockpit", 0); line("CockpitPage/wall", "wall", 0)
    line("Report", "durable report with ledger, one writer", 0.8); line("Group", "64 reports at once: gain, of the bare gain", 0.5)
    line("WaitingWriters", "64 waiting writers in sqldb: gain, of the bare gain", 0.5); line("Export", "export of 10,000 rows", 0.6)
  }
  /^Benchmark/ {
    name = $1; sub(/^Benchmark/, "", name); sub(/-[0-9]+$/, "", name)
    for (i = 3; i < NF; i++) v[name, $(i + 1)] = $i
  }
  END {
    for (k = 1; k <= n; k++) {
      name = order[k]; r = v[name, "x-floor"]; note = ""
      if (r == "") { printf "| %s | not run | | | | |\n", text_of[name]; continue }
      if ((name, "gain") in v) note = sprintf("%.1f× against bare %.1f×", v[name, "gain"], v[name, "bare-gain"])
      aim = aim_of[name] ? "≥ " aim_of[name] : ""
      if (aim_of[name] && r + 0 < aim_of[name]) note = "**missed** " note
      printf "| %s | %.0f | %.0f | %.2f | %s | %s |\n", text_of[name], v[name, "ours-µs"], v[name, "floor-µs"], r, aim, note
    }
    split("sqlite postgres", engines)
    for (k = 1; k <= 2; k++) {
      name = "Round/" engines[k]; s = v[name, "s/round"]
      if (s == "") printf "| a district'"'"'s quarter, database to published, %s | not run | | | ≤ 1 s | |\n", engines[k]
      else printf "| a district'"'"'s quarter, database to published, %s | %.2f s | | | ≤ 1 s | %smedian of 9; %.2f to %.2f s |\n", engines[k], s, (s > 1 ? "**missed** " : ""), v[name, "s-fastest"], v[name, "s-slowest"]
    }
    name = "Districts"; n = v[name, "districts-scored"]
    if (n == "") print "| scoring from memory | not run | | | | |"
    else printf "| one score of %d districts × 100 units × 60 items | %.2f | %.4f | %.4f | | %.0f scores a second against %.0f; %.1f million in %.0f s of processor time |\n", n,
      1e6 / v[name, "scores/s"], 1e6 / v[name, "floor-scores/s"], v[name, "x-floor"], v[name, "scores/s"], v[name, "floor-scores/s"], n * 6000 / 1e6, n * 6000 / v[name, "scores/s"]
  }' "$work/out"
tell() { local miss=; [ "$2" -le "$3" ] || miss='**missed**'; echo "| $1 | $2 $4 | | | ≤ $3 $4 | $miss |"; }
tell 'cold start of serve to the first 200, median of 5' "$start" 100 ms
tell 'memory at rest (RSS) on that database' "$rss" 40 MB
tell 'binary' "$size" 45 MB
