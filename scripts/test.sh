#!/usr/bin/env bash
# make test: installs what the tests need where it is missing and we may, starts a private PostgreSQL,
# and runs every test on both engines. Where CI is set, a missing component is a failure.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
pg_bin=
stop() {
  [ -n "$pg_bin" ] && as_postgres "$pg_bin/pg_ctl" -D "$work/pg/data" -m immediate stop >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap stop EXIT

say() { printf '\n== %s\n' "$*"; }
as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
find_pg() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1; }
find_chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome || true; }

missing=()
[ -n "$(find_pg)" ] || missing+=(postgresql)
[ -n "$(find_chromium)" ] || missing+=(chromium)
fc-list 2>/dev/null | grep -qi 'noto.*cjk' || missing+=(fonts-noto-cjk)
command -v soffice >/dev/null || missing+=(libreoffice-writer-nogui)
dpkg -s libreoffice-calc-nogui >/dev/null 2>&1 || dpkg -s libreoffice-calc >/dev/null 2>&1 || missing+=(libreoffice-calc-nogui)
command -v pdftotext >/dev/null || missing+=(poppler-utils)
command -v gcc >/dev/null || missing+=(gcc libc6-dev)
command -v node >/dev/null || missing+=(nodejs)
command -v npm >/dev/null || missing+=(npm)
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "安装测试所需：${missing[*]}"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$work/apt.log" 2>&1 || { tail -20 "$work/apt.log"; exit 1; }
  else
    echo "测试缺少：${missing[*]}"
    echo "请用管理员安装：apt-get install ${missing[*]}"
    [ -n "${CI:-}" ] && exit 1
  fi
fi

say "页面资源"
make --no-print-directory assets

say "格式、生成文件、静态检查"
bad=$(gofmt -l cmd internal migrations e2e 2>/dev/null || true)
[ -z "$bad" ] || { echo "gofmt 会改动：$bad"; exit 1; }
cp -r internal "$work/before"
make --no-print-directory -s generate
if ! diff -rq "$work/before" internal -x embed >"$work/diff"; then cat "$work/diff"; echo "*_templ.go 不是最新：请运行 make generate 并提交"; exit 1; fi
go mod verify
go vet ./...
go tool staticcheck ./...

pg_bin=$(find_pg)
if [ -n "$pg_bin" ]; then
  say "启动测试用 PostgreSQL（$pg_bin）"
  mkdir -p "$work/pg"; chmod 755 "$work"
  [ "$(id -u)" = 0 ] && chown postgres "$work/pg"
  as_postgres "$pg_bin/initdb" -D "$work/pg/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
  # A test cluster is thrown away: no sync, no TCP port to collide with, its socket in our own folder.
  as_postgres "$pg_bin/pg_ctl" -D "$work/pg/data" -w -l "$work/pg/log" -o "-c listen_addresses='' -k $work/pg -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=300" start >/dev/null
  export DUBAN_TEST_POSTGRES="postgres://postgres@/postgres?host=$work/pg&sslmode=disable"
else
  [ -n "${CI:-}" ] && { echo "CI 必须有 PostgreSQL"; exit 1; }
  echo "没有 PostgreSQL：只在 SQLite 上测试"
fi
export DUBAN_TEST_CHROMIUM="${DUBAN_TEST_CHROMIUM:-$(find_chromium)}"

say "全部测试（两种数据库，带竞态检测）"
export CGO_ENABLED=1 # the race detector needs it; the binary itself is built without
# The race detector watches our code and every library but one package: SQLite translated from C, which takes three quarters of the time when
# it is watched (122 s against 33 s of CPU for the demonstration's year), a connection being used by one goroutine at a time, and the standard
# library's regexp, which takes more than half of the import's. Only these packages:
# others of SQLite's author make copies of sync.Map, and the linker may give such an unwatched copy to everybody, who then seem to race.
# The control shows that a race of ours is still seen.
race=(-race '-gcflags=modernc.org/sqlite/lib=-race=false' '-gcflags=regexp=-race=false' '-gcflags=regexp/syntax=-race=false')
if go run "${race[@]}" ./internal/archtest/testdata/racy >"$work/racy" 2>&1 || ! grep -q 'DATA RACE' "$work/racy"; then
  cat "$work/racy"; echo "竞态检测没有发现故意放的竞态，测试结果不可信"; exit 1
fi
go test "${race[@]}" -vet=off -timeout 30m -p 2 ./...
say "三种平台的静态二进制"
for arch in amd64 arm64 loong64; do CGO_ENABLED=0 GOOS=linux GOARCH=$arch go build -o /dev/null ./cmd/duban; echo "linux/$arch 通过"; done
