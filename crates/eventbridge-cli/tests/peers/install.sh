#!/bin/sh
# Installs the Standard Webhooks libraries of PyPI and npm into target/peers.
set -eu
cd "$(dirname "$0")/../../../.."
mkdir -p target/peers
cd target/peers
[ -x venv/bin/python ] || python3 -m venv venv
venv/bin/pip install --quiet standardwebhooks==1.1.0
[ -f package.json ] || npm init --yes >/dev/null
npm install --silent standardwebhooks@1.1.1
