#!/usr/bin/env python3
"""Runs the mutator over every target, then proves that it would notice what it is there for.

usage: mutate.py MUTATOR [--seconds N] [--seed N] [--target NAME]... [--without-faults]

A target fails when an input traps, exceeds its time or memory, or breaks a rule; the input is then
printed. For the proof, the policy language is built twice with one protection taken out of it, and
each time a target has to fail. ACCREDIT_FUZZ_SECONDS stands in for --seconds. Ends with
`N passed, N failed`."""

import argparse
import os
import pathlib
import shutil
import struct
import subprocess
import tempfile

TARGETS = ["lexer", "parser", "checker", "evaluator", "documents", "patterns"]
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

# One protection each: the target that has to notice, the file, what stands there and what instead.
FAULTS = [
    ("no limit on nesting", "parser", "Sources/Policies/Limits.swift",
     "expressionDepthMaximum = 100", "expressionDepthMaximum = 1_000_000"),
    ("no end at the budget", "evaluator", "Sources/Policies/Evaluation/Meter.swift",
     "guard units <= remaining else", "guard units < Int.max else"),
]

PACKAGE = """// swift-tools-version: 6.3
import PackageDescription
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"), .strictMemorySafety(),
]
let package = Package(
    name: "faults",
    targets: [
        .target(name: "Encoding", swiftSettings: settings),
        .target(name: "Policies", dependencies: ["Encoding"], swiftSettings: settings),
        .executableTarget(
            name: "PolicyMutator", dependencies: ["Encoding", "Policies"], path: "Tests/PolicyMutator",
            swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
"""


def fuzz(mutator, target, options, progress):
    """Whether the target stood every input, and what to say."""
    command = [mutator, target, "--seconds", str(options.seconds), "--seed", str(options.seed), "--progress", progress]
    environment = {**os.environ, "SWIFT_BACKTRACE": "enable=no"}
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    said = run.stdout.decode().strip()
    if run.returncode == 0:
        return True, said
    (index,) = struct.unpack("<Q", pathlib.Path(progress).read_bytes())
    shown = subprocess.run([mutator, target, "--seed", str(options.seed), "--show", str(index)],
                           stdout=subprocess.PIPE).stdout.decode(errors="replace")
    return False, (f"{target}: input {index} of seed {options.seed} ends with {run.returncode}: {said}"
                   f"{run.stderr.decode(errors='replace')[-300:].strip()}\n    {shown[:200]!r}")


def faults(options, folder, progress):
    """How many faults are noticed, and how many not."""
    package = folder / "package"
    for part in ("Sources/Encoding", "Sources/Policies", "Tests/PolicyMutator"):
        shutil.copytree(ROOT / part, package / part)
    (package / "Package.swift").write_text(PACKAGE)
    noticed = missed = 0
    for name, target, path, sound, faulty in FAULTS:
        file = package / path
        text = file.read_text()
        if sound not in text:
            raise SystemExit(f"{path} has no '{sound}': name the protection as it is written now")
        file.write_text(text.replace(sound, faulty))
        subprocess.run(["swift", "build", "--package-path", str(package), "--product", "PolicyMutator", "--quiet"],
                       check=True, stdout=subprocess.DEVNULL)
        stood, said = fuzz(str(package / ".build/debug/PolicyMutator"), target, options, progress)
        file.write_text(text)
        noticed, missed = noticed + (not stood), missed + stood
        print(f"{'not noticed' if stood else 'noticed'}: {name}: {said.splitlines()[0][:160]}", flush=True)
    return noticed, missed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mutator")
    parser.add_argument("--seconds", type=float, default=float(os.environ.get("ACCREDIT_FUZZ_SECONDS", 2)))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--target", action="append", choices=TARGETS)
    parser.add_argument("--without-faults", action="store_true")
    options = parser.parse_args()
    passed = failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        progress = str(folder / "progress")
        for target in options.target or TARGETS:
            stood, said = fuzz(options.mutator, target, options, progress)
            passed, failed = passed + stood, failed + (not stood)
            print(said, flush=True)
        if not options.without_faults:
            options.seconds = max(options.seconds, 20)
            noticed, missed = faults(options, folder, progress)
            passed, failed = passed + noticed, failed + missed
    print(f"mutators: {passed} passed, {failed} failed")
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
