"""A network of real processes, each in a network namespace of its own, for the faults of this folder.

Runs inside namespaces of its own (see `run`): what it mounts, links and starts ends with it.
"""

import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "Interop"))
import vote_client  # noqa: E402

FOUNDERS = ["ash", "birch", "cedar", "elm"]
# Seated by no genesis: it follows the others, and takes a seat when voters want it to.
FOLLOWER = "fir"
VOTERS = 400
ALLOWANCE = 1_000_000
BALANCE = 1_000


def read_json(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def write_json(path, value):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file, indent=1)


def wait_for(condition, seconds, what):
    """Polls; returns the seconds it took."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            raise TimeoutError(f"not within {seconds} s: {what}")
        time.sleep(0.05)
    return time.monotonic() - began


def write_key(path, key):
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(pem)


class Network:
    """The files: made by `accredit dev`, with voters, a follower and candidacies added."""

    def __init__(self, program, policies, folder):
        self.program, self.policies, self.folder = program, policies, folder
        self.voters = []
        self.log = open(f"{folder}.log", "ab")

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def make(self):
        dev = self.dev()
        wait_for(lambda: os.path.exists(self.path("DEV-NETWORK")), 60, "the files of the network")
        self.end(dev)
        for data in glob.glob(self.path("*", "data")) + glob.glob(self.path("*", "*", "data")):
            shutil.rmtree(data)
        self.add_voters()
        self.add_follower()
        self.add_candidates()
        self.keys = {
            name: (self.public(name, "node")["did"], self.public(name, "consensus")["jwk"]["x"])
            for name in self.names
        }

    names = FOUNDERS + [FOLLOWER]

    def dev(self):
        self.ready = os.path.join(os.path.dirname(self.folder), "dev.txt")
        command = [self.program, "dev", "--data", self.folder, "--first-port", "0"]
        command += ["--policies", self.policies, "--election-interval", "20"]
        with open(self.ready, "wb") as out:
            return subprocess.Popen(command, stdout=out, stderr=self.log)

    def end(self, process):
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)

    def node(self, name):
        return read_json(self.path("nodes", name, "node.json"))

    def port(self, name):
        return int(self.node(name)["listen"].rsplit(":", 1)[1])

    def public(self, name, kind):
        return read_json(self.path("nodes", name, f"{kind}.public.json"))

    def add_voters(self):
        genesis = read_json(self.path("genesis.json"))
        self.voters = [ec.generate_private_key(ec.SECP256R1()) for _ in range(VOTERS)]
        self.dids = [vote_client.did_of(key) for key in self.voters]
        genesis["accounts"] += [
            {"account": did, "balance": str(BALANCE), "allowance": ALLOWANCE} for did in self.dids
        ]
        genesis["parameters"]["votesPerCandidate"] = ALLOWANCE
        write_json(self.path("genesis.json"), genesis)

    def add_follower(self):
        home = self.path("nodes", FOLLOWER)
        os.mkdir(home)
        node, consensus = ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()
        write_key(f"{home}/node.pem", node)
        write_key(f"{home}/consensus.pem", consensus)
        raw = consensus.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        x, y = (
            vote_client.base64url(number.to_bytes(32, "big"))
            for number in (node.public_key().public_numbers().x, node.public_key().public_numbers().y))
        write_json(f"{home}/node.public.json", {
            "algorithm": "ES256", "did": vote_client.did_of(node),
            "jwk": {"kty": "EC", "crv": "P-256", "x": x, "y": y}})
        write_json(f"{home}/consensus.public.json", {
            "algorithm": "Ed25519", "did": "did:key:z" + vote_client.base58(b"\xed\x01" + raw),
            "jwk": {"kty": "OKP", "crv": "Ed25519", "x": vote_client.base64url(raw)}})
        genesis = read_json(self.path("genesis.json"))
        account = {"account": vote_client.did_of(node), "balance": "100000", "allowance": 0}
        genesis["accounts"].append(account)
        write_json(self.path("genesis.json"), genesis)
        neighbour = self.path("nodes", FOUNDERS[-1])
        port = max(self.port(name) for name in FOUNDERS) + 1
        settings = read_json(f"{neighbour}/node.json")
        settings |= {"listen": f"127.0.0.1:{port}", "endpoint": f"https://127.0.0.1:{port}"}
        settings["peers"] = [self.node(name)["endpoint"] for name in FOUNDERS]
        for member in ("certificate", "key"):
            settings["tls"][member] = os.path.join(neighbour, settings["tls"][member])
        del settings["passphraseFile"]
        write_json(f"{home}/node.json", settings)
        client = read_json(f"{neighbour}/client.json")
        client |= {"node": settings["endpoint"], "key": f"{home}/node.pem"}
        del client["passphraseFile"]
        write_json(f"{home}/client.json", client)

    def add_candidates(self):
        """Every node stands, so that votes decide who sits, and seats change while faults go on."""
        dev = self.dev()
        follower = subprocess.Popen(
            [self.program, "node", "serve", "--config", self.path("nodes", FOLLOWER, "node.json")],
            stdout=self.log, stderr=self.log)
        try:
            wait_for(lambda: "is ready" in open(self.ready).read(), 90, "accredit dev")
            self.command("ash", "device", "measure", "--output", "json", out="device.json")
            threads = [threading.Thread(target=self.stand, args=(name,)) for name in self.names]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            listed = json.loads(self.command("ash", "candidate", "list", "--output", "json"))
            if len(listed["candidates"]) != len(self.names):
                raise RuntimeError(f"only {len(listed['candidates'])} candidates are listed, see {self.log.name}")
        finally:
            self.end(dev)
            self.end(follower)

    def command(self, name, *words, out=None):
        """Runs the program as a node's operator."""
        environment = os.environ | {"ACCREDIT_CONFIG": self.path("nodes", name, "client.json")}
        done = subprocess.run(
            [self.program, *words], env=environment, cwd=os.path.dirname(self.folder),
            stdout=subprocess.PIPE, stderr=self.log, timeout=90, check=True)
        if out:
            with open(os.path.join(os.path.dirname(self.folder), out), "wb") as file:
                file.write(done.stdout)
        return done.stdout.decode()

    def stand(self, name):
        did = self.public(name, "node")["did"]
        auditor = read_json(self.path("auditors", "a3", "auditor.json"))["issuer"]
        paid = self.command(name, "deposit", "pay", "--auditor", auditor, "--amount", "1000", "--output", "json")
        self.command(
            name, "credit", "sign", "--source", "Union Credit Bureau", "--account", did, "--score", "742",
            "--key", self.path("keys", "credit-source.pem"), "--out", f"{name}.credit")
        consensus = self.path("nodes", name, "consensus.pem")
        self.command(
            name, "application", "create", "--operator", name, "--device", "device.json",
            "--deposit", json.loads(paid)["id"], "--credit", f"{name}.credit",
            "--endpoint", self.node(name)["endpoint"], "--consensus-key", consensus, "--out", f"{name}.jws")
        self.command(name, "apply", f"{name}.jws", "--complete", "--out", f"{name}.bundle")
        self.command(name, "candidate", "add", f"{name}.bundle", "--consensus-key", consensus)


class Process:
    """One ledger node: its namespace, which its relay holds, and its process."""

    def __init__(self, network, name, number, folder, group):
        self.network, self.name, self.number, self.group = network, name, number, group
        self.folder, self.port = folder, network.port(name)
        self.data = f"{folder}/data"
        self.process = None
        self.starts = 0
        self.environment = {}
        self.address = f"10.78.{number}.2"

    @property
    def isRunning(self):
        return self.process is not None and self.process.poll() is None

    def configure(self):
        settings = self.network.node(self.name)
        home = self.network.path("nodes", self.name)
        for member in ("genesis", "passphraseFile"):
            if member in settings:
                settings[member] = os.path.join(home, settings[member])
        # Copies, as whoever stole them would have: a node keeps others off its own files.
        for member in ("nodeKey", "consensusKey"):
            shutil.copy(os.path.join(home, settings[member]), self.folder)
            settings[member] = os.path.join(self.folder, os.path.basename(settings[member]))
        settings["tls"] = {member: os.path.join(home, path) for member, path in settings["tls"].items()}
        settings |= {"data": self.data, "listen": f"0.0.0.0:{self.port}"}
        write_json(f"{self.folder}/node.json", settings)

    def start(self):
        os.makedirs(self.folder, exist_ok=True)
        self.configure()
        self.log = open(f"{self.folder}/node.log", "ab")
        # One setting for each process: a preloaded library must not be in the way of nsenter.
        command = ["nsenter", f"--net=/proc/{self.relay.pid}/ns/net", "env"]
        command += [f"{name}={value}" for name, value in self.environment.items()]
        command += [self.network.program, "node", "serve", "--config", f"{self.folder}/node.json"]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)
        self.starts += 1

    def signal(self, number):
        if self.isRunning:
            self.process.send_signal(number)

    def kill(self):
        self.signal(signal.SIGKILL)
        if self.process:
            self.process.wait()

    def stop(self):
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.kill()

    def inside(self, *command):
        subprocess.run(["nsenter", f"--net=/proc/{self.relay.pid}/ns/net", *command], check=True)

    def tell(self, **command):
        self.relay.stdin.write(json.dumps(command).encode() + b"\n")
        self.relay.stdin.flush()


class Topology:
    """Every two nodes of a group have a link of their own, and the harness one to each node."""

    def __init__(self, processes):
        self.processes = processes
        self.links = {}
        for process in processes:
            routes = []
            for other in processes:
                if other.group == process.group and other.name != process.name:
                    routes.append(f"{other.port}={self.between(process, other)[1]}")
            process.relay = subprocess.Popen(
                ["unshare", "-n", "sh", "-c", 'ip link set lo up && exec "$@"', "relay", sys.executable,
                 f"{HERE}/relay.py", "127.0.0.1", *routes],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            process.relay.stdout.readline()
            self.connect(f"h{process.number}", os.getpid(), f"10.78.{process.number}.1",
                         "harness", process.relay.pid, process.address)
        for place, first in enumerate(processes):
            for second in processes[place + 1:]:
                if first.group == second.group and first.name != second.name:
                    names = (f"to{second.number}", f"to{first.number}")
                    self.connect(names[0], first.relay.pid, self.between(second, first)[1],
                                 names[1], second.relay.pid, self.between(first, second)[1])
                    self.links[frozenset((first.number, second.number))] = (first, names[0])

    @staticmethod
    def between(near, far):
        """The addresses of both ends of a link, the near one first."""
        low, high = sorted((near.number, far.number))
        ends = [f"10.77.{low * 16 + high}.1", f"10.77.{low * 16 + high}.2"]
        return ends if near.number == low else ends[::-1]

    @staticmethod
    def connect(name, owner, address, far_name, far_owner, far_address):
        def ip(process, *words):
            subprocess.run(["nsenter", f"--net=/proc/{process}/ns/net", "ip", *words], check=True)

        ip(owner, "link", "add", name, "type", "veth", "peer", "name", far_name, "netns", str(far_owner))
        for process, end, own in ((owner, name, address), (far_owner, far_name, far_address)):
            ip(process, "address", "add", f"{own}/30", "dev", end)
            ip(process, "link", "set", end, "up")

    def set_link(self, first, second, is_up):
        process, name = self.links[frozenset((first.number, second.number))]
        process.inside("ip", "link", "set", name, "up" if is_up else "down")

    def keep(self, is_kept):
        """Cuts every link for which `is_kept` is false."""
        for pair in self.links:
            first, second = (process for process in self.processes if process.number in pair)
            self.set_link(first, second, is_kept(first, second))

    def heal(self):
        for process in self.processes:
            process.tell(up=True, down=True, delay=0, loss=0)
        self.keep(lambda first, second: True)
