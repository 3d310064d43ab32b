# Every job of the project, the same here and in CI. `make help` lists them.
.DEFAULT_GOAL := help
PYTHON ?= python3
UV := PYTHON=$(PYTHON) scripts/uv
RUN := $(UV) run --frozen --no-sync
EXPORT := $(UV) export --frozen --quiet --no-dev --no-emit-project --no-hashes --no-header --no-annotate

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# What was noted as installed and is gone again is no use to uv: it believes its own notes.
WHOLE := scripts/whole || { echo "What was installed into .venv is damaged: it is made anew."; rm -rf .venv; }
PACKAGES := (cd .venv/lib/python*/site-packages && ls)

install:  ## Install the locked dependencies into .venv (brings uv if missing), anew where they are damaged
	@$(WHOLE)
	@$(MAKE) --silent --no-print-directory .venv/.installed

.venv/.installed: uv.lock pyproject.toml scripts/uv
	@echo "Installing the locked dependencies into .venv ..."
	$(UV) sync --frozen --no-dev --inexact
	@$(PACKAGES) >$@

install-dev:  ## Install what lint and tests need on top
	@$(WHOLE)
	@$(MAKE) --silent --no-print-directory .venv/.installed-dev

.venv/.installed-dev: uv.lock pyproject.toml scripts/uv
	@echo "Installing the locked dependencies of lint and tests into .venv ..."
	$(UV) sync --frozen --extra prophet --extra traces --extra spark
	@touch $@
	@$(PACKAGES) >.venv/.installed

demo: install  ## Make a demo shop and serve it on http://localhost:8000 (PORT= to move it)
	$(RUN) tillsight demo $(if $(PORT),--port $(PORT))

serve: install  ## Serve your own shop (PORT= to move it)
	$(RUN) tillsight serve $(if $(PORT),--port $(PORT))

lint: install-dev  ## Check format, lint, types, the import rule and the container's files
	$(RUN) ruff format --check
	$(RUN) ruff check
	$(RUN) mypy
	$(RUN) lint-imports --no-logo
	$(RUN) hadolint Dockerfile
	$(RUN) check-jsonschema --quiet --builtin-schema vendor.compose-spec compose.yaml
	$(UV) lock --check --quiet
	$(EXPORT) | diff requirements.txt - || (echo "requirements.txt is not as the lock: make docs"; exit 1)

test: install-dev  ## Run all tests (brings a browser, a MariaDB and proxies if missing)
	scripts/test-parts
	$(RUN) pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

test-extras: .venv-extras/.installed  ## Test the forecasting models that are locked apart, in .venv-extras
	UV_PROJECT_ENVIRONMENT=.venv-extras $(RUN) pytest tests/forecasting/test_others.py tests/forecasting/test_compare.py $(ARGS)

.venv-extras/.installed: uv.lock pyproject.toml scripts/uv
	@echo "Installing the locked dependencies with statsforecast into .venv-extras ..."
	UV_PROJECT_ENVIRONMENT=.venv-extras $(UV) sync --frozen --extra statsforecast
	@touch $@

format: install-dev  ## Put the code in format
	$(RUN) ruff format
	$(RUN) ruff check --fix

docs: install-dev  ## Write anew what is made from the code and the lock
	$(RUN) python scripts/generate_docs.py
	$(EXPORT) > requirements.txt

home: install-dev  ## Keep a home of this version in tests/homes, which releases to come have to open
	$(RUN) python scripts/make_home.py

gallery: install-dev  ## Take the pictures of docs/gallery.md and the README anew, from a demo shop
	$(RUN) python scripts/gallery.py

image-rootfs:  ## Build what the container image holds into an empty folder (FOLDER=build/rootfs, EXTRAS=prophet)
	scripts/image-rootfs dependencies $(or $(FOLDER),build/rootfs) "$(EXTRAS)"
	scripts/image-rootfs program $(or $(FOLDER),build/rootfs) "$(EXTRAS)"

bench-import: install-dev  ## Time an import, its undo, and questions meanwhile (LINES=1000000, or FILE= your own)
	$(RUN) python benchmarks/$(if $(FILE),import_speed.py $(FILE),import_large.py --lines $(or $(LINES),1000000))

bench: install-dev  ## Time questions against SQL, pandas and PostgreSQL (LINES=1000000)
	$(RUN) python benchmarks/metrics.py --lines $(or $(LINES),1000000)

bench-auth: install-dev  ## Time sign-ins and session checks of 32 clients (ROUNDS=3)
	$(RUN) python benchmarks/sign_in.py --rounds $(or $(ROUNDS),3)

bench-chaos: install-dev  ## Kill servers and commands amid everything that changes, 300 times (ROUNDS=, DATABASES=sqlite,postgresql, SEED= to do one again)
	TILLSIGHT_CHAOS_ROUNDS=$(or $(ROUNDS),300) $(if $(DATABASES),TILLSIGHT_CHAOS_DATABASES=$(DATABASES)) TILLSIGHT_CHAOS_SEED=$(or $(SEED),$(shell date +%s)) $(RUN) pytest tests/test_chaos.py --log-cli-level=INFO

bench-soak: install-dev  ## Have a server do everything at once for an hour, and see whether it stays as it is (MINUTES=60, DATABASE=sqlite)
	$(RUN) python benchmarks/soak.py --minutes $(or $(MINUTES),60) --database $(or $(DATABASE),sqlite)

bench-board: install-dev  ## Time the board of KPIs (KPIS=1000, YEARS=10, ROUNDS=100)
	$(RUN) python benchmarks/kpi_board.py --kpis $(or $(KPIS),1000) --years $(or $(YEARS),10) --rounds $(or $(ROUNDS),100)

bench-dashboard: install-dev  ## Time the dashboard in a browser, alone and beside 25 people (LINES=10000000, 0 for the demo shop alone; FOLDER= keeps the shops)
	$(RUN) python benchmarks/dashboard.py --lines $(or $(LINES),10000000) $(if $(FOLDER),--folder $(FOLDER))

bench-purchases: install-dev  ## Time purchases of 16 clients one by one, then kill the server (ROUNDS=3)
	$(RUN) python benchmarks/purchases.py --rounds $(or $(ROUNDS),3)

bench-cluster: install-dev  ## Hold servers of one shop against one another, amid readers and kills (SERVERS=4, READERS=200, SECONDS=60)
	$(RUN) python benchmarks/cluster.py --servers $(or $(SERVERS),4) --readers $(or $(READERS),200) --seconds $(or $(SECONDS),60)

bench-backup: install-dev  ## Time backups while questions are asked, then restore one (LINES=10000000, ROUNDS=5)
	$(RUN) python benchmarks/backup.py --lines $(or $(LINES),10000000) --rounds $(or $(ROUNDS),5)

bench-start: install-dev  ## Time a start with an intact warehouse, and laying out anew (LINES=10000000, ROUNDS=3)
	$(RUN) python benchmarks/start.py --lines $(or $(LINES),10000000) --rounds $(or $(ROUNDS),3)

bench-journal: install-dev  ## Time laying out from files in a folder and in a bucket (LINES=10000000, ROUNDS=3)
	$(RUN) python benchmarks/journal_place.py --lines $(or $(LINES),10000000) --rounds $(or $(ROUNDS),3)

bench-spark: install-dev  ## Have a Spark cluster build summaries, one worker killed in the middle (LINES="1000000 10000000", FOLDER= keeps the batches)
	$(RUN) python benchmarks/spark.py --lines $(or $(LINES),1000000 10000000) $(if $(FOLDER),--folder $(FOLDER))

bench-forecast: install-dev  ## Score and time forecasts on a shop's sales (DATA= a file, END= its last day, COUNTRY= of holidays)
	$(RUN) python benchmarks/forecast.py $(if $(DATA),--data $(DATA)) $(if $(END),--end $(END)) $(if $(COUNTRY),--country $(COUNTRY))

bench-api: install-dev  ## Search the API for what it should not answer, as every role (EXAMPLES= a route, 200 unless given)
	TILLSIGHT_API_EXAMPLES=$(or $(EXAMPLES),200) $(RUN) pytest -rP tests/test_schemathesis.py

clean:  ## Remove what was installed and built; data stay
	rm -rf .venv .venv-extras .tools dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.PHONY: help install install-dev demo serve lint test test-extras format docs gallery image-rootfs bench bench-import bench-auth bench-chaos bench-soak bench-board bench-dashboard bench-purchases bench-cluster bench-backup bench-forecast bench-api clean home bench-start bench-journal bench-spark
