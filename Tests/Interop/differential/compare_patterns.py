#!/usr/bin/env python3
"""Generated patterns, matched by our automaton and by RE2 (the package google-re2).

usage: compare_patterns.py PROBE [--count N] [--seed N] [--show N]

Both have to take or refuse a pattern, and to find it in the same texts; known.py says where not.
Ends with `N passed, N failed`, and proves that an altered answer would be noticed."""

import collections
import random
import sys

import re2

import known
from patterns import PatternGenerator
from peers import arguments, ask_ours

OPTIONS = re2.Options()
OPTIONS.log_errors = False


def theirs(pattern, texts):
    try:
        compiled = re2.compile(pattern, OPTIONS)
    except re2.error:
        return None
    return [compiled.search(text) is not None for text in texts]


def main():
    options = arguments(count=20_000)
    generator = PatternGenerator(options.seed)
    chance = random.Random(options.seed)
    asked = [generator.pattern() for _ in range(options.count)]
    answers = ask_ours(options.probe, [{"pattern": pattern, "texts": texts} for pattern, texts in asked])
    explained, counts = collections.Counter(), collections.Counter()
    failed = altered = noticed = 0
    for (pattern, texts), answer in zip(asked, answers):
        ours, expected = answer.get("matches"), theirs(pattern, texts)
        counts["refused" if expected is None else "taken"] += 1
        counts["matches"] += sum(expected or [])
        counts["texts"] += len(expected or [])
        if ours == expected:
            fault = [False] if ours is None else [not match if place == 0 else match for place, match in enumerate(ours)]
            fault = None if ours is not None and chance.random() < 0.2 else fault
            altered += 1
            noticed += fault != expected and known.pattern_reason(pattern, texts, fault, expected) is None
            continue
        reason = known.pattern_reason(pattern, texts, ours, expected)
        if reason:
            explained[reason] += 1
            continue
        failed += 1
        if failed <= options.show:
            print(f"{pattern!r}\n    ours   {ours} {answer.get('detail', '')}\n    theirs {expected} {texts if expected else ''}")
    for reason, count in sorted(explained.items()):
        print(f"explained {count:5}  {reason}")
    print(f"RE2 took {counts['taken']} patterns and refused {counts['refused']}; "
          f"{counts['matches']} of {counts['texts']} texts matched")
    print(f"altered answers noticed: {noticed} of {altered}")
    if noticed < altered * 0.99:
        print("the comparison lets altered answers pass")
        failed += 1
    print(f"{options.count - failed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
