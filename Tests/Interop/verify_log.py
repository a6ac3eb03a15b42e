"""Verify an auditor's audit log with `cryptography` and the standard library alone.

usage: verify_log.py AUDITOR_URL AUTHORITY_PEM EARLIER_HEAD_FILE

Reads what C2SP tlog-checkpoint and tlog-tiles describe and nothing else: the verifier key, the
newest signed head, the tiles of leaf hashes and of entries. Recomputes the root from the entries,
proves one entry's inclusion and that the newest head continues the earlier one, each by RFC 9162
section 2.1, and checks that altered ones are refused. Prints `N passed, N failed` and exits 1 on
any failure.
"""

import base64
import hashlib
import json
import ssl
import sys
import urllib.request

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

passed = failed = 0


def check(name, holds):
    global passed, failed
    if holds:
        passed += 1
    else:
        failed += 1
        print(f"FAILED: {name}")


def leaf_hash(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def root(hashes):
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    half = 1 << ((len(hashes) - 1).bit_length() - 1)
    return node_hash(root(hashes[:half]), root(hashes[half:]))


def inclusion(index, hashes):
    if len(hashes) <= 1:
        return []
    half = 1 << ((len(hashes) - 1).bit_length() - 1)
    if index < half:
        return inclusion(index, hashes[:half]) + [root(hashes[half:])]
    return inclusion(index - half, hashes[half:]) + [root(hashes[:half])]


def root_from_path(index, size, leaf, path):
    node, last, result = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if node & 1 or node == last:
            result = node_hash(sibling, result)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            result = node_hash(result, sibling)
        node, last = node >> 1, last >> 1
    return result if last == 0 else None


def read_head(note, key):
    """The size and root of a signed head; None when the signature is not the key's."""
    name, identifier, encoded = key.split("+", 2)
    typed = base64.b64decode(encoded)
    expected = hashlib.sha256(name.encode() + b"\n" + typed).digest()[:4]
    if typed[0] != 1 or expected.hex() != identifier:
        return None
    text, signatures = note.rsplit("\n\n", 1)
    text += "\n"
    for line in signatures.splitlines():
        dash, signer, signature = line.split(" ")
        raw = base64.b64decode(signature)
        if dash != "\u2014" or signer != name or raw[:4] != expected:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(typed[1:]).verify(raw[4:], text.encode())
        except InvalidSignature:
            return None
        origin, size, encoded_root = text.splitlines()[:3]
        return (int(size), base64.b64decode(encoded_root)) if origin == name else None
    return None


def tile_name(index, count):
    groups = [f"{index % 1000:03}"]
    while index >= 1000:
        index //= 1000
        groups.insert(0, f"x{index % 1000:03}")
    return "/".join(groups) + ("" if count == 256 else f".p/{count}")


def main(auditor, authority, earlier):
    context = ssl.create_default_context(cafile=authority)

    def get(path):
        with urllib.request.urlopen(f"{auditor}/v1/log{path}", context=context) as answer:
            return answer.read()

    key = json.loads(get(""))["key"]
    note = get("/checkpoint").decode()
    head = read_head(note, key)
    check("the head is signed by the log's key", head is not None)
    check("an altered head is refused", read_head(note.replace("\n", "\n1", 1), key) is None)
    size, signed_root = head
    entries, hashes = [], []
    for start in range(0, size, 256):
        count = min(256, size - start)
        tile = get("/tile/entries/" + tile_name(start // 256, count))
        while tile:
            length = int.from_bytes(tile[:2], "big")
            entries.append(tile[2 : 2 + length])
            tile = tile[2 + length :]
        tile = get("/tile/0/" + tile_name(start // 256, count))
        hashes += [tile[place : place + 32] for place in range(0, len(tile), 32)]
    check("the tiles hold as many entries as the head says", len(entries) == size)
    check("the leaf hashes are those of the entries", hashes == list(map(leaf_hash, entries)))
    check("the entries have the signed root", root(hashes) == signed_root)
    last = size - 1
    path = inclusion(last, hashes)
    check(
        "the last entry is included",
        root_from_path(last, size, leaf_hash(entries[last]), path) == signed_root,
    )
    check(
        "another entry in its place is not",
        root_from_path(last, size, leaf_hash(b"{}"), path) != signed_root,
    )
    with open(earlier, encoding="utf-8") as file:
        old = read_head(file.read(), key)
    check("the earlier head is signed by the same key", old is not None)
    check("the log has grown since", old[0] < size)
    check("the log continues the earlier head", root(hashes[: old[0]]) == old[1])
    kinds = [json.loads(entry)["kind"] for entry in entries]
    answers = kinds.count("credential.issued") + kinds.count("credential.refused")
    accepted = kinds.count("application.accepted")
    check("every accepted application has one answer", accepted == answers)
    print(f"interop-log: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
