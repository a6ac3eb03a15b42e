#!/usr/bin/env python3
"""Generated expressions, answered by our engine and by cel-cpp (the package cel-expr-python).

usage: compare_expressions.py PROBE [--count N] [--seed N] [--show N]

Every disagreement is explained by a rule in known.py or counts as failed. Ends with
`N passed, N failed`, and proves beforehand that an altered answer would be noticed."""

import collections
import random
import sys

import known
from expressions import Generator, side
from peers import VARIABLES, arguments, ask_ours, ask_peer, our_answer

# How many altered answers have to be noticed. A rule that explains why the peer errs or refuses has
# to allow for any value of ours.
NOTICED = {"value": 0.99, "error": 0.95, "refused": 0.8}


def agrees(ours, theirs, checked):
    if theirs[0] == "unseen":
        return True
    if ours[0] == "value":
        return theirs[0] == "value" and ours[1] == theirs[1] and types_agree(ours[2], theirs[2])
    # A fault that the checker finds is found by both; else the moment does not matter.
    return ours[0] == theirs[0] or not checked and theirs[0] in ("refused", "error")


def types_agree(ours, theirs):
    return ours == theirs or not ours or theirs is None


def alter(answer, chance):
    """The answer of an engine with a fault."""
    if answer[0] != "value":
        return ("value", ("int", 4_242_424_242), "")
    kind, content = answer[1]
    if chance.random() < 0.2:
        return ("error", "altered", None)
    altered = {"bool": lambda: not content, "int": lambda: content + 1, "uint": lambda: content + 1,
               "string": lambda: content + "x", "bytes": lambda: content + b"x",
               "list": lambda: content + (("int", 1),), "timestamp": lambda: content + 1,
               "duration": lambda: content + 1}.get(kind)
    if altered is None:
        return ("value", ("string", "altered"), answer[2])
    return ("value", (kind, altered()), answer[2])


def main():
    options = arguments(count=30_000)
    generator = Generator(options.seed)
    chance = random.Random(options.seed)
    questions = [
        {"environment": name, "isChecked": name == "checked",
         "variables": [{"name": n, "type": t, "value": v} for n, t, v in VARIABLES]}
        for name in ("checked", "unchecked")]
    asked = [(generator.expression(), generator.chance(0.6)) for _ in range(options.count)]
    questions += [{"in": "checked" if checked else "unchecked", "expression": side(text, True)}
                  for text, checked in asked]
    answers = [our_answer(answer) for answer in ask_ours(options.probe, questions)]
    peer = ask_peer([(side(text, False), checked) for text, checked in asked])
    outcomes, explained = collections.Counter(), collections.Counter()
    altered, noticed = collections.Counter(), collections.Counter()
    failed = 0
    for (text, checked), ours, theirs in zip(asked, answers, peer):
        text = side(text, True)
        outcomes[theirs[0]] += 1
        if agrees(ours, theirs, checked):
            fault = alter(ours, chance)
            if theirs[0] != "unseen":
                altered[theirs[0]] += 1
                noticed[theirs[0]] += not agrees(fault, theirs, checked) and not known.rule(text, fault, theirs)
            continue
        rule = known.rule(text, ours, theirs)
        if rule:
            explained[rule] += 1
            continue
        failed += 1
        if failed <= options.show:
            print(f"{'checked' if checked else 'unchecked'}: {text}\n    ours   {ours}\n    theirs {theirs}")
    for rule, count in sorted(explained.items()):
        print(f"explained {count:5}  {rule}: {known.REASONS[rule]}")
    print("answers of the peer:", ", ".join(f"{count} {kind}" for kind, count in sorted(outcomes.items())))
    for kind, count in sorted(altered.items()):
        print(f"altered answers noticed where the peer's is {kind}: {noticed[kind]} of {count}")
        if noticed[kind] < count * NOTICED[kind]:
            print("the comparison lets altered answers pass")
            failed += 1
    print(f"{options.count - failed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
