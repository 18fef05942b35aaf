#!/bin/sh
# Writes constraints.txt anew: every release with the hashes of all its files.
# Usage: tools/pin.sh [--upgrade]
# The file is for the Python that runs this, so use the oldest we support.
set -eu
cd "$(dirname "$0")/.."
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room"
"$room/bin/pip" install -qq --disable-pip-version-check pip-tools
"$room/bin/pip-compile" pyproject.toml --extra dev \
    --all-build-deps --generate-hashes --allow-unsafe --strip-extras \
    --no-header --no-annotate --quiet --output-file constraints.txt "$@"
# Where packages come from is the machine's affair: no option lines.
sed -i -e '/^-/d' -e '/./,$!d' constraints.txt
