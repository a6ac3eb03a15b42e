"""Four real ledger nodes under load, one of them traced: what it did to its files, what it sent.

usage: record.py ACCREDIT FOLDER POLICIES SHIM SECONDS

The traced node is killed and started again in the middle. Leaves FOLDER/trace and FOLDER/record.json.
"""

import concurrent.futures
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "Interop"))
from vote_client import Node, did_of, load, sign_compact

TRACED = "ash"
NODES = ["ash", "birch", "cedar", "elm"]


def wait_for(what, condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"power-loss: {what} took longer than {seconds} s")
        time.sleep(0.05)


def make_network(accredit, net, policies):
    """Keys, certificates, configurations and a genesis file; then nobody runs any more."""
    with open(net.parent / "dev.txt", "w") as out:
        dev = subprocess.Popen(
            [accredit, "dev", "--data", net, "--first-port", "0", "--policies", policies],
            stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    wait_for("the network", lambda: (net / "DEV-NETWORK").exists() or dev.poll() is not None)
    dev.send_signal(signal.SIGINT)
    dev.wait(60)
    for name in NODES:
        shutil.rmtree(net / "nodes" / name / "data", ignore_errors=True)


class Process:
    def __init__(self, accredit, net, name, environment=None):
        self.configuration = json.loads((net / "nodes" / name / "node.json").read_text())
        self.log = open(net / "nodes" / name / "serve.log", "ab")
        self.process = subprocess.Popen(
            [accredit, "node", "serve", "--config", net / "nodes" / name / "node.json"],
            env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL,
            stdout=self.log, stderr=self.log)
        self.node = Node(self.configuration["endpoint"], str(net / "authority" / "authority.pem"))

    def is_ready(self):
        try:
            return self.node.call("/v1/status")["height"] > 0
        except (SystemExit, OSError):
            return False

    def end(self, number=signal.SIGKILL):
        self.process.send_signal(number)
        self.process.wait(30)


def voter(path, node, network, end, number):
    """Hands data in, one transaction after the other, and asks each time what became of it."""
    key = load(path)
    did = did_of(key)
    committed, sequence = 0, None
    while time.monotonic() < end:
        try:
            if sequence is None:
                sequence = node.call(f"/v1/accounts/{did}")["sequence"]
            token = sign_compact(
                key, {"alg": "ES256", "typ": "transaction+jwt", "kid": did},
                {"network": network, "sequence": sequence, "notAfter": int(time.time()) + 120,
                 "type": "data", "body": {"content": f"{number}/{sequence} " + "x" * (97 * number)}})
            identifier = node.call("/v1/transactions", {"transaction": token})["id"]
            if node.call(f"/v1/transactions/{identifier}?wait=5000")["state"] == "committed":
                committed, sequence = committed + 1, sequence + 1
        except (SystemExit, OSError):
            # The node is down for a moment; what was handed in may be committed all the same.
            sequence = None
            time.sleep(0.1)
    return committed


def main(accredit, folder, policies, shim, seconds):
    folder = pathlib.Path(folder).resolve()
    net = folder / "net"
    make_network(accredit, net, policies)
    data = json.loads((net / "nodes" / TRACED / "node.json").read_text())["data"]
    data = str((net / "nodes" / TRACED / data).resolve())
    trace = {
        "LD_PRELOAD": str(pathlib.Path(shim).resolve()), "POWERLOSS_FOLDER": data + "/",
        "POWERLOSS_TRACE": str(folder / "trace")}
    others = [Process(accredit, net, name) for name in NODES if name != TRACED]
    traced = Process(accredit, net, TRACED, trace)
    try:
        for one in others + [traced]:
            wait_for("a node's start", one.is_ready)
        network = traced.node.call("/v1/status")["network"]
        end = time.monotonic() + float(seconds)
        keys = sorted((net / "keys").glob("voter-*.pem"))[:12]
        with concurrent.futures.ThreadPoolExecutor(len(keys)) as pool:
            voters = [
                pool.submit(voter, key, traced.node, network, end, number)
                for number, key in enumerate(keys)]
            time.sleep(float(seconds) / 2)
            traced.end()
            traced = Process(accredit, net, TRACED, trace)
            wait_for("the traced node's restart", traced.is_ready)
            committed = sum(one.result() for one in voters)
        height = traced.node.call("/v1/status")["height"]
        traced.end()
        (folder / "record.json").write_text(json.dumps({
            "data": data, "height": height, "committed": committed, "network": network,
            "configuration": str(net / "nodes" / TRACED / "node.json"),
            "consensusKey": str(net / "nodes" / TRACED / "consensus.pem"),
            "passphraseFile": str(net / "passphrase"), "genesis": str(net / "genesis.json")}))
        print(f"recorded {height} blocks, {committed} answered transactions, "
              f"{(folder / 'trace').stat().st_size >> 10} KiB of trace")
    finally:
        for one in others + [traced]:
            if one.process.poll() is None:
                one.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
