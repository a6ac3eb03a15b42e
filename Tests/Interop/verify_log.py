"""Verify an auditor's audit log with `cryptography` and the standard library alone.

usage: verify_log.py AUDITOR_URL AUTHORITY_PEM EARLIER_HEAD_FILE [PROOF_FILE...]

Reads what C2SP tlog-checkpoint and tlog-tiles describe and nothing else: the verifier key, the
newest signed head, the tiles of hashes and of entries. Checks the head, that the entries have its
root, that each entry is included, that the log continues the earlier head and every smaller one,
each by a proof made from tiles and checked by RFC 9162 section 2.1; then alters each of these, one
byte or hash at a time, and wants each refused. PROOF_FILEs are what `accredit log prove` wrote.
Prints `N passed, N failed` and exits 1 on any failure.
"""

import json
import ssl
import sys
import urllib.request

import tlog
from tlog import Refused

passed = failed = 0


def check(name, holds):
    global passed, failed
    if holds:
        passed += 1
    else:
        failed += 1
        print(f"FAILED: {name}")


def holds(verify, *arguments):
    try:
        verify(*arguments)
        return True
    except Refused:
        return False


def flipped(data, place):
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def altered_paths(path):
    """Each hash changed, each left out, one more at either end, and the whole turned round."""
    for place in range(len(path)):
        yield path[:place] + [flipped(path[place], 31)] + path[place + 1 :]
        yield path[:place] + path[place + 1 :]
    yield path + [bytes(32)]
    yield [bytes(32)] + path
    if len(path) > 1 and path != path[::-1]:
        yield path[::-1]


def check_head(note, key):
    size, root = tlog.read_head(note, key)
    text = note.decode()
    for place in range(len(note)):
        other = flipped(note, place)
        check(f"byte {place} of the head altered", not holds(tlog.read_head, other, key))
    body, _, signatures = text.rpartition("\n\n")
    stranger = "\u2014 witness.example " + signatures.split(" ")[2]
    check("a stranger's signature is passed over", holds(tlog.read_head, text + stranger, key))
    for name, other in [
        ("cut off", text[:-1]), ("without signatures", body + "\n\n"),
        ("with the stranger's signature alone", body + "\n\n" + stranger),
        ("with another size", text.replace(f"\n{size}\n", f"\n{size + 1}\n", 1)),
        ("with a size that begins with 0", text.replace(f"\n{size}\n", f"\n0{size}\n", 1)),
        ("with a line more", text.replace("\n\n", "\nmore\n\n", 1)), ("empty", ""),
    ]:
        check(f"a head {name} is refused", not holds(tlog.read_head, other, key))
    return size, root


def check_entries(tiles, entries, root):
    """Every inclusion, and what must not pass for one."""
    size = tiles.size
    for index, entry in enumerate(entries):
        path = tiles.inclusion(index)
        check(
            f"entry {index} is included",
            holds(tlog.check_inclusion, entry, index, size, path, root),
        )
        wrong = [(other, index, path, root) for other in (entry + b" ", entry[:-1], b"")]
        wrong += [(entry, other, path, root) for other in (index - 1, index + 1, size, -1)]
        wrong += [(entry, index, other, root) for other in altered_paths(path)]
        wrong += [(entry, index, path, flipped(root, 0))]
        for other, place, way, end in wrong:
            check(
                f"entry {index} altered",
                not holds(tlog.check_inclusion, other, place, size, way, end),
            )


def check_growth(tiles, root, olds):
    """That the log continues heads it had, and what must not pass for that."""
    size = tiles.size
    for old, old_root in olds:
        path = tiles.consistency(old)
        check(
            f"the log continues its head of {old}",
            holds(tlog.check_consistency, old, old_root, size, root, path),
        )
        wrong = [(flipped(old_root, 5), root, path), (old_root, flipped(root, 5), path)]
        wrong += [(old_root, root, other) for other in altered_paths(path)]
        for first, second, way in wrong:
            check(
                f"growth from {old} altered",
                not holds(tlog.check_consistency, old, first, size, second, way),
            )
    check(
        "a head of 0 entries proves nothing",
        not holds(tlog.check_consistency, 0, b"", size, root, []),
    )
    check(
        "a log that shrank is refused",
        not holds(tlog.check_consistency, size + 1, root, size, root, []),
    )


def check_proof(path, key):
    with open(path, encoding="utf-8") as file:
        proof = json.load(file)

    def verify(proof):
        size, root = tlog.read_head(proof["checkpoint"], key)
        hashes = [bytes.fromhex(text) for text in proof["path"]]
        tlog.check_inclusion(proof["entry"].encode(), proof["index"], size, hashes, root)

    check(f"{path} holds", holds(verify, proof))
    changes = [
        {"index": proof["index"] + 1}, {"entry": proof["entry"] + " "},
        {"entry": proof["entry"].replace("a", "b", 1)},
        {"checkpoint": proof["checkpoint"].replace("\n", "x\n", 1)},
    ]
    hashes = [bytes.fromhex(text) for text in proof["path"]]
    changes += [{"path": [raw.hex() for raw in way]} for way in altered_paths(hashes)]
    for change in changes:
        check(f"{path} altered is refused", not holds(verify, proof | change))


def check_large_log():
    """A log of this program's own with tiles of three levels: real ones are small yet."""
    size = 70_000
    levels = [[tlog.leaf_hash(b"%d" % number) for number in range(size)]]
    while len(levels[-1]) >= tlog.WIDTH:
        below = levels[-1]
        above = []
        for start in range(0, len(below) - tlog.WIDTH + 1, tlog.WIDTH):
            nodes = below[start : start + tlog.WIDTH]
            while len(nodes) > 1:
                nodes = [tlog.node_hash(*nodes[i : i + 2]) for i in range(0, len(nodes), 2)]
            above.append(nodes[0])
        levels.append(above)

    def fetch(path):
        parts = path.removeprefix("tile/").split(".p/")[0].split("/")
        place = int("".join(part.lstrip("x") for part in parts[1:])) * tlog.WIDTH
        return b"".join(levels[int(parts[0])][place : place + tlog.WIDTH])

    tiles = tlog.Tiles(fetch, size)
    check("its tiles agree", holds(tiles.check_tiles))
    root = tiles.root()
    for index in (0, 1, 255, 256, 65_535, 65_536, size - 1):
        path = tiles.inclusion(index)
        entry = b"%d" % index
        check("large: included", holds(tlog.check_inclusion, entry, index, size, path, root))
        check("large: not another", not holds(tlog.check_inclusion, b"x", index, size, path, root))
    for old in (1, 2, 255, 256, 257, 65_536, 65_537, 69_999, size):
        path = tiles.consistency(old)
        check(
            f"large: continues {old}",
            holds(tlog.check_consistency, old, tiles.root(old), size, root, path),
        )
        for other in altered_paths(path):
            check(
                f"large: growth from {old} altered",
                not holds(tlog.check_consistency, old, tiles.root(old), size, root, other),
            )


def main(auditor, authority, earlier, *proofs):
    context = ssl.create_default_context(cafile=authority)

    def get(path):
        with urllib.request.urlopen(f"{auditor}/v1/log{path}", context=context) as answer:
            return answer.read()

    key = tlog.Key(json.loads(get(""))["key"])
    size, root = check_head(get("/checkpoint"), key)
    tiles = tlog.Tiles(lambda path: get("/" + path), size)
    entries = []
    for index in range(-(-size // tlog.WIDTH)):
        found = tiles.entries(index)
        check("the leaf hashes are those of the entries", tiles.hashes(0, index) == [
            tlog.leaf_hash(entry) for entry in found])
        entries += found
    check("the tiles of hashes agree with each other", holds(tiles.check_tiles))
    check("the entries have the signed root", tiles.root() == root)
    check_entries(tiles, entries, root)
    with open(earlier, "rb") as file:
        old = tlog.read_head(file.read(), key)
    check("the log has grown since", old[0] < size)
    check_growth(tiles, root, [old] + [(old, tiles.root(old)) for old in range(1, size + 1)])
    for path in proofs:
        check_proof(path, key)
    check_large_log()
    kinds = [json.loads(entry)["kind"] for entry in entries]
    answers = kinds.count("credential.issued") + kinds.count("credential.refused")
    accepted = kinds.count("application.accepted")
    check("every accepted application has one answer", accepted == answers)
    print(f"interop-log: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
