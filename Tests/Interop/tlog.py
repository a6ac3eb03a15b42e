"""What an outsider needs to check an append-only log, on `cryptography` and the standard library:
signed notes and heads (C2SP signed-note, tlog-checkpoint), tiles (C2SP tlog-tiles), and the proofs
of RFC 9162 section 2.1. Nothing here knows the project whose log it is. Whatever does not hold is
raised as `Refused`.
"""

import base64
import binascii
import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

WIDTH = 256


class Refused(Exception):
    pass


def leaf_hash(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def strict_base64(text):
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused(f"not base64: {error}") from error
    if base64.b64encode(raw).decode() != text:
        raise Refused("base64 that is not canonical")
    return raw


class Key:
    """A verifier key, `NAME+ID+KEY`, of an Ed25519 signer."""

    def __init__(self, text):
        self.name, identifier, encoded = text.split("+", 2)
        typed = strict_base64(encoded)
        if len(typed) != 33 or typed[0] != 1:
            raise Refused("not an Ed25519 verifier key")
        self.id = hashlib.sha256(self.name.encode() + b"\n" + typed).digest()[:4]
        if self.id.hex() != identifier:
            raise Refused("the key's ID is not the key's")
        self.key = Ed25519PublicKey.from_public_bytes(typed[1:])


def read_head(note, key):
    """The size and root of a signed head. Signatures of others are passed over; one by `key` that
    does not fit refuses all of it."""
    if not isinstance(note, str):
        try:
            note = note.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Refused("the note is not UTF-8") from error
    text, gap, signatures = note.rpartition("\n\n")
    if not gap or not signatures.endswith("\n"):
        raise Refused("the note is not text, an empty line and signatures")
    text += "\n"
    known = False
    for line in signatures[:-1].split("\n"):
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != "\u2014" or not parts[1]:
            raise Refused("a line that is no signature")
        raw = strict_base64(parts[2])
        if len(raw) < 5:
            raise Refused("a signature that is too short")
        if parts[1] != key.name or raw[:4] != key.id:
            continue
        try:
            key.key.verify(raw[4:], text.encode())
        except InvalidSignature as error:
            raise Refused("the key's signature does not fit") from error
        known = True
    if not known:
        raise Refused("no signature of the key")
    lines = text.split("\n")
    if len(lines) < 4 or lines[0] != key.name:
        raise Refused("the head of another log")
    size, root = lines[1], strict_base64(lines[2])
    if not size.isascii() or not size.isdigit() or str(int(size)) != size or len(root) != 32:
        raise Refused("a head without size and root")
    return int(size), root


def check_inclusion(entry, index, size, path, root):
    """RFC 9162 section 2.1.3.2."""
    if not 0 <= index < size:
        raise Refused("no such entry")
    node, last, result = index, size - 1, leaf_hash(entry)
    for sibling in path:
        if last == 0:
            raise Refused("the path is too long")
        if node & 1 or node == last:
            result = node_hash(sibling, result)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            result = node_hash(result, sibling)
        node, last = node >> 1, last >> 1
    if last or result != root:
        raise Refused("the path does not lead to the root")


def check_consistency(old_size, old_root, size, root, path):
    """RFC 9162 section 2.1.4.2."""
    if not 0 < old_size <= size:
        raise Refused("no such sizes")
    if old_size == size:
        if path or old_root != root:
            raise Refused("two heads of one size")
        return
    if old_size & (old_size - 1) == 0:
        path = [old_root] + path
    if not path:
        raise Refused("the path is too short")
    node, last = old_size - 1, size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise Refused("the path is too long")
        if node & 1 or node == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        node, last = node >> 1, last >> 1
    if last or first != old_root or second != root:
        raise Refused("the path does not lead from the old root to the new one")


def split(size):
    """The largest power of two below a size."""
    return 1 << ((size - 1).bit_length() - 1)


class Tiles:
    """A log of a certain size, read tile by tile: `fetch` gives the bytes at a path."""

    def __init__(self, fetch, size):
        self.fetch, self.size, self.seen = fetch, size, {}

    def count(self, level, index):
        """How many elements a tile has in a log of this size."""
        return max(0, min(WIDTH, (self.size >> (8 * level)) - WIDTH * index))

    def name(self, level, index):
        groups, rest = [f"{index % 1000:03}"], index // 1000
        while rest:
            groups.insert(0, f"x{rest % 1000:03}")
            rest //= 1000
        kind = "entries" if level is None else str(level)
        width = self.count(level or 0, index)
        return f"tile/{kind}/" + "/".join(groups) + ("" if width == WIDTH else f".p/{width}")

    def hashes(self, level, index):
        if (level, index) not in self.seen:
            data = self.fetch(self.name(level, index))
            if len(data) != 32 * self.count(level, index):
                raise Refused(f"{self.name(level, index)} has {len(data)} bytes")
            self.seen[level, index] = [data[i : i + 32] for i in range(0, len(data), 32)]
        return self.seen[level, index]

    def entries(self, index):
        data, entries = self.fetch(self.name(None, index)), []
        while data:
            length = int.from_bytes(data[:2], "big")
            if len(data) < 2 + length:
                raise Refused("an entry is cut off")
            entries.append(data[2 : 2 + length])
            data = data[2 + length :]
        if len(entries) != self.count(0, index):
            raise Refused(f"{self.name(None, index)} has {len(entries)} entries")
        return entries

    def subtree(self, start, end):
        """The root over a range of leaves, from the highest tiles that hold it."""
        size = end - start
        if size == 0:
            return hashlib.sha256(b"").digest()
        if size & (size - 1) == 0 and start % size == 0:
            level = (size.bit_length() - 1) // 8
            unit = 1 << (8 * level)
            place, count = start // unit, size // unit
            tile = self.hashes(level, place // WIDTH)
            nodes = tile[place % WIDTH : place % WIDTH + count]
            while len(nodes) > 1:
                nodes = [node_hash(*nodes[i : i + 2]) for i in range(0, len(nodes), 2)]
            return nodes[0]
        half = start + split(size)
        return node_hash(self.subtree(start, half), self.subtree(half, end))

    def root(self, size=None):
        return self.subtree(0, self.size if size is None else size)

    def inclusion(self, index):
        """RFC 9162 section 2.1.3.1."""
        path, start, end = [], 0, self.size
        while end - start > 1:
            half = start + split(end - start)
            if index < half:
                path.append(self.subtree(half, end))
                end = half
            else:
                path.append(self.subtree(start, half))
                start = half
        return path[::-1]

    def consistency(self, old):
        """RFC 9162 section 2.1.4.1."""
        if old == self.size:
            return []
        path, start, end, whole = [], 0, self.size, True
        while start + (old - start) != end:
            half = start + split(end - start)
            if old <= half:
                path.append(self.subtree(half, end))
                end = half
            else:
                path.append(self.subtree(start, half))
                start, whole = half, False
        if not whole:
            path.append(self.subtree(start, end))
        return path[::-1]

    def check_tiles(self):
        """Every tile of hashes above the lowest says what the one below it says."""
        level = 1
        while self.size >> (8 * level):
            for index in range(-(-(self.size >> (8 * level)) // WIDTH)):
                for place, kept in enumerate(self.hashes(level, index)):
                    below = self.hashes(level - 1, index * WIDTH + place)
                    nodes = below
                    while len(nodes) > 1:
                        nodes = [node_hash(*nodes[i : i + 2]) for i in range(0, len(nodes), 2)]
                    if nodes[0] != kept:
                        raise Refused(f"{self.name(level, index)} contradicts the tiles below")
            level += 1
