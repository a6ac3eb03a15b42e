"""Signed votes and transfers at a fixed rate, whatever the network does, and a list of what was acknowledged.

Every account has one transaction under way, which is sent again, the same bytes, to one node after another until
some node says that it is committed. Only then it is written down as acknowledged.
"""

import collections
import http.client
import json
import queue
import random
import socket
import ssl
import threading
import time

import network
import vote_client

WORKERS = 64
TIMEOUT = 4
LIFETIME = 86_400


class Connection(http.client.HTTPSConnection):
    """To a node by its address on the harness's link; its certificate says 127.0.0.1."""

    def __init__(self, process, context):
        super().__init__(process.address, process.port, timeout=TIMEOUT, context=context)
        self.trust = context

    def connect(self):
        plain = socket.create_connection((self.host, self.port), self.timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = self.trust.wrap_socket(plain, server_hostname="127.0.0.1")


class Caller:
    """Kept connections to all nodes, for one thread."""

    def __init__(self, authority):
        self.context = ssl.create_default_context(cafile=authority)
        self.open = {}

    def call(self, process, path, body=None):
        """The answer as (status, JSON); raises OSError when there is none."""
        kept = self.open.pop(process, None)
        if kept:
            # A server may close a connection that was kept; that says nothing about the request.
            try:
                return self.ask(kept, process, path, body)
            except ConnectionError:
                pass
        return self.ask(Connection(process, self.context), process, path, body)

    def ask(self, connection, process, path, body):
        try:
            data = json.dumps(body).encode() if body is not None else None
            headers = {"Content-Type": "application/json"}
            connection.request("POST" if data else "GET", path, data, headers)
            answer = connection.getresponse()
            value = json.loads(answer.read())
            self.open[process] = connection
            return answer.status, value
        except (http.client.HTTPException, ValueError, OSError) as error:
            connection.close()
            if isinstance(error, ConnectionError):
                raise
            raise OSError(str(error)) from error


class Load:
    def __init__(self, made, processes, path, rate):
        self.made, self.processes, self.rate = made, processes, rate
        self.network = network.read_json(made.path("genesis.json"))["network"]
        self.candidates = [did for did, _ in made.keys.values()]
        self.idle = collections.deque(range(len(made.voters)))
        self.sequences = [0] * len(made.voters)
        self.file = open(path, "w", encoding="utf-8")
        self.lock = threading.Lock()
        self.due = queue.Queue()
        self.offered = self.shed = self.acknowledged = self.retries = 0
        self.latencies = []
        self.isOffering = True
        self.isEnding = False
        self.favourite = random.choice(self.candidates)

    def start(self):
        self.workers = [threading.Thread(target=self.work, daemon=True) for _ in range(WORKERS)]
        for thread in [threading.Thread(target=self.offer, daemon=True), *self.workers]:
            thread.start()

    def offer(self):
        following = time.monotonic()
        while self.isOffering:
            following += 1 / self.rate
            time.sleep(max(0, following - time.monotonic()))
            if random.random() < 0.002:
                self.favourite = random.choice(self.candidates)
            self.offered += 1
            with self.lock:
                account = self.idle.popleft() if self.idle else None
            if account is None:
                self.shed += 1
            else:
                self.due.put((following, account))

    def transaction(self, account):
        if random.random() < 0.15:
            body = {"to": random.choice(self.made.dids), "amount": "1"}
            kind = "transfer"
        else:
            node = self.favourite if random.random() < 0.6 else random.choice(self.candidates)
            body = {"changes": [{"candidate": node, "votes": random.randint(1, 9)}]}
            kind = "vote"
        payload = {
            "network": self.network, "sequence": self.sequences[account],
            "notAfter": int(time.time()) + LIFETIME, "type": kind, "body": body,
        }
        header = {"alg": "ES256", "typ": "transaction+jwt", "kid": self.made.dids[account]}
        return vote_client.sign_compact(self.made.voters[account], header, payload)

    def work(self):
        caller = Caller(self.made.path("authority", "authority.pem"))
        while not self.isEnding:
            try:
                intended, account = self.due.get(timeout=0.5)
            except queue.Empty:
                continue
            token = self.transaction(account)
            outcome = self.carry(caller, token)
            if outcome is None:
                return
            self.sequences[account] += 1
            with self.lock:
                self.acknowledged += 1
                self.latencies.append(time.monotonic() - intended)
                self.file.write(json.dumps(outcome) + "\n")
                self.idle.append(account)

    def carry(self, caller, token):
        while not self.isEnding:
            process = random.choice(self.processes)
            try:
                status, answer = caller.call(process, "/v1/transactions", {"transaction": token})
                if status == 202:
                    path = f"/v1/transactions/{answer['id']}?wait=2000"
                    status, answer = caller.call(process, path)
                    if status == 200 and answer["state"] == "committed":
                        return answer | {"by": process.name}
            except OSError:
                pass
            self.retries += 1
            time.sleep(0.1)
        return None

    def drain(self, seconds):
        """Ends the offering and waits until everything under way is acknowledged."""
        self.isOffering = False
        try:
            return network.wait_for(
                lambda: len(self.idle) == len(self.made.voters), seconds, "every transaction acknowledged")
        finally:
            self.isEnding = True
            for thread in self.workers:
                thread.join()
            self.file.close()
