"""Verifies Accredit's receipts from the file and the genesis file alone.

usage: verify_proofs.py GENESIS_FILE RECEIPT_FILE...

Shares no code with Accredit: standard library and `cryptography` only. Each receipt is verified, then
altered in every member and must be refused. Prints `N passed, N failed` and exits 1 on any failure.
"""

import base64
import copy
import datetime
import hashlib
import json
import re
import struct
import sys

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def require(holds, what):
    if not holds:
        raise ValueError(what)


def unbase64url(text):
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    require(base64.urlsafe_b64encode(data).rstrip(b"=").decode() == text, "base64url")
    return data


def sha256(data):
    return hashlib.sha256(data).digest()


def prefixed(data):
    return struct.pack(">I", len(data)) + data


def members_digest(members):
    """What a header names a set of representatives by."""
    data = prefixed(b"accredit/v1/representatives")
    for node, key in members:
        data += prefixed(key) + prefixed(node.encode())
    return sha256(data).hex()


def quorum(rule, count):
    if rule == "all":
        found = count
    elif "count" in rule:
        found = rule["count"]
    else:
        above, below = map(int, rule["ratio"].split("/"))
        found = -(-count * above // below)
    require(2 * count // 3 + 1 <= found <= count, "quorum")
    return found


def verify_certificate(certificate, header, block_id, members, rule):
    require(header["representatives"] == members_digest(members), "representatives")
    needed = quorum(rule, len(members))
    require(certificate["height"] == header["height"], "certificate height")
    require(certificate["block"] == block_id.hex(), "certificate block")
    bits = int.from_bytes(unbase64url(certificate["bitmap"]), "little")
    signers = [place for place in range(bits.bit_length()) if bits >> place & 1]
    require(all(place < len(members) for place in signers), "bitmap")
    require(needed <= len(signers) == len(certificate["signatures"]), "signatures")
    keys = b"".join(prefixed(key) for _, key in members)
    counts = struct.pack(">II", needed, len(members))
    signed_set = sha256(prefixed(b"accredit/v1/representatives") + counts + keys)
    message = prefixed(b"accredit/v1/consensus") + prefixed(header["network"].encode())
    message += struct.pack(">Q", header["height"]) + signed_set
    message += struct.pack(">BI", PRECOMMIT, certificate["round"]) + b"\0\1" + block_id
    for place, signature in zip(signers, certificate["signatures"]):
        key = ed25519.Ed25519PublicKey.from_public_bytes(members[place][1])
        key.verify(unbase64url(signature), message)


def read_header(text, network):
    header = json.loads(text)
    require(header["network"] == network, "network")
    require(json.dumps(header, separators=(",", ":"), ensure_ascii=False) == text, "header form")
    return header, sha256(text.encode())


def follow(file, genesis):
    """The sets of representatives with the first height each decides."""
    members = sorted(
        ((r["node"], unbase64url(r["consensusKey"])) for r in genesis["representatives"]),
        key=lambda member: member[1],
    )
    sets, rule = [(1, members)], genesis["parameters"]["approval"]
    for handover in file["handovers"]:
        header, block_id = read_header(handover["header"], genesis["network"])
        since, members = sets[-1]
        require(header["height"] >= since, "order of hand-overs")
        verify_certificate(handover["certificate"], header, block_id, members, rule)
        following = [
            members[m] if isinstance(m, int) else (m[0], unbase64url(m[1]))
            for m in handover["representatives"]
        ]
        require(following == sorted(following, key=lambda member: member[1]), "order of members")
        require(members_digest(following) == header["nextRepresentatives"], "successors")
        require(following != members, "no hand-over")
        sets.append((header["height"] + 1, following))
    return sets


def certified(text, certificate, sets, genesis):
    header, block_id = read_header(text, genesis["network"])
    members = [m for since, m in sets if since <= header["height"]][-1]
    verify_certificate(certificate, header, block_id, members, genesis["parameters"]["approval"])
    return header, block_id


def verify_path(leaf, index, count, path, root):
    """RFC 9162 section 2.1.3.2."""
    require(0 <= index < count, "index")
    node, last, digest = index, count - 1, sha256(b"\0" + leaf)
    for step in path:
        require(last > 0, "path too long")
        if node % 2 or node == last:
            digest = sha256(b"\1" + bytes.fromhex(step) + digest)
            while node % 2 == 0 and node:
                node, last = node // 2, last // 2
        else:
            digest = sha256(b"\1" + digest + bytes.fromhex(step))
        node, last = node // 2, last // 2
    require(last == 0 and digest.hex() == root, "path")


def verify_transaction(compact):
    head, payload, signature = compact.split(".")
    did = json.loads(unbase64url(head))["kid"]
    number = 0
    for letter in did.removeprefix("did:key:z"):
        number = number * 58 + ALPHABET.index(letter)
    key, message = number.to_bytes((number.bit_length() + 7) // 8, "big"), f"{head}.{payload}".encode()
    raw = unbase64url(signature)
    if key[:2] == b"\x80\x24":
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key[2:])
        r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
        point.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
    else:
        require(key[:2] == b"\xed\x01", "kind of key")
        ed25519.Ed25519PublicKey.from_public_bytes(key[2:]).verify(raw, message)
    return sha256(message).hex()


def milliseconds(text):
    require(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", text), "form of a time")
    time = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (time - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(
        milliseconds=1
    )


def verify_receipt(file, genesis_bytes):
    """`yes`, `no` or `provisional`; None when the file is about no moment."""
    genesis = json.loads(genesis_bytes)
    require(file["format"] == "accredit/receipt/1", "format")
    require(file["genesis"] == sha256(genesis_bytes).hex(), "genesis")
    require(file["network"] == genesis["network"], "network")
    sets = follow(file, genesis)
    header, _ = certified(file["header"], file["certificate"], sets, genesis)
    require(header["transactionCount"] == file["count"], "count")
    compact, code = file["transaction"], file["result"]["code"]
    place = (file["index"], file["count"])
    verify_path(compact.encode(), *place, file["path"], header["transactionsRoot"])
    leaf = f'{{"transaction":"{verify_transaction(compact)}","code":"{code}"}}'
    verify_path(leaf.encode(), *place, file["resultPath"], header["resultsRoot"])
    if "cutoff" not in file:
        return None
    cutoff = file["cutoff"]
    before, headers = milliseconds(cutoff["before"]), cutoff["headers"]
    newest, _ = certified(headers[-1], cutoff["certificate"], sets, genesis)
    last, last_id = read_header(headers[0], genesis["network"])
    require(last["time"] < before, "last block before the moment")
    require(cutoff["final"] == (len(headers) == 2), "final")
    if len(headers) == 2:
        require(newest["previous"] == last_id.hex() and newest["time"] >= before, "next block")
    require((header["time"] < before) == (header["height"] <= last["height"]), "heights and times")
    if code != "ok" or header["time"] >= before:
        return "no"
    return "yes" if cutoff["final"] else "provisional"


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


PRECOMMIT = 3


def main(genesis_file, *files):
    passed = failed = 0
    with open(genesis_file, "rb") as source:
        genesis = source.read()
    for path in files:
        with open(path, encoding="utf-8") as source:
            file = json.load(source)
        print(f"{path}: counted {verify_receipt(file, genesis)}")
        passed += 1
        copied = copy.deepcopy(file)
        for altered in alterations(copied, lambda: copied):
            try:
                verify_receipt(altered, genesis)
                failed += 1
                print(f"FAILED: {path} altered is accepted: {json.dumps(altered)[:400]}")
            except Exception:  # whatever it is, the file was not believed
                passed += 1
    print(f"interop-proofs: {passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
