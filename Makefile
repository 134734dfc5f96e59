# duban (督办). Two commands do everything: make run, make test.
GO      ?= go
BIN     := bin/duban
LDFLAGS := -s -w
export CGO_ENABLED ?= 0

.PHONY: run build assets test check bench generate release clean
.DEFAULT_GOAL := build

run: build ## build, start on embedded SQLite with the demonstration district, print the address
	./$(BIN) demo

build: assets
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/duban

# Page assets come through npm at build time into a folder that git ignores and the binary embeds.
assets: web/.built

web/.built: web/package.json web/package-lock.json $(wildcard web/*.mjs) $(wildcard web/src/*) $(wildcard web/src/*/*)
	@command -v npm >/dev/null || { echo "缺少 Node.js 和 npm：请先安装（Debian：apt-get install nodejs npm），再运行 make run"; exit 1; }
	cd web && npm ci --no-audit --no-fund --loglevel=error && npm run --silent build
	@touch $@

generate: ## rewrite *_templ.go from *.templ
	for d in $$(find internal -name '*.templ' -exec dirname {} \; | sort -u); do $(GO) tool templ generate -log-level error -path $$d || exit 1; done

test: ## install what is missing, then every test: laws, rules, flows, pages, scenarios, browser; both engines
	bash scripts/test.sh

check: ## the quick tests: laws and rules, SQLite only, no race detector
	$(GO) vet ./... && $(GO) test ./...

bench: build ## benchmarks, each with a floor in the same run; prints ratios
	bash scripts/bench.sh

release: assets ## static binaries for the three platforms
	for arch in amd64 arm64 loong64; do GOOS=linux GOARCH=$$arch $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/duban-linux-$$arch ./cmd/duban || exit 1; done

clean:
	rm -rf bin web/node_modules web/.built web/build-test
