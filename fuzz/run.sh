#!/usr/bin/env bash
# Runs the fuzz targets, each so many seconds (default 20): fuzz/run.sh [SECONDS [TARGET...]]
# Needs cargo-fuzz and a C++ compiler. Without sanitizers, which the stable toolchain has not; the code has no unsafe.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:-20}
shift || true
./seed.sh
export RUSTC_BOOTSTRAP=1
for target in "${@:-head certificate block string_to_sign envelopes times pipeline patterns transforms}"; do
    for name in $target; do
        echo "== $name, $seconds s"
        cargo fuzz run --sanitizer none "$name" -- -max_total_time="$seconds" -max_len=20000 -print_final_stats=1 -verbosity=0
    done
done
