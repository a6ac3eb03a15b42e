"""Reads Accredit's status lists with PyJWT and the standard library's gzip alone.

usage: verify_status.py CREDENTIAL_FILE AUTHORITY_PEM good|suspended|revoked

Fetches every Bitstring Status List that the credential names, verifies it with the keys its issuer
publishes, unpacks it and looks at the credential's bit. Prints the state found and exits 1 when it
is another one, or when anything about a list is not as the W3C Recommendation has it.
"""

import base64
import gzip
import json
import ssl
import sys
import time
import urllib.request

import jwt

token, authority, expected = open(sys.argv[1]).read().strip(), sys.argv[2], sys.argv[3]
context = ssl.create_default_context(cafile=authority)


def fetch(url):
    with urllib.request.urlopen(url, context=context) as answer:
        return answer.headers, answer.read()


def verified(token):
    """The claims of a token that its own issuer signed."""
    issuer = jwt.decode(token, options={"verify_signature": False})["iss"]
    keys = jwt.PyJWKSet.from_dict(json.loads(fetch(f"{issuer}/.well-known/jwks.json")[1]))
    header = jwt.get_unverified_header(token)
    assert header["typ"] == "vc+jwt"
    return jwt.decode(token, keys[header["kid"]].key, algorithms=["ES256"])


credential = verified(token)
state = "good"
for entry in credential["credentialStatus"]:
    assert entry["type"] == "BitstringStatusListEntry"
    headers, body = fetch(entry["statusListCredential"])
    assert headers["etag"] and "max-age" in headers["cache-control"]
    claims = verified(body.decode())
    subject = claims["credentialSubject"]
    assert claims["id"] == entry["statusListCredential"]
    assert claims["issuer"] == credential["issuer"]
    assert claims["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]
    assert subject["type"] == "BitstringStatusList"
    assert subject["statusPurpose"] == entry["statusPurpose"]
    assert claims["exp"] - time.time() <= 600
    encoded = subject["encodedList"]
    assert encoded[0] == "u"
    bits = gzip.decompress(base64.urlsafe_b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4)))
    assert len(bits) * 8 >= 131_072
    index = int(entry["statusListIndex"])
    if bits[index // 8] & (0x80 >> index % 8):
        state = {"revocation": "revoked", "suspension": "suspended"}[entry["statusPurpose"]]
        if state == "revoked":
            break
print(f"the status lists say: {state}")
sys.exit(0 if state == expected else 1)
