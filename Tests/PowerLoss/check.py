"""What must hold of every folder that a power cut leaves, and what the node had said before it."""

import base64
import json
import pathlib
import re
import sqlite3
import struct

from cryptography.hazmat.primitives import serialization

# Bytes of a consensus message (Sources/Consensus/SignedMessage+Coding.swift).
PROPOSAL, PREVOTE, PRECOMMIT = 1, 2, 3
KEPT_HEIGHTS = 64


class Said:
    """What left the node, read from what it sent over TLS, with the record it stands in."""

    def __init__(self, own_place):
        self.own_place = own_place
        self.buffers = {}
        # (index, transaction id) and (index, (height, round, step), signature).
        self.committed, self.signatures = [], []

    def take(self, index, connection, data):
        buffer = self.buffers.setdefault(connection, bytearray())
        # Connections are named by their address, which a later one may get again.
        if data[:5] in (b"HTTP/", b"POST ", b"GET /"):
            buffer.clear()
        buffer += data
        while True:
            head_end = buffer.find(b"\r\n\r\n")
            if head_end < 0:
                return
            head = bytes(buffer[:head_end]).decode("latin-1")
            length = re.search(r"(?im)^content-length: *(\d+)", head)
            end = head_end + 4 + (int(length[1]) if length else 0)
            if len(buffer) < end:
                return
            body = bytes(buffer[head_end + 4:end])
            del buffer[:end]
            self.note(index, head, body)

    def note(self, index, head, body):
        if head.startswith("POST /v1/peer/messages"):
            place = 0
            while place < len(body):
                count, = struct.unpack_from(">I", body, place)
                self.note_message(index, body[place + 4:place + 4 + count])
                place += 4 + count
        elif head.startswith("HTTP/1.1 200") and b'"state":"committed"' in body:
            answer = json.loads(body)
            if "index" in answer:
                self.committed.append((index, bytes.fromhex(answer["id"])))

    def note_message(self, index, message):
        kind = message[1]
        if kind in (PROPOSAL, PREVOTE, PRECOMMIT) and message[-65] == self.own_place:
            height, round_number = struct.unpack_from(">QI", message, 2)
            self.signatures.append((index, (height, round_number, kind), message[-64:]))


def own_place(record):
    """Where the traced node stands among the representatives: they are sorted by key."""
    genesis = json.loads(pathlib.Path(record["genesis"]).read_text())
    keys = sorted(
        base64.urlsafe_b64decode(one["consensusKey"] + "==") for one in genesis["representatives"])
    with open(record["consensusKey"], "rb") as file:
        passphrase = pathlib.Path(record["passphraseFile"]).read_bytes().rstrip(b"\n")
        key = serialization.load_pem_private_key(file.read(), passphrase)
    own = key.public_key().public_bytes(
        serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return keys.index(own)


class Wrong(Exception):
    """A power cut broke something: `kind` is corrupt, chain, lost or signature."""

    def __init__(self, kind, detail):
        super().__init__(f"{kind}: {detail}")
        self.kind = kind


def opened(path):
    database = sqlite3.connect(path)
    try:
        answer = database.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise Wrong("corrupt", f"{path.name}: {error}") from error
    if answer != "ok":
        raise Wrong("corrupt", f"{path.name}: {answer}")
    return database


def tables(database):
    return {row[0] for row in database.execute("SELECT name FROM sqlite_schema WHERE type='table'")}


def chain_of(folder):
    """[(height, id, ids of transactions)] and whether the chain was begun."""
    path = folder / "chain.sqlite"
    if not path.exists():
        return []
    database = opened(path)
    if "blocks" not in tables(database):
        return []
    try:
        blocks = database.execute("SELECT height, id FROM blocks ORDER BY height").fetchall()
        of = {}
        for height, identifier in database.execute(
                "SELECT height, id FROM transactions ORDER BY height, position"):
            of.setdefault(height, []).append(identifier)
    except sqlite3.DatabaseError as error:
        raise Wrong("corrupt", f"{path.name}: {error}") from error
    finally:
        database.close()
    return [(height, identifier, of.get(height, [])) for height, identifier in blocks]


def signed_of(folder):
    """The kept signatures by place, the height of the record, and how much was logged with it."""
    path = folder / "signing.sqlite"
    if not path.exists():
        return None, None
    database = opened(path)
    try:
        if not {"signed", "owner"} <= tables(database):
            return None, None
        if database.execute("SELECT count(*) FROM owner").fetchone()[0] == 0:
            return None, None
        signed = {
            tuple(row[:3]): row[3]
            for row in database.execute("SELECT height, round, step, signature FROM signed")}
        return signed, database.execute("SELECT height, logged FROM record").fetchone()
    except sqlite3.DatabaseError as error:
        raise Wrong("corrupt", f"{path.name}: {error}") from error
    finally:
        database.close()


def sound_log(content):
    """Bytes of whole entries at the start of a log (Sources/Storage/AppendLog.swift)."""
    place = 0
    while place + 9 <= len(content):
        count, = struct.unpack_from(">I", content, place)
        if content[place + 8] == 0 or place + 9 + count > len(content):
            break
        place += 9 + count
    return place


def check(folder, truth, said, cut):
    """Raises Wrong; `truth` is the chain that the node had in the end.

    - Returns: the height of the chain here.
    """
    folder = pathlib.Path(folder)
    chain = chain_of(folder)
    if chain != truth[:len(chain)]:
        raise Wrong("chain", f"{len(chain)} blocks are not the first {len(chain)} of the chain")
    explorer = folder / "explorer.sqlite"
    if explorer.exists():
        opened(explorer).close()
    kept = {identifier for block in chain for identifier in block[2]}
    for index, identifier in said.committed:
        if index < cut and identifier not in kept:
            raise Wrong("lost", f"transaction {identifier.hex()} was answered and is not here")
    signed, record = signed_of(folder)
    if signed is None and len(chain) > 0:
        raise Wrong("signature", f"there are {len(chain)} blocks and no record of signatures")
    newest = max(signed)[0] if signed else 0
    for index, place, signature in said.signatures:
        if index >= cut or place[0] + KEPT_HEIGHTS <= newest:
            continue
        if not signed or signed.get(place) != signature:
            raise Wrong("signature", f"the signature of {place} left and is not in the record")
    if record:
        log = folder / "consensus.log"
        content = log.read_bytes() if log.exists() else b""
        if len(chain) < record[0] and sound_log(content) < record[1]:
            raise Wrong("corrupt", f"the log is shorter than the {record[1]} bytes it was synced to")
    return len(chain)
