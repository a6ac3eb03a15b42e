"""A voter's client of its own: a key, a did:key and a vote, with `cryptography` only.

usage: vote_client.py key KEY_FILE                 make a P-256 key, print its did:key
       vote_client.py vote KEY_FILE NODE AUTHORITY CANDIDATE COUNT
                                                   send a vote and wait until it is committed

Shares no code with Accredit: what it sends follows from README's formats alone.
"""

import base64
import json
import os
import ssl
import sys
import time
import urllib.error
import urllib.request

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
P256_MULTICODEC = b"\x80\x24"


def base58(data):
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def did_of(key):
    point = key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint
    )
    return "did:key:z" + base58(P256_MULTICODEC + point)


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign_compact(key, header, payload):
    signing_input = ".".join(
        base64url(json.dumps(part, separators=(",", ":")).encode()) for part in (header, payload)
    )
    r, s = decode_dss_signature(key.sign(signing_input.encode(), ec.ECDSA(hashes.SHA256())))
    return signing_input + "." + base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


class Node:
    def __init__(self, url, authority):
        self.url = url
        self.context = ssl.create_default_context(cafile=authority)

    def call(self, path, body=None):
        request = urllib.request.Request(
            self.url + path,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, context=self.context, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise SystemExit(f"refused with {error.code}: {error.read().decode()}")


def load(path):
    with open(path, "rb") as file:
        return serialization.load_pem_private_key(file.read(), None)


def make_key(path):
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(pem)
    print(did_of(key))


def vote(path, url, authority, candidate, count):
    key, node = load(path), Node(url, authority)
    did = did_of(key)
    account = node.call(f"/v1/accounts/{did}")
    payload = {
        "network": node.call("/v1/status")["network"],
        "sequence": account["sequence"],
        "notAfter": int(time.time()) + 60,
        "type": "vote",
        "body": {"changes": [{"candidate": candidate, "votes": int(count)}]},
    }
    token = sign_compact(key, {"alg": "ES256", "typ": "transaction+jwt", "kid": did}, payload)
    identifier = node.call("/v1/transactions", {"transaction": token})["id"]
    outcome = node.call(f"/v1/transactions/{identifier}?wait=20000")
    print(json.dumps(outcome))
    accepted = outcome["state"] == "committed" and outcome["code"] == "ok"
    print(f"interop-vote: {1 if accepted else 0} passed, {0 if accepted else 1} failed")
    sys.exit(0 if accepted else 1)


if __name__ == "__main__":
    {"key": make_key, "vote": vote}[sys.argv[1]](*sys.argv[2:])
