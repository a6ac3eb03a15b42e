// What Swift's importer cannot see of OpenSSL (function-like macros, 64-bit flags), as functions.
// Prefix: accredit_. Sections belong to the target that uses them: keys to Cryptography, TLS to Web.
#ifndef ACCREDIT_COPENSSL_SHIM_H
#define ACCREDIT_COPENSSL_SHIM_H

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

// ── keys ──

// EVP_PKEY_Q_keygen is variadic, EVP_EC_gen a macro over it.
static inline EVP_PKEY *accredit_generate_p256(void) {
    return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
}

static inline EVP_PKEY *accredit_generate_ed25519(void) {
    return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

// ── TLS ──

#endif
