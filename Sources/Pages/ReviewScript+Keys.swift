extension ReviewScript {
    /// Keys, signatures and digests, by WebCrypto. scrypt (RFC 7914) is the one thing it lacks: key
    /// files of `accredit keys generate` are encrypted under it.
    static let keys = #"""
        "use strict";
        const utf8 = new TextEncoder();

        const base64url = bytes => btoa(String.fromCharCode(...bytes))
          .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
        const unbase64 = text => Uint8Array.from(
          atob(text.replaceAll("-", "+").replaceAll("_", "/")), c => c.charCodeAt(0));
        const hex = bytes => [...bytes].map(b => b.toString(16).padStart(2, "0")).join("");
        const sha256 = async bytes =>
          new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
        const digest = async text => hex(await sha256(utf8.encode(text)));
        const number = bytes => BigInt("0x" + (hex(bytes) || "0"));

        const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
        const p = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
        const b = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

        function base58(bytes) {
          let text = "";
          for (let rest = number(bytes); rest > 0n; rest /= 58n) {
            text = alphabet[Number(rest % 58n)] + text;
          }
          return text;
        }

        // A did:key of a P-256 key: multicodec 0x1200 and the compressed point.
        function did(jwk) {
          const x = unbase64(jwk.x);
          const sign = unbase64(jwk.y).at(-1) & 1;
          return "did:key:z" + base58(Uint8Array.of(0x80, 0x24, 2 + sign, ...x));
        }

        function power(base, exponent) {
          let result = 1n;
          for (base %= p; exponent > 0n; exponent >>= 1n, base = base * base % p) {
            if (exponent & 1n) result = result * base % p;
          }
          return result;
        }

        const coordinate = value => base64url(
          Uint8Array.from(value.toString(16).padStart(64, "0").match(/../g), h => parseInt(h, 16)));

        function jwkOf(name) {
          let value = 0n;
          for (const character of name.slice("did:key:z".length)) {
            const place = alphabet.indexOf(character);
            if (place < 0) throw new Error("this is no did:key");
            value = value * 58n + BigInt(place);
          }
          const text = value.toString(16).padStart(70, "0");
          const sign = { "802402": 0n, "802403": 1n }[text.slice(0, 6)];
          if (sign === undefined || text.length !== 70) throw new Error("no P-256 key");
          const x = BigInt("0x" + text.slice(6));
          let y = power(x * x * x - 3n * x + b + 3n * p, (p + 1n) / 4n);
          if ((y & 1n) !== sign) y = p - y;
          return { kty: "EC", crv: "P-256", x: coordinate(x), y: coordinate(y) };
        }

        const curve = { name: "ECDSA", namedCurve: "P-256" };
        const signing = { name: "ECDSA", hash: "SHA-256" };

        // The payload of a compact JWS whose signature fits the key.
        async function verified(compact, jwk, type) {
          const [head, body, signature] = compact.split(".");
          const header = JSON.parse(new TextDecoder().decode(unbase64(head)));
          if (header.typ !== type || header.alg !== "ES256") throw new Error("another token");
          const key = await crypto.subtle.importKey(
            "jwk", { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y }, curve, false, ["verify"]);
          const fits = await crypto.subtle.verify(
            signing, key, unbase64(signature), utf8.encode(head + "." + body));
          if (!fits) throw new Error("the signature does not fit");
          return { header, claims: JSON.parse(new TextDecoder().decode(unbase64(body))) };
        }

        async function signed(payload, type, me) {
          const header = JSON.stringify({ alg: "ES256", typ: type, kid: me.did });
          const input = base64url(utf8.encode(header)) + "." + base64url(utf8.encode(payload));
          const signature = await crypto.subtle.sign(signing, me.key, utf8.encode(input));
          return input + "." + base64url(new Uint8Array(signature));
        }

        // DER, as far as PKCS#8 needs it: [tag, content] of each element.
        function elements(bytes) {
          const found = [];
          for (let at = 0; at < bytes.length;) {
            const tag = bytes[at++];
            let size = bytes[at++];
            if (size > 127) {
              const count = size & 127;
              size = Number(number(bytes.subarray(at, at + count)));
              at += count;
            }
            if (!(at + size <= bytes.length)) throw new Error("the key file is damaged");
            found.push([tag, bytes.subarray(at, at + size)]);
            at += size;
          }
          return found;
        }
        const inside = bytes => elements(bytes).map(element => element[1]);

        async function pbkdf2(secret, salt, iterations, size) {
          const key = await crypto.subtle.importKey("raw", secret, "PBKDF2", false, ["deriveBits"]);
          return new Uint8Array(await crypto.subtle.deriveBits(
            { name: "PBKDF2", hash: "SHA-256", salt, iterations }, key, size * 8));
        }

        function salsa(words) {
          const x = words.slice();
          const turn = (to, from, other, bits) => {
            const sum = (x[from] + x[other]) | 0;
            x[to] ^= (sum << bits) | (sum >>> (32 - bits));
          };
          const quarter = (i, j, k, l) => {
            turn(j, i, l, 7); turn(k, j, i, 9); turn(l, k, j, 13); turn(i, l, k, 18);
          };
          for (let round = 0; round < 4; round++) {
            quarter(0, 4, 8, 12); quarter(5, 9, 13, 1);
            quarter(10, 14, 2, 6); quarter(15, 3, 7, 11);
            quarter(0, 1, 2, 3); quarter(5, 6, 7, 4);
            quarter(10, 11, 8, 9); quarter(15, 12, 13, 14);
          }
          for (let i = 0; i < 16; i++) words[i] = (words[i] + x[i]) | 0;
        }

        function blockMix(block, r) {
          const last = block.slice(-16);
          const mixed = new Int32Array(block.length);
          for (let i = 0; i < 2 * r; i++) {
            for (let j = 0; j < 16; j++) last[j] ^= block[16 * i + j];
            salsa(last);
            mixed.set(last, 16 * ((i >> 1) + (i & 1) * r));
          }
          return mixed;
        }

        async function scrypt(secret, salt, n, r, lanes, size) {
          const width = 32 * r;
          const start = await pbkdf2(secret, salt, 1, lanes * width * 4);
          const words = new Int32Array(start.buffer);
          for (let lane = 0; lane < lanes; lane++) {
            let x = words.slice(lane * width, (lane + 1) * width);
            const memory = new Int32Array(n * width);
            for (let i = 0; i < n; i++) {
              memory.set(x, i * width);
              x = blockMix(x, r);
            }
            for (let i = 0; i < n; i++) {
              const j = (x[width - 16] & (n - 1)) * width;
              for (let k = 0; k < width; k++) x[k] ^= memory[j + k];
              x = blockMix(x, r);
            }
            words.set(x, lane * width);
          }
          return pbkdf2(secret, start, 1, size);
        }

        // PBES2 (RFC 8018): a key from scrypt or PBKDF2, then AES-256-CBC.
        async function decrypted(der, passphrase) {
          const [[, whole]] = elements(der);
          const [algorithm, content] = inside(whole);
          const [, parameters] = inside(algorithm);
          const [derivation, cipher] = inside(parameters);
          const [kind, settings] = inside(derivation);
          const [, iv] = inside(cipher);
          const values = inside(settings);
          const secret = utf8.encode(passphrase);
          const value = place => Number(number(values[place]));
          let bits;
          if (hex(kind) === "2b06010401da47040b") {
            if (value(1) > 1 << 20 || value(2) > 32 || value(3) > 8) {
              throw new Error("the key's scrypt cost is too high for a browser");
            }
            bits = await scrypt(secret, values[0], value(1), value(2), value(3), 32);
          } else {
            bits = await pbkdf2(secret, values[0], value(1), 32);
          }
          const key = await crypto.subtle.importKey("raw", bits, "AES-CBC", false, ["decrypt"]);
          // One wrong passphrase in 256 leaves what looks like padding, but no whole SEQUENCE.
          try {
            const open = new Uint8Array(
              await crypto.subtle.decrypt({ name: "AES-CBC", iv }, key, content));
            const found = elements(open);
            if (found.length === 1 && found[0][0] === 0x30) return open;
          } catch {}
          throw new Error("the passphrase does not open the key");
        }

        // The key of a PEM file, as one that signs and cannot be read out again.
        async function loaded(pem, passphrase) {
          const body = pem.match(/-----BEGIN (ENCRYPTED )?PRIVATE KEY-----([^-]+)-----END/);
          if (!body) throw new Error("the file is no PKCS#8 key in PEM form");
          let der = unbase64(body[2].replace(/\s/g, ""));
          if (body[1]) der = await decrypted(der, passphrase);
          let open;
          try {
            open = await crypto.subtle.importKey("pkcs8", der, curve, true, ["sign"]);
          } catch {
            throw new Error("the file holds no P-256 key");
          }
          const jwk = await crypto.subtle.exportKey("jwk", open);
          const key = await crypto.subtle.importKey("pkcs8", der, curve, false, ["sign"]);
          der.fill(0);
          return { did: did(jwk), key };
        }

        """#
}
