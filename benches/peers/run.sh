#!/usr/bin/env bash
# The same pushes verified by Node.js, Python and PHP on this machine: `peer <which> <case> <µs>`, medians. Needs node, python3
# with the package cryptography, php with openssl; what is missing is left out.
set -euo pipefail
cd "$(dirname "$0")/../.."
pushes=$(mktemp)
cargo bench --quiet --bench floor -- --write "$pushes"
here=benches/peers
if command -v node >/dev/null; then node $here/verify.mjs "$pushes"; fi
if python3 -c 'import cryptography' 2>/dev/null; then python3 $here/verify.py "$pushes"; fi
if command -v php >/dev/null; then php $here/verify.php "$pushes"; fi
