#!/bin/sh
# Installs the driver of the browser tests into target/page. Chromium is the system's.
set -eu
cd "$(dirname "$0")/../../../.."
mkdir -p target/page
cd target/page
[ -f package.json ] || npm init --yes >/dev/null
npm install --silent playwright-core@1.64.1
