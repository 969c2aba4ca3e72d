"""Another issuer: keys and signatures made by openssl, and a server that publishes them."""

import json
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from . import tokens
from .tokens import encode, part

# alg: how openssl makes the key, and signs
KINDS = {
    "RS256": (["RSA", "-pkeyopt", "rsa_keygen_bits:2048"], ["-sha256"]),
    "RS384": (["RSA", "-pkeyopt", "rsa_keygen_bits:3072"], ["-sha384"]),
    "RS512": (["RSA", "-pkeyopt", "rsa_keygen_bits:2048"], ["-sha512"]),
    "PS256": (["RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
              ["-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"]),
    "ES256": (["EC", "-pkeyopt", "ec_paramgen_curve:P-256"], ["-sha256"]),
    "ES384": (["EC", "-pkeyopt", "ec_paramgen_curve:P-384"], ["-sha384"]),
    "ES512": (["EC", "-pkeyopt", "ec_paramgen_curve:P-521"], ["-sha512"]),
    "EdDSA": (["ED25519"], None),
}
HALVES = {"ES256": 32, "ES384": 48, "ES512": 66}
CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}


def openssl(*args, data=b""):
    return subprocess.run(["openssl", *map(str, args)], input=data, check=True,
                          capture_output=True).stdout


def der_integers(der):
    """The two numbers of an ECDSA signature."""
    at = 2 if der[1] < 128 else 3
    for _ in range(2):
        size = der[at + 1]
        yield int.from_bytes(der[at + 2:at + 2 + size], "big")
        at += 2 + size


class IssuerKey:
    """A private key in DIRECTORY, called KID."""

    def __init__(self, directory, alg, kid=None):
        self.alg = alg
        self.kid = kid or f"key-{alg}"
        self.file = directory / f"{self.kid}.pem"
        make, self.options = KINDS[alg]
        openssl("genpkey", "-algorithm", *make, "-out", self.file)
        self.public = openssl("pkey", "-in", self.file, "-pubout", "-outform", "DER")
        self.pem = openssl("pkey", "-in", self.file, "-pubout")

    def jwk(self, **changes):
        if self.alg == "EdDSA":
            members = {"kty": "OKP", "crv": "Ed25519", "x": encode(self.public[-32:])}
        elif self.alg in HALVES:
            half = HALVES[self.alg]
            members = {"kty": "EC", "crv": CURVES[self.alg],
                       "x": encode(self.public[-2 * half:-half]), "y": encode(self.public[-half:])}
        else:
            text = openssl("rsa", "-in", self.file, "-noout", "-modulus").decode()
            members = {"kty": "RSA", "n": encode(bytes.fromhex(text.strip().split("=")[1])),
                       "e": "AQAB"}
        return {**members, "kid": self.kid, "alg": self.alg, "use": "sig", **changes}

    def signature(self, text, *more):
        """MORE are other options for openssl's dgst."""
        if self.options is None:
            message = self.file.with_suffix(".msg")
            message.write_bytes(text.encode())
            return openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.file, "-in", message)
        raw = openssl("dgst", "-sign", self.file, *self.options, *more, data=text.encode())
        if self.alg in HALVES:
            return b"".join(n.to_bytes(HALVES[self.alg], "big") for n in der_integers(raw))
        return raw

    def sign(self, payload, **header):
        head = {"alg": self.alg, "kid": self.kid, **header}
        text = f"{part({k: v for k, v in head.items() if v is not None})}.{part(payload)}"
        return f"{text}.{encode(self.signature(text))}"

    def token(self, user_id, header=None, **changes):
        return self.sign(tokens.claims(user_id, **changes), **(header or {}))


def key_set(*keys):
    return json.dumps({"keys": [key if isinstance(key, dict) else key.jwk() for key in keys]})


class KeyServer:
    """Publishes a set by http on this machine; counts who asks. ANSWER is a function of the handler
    that sends anything it likes."""

    def __init__(self):
        self.paths = []
        self.answer = None
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):  # noqa: N802 - the name is http.server's
                owner.paths.append(self.path)
                owner.answer(self)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/jwks.json"

    def publish(self, *keys):
        self.serve(key_set(*keys))

    def serve(self, text, status=200, missing=0):
        """MISSING bytes are promised and not sent."""
        def answer(handler):
            body = text.encode()
            handler.send_response(status)
            handler.send_header("Content-Length", str(len(body) + missing))
            handler.end_headers()
            handler.wfile.write(body)
        self.answer = answer

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
