#!/usr/bin/env bash
# Fills the corpora from the fixtures.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p fuzz/corpus/{head,certificate,block,string_to_sign,envelopes,times,pipeline}
for folder in fixtures/signature/*/; do
    name=$(basename "$folder")
    cp "$folder/head" "fuzz/corpus/head/$name"
    cp "$folder/certificate.pem" "fuzz/corpus/certificate/$name.pem"
    if [ -f "$folder/recovered-block.hex" ]; then
        python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read()))' \
            <"$folder/recovered-block.hex" >"fuzz/corpus/block/$name"
    fi
    cp "$folder/body" "fuzz/corpus/pipeline/$name"
    [ ! -f "$folder/string-to-sign" ] || cp "$folder/string-to-sign" "fuzz/corpus/string_to_sign/$name"
done
for pem in fixtures/keys/*.pem; do
    openssl x509 -in "$pem" -outform DER -out "fuzz/corpus/certificate/$(basename "$pem").der" 2>/dev/null || true
done
cp fixtures/envelopes/*.json fixtures/field/*.json fuzz/corpus/envelopes/
# The times of the tests, one a file.
grep -oh '"[0-9][0-9TtZz:.,+ /A-Za-z_-]*[\[A-Za-z/_:0-9+]*\]*"' crates/eventbridge-envelope/tests/envelope/times.rs crates/eventbridge-envelope/src/time/mod.rs | tr -d '"' | sort -u |
    split --lines=1 --suffix-length=4 - fuzz/corpus/times/
