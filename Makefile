# Two commands: `make demo` (a running demonstration) and `make test` (the whole suite). Everything else serves them.
PORT ?= 8000
SCALE ?= county
SERVE ?= yes
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check bench soak setup setup-dev browser catalogue lock clean

setup: $(VENV)/.installed catalogue

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python >= 3.11 is needed: set PYTHON=/path/to/python3.11"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the pinned packages into $(VENV) …"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e . 2>/dev/null || \
	  { $(BIN)/python -m pip install -q --disable-pip-version-check 'setuptools>=77' && $(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .; }
	@touch $@

setup-dev: setup $(VENV)/.installed-dev

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	@echo "installing the pinned packages of the tests …"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

catalogue: $(VENV)/.installed
	@if [ -d portal/web/translations ]; then $(BIN)/pybabel -q compile -d portal/web/translations -f >/dev/null 2>&1 || { echo "the English catalogue does not compile"; exit 2; }; fi

browser:
	@sh scripts/browser-needs

demo: setup
	@if [ "$(SERVE)" = "no" ]; then $(BIN)/yangguang demo --scale $(SCALE) --no-serve; else $(BIN)/yangguang demo --scale $(SCALE) --port $(PORT); fi

check: setup-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check -q . || { echo "run: $(BIN)/ruff format ."; exit 1; }
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

test: setup-dev browser
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --tb=short --show-capture=no -rfE

bench: setup-dev
	@$(BIN)/python -m tests.benchmarks

soak: setup-dev browser
	@YANGGUANG_SOAK=1 $(BIN)/python -m pytest --timeout=7200

lock:
	@$(BIN)/pip-compile -q --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --allow-unsafe --no-emit-find-links --strip-extras -o requirements.lock requirements.in
	@$(BIN)/pip-compile -q --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --allow-unsafe --no-emit-find-links --strip-extras -o requirements-dev.lock requirements-dev.in

clean:
	@rm -rf var build *.egg-info
