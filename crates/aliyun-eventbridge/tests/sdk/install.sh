#!/bin/sh
# Installs the vendor's SDKs into target/sdk. The two Python packages ask for versions that exclude each other.
set -eu
cd "$(dirname "$0")/../../../.."
mkdir -p target/sdk
cd target/sdk
[ -x venv/bin/python ] || python3 -m venv venv
venv/bin/pip install --quiet alibabacloud_eventbridge==1.3.8
[ -x venv2/bin/python ] || python3 -m venv venv2
venv2/bin/pip install --quiet alibabacloud_eventbridge20200401==8.7.0
[ -f package.json ] || npm init --yes >/dev/null
npm install --silent @alicloud/eventbridge@1.3.2
