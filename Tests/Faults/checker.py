"""Looks over what the nodes of a run were left with, and shares no code with them.

usage: checker.py RUN_FILE

RUN_FILE is JSON: {"genesis": path, "keys": {name: [did, consensus key]}, "stores": {name: data folder},
"acknowledged": path of JSON lines {id, height, index, code}, "answers": {name: {"balances", "results"}}}. Each
store is read as raw SQLite. Exits 1 when something does not hold; the findings are printed, one a line.
"""

import base64
import collections
import itertools
import json
import os
import shutil
import sqlite3
import struct
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Interop"))
import verify_proofs as proofs  # noqa: E402

STEPS = {1: "proposal", 2: "prevote", 3: "precommit"}


def rows(folder, name, query):
    """Read from a copy: a database that was left by a killed process is mended when it is opened."""
    with tempfile.TemporaryDirectory() as copy:
        for end in ("", "-wal"):
            if os.path.exists(f"{folder}/{name}{end}"):
                shutil.copy(f"{folder}/{name}{end}", f"{copy}/{name}{end}")
        connection = sqlite3.connect(f"{copy}/{name}")
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()


class Checker:
    def __init__(self, run):
        with open(run["genesis"], "rb") as file:
            self.run, self.genesis = run, proofs.read_genesis(file.read())
        self.findings = []
        self.known = [(did, proofs.unbase64url(key)) for did, key in run["keys"].values()]
        # Block ids by height, and by whom; what each key signed.
        self.blocks = collections.defaultdict(lambda: collections.defaultdict(list))
        self.signed = collections.defaultdict(set)
        self.valid = set()
        # Who decides the height after each store's newest.
        self.members = {}
        self.counts = collections.Counter()

    def find(self, kind, text):
        self.findings.append((kind, text))

    def check(self):
        chains = {}
        for name, folder in self.run["stores"].items():
            try:
                chains[name] = self.chain(name, folder)
            except Exception as error:  # whatever cannot be read is a finding of its own
                self.find("store", f"{name}: {type(error).__name__} {error}")
        for name, folder in self.run["stores"].items():
            self.records(name, folder)
        for height, found in sorted(self.blocks.items()):
            if len(found) > 1:
                who = "; ".join(f"{block.hex()[:12]} at {', '.join(names)}" for block, names in found.items())
                self.find("fork", f"height {height}: {who}")
        for (key, height, stage), said in sorted(self.signed.items()):
            if len(said) > 1:
                self.find("double-sign", f"{key.hex()[:12]} at height {height}, {stage}: {len(said)} messages")
        for name, chain in chains.items():
            self.acknowledged(name, chain)
            self.recount(name, chain)
        return self.findings

    def chain(self, name, folder):
        """Every header, hash, certificate, signature and tree of one node's chain."""
        blocks = rows(folder, "chain.sqlite", "SELECT height, id, header, certificate FROM blocks ORDER BY height")
        stored = rows(
            folder, "chain.sqlite",
            "SELECT height, position, lower(hex(id)), compact, code FROM transactions ORDER BY height, position")
        roots = dict((height, (records, tallies)) for height, records, tallies in rows(
            folder, "chain.sqlite", "SELECT height, records, tallies FROM roots"))
        held = collections.defaultdict(list)
        for height, position, *rest in stored:
            proofs.require(position == len(held[height]), f"position {position} at height {height}")
            held[height].append(rest)
        members = sorted(
            ((r["node"], proofs.unbase64url(r["consensusKey"])) for r in self.genesis["representatives"]),
            key=lambda member: member[1])
        seats = 1, members
        previous, time = self.genesis["digest"], 0
        for expected, (height, block, header_bytes, certificate_bytes) in enumerate(blocks, 1):
            proofs.require(height == expected, f"height {expected} is missing")
            try:
                certificate = json.loads(certificate_bytes)
                header, computed = proofs.certified(
                    bytes(header_bytes).decode(), certificate, seats, self.genesis)
                proofs.require(computed == bytes(block), "id")
                proofs.require(header["previous"] == previous.hex(), "previous")
                proofs.require(header["height"] == height and header["time"] > time, "height and time")
                self.trees(header, held[height], roots.get(height))
            except Exception as error:
                self.find("block", f"{name}, height {height}: {type(error).__name__} {error}")
                return held
            self.note(name, header, computed, certificate, seats[1])
            previous, time = computed, header["time"]
            members = self.members[name] = self.successors(header, seats[1])
            if members != seats[1]:
                seats = height + 1, members
        self.counts["blocks"] += len(blocks)
        return held

    def trees(self, header, held, roots):
        compacts = [compact.encode() for _, compact, _ in held]
        proofs.require(header["transactionCount"] == len(held), "number of transactions")
        proofs.require(proofs.tree_root(compacts).hex() == header["transactionsRoot"], "transactions")
        results = [f'{{"transaction":"{each}","code":"{code}"}}'.encode() for each, _, code in held]
        proofs.require(proofs.tree_root(results).hex() == header["resultsRoot"], "results")
        for each, compact, _ in held:
            if compact not in self.valid:
                proofs.require(proofs.verify_transaction(compact) == each, "id of a transaction")
                self.valid.add(compact)
        if roots:
            proofs.require(proofs.node_hash(*map(bytes, roots)).hex() == header["stateRoot"], "state root")

    def note(self, name, header, block, certificate, members):
        self.blocks[header["height"]][block].append(name)
        bits = int.from_bytes(proofs.unbase64url(certificate["bitmap"]), "little")
        for place, (_, key) in enumerate(members):
            if bits >> place & 1:
                stage = f"{STEPS[3]} of round {certificate['round']}"
                self.signed[key, header["height"], stage].add(b"\0\1" + block)

    def records(self, name, folder):
        """What each node wrote down before its signatures left, and that they are its key's over those bytes."""
        key = dict(self.run["keys"])[name.rstrip("0123456789")][1]
        raw = proofs.unbase64url(key)
        public = proofs.ed25519.Ed25519PublicKey.from_public_bytes(raw)
        try:
            for message, signature in rows(folder, "signing.sqlite", "SELECT bytes, signature FROM signed"):
                public.verify(bytes(signature), bytes(message))
                start = proofs.prefixed(b"accredit/v1/consensus") + proofs.prefixed(self.genesis["network"].encode())
                proofs.require(bytes(message).startswith(start), "domain of a signature")
                height, _, step, number = struct.unpack_from(">Q32sBI", message, len(start))
                rest = bytes(message)[len(start) + 45:]
                self.signed[raw, height, f"{STEPS[step]} of round {number}"].add(rest)
                self.counts["recorded signatures"] += 1
        except Exception as error:
            self.find("store", f"{name}, signatures: {type(error).__name__} {error}")

    def successors(self, header, members):
        if header["nextRepresentatives"] == header["representatives"]:
            return members
        self.counts["changes of seats"] += 1
        for count in range(1, len(self.known) + 1):
            for seated in itertools.combinations(sorted(self.known, key=lambda member: member[1]), count):
                if proofs.members_digest(seated) == header["nextRepresentatives"]:
                    return list(seated)
        raise ValueError(f"nobody knows who decides height {header['height'] + 1}")

    def acknowledged(self, name, chain):
        """What somebody was told is committed stands there, once, with the same answer."""
        places = collections.defaultdict(list)
        for height, held in chain.items():
            for index, (each, _, code) in enumerate(held):
                places[each].append((height, index, code))
        for each, found in places.items():
            if len(found) > 1:
                self.find("twice", f"{name}: {each[:12]} stands in {found}")
        with open(self.run["acknowledged"], encoding="utf-8") as file:
            for told in map(json.loads, file):
                wanted = (told["height"], told["index"], told["code"])
                if wanted not in places[told["id"]]:
                    self.find("lost", f"{name}: {told['id'][:12]}, acknowledged by {told['by']} as {wanted}")
                self.counts["acknowledged"] += 1

    def recount(self, name, chain):
        """Money and votes by the transactions alone, against what the node answers."""
        if name not in self.run.get("answers", {}):
            return
        balances = {a["account"]: int(a["balance"]) for a in self.genesis["accounts"]}
        total, votes, deposits = sum(balances.values()), collections.Counter(), {}
        for held in chain.values():
            for each, compact, code in held:
                if code != "ok":
                    continue
                head, payload = (json.loads(base64.urlsafe_b64decode(p + "==")) for p in compact.split(".")[:2])
                sender, body = head["kid"], payload["body"]
                if payload["type"] == "transfer":
                    balances[sender] -= int(body["amount"])
                    balances[body["to"]] = balances.get(body["to"], 0) + int(body["amount"])
                elif payload["type"] == "deposit.pay":
                    balances[sender] -= int(body["amount"])
                    deposits[each] = (sender, int(body["amount"]))
                elif payload["type"] == "deposit.refund":
                    payer, amount = deposits.pop(body["deposit"])
                    balances[payer] += amount
                elif payload["type"] == "vote":
                    for change in body["changes"]:
                        votes[change["candidate"]] += change["votes"]
        answers = self.run["answers"][name]
        for account, balance in balances.items():
            if answers["balances"].get(account) != balance:
                self.find("money", f"{name}: {account} has {answers['balances'].get(account)}, not {balance}")
        if sum(balances.values()) + sum(amount for _, amount in deposits.values()) != total or min(balances.values()) < 0:
            self.find("money", f"{name}: balances and deposits are not the {total} of genesis")
        if {did: count for did, count in answers["results"].items() if count} != dict(votes):
            self.find("votes", f"{name}: answers {answers['results']}, the blocks say {dict(votes)}")


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as source:
        checker = Checker(json.load(source))
    found = checker.check()
    for kind, text in found:
        print(f"{kind}: {text}")
    print(", ".join(f"{count} {what}" for what, count in checker.counts.items()))
    sys.exit(1 if found else 0)
