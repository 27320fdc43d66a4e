# make graph   install what NerveGraph needs into .venv, then build the graph and the page
# make test    the same, then lint, types and tests: all that CI runs
# make lock    renew the pinned versions (needs the network)
# make clean   remove .venv, the build and every cache
#
# Another Python than the first on the path:  make graph PYTHON=python3.12
# Paths below are relative, so that the checkout may lie in a folder with spaces in its name.

ifeq ($(OS),Windows_NT)
PYTHON ?= python
programs := .venv/Scripts
else
PYTHON ?= python3
programs := .venv/bin
endif

version := $(shell "$(PYTHON)" -c "import sys; print('%d.%d' % sys.version_info[:2])" 2>/dev/null)
python := $(programs)/python
pip := "$(python)" -m pip --disable-pip-version-check --quiet

# A stamp lies inside the environment that it speaks for and names its Python: a new lock, another PYTHON or an
# installation broken off half-way makes the environment anew, anything else leaves it alone.
runtime_stamp := .venv/.runtime-$(firstword $(version))
test_stamp := .venv/.test-$(firstword $(version))

.PHONY: graph test lock clean new-enough-python
.DELETE_ON_ERROR:

graph: $(runtime_stamp)
	@"$(python)" build_graph.py

test: $(test_stamp)
	"$(python)" -m ruff check
	"$(python)" -m ruff format --check
	"$(python)" -m mypy
	"$(python)" -m pytest -n auto

new-enough-python:
	@command -v "$(PYTHON)" >/dev/null || { \
		echo "There is no program called $(PYTHON). Install Python 3.11 or newer, or say where it is: make graph PYTHON=/path/to/python" >&2; \
		exit 1; }
	@"$(PYTHON)" -c "import sys; sys.exit(sys.version_info < (3, 11))" || { \
		echo "NerveGraph needs Python 3.11 or newer, but $(PYTHON) is Python $(version). Name a newer one: make graph PYTHON=python3.12" >&2; \
		exit 1; }

$(runtime_stamp): requirements.lock pyproject.toml | new-enough-python
	@echo "Installing what NerveGraph needs into .venv; the first time this takes a minute or two." >&2
	@"$(PYTHON)" -m venv --clear .venv
	@$(pip) install --require-hashes -r requirements.lock
	@$(pip) install --no-deps --no-index --no-build-isolation --editable .
	@touch "$@"

$(test_stamp): requirements-test.lock $(runtime_stamp) | new-enough-python
	@echo "Installing what the tests need into .venv." >&2
	@$(pip) install --require-hashes -r requirements-test.lock
	@touch "$@"

# The locks are made on one platform with the oldest Python that is supported. Packages that only Windows needs are added by
# name; a test (tests/test_locks.py) reads every pinned package's own metadata and fails when one of them is forgotten.
compile = .lock-tools/bin/python -m piptools compile --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras \
	--no-annotate --no-header --no-emit-options --no-emit-index-url --no-emit-trusted-host --no-emit-find-links
only_on_windows = sed -E 's/^([a-z0-9-]+==[^ ]+)/\1 ; sys_platform == "win32"/'

lock: | new-enough-python
	@test "$(version)" = 3.11 || { echo "The locks are made with the oldest supported Python: make lock PYTHON=python3.11" >&2; exit 1; }
	"$(PYTHON)" -m venv --clear .lock-tools
	.lock-tools/bin/python -m pip --disable-pip-version-check --quiet install pip-tools
	$(compile) --output-file .lock-tools/runtime pyproject.toml requirements.in
	$(compile) --extra test --constraint .lock-tools/runtime --output-file .lock-tools/test pyproject.toml requirements.in
	echo colorama | $(compile) --output-file .lock-tools/windows-runtime -
	printf 'cffi\ncolorama\n' | $(compile) --output-file .lock-tools/windows-test -
	{ echo "# What NerveGraph runs with. Written by: make lock"; cat .lock-tools/runtime; $(only_on_windows) .lock-tools/windows-runtime; } > requirements.lock
	{ echo "# What NerveGraph is tested with. Written by: make lock"; cat .lock-tools/test; $(only_on_windows) .lock-tools/windows-test; } > requirements-test.lock
	rm -rf .lock-tools

clean:
	rm -rf .venv .lock-tools build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find graph tests -name __pycache__ -type d -prune -exec rm -rf {} +
