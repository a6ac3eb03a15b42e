"""Power cuts of a real ledger node: thousands of folders as they may be left, each checked.

usage: powerloss.py ACCREDIT FOLDER POLICIES SHIM

ACCREDIT_POWERLOSS_IMAGES and ACCREDIT_POWERLOSS_SECONDS for more images and a longer recording,
ACCREDIT_POWERLOSS_SEED for others.
"""

import collections
import json
import multiprocessing
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

import check
import rebuild
import record

IMAGES = int(os.environ.get("ACCREDIT_POWERLOSS_IMAGES", "2000"))
SECONDS = float(os.environ.get("ACCREDIT_POWERLOSS_SECONDS", "8"))
SEED = os.environ.get("ACCREDIT_POWERLOSS_SEED", "1")
MUTANT_IMAGES = 60
STARTED_IMAGES = 8

# Programs that forget to sync something: which of the files and folders they leave alone.
MUTANTS = {
    "no file is synced": lambda name: os.path.splitext(name)[1] != "",
    "the chain is not synced": lambda name: "chain.sqlite" in name,
    "the record of signatures is not synced": lambda name: "signing.sqlite" in name,
    "the log of messages is not synced": lambda name: name.endswith("consensus.log"),
    "the folder is not synced": lambda name: os.path.basename(name) == "data",
}


class World:
    """The recording: the trace, what the node said in it, and the chain at its end."""

    def __init__(self, folder):
        self.trace = folder / "trace"
        self.record = json.loads((folder / "record.json").read_text())
        self.said = check.Said(check.own_place(self.record))
        self.count = 0
        for index, (operation, number, _, data) in enumerate(rebuild.records(self.trace)):
            self.count = index + 1
            if operation == "n":
                self.said.take(index, number, data)
        self.truth = check.chain_of(pathlib.Path(self.record["data"]))

    def write(self, files, folder):
        for path, content in files.items():
            with open(folder / os.path.relpath(path, self.record["data"]), "wb") as file:
                file.write(content)


def scratch():
    """Memory, not a disk: these files are read once."""
    return tempfile.mkdtemp(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)


def examine(job):
    """Counts what one share of the images came to: `(Counter, first messages)`."""
    world, cuts, seed, mutant = job
    outcome, messages = collections.Counter(), []
    for cut, files in rebuild.images(world.trace, cuts, seed, MUTANTS.get(mutant, lambda _: False)):
        folder = pathlib.Path(scratch())
        try:
            world.write(files, folder)
            check.check(folder, world.truth, world.said, cut)
            outcome["sound"] += 1
        except check.Wrong as wrong:
            outcome[wrong.kind] += 1
            messages.append(f"cut {cut}: {wrong}")
        finally:
            shutil.rmtree(folder)
    return outcome, messages


def examine_all(pool, world, count, mutant=None):
    dice = random.Random(f"{SEED} {mutant}")
    cuts = [dice.randrange(1, world.count) for _ in range(count)]
    shares = [
        (world, cuts[start::8], f"{SEED} {mutant} {start}", mutant) for start in range(8)]
    outcome, messages = collections.Counter(), []
    for share, texts in pool.imap_unordered(examine, shares):
        outcome += share
        messages += texts
    return outcome, messages


def start(accredit, world, number):
    """Starts the real node on an image, and verifies the chain in it with the real command."""
    cut = random.Random(f"{SEED} start {number}").randrange(1, world.count)
    folder = pathlib.Path(scratch())
    try:
        data = folder / "data"
        data.mkdir()
        for _, files in rebuild.images(world.trace, [cut], f"{SEED} start"):
            world.write(files, data)
        expected = len(check.chain_of(data))
        source = pathlib.Path(world.record["configuration"])
        configuration = json.loads(source.read_text())
        for member in ("genesis", "nodeKey", "consensusKey", "passphraseFile"):
            if member in configuration:
                configuration[member] = str((source.parent / configuration[member]).resolve())
        for member, path in configuration["tls"].items():
            configuration["tls"][member] = str((source.parent / path).resolve())
        configuration.update(data=str(data), listen="127.0.0.1:0")
        (folder / "node.json").write_text(json.dumps(configuration))
        height, log = run_node(accredit, folder)
        if height != expected:
            return f"cut {cut}: the node began at {height}, not {expected}: {log[-400:]}"
        check.check(data, world.truth, world.said, cut)
        if expected == 0:
            return None
        verified = subprocess.run(
            [accredit, "ledger", "verify", "--genesis", world.record["genesis"], "--data", data],
            capture_output=True, text=True)
        return None if verified.returncode == 0 else f"cut {cut}: {verified.stderr}"
    except check.Wrong as wrong:
        return f"cut {cut}: {wrong}"
    finally:
        shutil.rmtree(folder)


def run_node(accredit, folder):
    """The height a node says it has when it starts, or None; and its log. It is killed then."""
    log = folder / "log"
    with open(log, "wb") as out:
        node = subprocess.Popen(
            [accredit, "node", "serve", "--config", folder / "node.json"],
            stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        end = time.monotonic() + 20
        while time.monotonic() < end and node.poll() is None:
            for line in log.read_text().splitlines():
                if '"event":"node-started"' in line:
                    # Long enough to repeat what it had signed.
                    time.sleep(0.3)
                    return json.loads(line)["height"], log.read_text()
            time.sleep(0.02)
        return None, log.read_text()
    finally:
        node.kill()
        node.wait()


def main(accredit, folder, policies, shim):
    accredit, folder = os.path.abspath(accredit), pathlib.Path(folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    record.main(accredit, folder, policies, shim, SECONDS)
    world = World(folder)
    print(f"{world.count} records, {len(world.truth)} blocks, {len(world.said.committed)} answers "
          f"and {len(world.said.signatures)} signatures that left the node")
    results = [("there is enough to lose", None if len(world.truth) > 10
                and len(world.said.committed) > 20 and len(world.said.signatures) > 20
                else "too little happened while it was recorded")]
    with multiprocessing.Pool(min(os.cpu_count() or 2, 8)) as pool:
        began = time.monotonic()
        outcome, messages = examine_all(pool, world, IMAGES)
        print(f"{IMAGES} images in {time.monotonic() - began:.0f} s: {dict(outcome)}")
        results.append((f"{IMAGES} images are sound",
                        None if outcome["sound"] == IMAGES else "; ".join(messages[:3])))
        for mutant in MUTANTS:
            outcome, _ = examine_all(pool, world, MUTANT_IMAGES, mutant)
            caught = MUTANT_IMAGES - outcome["sound"]
            print(f"mutant: {mutant}: {caught} of {MUTANT_IMAGES} images caught: {dict(outcome)}")
            results.append((f"caught: {mutant}", None if caught else "nothing noticed"))
    failures = [start(accredit, world, number) for number in range(STARTED_IMAGES)]
    failures = [text for text in failures if text]
    results.append((f"a node starts on {STARTED_IMAGES} images", "; ".join(failures) or None))
    for name, problem in results:
        print(f"{'ok' if problem is None else 'FAILED'}: {name}{f': {problem}' if problem else ''}")
    failed = sum(problem is not None for _, problem in results)
    print(f"power-loss: {len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
