"""PyJWT, joserfc and jwcrypto verify an auditor's credentials across a rotation of its key.

usage: verify_rotation.py ISSUER AUTHORITY_PEM NEW_KEY BEFORE DURING AFTER [--revoked]

All that is used is the key set which the auditor publishes now. BEFORE and DURING were signed by the
old key, AFTER by the key with the thumbprint NEW_KEY. With --revoked the old key was revoked since:
then nothing it signed verifies any more. Prints `N passed, N failed` and exits 1 on any failure.
"""

import base64
import json
import ssl
import sys
import urllib.request

import jwt
from joserfc import jws as joserfc_jws
from joserfc.jwk import KeySet
from jwcrypto import jwk as jwcrypto_jwk
from jwcrypto import jws as jwcrypto_jws

passed = failed = 0


def check(name, holds):
    global passed, failed
    if holds:
        passed += 1
    else:
        failed += 1
        print(f"FAILED: {name}")


def header_of(token):
    part = token.split(".")[0]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def with_pyjwt(token, key_set):
    key = jwt.PyJWKSet.from_dict(key_set)[header_of(token)["kid"]]
    jwt.decode(token, key.key, algorithms=["ES256"], options={"verify_aud": False})


def with_joserfc(token, key_set):
    joserfc_jws.deserialize_compact(token, KeySet.import_key_set(key_set), algorithms=["ES256"])


def with_jwcrypto(token, key_set):
    keys = jwcrypto_jwk.JWKSet.from_json(json.dumps(key_set))
    key = keys.get_key(header_of(token)["kid"])
    if key is None:
        raise ValueError("no such key")
    parsed = jwcrypto_jws.JWS()
    parsed.allowed_algs = ["ES256"]
    parsed.deserialize(token, key)


LIBRARIES = {"PyJWT": with_pyjwt, "joserfc": with_joserfc, "jwcrypto": with_jwcrypto}


def accepts(verify, token, key_set):
    try:
        verify(token, key_set)
        return True
    except Exception:  # the three raise unrelated families of errors
        return False


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read().strip()


def main(issuer, authority, new_key, *rest):
    revoked = rest[-1] == "--revoked"
    before, during, after = [read(path) for path in rest[:3]]
    context = ssl.create_default_context(cafile=authority)
    with urllib.request.urlopen(f"{issuer}/.well-known/jwks.json", context=context) as answer:
        key_set = json.load(answer)
        lifetime = answer.headers["Cache-Control"]
    check("the key set says how long it may be kept", lifetime == "max-age=300")
    names = [key["kid"] for key in key_set["keys"]]
    new_name = f"{issuer}#{new_key}"
    old_name = header_of(before)["kid"]
    check("one key signed before and during", header_of(during)["kid"] == old_name != new_name)
    check("the new key signed after", header_of(after)["kid"] == new_name)
    check("the set has the keys that count", names == ([new_name] if revoked else [old_name, new_name]))
    check("the set holds no secret", all("d" not in key for key in key_set["keys"]))
    swapped = {
        "keys": [
            {**key, "kid": names[(place + 1) % len(names)]}
            for place, key in enumerate(key_set["keys"])
        ]
    }
    for library, verify in LIBRARIES.items():
        for moment, token in {"before": before, "during": during}.items():
            check(f"{library}: {moment}", accepts(verify, token, key_set) != revoked)
        check(f"{library}: after", accepts(verify, after, key_set))
        header, payload, signature = after.split(".")
        forged = ".".join([header, payload, signature[:9] + ("A" if signature[9] != "A" else "B") + signature[10:]])
        check(f"{library}: an altered signature is refused", not accepts(verify, forged, key_set))
        if not revoked:
            check(f"{library}: no key stands in for another", not accepts(verify, after, swapped))


if __name__ == "__main__":
    main(*sys.argv[1:])
    print(f"interop-rotation: {passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
