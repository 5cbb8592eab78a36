# What there is to do here. Needs Go and, for the race detector, a C compiler;
# tools are built into .bin at the version named below.

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build

GO            ?= go
PKGS          ?= ./...
TIMEOUT       ?= 25m
TESTFLAGS     ?=
FUZZTIME      ?= 5s
BENCH         ?= .
BENCHTIME     ?= 1s
VERSION       ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
GOLANGCI_LINT := v2.15.0

BIN  := .bin
LINT := $(BIN)/golangci-lint-$(GOLANGCI_LINT)
RACE := $(shell printf '\043include <stdlib.h>\nint main(void) { return 0; }\n' | \
	$$($(GO) env CC) -x c - -o /dev/null 2>/dev/null && [ "$$($(GO) env CGO_ENABLED)" = 1 ] && echo -race)

.PHONY: build test vet lint bench fuzz cover clean help

build: ## the command, static, as ./imbench
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o imbench ./cmd/imbench

test: ## all tests with the race detector; installs what they need, names those skipped
	@mkdir -p $(BIN)
	@scripts/setup-interop.sh
	@$(GO) mod download
	@$(GO) build -o $(BIN)/testlog ./internal/testlog
	@if [ -z "$(RACE)" ]; then echo "no working C compiler ($$($(GO) env CC)), or CGO_ENABLED=0: the tests run without the race detector" >&2; fi
	$(GO) test $(RACE) -timeout $(TIMEOUT) -json $(TESTFLAGS) $(PKGS) | $(BIN)/testlog

vet: ## gofmt and go vet, without any tool to build
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "not formatted:" $$unformatted >&2; exit 1; fi
	$(GO) vet $(PKGS)

lint: $(LINT) ## golangci-lint; the first time takes two minutes to build it
	$(LINT) run $(PKGS)

$(LINT):
	@mkdir -p $(BIN)
	GOBIN=$(CURDIR)/$(BIN) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT)
	mv $(BIN)/golangci-lint $@

bench: ## Go benchmarks; BENCH=name, BENCHTIME=3s (a whole process: go run ./internal/bench)
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -benchtime $(BENCHTIME) $(PKGS)

fuzz: ## every fuzz target in turn, FUZZTIME each
	@$(GO) list -f '{{.ImportPath}} {{.Dir}}' $(PKGS) | while read -r pkg dir; do \
		for target in $$(cat "$$dir"/*_test.go 2>/dev/null | sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p'); do \
			echo "$$pkg $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$pkg" </dev/null; \
		done; \
	done

cover: ## coverage of all packages by all tests; .bin/cover.html
	@mkdir -p $(BIN)
	$(GO) test -coverprofile=$(BIN)/cover.out -coverpkg=./... $(PKGS)
	$(GO) tool cover -html=$(BIN)/cover.out -o $(BIN)/cover.html
	@$(GO) tool cover -func=$(BIN)/cover.out | tail -1

clean: ## what the other targets made
	rm -rf $(BIN) imbench

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 10
