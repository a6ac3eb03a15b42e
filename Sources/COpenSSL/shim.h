// What Swift's importer cannot see of OpenSSL (function-like macros, 64-bit flags), as functions.
// Prefix: accredit_. Sections belong to the target that uses them: keys to Cryptography, TLS to Web.
#ifndef ACCREDIT_COPENSSL_SHIM_H
#define ACCREDIT_COPENSSL_SHIM_H

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/ui.h>
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

// A key in a PKCS#11 token, by its URI with the PIN in it. Engines are deprecated in OpenSSL 3, and
// the only way to a token that Debian 12 ships (libengine-pkcs11-openssl).
static inline EVP_PKEY *accredit_token_key(const char *module, const char *uri) {
    EVP_PKEY *key = NULL;
    OPENSSL_init_crypto(OPENSSL_INIT_ENGINE_DYNAMIC, NULL);
    ENGINE *engine = ENGINE_by_id("pkcs11");
    if (engine == NULL) return NULL;
    if (ENGINE_ctrl_cmd_string(engine, "MODULE_PATH", module, 0) && ENGINE_init(engine)) {
        // Without methods to ask with, nobody is asked at the terminal.
        key = ENGINE_load_private_key(engine, uri, UI_null(), NULL);
        ENGINE_finish(engine);
    }
    ENGINE_free(engine);
    return key;
}

// SHA-256 of a few bytes. The functions are deprecated in OpenSSL 3 and take less than half the time
// of EVP_Digest, which makes two objects for each digest and unmakes them.
static inline int accredit_sha256(
    const unsigned char *bytes, size_t count, unsigned char *digest) {
    SHA256_CTX context;
    return SHA256_Init(&context) && SHA256_Update(&context, bytes, count)
        && SHA256_Final(digest, &context);
}

// ── TLS ──

#include <openssl/x509_vfy.h>
#include <string.h>

static inline int accredit_tls_set_versions(SSL_CTX *context, int minimum, int maximum) {
    return SSL_CTX_set_min_proto_version(context, minimum)
        && SSL_CTX_set_max_proto_version(context, maximum);
}

static inline int accredit_tls_set_groups(SSL_CTX *context, const char *list) {
    return (int)SSL_CTX_set1_groups_list(context, list);
}

// No tickets, no session cache, no renegotiation, no compression; buffers of idle connections are
// given back, a write may be tried again from another address, and a read takes all that has come.
static inline void accredit_tls_restrict(SSL_CTX *context) {
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION
        | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE
        | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, 1);
}

static inline int accredit_tls_set_server_name(SSL *session, const char *name) {
    return (int)SSL_set_tlsext_host_name(session, name);
}

static inline int accredit_tls_require_newest(SSL *session) {
    return (int)SSL_set_min_proto_version(session, TLS1_3_VERSION);
}

// A text as a certificate's extension of a kind of our own: a UTF8String in DER.
static inline int accredit_tls_add_statement(
    X509 *certificate, const char *kind, const unsigned char *bytes, int count) {
    int done = 0, length = 0;
    unsigned char *encoded = NULL;
    ASN1_OBJECT *object = OBJ_txt2obj(kind, 1);
    ASN1_UTF8STRING *text = ASN1_UTF8STRING_new();
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    X509_EXTENSION *extension = NULL;
    if (object && text && value && ASN1_STRING_set(text, bytes, count)
        && (length = i2d_ASN1_UTF8STRING(text, &encoded)) > 0
        && ASN1_OCTET_STRING_set(value, encoded, length)
        && (extension = X509_EXTENSION_create_by_OBJ(NULL, object, 0, value)) != NULL)
        done = X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    OPENSSL_free(encoded);
    ASN1_OCTET_STRING_free(value);
    ASN1_UTF8STRING_free(text);
    ASN1_OBJECT_free(object);
    return done;
}

// Copies such a text out; the number of its bytes, or -1 when there is none that fits.
static inline int accredit_tls_statement(
    const X509 *certificate, const char *kind, unsigned char *bytes, int room) {
    int count = -1;
    ASN1_OBJECT *object = OBJ_txt2obj(kind, 1);
    int index = object ? X509_get_ext_by_OBJ(certificate, object, -1) : -1;
    if (index >= 0) {
        ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(X509_get_ext(certificate, index));
        const unsigned char *place = ASN1_STRING_get0_data(value);
        const unsigned char *end = place + ASN1_STRING_length(value);
        ASN1_UTF8STRING *text = d2i_ASN1_UTF8STRING(NULL, &place, ASN1_STRING_length(value));
        if (text != NULL && place == end && ASN1_STRING_length(text) <= room) {
            count = ASN1_STRING_length(text);
            memcpy(bytes, ASN1_STRING_get0_data(text), (size_t)count);
        }
        ASN1_UTF8STRING_free(text);
    }
    ASN1_OBJECT_free(object);
    return count;
}

static inline long accredit_tls_memory_contents(BIO *bio, char **bytes) {
    return BIO_get_mem_data(bio, bytes);
}

static inline EVP_PKEY *accredit_tls_generate_key(void) { return EVP_EC_gen("P-256"); }

#endif
