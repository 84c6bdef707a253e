# `make demo` and `make test` need Python 3.11 to 3.13 and make, nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export TF_CPP_MIN_LOG_LEVEL ?= 3

.PHONY: demo test test-all fuzz tfa-parity web lint clean
TFA_VENV := .venv-tensorflow-addons

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

# Every reader of foreign files, TIME seconds each; findings go to tests/fuzz/findings. A SEED
# other than 0 changes the files the same way each time.
TIME ?= 10
SEED ?= 0
fuzz: $(VENV)/.installed
	$(BIN)/python -c 'import atheris' 2>/dev/null || $(BIN)/pip install --quiet --disable-pip-version-check atheris
	for name in png tiff photo mat mat73 torch keras2 keras tflite card; do \
	  $(BIN)/python tests/fuzz/fuzz.py $$name --seconds=$(TIME) --seed=$(SEED) || exit 1; done

# The real tensorflow-addons needs Python 3.11 and its own, old TensorFlow.
$(TFA_VENV)/.installed:
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info[:2] == (3, 11) else "tensorflow-addons needs Python 3.11. Use: make PYTHON=python3.11 tfa-parity")'
	$(PYTHON) -m venv $(TFA_VENV)
	$(TFA_VENV)/bin/pip install --quiet --disable-pip-version-check 'tensorflow-cpu==2.15.1' 'tensorflow-addons==0.23.0'
	touch $@

tfa-parity: $(VENV)/.installed $(TFA_VENV)/.installed
	$(TFA_VENV)/bin/python tests/tfa_parity/write_reference.py $(TFA_VENV)/reference.npz
	$(BIN)/python tests/tfa_parity/compare.py $(TFA_VENV)/reference.npz

# The page of `keras-restore serve`; needs Node.js (npm).
web: $(VENV)/.installed
	cd web && npm ci --ignore-scripts --no-audit --no-fund
	$(BIN)/python web/build.py

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

clean:
	rm -rf $(VENV) $(TFA_VENV) web/node_modules keras_restore/page build *.egg-info
