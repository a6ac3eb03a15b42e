"""Holds verify_proofs.py against files that were altered: each of them must be refused.

usage: alter_proofs.py GENESIS_FILE FILE...

Each file is verified, then altered in every member in turn. Prints `N passed, N failed`.
"""

import copy
import json
import sys

from verify_proofs import verify


def alterations(value, put):
    """Every copy of a document with one text, number or flag altered."""
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    for name, part in list(entries):
        if isinstance(part, (dict, list)):
            yield from alterations(part, put)
            continue
        other = part + 1 if type(part) is int else not part
        if isinstance(part, str):
            middle = len(part) // 2
            other = part[:middle] + ("A" if part[middle] != "A" else "B") + part[middle + 1 :]
        value[name] = other
        yield put()
        value[name] = part


def main(genesis_file, *files):
    passed = failed = 0
    with open(genesis_file, "rb") as source:
        genesis = source.read()
    for path in files:
        with open(path, encoding="utf-8") as source:
            file = json.load(source)
        print(f"{path}: {verify(file, genesis)}")
        passed += 1
        copied = copy.deepcopy(file)
        for altered in alterations(copied, lambda: copied):
            try:
                verify(altered, genesis)
                failed += 1
                print(f"FAILED: {path} altered is accepted: {json.dumps(altered)[:400]}")
            except Exception:  # whatever it is, the file was not believed
                passed += 1
    print(f"interop-proofs: {passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
