# `make demo` and `make test` need Python 3.11 to 3.13 and make, nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export TF_CPP_MIN_LOG_LEVEL ?= 3

.PHONY: demo test test-all lint clean

$(VENV)/.installed: setup.cfg pyproject.toml
	$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if (3, 11) <= v < (3, 14) else "keras_restore needs Python 3.11 to 3.13; this is %d.%d. Use: make PYTHON=python3.11 ..." % v[:2])'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test]'
	touch $@

demo: $(VENV)/.installed
	$(BIN)/python recipes/demo.py

test: lint
	$(BIN)/pytest --numprocesses=2 --dist=loadfile

test-all: lint
	$(BIN)/pytest --numprocesses=2 --dist=loadfile -m ''

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

clean:
	rm -rf $(VENV) build *.egg-info
