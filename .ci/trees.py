#!/usr/bin/env python3
"""The dependency trees in README.md: compares them with what cargo says, or writes them with --write.

Each crate stands once, where it is met first.
"""

import pathlib
import re
import subprocess
import sys

README = pathlib.Path(__file__).resolve().parent.parent / "README.md"
TREES = {"core": ["--no-default-features"], "default": []}


def tree(options):
    command = ["cargo", "tree", "--locked", "-p", "tower-eventbridge", "-e", "normal", "--prefix", "depth", *options]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    seen, crates = set(), []
    for line in lines[1:]:
        depth, name, version = re.match(r"(\d+)(\S+) v(\S+)", line).groups()
        if (name, version) not in seen:
            seen.add((name, version))
            crates.append("  " * (int(depth) - 1) + f"{name} {version}")
    return crates


def main():
    text = README.read_text()
    written = text
    for name, options in TREES.items():
        crates = tree(options)
        block = f"<details><summary>The {name} tree: {len(crates)} crates</summary>\n\n```text\n" + "\n".join(crates) + "\n```\n</details>"
        written, found = re.subn(rf"<details><summary>The {name} tree: .*?</details>", lambda _: block, written, flags=re.S)
        assert found == 1, f"README.md has {found} {name} trees"
    if "--write" in sys.argv:
        README.write_text(written)
    elif written != text:
        sys.exit("the dependency trees in README.md are not those of Cargo.lock: .ci/trees.py --write")


main()
