#!/usr/bin/env python3
"""Runs what README tells a reader to type.

usage: readme.py --first-line HEADING README    print the first shell line under a heading
       readme.py --run README FOLDER            run every `sh` block in order, as one shell session,
                                                in a new FOLDER; stop at the first that fails

Blocks marked `sh` are run, except the two under the headings that CI runs by themselves. Other
blocks (`text`, `json`) are for reading.
"""

import os
import re
import subprocess
import sys

RUN_ELSEWHERE = {"Run the demo", "Run the tests"}


def blocks(path):
    """Yields (heading, line number, text) of each `sh` block."""
    heading, collecting, start = "", None, 0
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if collecting is not None:
                if line.startswith("```"):
                    yield heading, start, "".join(collecting)
                    collecting = None
                else:
                    collecting.append(line)
            elif line.rstrip() == "```sh":
                collecting, start = [], number + 1
            elif match := re.match(r"#+ (.*)", line):
                heading = match.group(1).strip()


def first_line(heading, path):
    for title, _, text in blocks(path):
        if title == heading:
            return text.splitlines()[0]
    raise SystemExit(f"{path} has no shell block under '{heading}'")


def run(path, folder):
    os.makedirs(folder)
    script = ["set -euo pipefail", "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT"]
    for heading, number, text in blocks(path):
        if heading not in RUN_ELSEWHERE:
            script.append(f"echo '-- README line {number}: {heading}' >&2\n{text}")
    count = len(script) - 2
    result = subprocess.run(["bash", "-c", "\n".join(script)], cwd=folder, timeout=600)
    print(f"readme: {0 if result.returncode else count} passed, {1 if result.returncode else 0} failed")
    return 1 if result.returncode or count == 0 else 0


if __name__ == "__main__":
    if sys.argv[1] == "--first-line":
        print(first_line(sys.argv[2], sys.argv[3]))
    else:
        sys.exit(run(sys.argv[2], sys.argv[3]))
