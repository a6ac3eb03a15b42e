"""PyJWT and joserfc verify Accredit's credentials and bundle from the published JWK sets.

usage: verify_tokens.py BUNDLE_FILE AUTHORITY_PEM AGGREGATOR_URL

Every credential in the bundle is checked with the keys its own issuer publishes, by two independent
libraries; then each token is altered in its signature, payload and header, and must be refused.
Prints `N passed, N failed` and exits 1 on any failure.
"""

import base64
import json
import ssl
import sys
import urllib.request

import jwt
from joserfc import jws as joserfc_jws
from joserfc.jwk import KeySet

passed = failed = 0


def check(name, holds):
    global passed, failed
    if holds:
        passed += 1
    else:
        failed += 1
        print(f"FAILED: {name}")


def decode(part):
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def header_of(token):
    return decode(token.split(".")[0])


def payload_of(token):
    return decode(token.split(".")[1])


def fetch_key_set(issuer, authority):
    context = ssl.create_default_context(cafile=authority)
    with urllib.request.urlopen(f"{issuer}/.well-known/jwks.json", context=context) as answer:
        return json.load(answer)


def pyjwt_accepts(token, key_set):
    try:
        key = jwt.PyJWKSet.from_dict(key_set)[header_of(token)["kid"]]
        jwt.decode(token, key.key, algorithms=["ES256"], options={"verify_aud": False})
        return True
    except (jwt.PyJWTError, KeyError, ValueError):
        return False


def joserfc_accepts(token, key_set):
    try:
        joserfc_jws.deserialize_compact(token, KeySet.import_key_set(key_set), algorithms=["ES256"])
        return True
    except Exception:  # joserfc raises several unrelated families of errors
        return False


def flip(text, index):
    return text[:index] + ("A" if text[index] != "A" else "B") + text[index + 1 :]


def check_token(name, token, key_set, expected_type):
    check(f"{name}: typ is {expected_type}", header_of(token)["typ"] == expected_type)
    check(f"{name}: PyJWT verifies", pyjwt_accepts(token, key_set))
    check(f"{name}: joserfc verifies", joserfc_accepts(token, key_set))
    header, payload, signature = token.split(".")
    altered = {
        "signature": ".".join([header, payload, flip(signature, 10)]),
        "payload": ".".join([header, flip(payload, 10), signature]),
        "header": ".".join([flip(header, 10), payload, signature]),
    }
    for part, forged in altered.items():
        try:
            accepted = pyjwt_accepts(forged, key_set) or joserfc_accepts(forged, key_set)
        except ValueError:
            accepted = False
        check(f"{name}: altered {part} is refused", not accepted)


def main(bundle_file, authority, aggregator):
    with open(bundle_file, encoding="ascii") as file:
        bundle = file.read().strip()
    check_token("bundle", bundle, fetch_key_set(aggregator, authority), "vp+jwt")

    prefix = "data:application/vc+jwt,"
    enveloped = [entry["id"] for entry in payload_of(bundle)["verifiableCredential"]]
    check("bundle: holds at least two credentials", len(enveloped) >= 2)
    issuers = []
    for entry in enveloped:
        check("bundle: entry is an enveloped credential", entry.startswith(prefix))
        token = entry[len(prefix) :]
        claims = payload_of(token)
        issuer = claims["iss"]
        issuers.append(issuer)
        check(f"{issuer}: iss equals issuer", claims["issuer"] in (issuer, {"id": issuer}) or
              claims["issuer"].get("id") == issuer)
        check(f"{issuer}: no vc wrapper", "vc" not in claims and "nbf" not in claims)
        check_token(issuer, token, fetch_key_set(issuer, authority), "vc+jwt")
    check("bundle: ordered by issuer", issuers == sorted(issuers))
    ends = [payload_of(entry[len(prefix) :])["exp"] for entry in enveloped]
    check("bundle: ends with its earliest credential", payload_of(bundle)["exp"] == min(ends))


if __name__ == "__main__":
    main(*sys.argv[1:])
    print(f"interop-tokens: {passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
