"""Real nodes under load and faults. usage: faults.py ACCREDIT FOLDER [NAME...], inside the namespaces of `run`.

NAMEs choose among: kill pause cut bend full clock stall shared (all without any). Environment:
ACCREDIT_FAULT_ROUNDS (1) repeats everything, ACCREDIT_FAULT_KILLS (8) kills a round, ACCREDIT_FAULT_RATE (40)
transactions a second, ACCREDIT_FAULT_SEED the choices, ACCREDIT_FAULT_RECOVERY (20) seconds until blocks come again.
"""

import contextlib
import glob
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
import traceback

import checker
import load
from network import FOUNDERS, HERE, Network, Process, Topology, read_json, wait_for, write_json


def setting(name, standard):
    return int(os.environ.get(f"ACCREDIT_FAULT_{name}", standard))


RECOVERY = setting("RECOVERY", 20)
# Below this share of what was offered, nothing was tested.
LOAD_SHARE = 0.5


class Outcome:
    passed = failed = 0

    @classmethod
    def note(cls, holds, what):
        if holds:
            cls.passed += 1
        else:
            cls.failed += 1
        print(f"{'ok    ' if holds else 'FAILED'} {what}", flush=True)


class Run:
    def __init__(self, program, folder):
        self.folder = folder
        policies = os.path.join(HERE, "..", "..", "Policies")
        self.made = Network(program, policies, f"{folder}/net")
        self.made.make()
        self.processes = []
        for number, name in enumerate(self.made.names, 1):
            self.processes.append(self.process(name, number, f"{folder}/{name}", 0))
        self.topology = Topology(self.processes)
        self.caller = load.Caller(self.made.path("authority", "authority.pem"))

    def process(self, name, number, folder, group):
        """With what the node had when its network was made."""
        process = Process(self.made, name, number, folder, group)
        shutil.copytree(self.made.path("nodes", name, "data"), process.data)
        return process

    def status(self, process):
        try:
            return self.caller.call(process, "/v1/status")[1]
        except OSError:
            return None

    def height(self, process):
        status = self.status(process)
        return status["height"] if status else 0

    def heights(self):
        return {process: self.height(process) for process in self.processes if process.isRunning}

    def representatives(self):
        """The processes that decide, by the word of the node that is ahead."""
        found = [status for status in map(self.status, self.processes) if status]
        newest = max(found, key=lambda status: status["height"])
        return [p for p in self.processes if self.made.keys[p.name][0] in newest["representatives"]]

    def recover(self, what):
        """After healing, every node has a block that no node had before."""
        for process in self.processes:
            if not process.isRunning:
                process.start()
        before = max(self.heights().values())
        try:
            took = wait_for(
                lambda: all(height > before for height in self.heights().values()), RECOVERY, "blocks")
            Outcome.note(True, f"{what}: blocks again after {took:.1f} s")
        except TimeoutError:
            Outcome.note(False, f"{what}: heights {[*self.heights().values()]} {RECOVERY} s after {before}")

    def advances(self, processes, seconds, what, least=1):
        """The part with a quorum goes on."""
        before = max(map(self.height, processes))
        time.sleep(seconds)
        # Round after round goes by where the proposer is the one that is missing.
        with contextlib.suppress(TimeoutError):
            wait_for(lambda: max(map(self.height, processes)) >= before + least, RECOVERY - seconds, "blocks")
        after = max(map(self.height, processes))
        Outcome.note(after >= before + least, f"{what}: {after - before} blocks meanwhile")

    # Faults. Each heals what it did, also when it is interrupted by an error.

    def kill(self):
        worst = 0
        for _ in range(setting("KILLS", 8)):
            time.sleep(random.uniform(0, 2))
            chosen = random.sample(self.processes, random.choice([1, 1, 1, 2, 5]))
            for process in chosen:
                process.kill()
            time.sleep(random.uniform(0, 0.5))
            for process in chosen:
                process.start()
            before = max([0, *self.heights().values()])
            self.killed += len(chosen)
            # The next kill may come before everybody is back; no more than that.
            with contextlib.suppress(TimeoutError):
                worst = max(worst, wait_for(lambda: max(self.heights().values()) > before, RECOVERY, "blocks"))
        self.recover(f"kill -9, {self.killed} in all, a block within {worst:.1f} s each time")

    killed = 0

    def pause(self):
        chosen = random.choice(self.representatives())
        chosen.signal(signal.SIGSTOP)
        try:
            others = [process for process in self.processes if process is not chosen]
            self.advances(others, 10, f"{chosen.name} stopped for 10 s")
        finally:
            chosen.signal(signal.SIGCONT)
        self.recover(f"{chosen.name} continued")

    def cut(self):
        seated = self.representatives()
        random.shuffle(seated)
        half = set(seated[:2])
        self.topology.keep(lambda first, second: (first in half) == (second in half))
        time.sleep(0.5)
        before = max(self.heights().values())
        time.sleep(4)
        grown = max(self.heights().values()) - before
        self.topology.heal()
        # One block may have been decided before the cut and been stored after it.
        Outcome.note(grown <= 1, f"cut into halves: {grown} blocks without a quorum")
        self.recover("halves joined")
        alone = seated[0]
        self.topology.keep(lambda first, second: alone not in (first, second))
        self.advances([p for p in self.processes if p is not alone], 4, f"{alone.name} cut off")
        self.topology.heal()
        self.recover(f"{alone.name} joined")
        ring = [frozenset((seated[place - 1], seated[place])) for place in range(len(seated))]
        self.topology.keep(lambda first, second: frozenset((first, second)) in ring)
        self.advances(seated, 4, "cut into a ring", least=0)
        self.topology.heal()
        self.recover("ring joined")

    def bend(self):
        first, second = random.sample(self.representatives(), 2)
        first.tell(port=second.port, up=False)
        second.tell(port=first.port, down=False)
        self.advances(self.processes, 4, f"nothing comes from {first.name} to {second.name}")
        self.topology.heal()
        self.recover("heard again")
        for process in self.processes:
            process.tell(port=first.port, up=False)
        others = [process for process in self.processes if process is not first]
        self.advances(others, 4, f"nobody can call {first.name}")
        self.topology.heal()
        self.recover("called again")
        for process in self.processes:
            process.tell(delay=0.2, loss=0.05)
        self.advances(self.processes, 5, "200 ms late, one piece in twenty ends its connection", least=0)
        self.topology.heal()
        self.recover("in time again")

    def full(self):
        chosen = random.choice(self.representatives())
        others = [process for process in self.processes if process is not chosen]
        chosen.stop()
        small, home = f"{self.folder}/small", chosen.data
        os.makedirs(small, exist_ok=True)
        used = sum(os.path.getsize(f"{home}/{name}") for name in os.listdir(home))
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={used + (24 << 20)}", "tmpfs", small], check=True)
        try:
            shutil.copytree(home, f"{small}/data")
            chosen.data = f"{small}/data"
            chosen.start()
            time.sleep(2)
            with contextlib.suppress(OSError), open(f"{small}/ballast", "wb", buffering=0) as ballast:
                while True:
                    ballast.write(b"\0" * 65536)
            self.advances(others, 6, f"the disk of {chosen.name} is full")
            how = "goes on" if chosen.isRunning else f"ended with {chosen.process.returncode}"
            os.remove(f"{small}/ballast")
            self.recover(f"{chosen.name} {how}; space freed")
        finally:
            chosen.stop()
            shutil.rmtree(home)
            shutil.copytree(chosen.data, home)
            chosen.data = home
            subprocess.run(["umount", small], check=True)
            chosen.start()

    def clock(self):
        found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
        if not found:
            Outcome.note(False, "libfaketime is not installed (Debian: apt-get install libfaketime)")
            return
        chosen = random.choice(self.representatives())
        others = [process for process in self.processes if process is not chosen]
        offset = f"{self.folder}/offset"

        def jump(text):
            with open(f"{offset}.new", "w", encoding="utf-8") as file:
                file.write(text + "\n")
            os.rename(f"{offset}.new", offset)

        jump("+0")
        chosen.stop()
        chosen.environment = {
            "LD_PRELOAD": found[0], "FAKETIME_TIMESTAMP_FILE": offset,
            "FAKETIME_CACHE_DURATION": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        chosen.start()
        try:
            self.recover(f"{chosen.name} with a clock of its own")
            for text in ("+1", "-1", "+3600", "-3600", f"+{400 * 86400}", f"-{400 * 86400}"):
                jump(text)
                self.advances(others, 3, f"the clock of {chosen.name} jumps by {text} s")
            jump("+0")
            self.recover("the clock is right again")
        finally:
            chosen.stop()
            chosen.environment = {}
            chosen.start()

    def stall(self):
        library, flag = f"{self.folder}/stall.so", f"{self.folder}/stalled"
        compiler = shutil.which("cc") or shutil.which("clang")
        subprocess.run([compiler, "-shared", "-fPIC", "-o", library, f"{HERE}/stall.c", "-ldl"], check=True)
        chosen = random.choice(self.representatives())
        others = [process for process in self.processes if process is not chosen]
        chosen.stop()
        chosen.environment = {"LD_PRELOAD": library, "ACCREDIT_STALL": flag}
        chosen.start()
        try:
            self.recover(f"{chosen.name} with a disk of its own")
            open(flag, "w", encoding="utf-8").close()
            self.advances(others, 6, f"every sync of {chosen.name} takes 2 s")
            os.remove(flag)
            self.recover("the disk is quick again")
        finally:
            chosen.stop()
            chosen.environment = {}
            chosen.start()

    # The run as a whole.

    def loaded(self, names):
        rate = setting("RATE", 40)
        self.load = load.Load(self.made, self.processes, f"{self.folder}/acknowledged", rate)
        for process in self.processes:
            process.start()
        wait_for(lambda: all(self.heights().values()), 60, "all nodes answer")
        self.load.start()
        time.sleep(2)
        for number in range(setting("ROUNDS", 1)):
            for name in names:
                before = self.load.acknowledged
                began = time.monotonic()
                getattr(self, name)()
                count = self.load.acknowledged - before
                spent = time.monotonic() - began
                print(f"       round {number + 1}, {name}: {count} acknowledged in {spent:.0f} s", flush=True)
        took = self.load.drain(60)
        done, late = self.load.acknowledged, sorted(self.load.latencies)
        Outcome.note(
            done >= LOAD_SHARE * self.load.offered,
            f"load: {done} of {self.load.offered} acknowledged, the last {took:.1f} s after the end, half within "
            f"{late[len(late) // 2]:.2f} s, 99 of 100 within {late[len(late) * 99 // 100]:.1f} s, "
            f"{self.load.retries} sent again")

    def check(self):
        wait_for(lambda: len(set(self.heights().values())) == 1, RECOVERY, "all nodes at one height")
        genesis = read_json(self.made.path("genesis.json"))
        answers = {}
        for process in self.processes:
            balances = {}
            for account in genesis["accounts"]:
                answer = self.caller.call(process, f"/v1/accounts/{account['account']}")[1]
                balances[account["account"]] = int(answer["balance"])
            results = self.caller.call(process, "/v1/results")[1]["results"]
            answers[process.name] = {
                "balances": balances, "results": {each["candidate"]: each["votes"] for each in results}}
        for process in self.processes:
            process.stop()
        findings, counts = self.look(self.processes, f"{self.folder}/acknowledged", answers)
        for kind in ("store", "block", "fork", "double-sign", "lost", "twice", "money", "votes"):
            texts = [text for found, text in findings if found == kind]
            Outcome.note(not texts, f"checker: {kind}: {len(texts)} found{''.join('; ' + t for t in texts[:3])}")
        print("       " + ", ".join(f"{count} {what}" for what, count in counts.items()), flush=True)

    def look(self, processes, acknowledged, answers):
        run = {
            "genesis": self.made.path("genesis.json"), "keys": self.made.keys, "acknowledged": acknowledged,
            "stores": {f"{p.name}{'' if p.group == 0 else p.group}": p.data for p in processes},
            "answers": answers,
        }
        write_json(f"{self.folder}/run{len(processes)}.json", run)
        looking = checker.Checker(run)
        return looking.check(), looking.counts

    def seated(self):
        """The names of who decides next where the network was left when it was made."""
        name, folder = FOUNDERS[0], self.made.path("nodes", FOUNDERS[0], "data")
        looking = checker.Checker({"genesis": self.made.path("genesis.json"), "keys": self.made.keys})
        looking.chain(name, folder)
        return [n for n in self.made.names if self.made.keys[n][0] in dict(looking.members[name])]

    def shared(self):
        """Two of four keys in two places, which no consensus survives: the checker has to see the fork."""
        seated = self.seated()
        sides = [seated[:3], seated[:2] + seated[3:]]
        processes = []
        for side, names in enumerate(sides, 1):
            for name in names:
                number = 8 + len(processes)
                processes.append(self.process(name, number, f"{self.folder}/side{side}-{name}", side))
        Topology(processes)
        try:
            for process in processes:
                process.start()
            wait_for(lambda: all(map(self.height, processes)), 60, "both sides answer")
            begun = max(map(self.height, processes))
            with contextlib.suppress(TimeoutError):
                wait_for(lambda: min(map(self.height, processes)) >= begun + 3, 40, "blocks on both sides")
        finally:
            for process in processes:
                process.stop()
                process.relay.kill()
        nothing = f"{self.folder}/nothing"
        open(nothing, "w", encoding="utf-8").close()
        findings, _ = self.look(processes, nothing, {})
        kinds = {kind for kind, _ in findings}
        Outcome.note("fork" in kinds, f"negative control: the checker reports {sorted(kinds)}")

    def end(self):
        for process in self.processes:
            process.kill()
            process.relay.kill()


def interrupted(*_):
    sys.exit(130)


def main(program, folder, *names):
    signal.signal(signal.SIGTERM, interrupted)
    seed = setting("SEED", random.randrange(1 << 32))
    random.seed(seed)
    print(f"seed {seed}", flush=True)
    faults = ["kill", "pause", "cut", "bend", "full", "clock", "stall"]
    chosen = [name for name in faults if not names or name in names]
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    run = None
    try:
        run = Run(program, folder)
        if chosen:
            run.loaded(chosen)
            run.check()
        if not names or "shared" in names:
            run.shared()
    except Exception as error:
        traceback.print_exc()
        Outcome.note(False, f"the run ended early: {error}")
    finally:
        if run:
            run.end()
    print(f"faults: {Outcome.passed} passed, {Outcome.failed} failed", flush=True)
    sys.exit(1 if Outcome.failed else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
