# Every recipe runs inside the project's environment: `uv run --group dev just NAME`.

set shell := ["bash", "-euo", "pipefail", "-c"]

# List the recipes.
default:
    @just --list

# Everything but the tests: style, types, rooms, lock, licences, page sources, API client.
check:
    ruff check .
    ruff format --check .
    mypy
    lint-imports
    python tools/lock.py --check
    python tools/licences.py
    python tools/documents.py --check
    python tools/page.py check

# The tests, with a seeded sample of the property, fault and fuzz tests; then the page's own.
test:
    pytest -n logical --dist loadfile -m "not soak and not benchmark"
    python tools/page.py test

# The full counts of property, fault and fuzz tests.
soak:
    HYPOTHESIS_PROFILE=soak pytest -m "not benchmark"

# What each speed claim is measured with; writes the table to docs/.
bench *ARGUMENTS:
    python -m benchmarks {{ARGUMENTS}}

# Real pictures of the page, for README: starts the demo, drives Chromium.
screenshots *ARGUMENTS:
    python tools/screenshots.py {{ARGUMENTS}}

# Resolve again what pyproject.toml asks for; `just lock --upgrade` takes newer versions.
lock *ARGUMENTS:
    python tools/lock.py {{ARGUMENTS}}

# Write the generated documents again.
docs:
    python tools/documents.py

# Write the API contract and the page's client again.
client:
    python tools/page.py client

# Build the page into the package.
page:
    python tools/page.py build
