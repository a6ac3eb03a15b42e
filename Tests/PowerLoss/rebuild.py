"""What a power cut leaves of a folder whose every change shim.c wrote down.

Writes and cuts of a file last once it was synced, names once their folder was; of what is not
synced yet, each may have reached the disk or not, and a write in parts of 512 bytes.
"""

import mmap
import os
import random
import struct

HEAD = struct.Struct("<cQII")
SECTOR = 512
CHANCES = (0.0, 0.2, 0.5, 0.8, 1.0)
TORN = 0.3


def records(path):
    """(operation, number, name, data) of each record, in order."""
    with open(path, "rb") as file:
        trace = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    place, end = 0, len(trace)
    while place + HEAD.size <= end:
        operation, number, name_length, data_length = HEAD.unpack_from(trace, place)
        name = place + HEAD.size
        data = name + name_length
        place = data + data_length
        yield operation.decode(), number, trace[name:data].decode(), trace[data:place]


class File:
    """The bytes that are on the disk, and what waits for a sync."""

    def __init__(self):
        self.durable = bytearray()
        self.pending = []

    @staticmethod
    def apply(content, operation, number, data):
        if operation == "t":
            del content[number:]
            content.extend(bytes(number - len(content)))
            return
        if len(content) < number + len(data):
            content.extend(bytes(number + len(data) - len(content)))
        content[number:number + len(data)] = data

    def sync(self):
        for change in self.pending:
            self.apply(self.durable, *change)
        self.pending.clear()

    def survivor(self, dice):
        """The content as a power cut now may leave it."""
        if not self.pending:
            return self.durable
        content, chance = bytearray(self.durable), dice.choice(CHANCES)
        for operation, number, data in self.pending:
            if dice.random() >= chance:
                continue
            if operation == "t" or dice.random() >= TORN:
                self.apply(content, operation, number, data)
                continue
            for start in range(0, len(data), SECTOR):
                if dice.random() < 0.5:
                    self.apply(content, "w", number + start, data[start:start + SECTOR])
        return content


class Disk:
    """A folder, its files and the names that are not on the disk yet.

    `ignores(name)` tells of which files and folders the disk answers a sync without doing it: what
    a program that never asked for that sync would leave.
    """

    def __init__(self, ignores=lambda name: False):
        self.ignores = ignores
        self.live, self.durable = {}, {}
        self.pending = []

    def take(self, operation, number, name, data):
        if operation in "wt":
            self.live[name].pending.append((operation, number, data))
        elif operation == "s":
            # A file whose name is gone may still be synced by its descriptor.
            if name in self.live and not self.ignores(name):
                self.live[name].sync()
        elif operation == "d":
            if not self.ignores(name):
                folder = name.rstrip("/")
                waiting = []
                for change in self.pending:
                    if os.path.dirname(change[1]) == folder:
                        self.rename(self.durable, change)
                    else:
                        waiting.append(change)
                self.pending = waiting
        elif operation in "curl":
            other = data.decode()
            file = File() if operation == "c" else self.live.get(name)
            change = (operation, name, other, file)
            self.rename(self.live, change)
            self.pending.append(change)

    @staticmethod
    def rename(names, change):
        operation, name, other, file = change
        if operation == "c":
            names[name] = file
        elif operation == "l":
            names[other] = file
        else:
            names.pop(name, None)
            if operation == "r":
                names[other] = file

    def survivors(self, dice):
        """Each path with the content that a power cut now may leave."""
        names, chance = dict(self.durable), dice.choice(CHANCES)
        for change in self.pending:
            if dice.random() < chance:
                self.rename(names, change)
        return {name: file.survivor(dice) for name, file in names.items()}


def images(trace, cuts, seed, ignores=lambda name: False):
    """(cut, files) for each cut, a count of records, in ascending order."""
    disk, place = Disk(ignores), 0
    cuts = sorted(cuts)
    for index, record in enumerate(records(trace)):
        while place < len(cuts) and cuts[place] == index:
            yield index, disk.survivors(random.Random(f"{seed} {place} {index}"))
            place += 1
        if place == len(cuts):
            return
        if record[0] not in "np":
            disk.take(*record)
