#!/usr/bin/env python3
"""The dependency trees in README.md: compares them with what cargo says, or writes them with --write.

Each crate stands once, where it is least deep.
"""

import pathlib
import re
import subprocess
import sys

README = pathlib.Path(__file__).resolve().parent.parent / "README.md"
TREES = {"core": ["--no-default-features"], "default": []}


def tree(options):
    command = ["cargo", "tree", "--locked", "-p", "tower-eventbridge", "-e", "normal", "--prefix", "depth", "--no-dedupe", "--target", "x86_64-unknown-linux-gnu"]
    lines = subprocess.run([*command, *options], check=True, capture_output=True, text=True).stdout.splitlines()
    crates = []
    for line in lines[1:]:
        depth, name, version = re.match(r"(\d+)(\S+) v(\S+)", line).groups()
        crates.append((int(depth), f"{name} {version}"))
    least = {}
    for depth, crate in crates:
        least[crate] = min(depth, least.get(crate, depth))
    # Where a crate is least deep, what it needs is nowhere less deep than below it: elsewhere all of that is left out.
    kept, hidden = {}, None
    for depth, crate in crates:
        if hidden is None or depth <= hidden:
            hidden = depth if crate in kept or depth > least[crate] else None
            if hidden is None:
                kept[crate] = "  " * (depth - 1) + crate
    assert len(kept) == len(least)
    return kept.values(), sum(depth == 1 for depth in least.values())


def main():
    text = README.read_text()
    written = text
    for name, options in TREES.items():
        crates, direct = tree(options)
        block = f"<details><summary>The {name} tree: {len(crates)} crates, {direct} of them direct</summary>\n\n```text\n" + "\n".join(crates) + "\n```\n</details>"
        written, found = re.subn(rf"<details><summary>The {name} tree: .*?</details>", lambda _: block, written, flags=re.S)
        assert found == 1, f"README.md has {found} {name} trees"
    if "--write" in sys.argv:
        README.write_text(written)
    elif written != text:
        sys.exit("the dependency trees in README.md are not those of Cargo.lock: .ci/trees.py --write")


main()
