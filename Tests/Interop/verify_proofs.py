"""Verifies receipts, cut-off proofs and election certificates with the genesis file alone.

usage: verify_proofs.py GENESIS_FILE FILE...

Shares no code with Accredit: standard library and `cryptography` only. Exits 1 when a file proves nothing.
"""

import base64
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
PRECOMMIT, RECORDS_DEPTH, ELECTION_KEY = 3, 20, b"\x07"


def require(holds, what):
    if not holds:
        raise ValueError(what)


def unbase64url(text):
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    require(base64.urlsafe_b64encode(data).rstrip(b"=").decode() == text, "base64url")
    return data


def unhex(text):
    require(re.fullmatch("[0-9a-f]{64}", text), "hexadecimal digest")
    return bytes.fromhex(text)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def prefixed(data):
    return struct.pack(">I", len(data)) + data


def members_digest(members):
    """What a header names a set of representatives by."""
    parts = (prefixed(key) + prefixed(node.encode()) for node, key in members)
    return sha256(prefixed(b"accredit/v1/representatives"), *parts).hex()


def quorum(rule, count):
    above, below = map(int, rule["ratio"].split("/")) if "ratio" in rule else (1, 1)
    found = rule["count"] if "count" in rule else -(-count * above // below)
    require(2 * count // 3 + 1 <= found <= count, "quorum")
    return found


def read_genesis(data):
    """A genesis file, and the digest that names its ledger under every signature."""
    return json.loads(data) | {"digest": sha256(data)}


def certified(text, certificate, seats, genesis):
    """A header that a quorum of those who sit since a height signed, and its id."""
    since, members = seats
    header, block = read_header(text, genesis)
    require(header["representatives"] == members_digest(members), "representatives")
    require(certificate["height"] == header["height"], "height of the certificate")
    require(certificate["block"] == block.hex(), "block of the certificate")
    needed = quorum(genesis["parameters"]["approval"], len(members))
    bits = int.from_bytes(unbase64url(certificate["bitmap"]), "little")
    signers = [place for place in range(bits.bit_length()) if bits >> place & 1]
    require(needed <= len(signers) == len(certificate["signatures"]), "number of signatures")
    keys = b"".join(prefixed(key) for _, key in members)
    term = genesis["digest"] + struct.pack(">QII", since, needed, len(members))
    message = prefixed(b"accredit/v1/consensus") + prefixed(genesis["network"].encode())
    message += struct.pack(">Q", header["height"])
    message += sha256(prefixed(b"accredit/v1/seats"), term, keys)
    message += struct.pack(">BI", PRECOMMIT, certificate["round"]) + b"\0\1" + block
    for place, signature in zip(signers, certificate["signatures"]):
        ed25519.Ed25519PublicKey.from_public_bytes(members[place][1]).verify(unbase64url(signature), message)
    return header, block


def read_header(text, genesis):
    header = json.loads(text)
    require(header["network"] == genesis["network"], "network of a header")
    require(json.dumps(header, separators=(",", ":"), ensure_ascii=False) == text, "form of a header")
    block, bits = sha256(text.encode()), genesis["parameters"]["proofOfWorkBits"]
    require(int.from_bytes(block, "big") >> 256 - bits == 0 if bits else header["work"] == 0, "work of a header")
    return header, block


def follow(file, genesis):
    """Who decides which height, and since which: a function, made of the hand-overs since genesis."""
    members = [(r["node"], unbase64url(r["consensusKey"])) for r in genesis["representatives"]]
    sets = [(1, sorted(members, key=lambda member: member[1]))]
    for handover in file["handovers"]:
        since, members = sets[-1]
        header, _ = certified(handover["header"], handover["certificate"], sets[-1], genesis)
        require(header["height"] >= since, "order of hand-overs")
        named = handover["representatives"]
        following = [members[m] if isinstance(m, int) else (m[0], unbase64url(m[1])) for m in named]
        require(following == sorted(following, key=lambda member: member[1]), "order of members")
        require(members_digest(following) == header["nextRepresentatives"], "successors")
        require(following != members, "no hand-over")
        sets.append((header["height"] + 1, following))
    return lambda text: [seats for seats in sets if seats[0] <= json.loads(text)["height"]][-1]


def node_hash(left, right):
    return sha256(b"\1", left, right)


def root_of(leaf, index, count, path):
    """RFC 9162 section 2.1.3.2."""
    require(0 <= index < count, "index")
    node, last, digest = index, count - 1, sha256(b"\0", leaf)
    for step in map(unhex, path):
        require(last > 0, "path too long")
        digest = node_hash(step, digest) if node % 2 or node == last else node_hash(digest, step)
        while node == last and node % 2 == 0 and node:
            node, last = node // 2, last // 2
        node, last = node // 2, last // 2
    require(last == 0, "path too short")
    return digest


def tree_root(leaves):
    if len(leaves) < 2:
        return sha256(b"\0", leaves[0]) if leaves else sha256()
    left = 1 << (len(leaves) - 1).bit_length() - 1
    return node_hash(tree_root(leaves[:left]), tree_root(leaves[left:]))


def verify_transaction(compact):
    head, payload, signature = compact.split(".")
    number = 0
    for letter in json.loads(unbase64url(head))["kid"].removeprefix("did:key:z"):
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
    since = datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    return round(since * 1000)


def verify_cutoff(cutoff, deciders, genesis):
    """The last header before the moment: nothing counts that is later."""
    before, headers = milliseconds(cutoff["before"]), cutoff["headers"]
    require(len(headers) in (1, 2) and cutoff["final"] == (len(headers) == 2), "final")
    newest, _ = certified(headers[-1], cutoff["certificate"], deciders(headers[-1]), genesis)
    last, block = read_header(headers[0], genesis)
    require(last["time"] < before, "last block before the moment")
    if len(headers) == 2:
        require(newest["previous"] == block.hex() and newest["time"] >= before, "next block")
    return last, before


def verify_receipt(file, deciders, genesis):
    header, _ = certified(file["header"], file["certificate"], deciders(file["header"]), genesis)
    require(header["transactionCount"] == file["count"], "count")
    compact, code, place = file["transaction"], file["result"]["code"], (file["index"], file["count"])
    found = root_of(compact.encode(), *place, file["path"])
    require(found.hex() == header["transactionsRoot"], "path of the transaction")
    leaf = f'{{"transaction":"{verify_transaction(compact)}","code":"{code}"}}'
    require(root_of(leaf.encode(), *place, file["resultPath"]).hex() == header["resultsRoot"], "path of the result")
    if "cutoff" not in file:
        return code
    last, before = verify_cutoff(file["cutoff"], deciders, genesis)
    require((header["time"] < before) == (header["height"] <= last["height"]), "heights and times")
    if code != "ok" or header["time"] >= before:
        return "does not count"
    return "counts" if file["cutoff"]["final"] else "counts so far"


def verify_results(file, deciders, genesis):
    last, _ = verify_cutoff(file, deciders, genesis)
    if "tally" in file:
        held, leaves = file["tally"], file["tally"]["leaves"]
        root = tree_root([leaf.encode() for leaf in leaves])
    else:
        held = file["candidate"]
        leaves, place = [held["leaf"]], (held["number"], held["count"])
        root = root_of(held["leaf"].encode(), *place, held["path"])
    require(node_hash(unhex(held["recordsRoot"]), root).hex() == last["stateRoot"], "tallies")
    return ("final: " if file["final"] else "so far: ") + " ".join(str(json.loads(leaf)["votes"]) for leaf in leaves)


def verify_election(file, deciders, genesis):
    header, _ = certified(file["header"], file["certificate"], deciders(file["header"]), genesis)
    election, proof = json.loads(file["election"]), file["proof"]
    name = sha256(ELECTION_KEY, struct.pack(">Q", election["n"]))
    bucket, place = unbase64url(proof["bucket"]), int.from_bytes(name[:3], "big") >> 24 - RECORDS_DEPTH
    entries = [bucket[start : start + 64] for start in range(0, len(bucket), 64)]
    require(name + sha256(file["election"].encode()) in entries, "record of the election")
    root = root_of(bucket, place, 1 << RECORDS_DEPTH, proof["path"])
    require(node_hash(root, unhex(proof["tallyRoot"])).hex() == header["stateRoot"], "path of the record")
    require(election["height"] == header["height"], "height of the election")
    ranking, seats = election["ranking"], election["seats"]
    order = [(-r["votes"], *(r["registered"][m] for m in ("height", "index", "position")), r["node"]) for r in ranking]
    require(order == sorted(order), "order of the ranking")
    require(all(r["eligible"] == ("reason" not in r) for r in ranking), "reasons")
    require([r["node"] for r in ranking if r["eligible"]][: len(seats)] == seats, "seats")
    named = sorted(r["node"] for r in election["representatives"])
    if replaced := [r["node"] for r in election.get("replaces", [])]:
        require(len(replaced) == len(seats) and set(seats) <= set(named), "seats that changed hands")
        require(not set(replaced) & set(named), "representatives to come")
        return f"election {election['n']}: {len(seats)} seats changed hands between two elections"
    require(sorted(seats) == named if seats else "note" in election, "representatives to come")
    return f"election {election['n']}: {len(seats)} of {len(ranking)} seated"


KINDS = {"receipt": verify_receipt, "cutoff": verify_results, "election": verify_election}


def verify(file, genesis_bytes):
    """What the file proves, in a few words."""
    genesis = read_genesis(genesis_bytes)
    owner, kind, version = file["format"].split("/")
    require((owner, version) == ("accredit", "1"), "format")
    require(file["genesis"] == genesis["digest"].hex(), "genesis")
    require(file["network"] == genesis["network"], "network")
    return KINDS[kind](file, follow(file, genesis), genesis)


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as source:
        trusted = source.read()
    for path in sys.argv[2:]:
        with open(path, encoding="utf-8") as source:
            print(f"{path}: {verify(json.load(source), trusted)}")
