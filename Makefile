# The front door. Every target does its own set-up, which is quick when there is nothing to do.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup build demo demo-models test sanitize bench lint format nightly clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup:  ## install what the core needs: apt packages, .venv, DuckDB
	@tools/setup

build: setup  ## the binary and the Python module, ready to use from .venv
	@tools/build build gnomon _gnomon

demo: build  ## the main job on real data, from raw files to served features
	@tools/demo

demo-models: build  ## what the demo's features are worth to a model (scikit-learn)
	@tools/demo_models

test: setup  ## everything that must hold: ctest, pytest, doctests, tidy
	@tools/build build all
	@tools/test

sanitize: setup  ## the C++ tests again, under ASan and UBSan
	@tools/sanitize

bench: build  ## the figures that we publish, with their checks
	@tools/bench

lint: setup  ## formatting, types, clang-tidy on what changed
	@tools/lint

format: setup  ## let clang-format and ruff lay out the code
	@tools/lint --fix

nightly: setup  ## what takes longer: large case counts, clang-tidy on everything, benches
	@tools/nightly

clean:  ## remove what was built; .venv and third_party stay
	rm -rf build build-* .pytest_cache .ruff_cache .mypy_cache python/gnomon/*.so
