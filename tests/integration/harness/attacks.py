"""List D1 of attacks on tokens, for whatever makes the signatures: the secret, or another's key."""

import base64
import json
import time

from . import tokens
from .taskgate import SECRET
from .tokens import claims, encode, part

NOW = int(time.time())
FAR = NOW + 10 * 365 * 24 * 3600
ALGORITHMS = ("HS256", "HS384", "HS512", "EdDSA", "RS256", "RS384", "RS512", "PS256", "PS384",
              "PS512", "ES256", "ES384", "ES512")


class Forger:
    """Who can sign with the algorithm ALG and under the name KID (None: there is no name).
    SIGNATURE makes the bytes for a text."""

    def __init__(self, alg, signature, kid=None):
        self.alg = alg
        self.signature = signature
        self.header = {"alg": alg} if kid is None else {"alg": alg, "kid": kid}

    def signed(self, header, payload):
        """The two parts as they are, rightly signed."""
        text = f"{header}.{payload}"
        return f"{text}.{encode(self.signature(text))}"

    def forge(self, payload, header=None):
        """HEADER and PAYLOAD as objects or bytes."""
        return self.signed(part(self.header if header is None else header), part(payload))

    def token(self, user_id, /, **changes):
        """Good but for CHANGES of the claims."""
        return self.forge(claims(user_id, **changes))

    def headed(self, user_id, /, **changes):
        """Good but for CHANGES of the header; a change to None removes the member."""
        members = {**self.header, **changes}
        return self.forge(claims(user_id), {k: v for k, v in members.items() if v is not None})

    def raw_header(self, user_id, edit):
        """Good, with the JSON text of the header as EDIT makes it."""
        return self.forge(claims(user_id), edit(json.dumps(self.header).encode()))

    def members(self, user_id, text):
        """Good claims with more members as JSON TEXT: for what json.dumps does not write."""
        return self.forge((json.dumps(claims(user_id))[:-1] + "," + text + "}").encode())

    def exp(self, user_id, text):
        """EXP as JSON TEXT in otherwise good claims."""
        body = json.dumps(claims(user_id, exp=None))[:-1] + f', "exp": {text}}}'
        return self.forge(body.encode())

    def parts(self, user_id, edit):
        """A good token whose three parts EDIT made into others."""
        return ".".join(edit(*self.token(user_id).split(".")))


SECRET_FORGER = Forger("HS256", lambda text: tokens.decode(tokens.mac(text, SECRET)))


def noncanonical(text):
    """TEXT with spare bits set in its last character: decodes to the same bytes leniently."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + alphabet[alphabet.index(text[-1]) ^ 1]


def spare_bits(user_id, rest):
    """A good payload part of 3n + REST bytes: its last character has bits to spare."""
    text = json.dumps(claims(user_id)).encode()
    return part(text + b" " * ((rest - len(text)) % 3))


def standard_alphabet(user_id):
    text = json.dumps(claims(user_id, x="???>>>" * 3)).encode()
    return base64.b64encode(text).rstrip(b"=").decode()


def alg_of(data, text):
    """The header with the JSON TEXT for its "alg"."""
    begin = data.index(b'"alg": ') + 7
    end = data.index(b'"', begin + 1) + 1
    return data[:begin] + text + data[end:]


def renamed(f, user_id, /, **members):
    return f.forge({**claims(user_id, sub=None), **members})


# Each makes a token for user U with the forger F. Everything that is signed is rightly signed.
ATTACKS = {
    # the algorithm
    **{f"alg {alg}, no signature": lambda f, u, alg=alg: f.headed(u, alg=alg).rsplit(".", 1)[0]
       + "." for alg in ("none", "None", "nOnE", "NONE", "")},
    **{f"alg {alg} with the signature": lambda f, u, alg=alg: f.headed(u, alg=alg)
       for alg in ("none", "", "*", "HS-256")},
    "no signature": lambda f, u: f.token(u).rsplit(".", 1)[0] + ".",
    **{f"the signature under alg {alg}": lambda f, u, alg=alg: f.headed(
        u, alg=alg if alg != f.alg else "RS1") for alg in ALGORITHMS},
    "alg in other case": lambda f, u: f.headed(u, alg=f.alg.swapcase()),
    "alg missing": lambda f, u: f.headed(u, alg=None, typ="JWT"),
    "alg number": lambda f, u: f.headed(u, alg=256),
    "alg null": lambda f, u: f.raw_header(u, lambda h: alg_of(h, b"null")),
    "alg array": lambda f, u: f.headed(u, alg=[f.alg]),
    "alg object": lambda f, u: f.headed(u, alg={f.alg: 1}),
    "alg with a NUL": lambda f, u: f.headed(u, alg=f.alg + "\0"),
    "alg with a space": lambda f, u: f.headed(u, alg=f.alg + " "),
    "alg twice, the good one last": lambda f, u: f.raw_header(
        u, lambda h: b'{"alg":"none",' + h[1:]),
    "alg twice, the good one first": lambda f, u: f.raw_header(
        u, lambda h: h[:-1] + b',"alg":"none"}'),
    "Alg as another member": lambda f, u: f.headed(u, alg=None, Alg=f.alg),
    # what the header must not say
    "crit known": lambda f, u: f.headed(u, crit=["exp"], exp=FAR),
    "crit unknown": lambda f, u: f.headed(u, crit=["x"], x=1),
    "crit empty": lambda f, u: f.headed(u, crit=[]),
    "crit null": lambda f, u: f.raw_header(u, lambda h: h[:-1] + b',"crit":null}'),
    "b64 false": lambda f, u: f.headed(u, b64=False, crit=["b64"]),
    "b64 false, not critical": lambda f, u: f.headed(u, b64=False),
    "typ of another token": lambda f, u: f.headed(u, typ="JOSE+JSON"),
    "typ of a logout token": lambda f, u: f.headed(u, typ="logout+jwt"),
    "typ number": lambda f, u: f.headed(u, typ=1),
    "kid number": lambda f, u: f.headed(u, kid=0),
    "kid array": lambda f, u: f.headed(u, kid=["k"]),
    "header array": lambda f, u: f.raw_header(u, lambda h: b"[" + h + b"]"),
    "header string": lambda f, u: f.raw_header(u, lambda h: json.dumps(f.alg).encode()),
    "header empty object": lambda f, u: f.raw_header(u, lambda h: b"{}"),
    "header not JSON": lambda f, u: f.raw_header(u, lambda h: b"alg=" + f.alg.encode()),
    "header with single quotes": lambda f, u: f.raw_header(u, lambda h: h.replace(b'"', b"'")),
    "header with bytes behind": lambda f, u: f.raw_header(u, lambda h: h + b"x"),
    "header with NUL and bytes behind": lambda f, u: f.raw_header(u, lambda h: h + b"\0{}"),
    "header not UTF-8": lambda f, u: f.raw_header(u, lambda h: h[:-1] + b',"x":"\xff"}'),
    "header with BOM": lambda f, u: f.raw_header(u, lambda h: b"\xef\xbb\xbf" + h),
    "header with many members": lambda f, u: f.headed(u, **{f"m{i}": 1 for i in range(9)}),
    # the form
    "nested token": lambda f, u: f.forge(f.token(u).encode(), {**f.header, "cty": "JWT"}),
    "a token as a JSON text": lambda f, u: f.forge(json.dumps(f.token(u)).encode()),
    "five parts": lambda f, u: f.token(u) + ".e30.e30",
    "four parts": lambda f, u: f.token(u) + ".",
    "two parts": lambda f, u: f.token(u).rsplit(".", 1)[0],
    "one part": lambda f, u: f.token(u).replace(".", ""),
    "no header": lambda f, u: f.parts(u, lambda h, p, s: ["", p, s]),
    "no payload": lambda f, u: f.parts(u, lambda h, p, s: [h, "", s]),
    "an empty payload, signed": lambda f, u: f.signed(part(f.header), ""),
    "an empty header, signed": lambda f, u: f.signed("", part(claims(u))),
    "JSON serialisation": lambda f, u: '{"protected":"%s","payload":"%s","signature":"%s"}' % tuple(
        f.token(u).split(".")),
    "padding": lambda f, u: f.token(u) + "=",
    "padding in the header": lambda f, u: f.parts(u, lambda h, p, s: [h + "=", p, s]),
    "padding that was signed": lambda f, u: f.signed(part(f.header) + "=", part(claims(u))),
    "a percent sign for the dot": lambda f, u: f.token(u).replace(".", "%2E"),
    "junk in the signature": lambda f, u: f.parts(u, lambda h, p, s: [h, p, s[:20] + "!" + s[20:]]),
    "junk in the payload, signed": lambda f, u: f.signed(part(f.header), "!" + part(claims(u))),
    "payload in the standard alphabet": lambda f, u: f.signed(
        part(f.header), standard_alphabet(u)),
    "non-canonical signature": lambda f, u: f.parts(u, lambda h, p, s: [h, p, noncanonical(s)]),
    "non-canonical payload, four spare bits": lambda f, u: f.signed(
        part(f.header), noncanonical(spare_bits(u, 1))),
    "non-canonical payload, two spare bits": lambda f, u: f.signed(
        part(f.header), noncanonical(spare_bits(u, 2))),
    "another's signature": lambda f, u: ".".join([
        part(f.header), part(claims(u)), f.token("somebody else").rsplit(".", 1)[1]]),
    "another's payload": lambda f, u: f.parts(
        "somebody else", lambda h, p, s: [h, part(claims(u)), s]),
    "the signature in hexadecimal": lambda f, u: f.parts(
        u, lambda h, p, s: [h, p, tokens.decode(s).hex()]),
    "the signature doubled": lambda f, u: f.parts(u, lambda h, p, s: [h, p, encode(
        tokens.decode(s) * 2)]),
    "a zero signature": lambda f, u: f.parts(u, lambda h, p, s: [h, p, encode(
        bytes(len(tokens.decode(s))))]),
    "a signature of ones": lambda f, u: f.parts(u, lambda h, p, s: [h, p, encode(
        b"\xff" * len(tokens.decode(s)))]),
    "the signature and a zero": lambda f, u: f.parts(u, lambda h, p, s: [h, p, encode(
        tokens.decode(s) + b"\0")]),
    "a zero and the signature": lambda f, u: f.parts(u, lambda h, p, s: [h, p, encode(
        b"\0" + tokens.decode(s))]),
    "one byte too long": lambda f, u: f.token(u, pad="x" * 4096),
    "seven kilobytes": lambda f, u: f.token(u, pad="x" * 4800),
    # the payload
    "payload array": lambda f, u: f.forge([claims(u)]),
    "payload null": lambda f, u: f.forge(b"null"),
    "payload text": lambda f, u: f.forge(u.encode()),
    "payload with bytes behind": lambda f, u: f.forge(json.dumps(claims(u)).encode() + b"{}"),
    "payload with NUL behind": lambda f, u: f.forge(json.dumps(claims(u)).encode() + b"\0"),
    "payload not UTF-8": lambda f, u: f.forge(
        json.dumps(claims(u)).encode()[:-1] + b',"x":"\xff"}'),
    "payload too deep": lambda f, u: f.members(u, '"x":' + "[" * 40 + "]" * 40),
    "duplicate claim": lambda f, u: f.members(u, '"sub":"somebody"'),
    "duplicate exp": lambda f, u: f.members(u, f'"exp":{FAR}'),
    # exp, nbf, iat
    "exp missing": lambda f, u: f.token(u, exp=None),
    "exp string": lambda f, u: f.token(u, exp=str(FAR)),
    "exp real": lambda f, u: f.exp(u, f"{FAR}.5"),
    "exp real without fraction": lambda f, u: f.exp(u, f"{FAR}.0"),
    "exp with exponent": lambda f, u: f.exp(u, "4e9"),
    "exp null": lambda f, u: f.exp(u, "null"),
    "exp true": lambda f, u: f.exp(u, "true"),
    "exp array": lambda f, u: f.exp(u, f"[{FAR}]"),
    "exp negative": lambda f, u: f.exp(u, "-1"),
    "exp zero": lambda f, u: f.exp(u, "0"),
    "exp 2^53": lambda f, u: f.exp(u, str(2 ** 53)),
    "exp 2^63": lambda f, u: f.exp(u, str(2 ** 63)),
    "exp 2^64 and a bit": lambda f, u: f.exp(u, str(2 ** 64 + FAR)),
    "exp 1e400": lambda f, u: f.exp(u, "1e400"),
    "exp Infinity": lambda f, u: f.exp(u, "Infinity"),
    "exp with leading zero": lambda f, u: f.exp(u, f"0{FAR}"),
    "nbf in an hour": lambda f, u: f.token(u, nbf=NOW + 3600),
    "nbf string": lambda f, u: f.token(u, nbf=str(NOW - 10)),
    "nbf real": lambda f, u: f.members(u, f'"nbf":{NOW - 10}.5'),
    "iat in an hour": lambda f, u: f.token(u, iat=NOW + 3600),
    "iat string": lambda f, u: f.token(u, iat=str(NOW - 10)),
    # iss, aud
    "iss of another": lambda f, u: f.token(u, iss="https://evil.example"),
    "iss prefix": lambda f, u: f.token(u, iss="better-aut"),
    "iss in other case": lambda f, u: f.token(u, iss="Better-Auth"),
    "iss empty": lambda f, u: f.token(u, iss=""),
    "iss array": lambda f, u: f.token(u, iss=["better-auth"]),
    "iss number": lambda f, u: f.token(u, iss=1),
    "aud of another": lambda f, u: f.token(u, aud="other-backend"),
    "aud array of others": lambda f, u: f.token(u, aud=["a", "b"]),
    "aud empty array": lambda f, u: f.token(u, aud=[]),
    "aud empty": lambda f, u: f.token(u, aud=""),
    "aud number": lambda f, u: f.token(u, aud=5),
    "aud object": lambda f, u: f.token(u, aud={"fastapi-backend": 1}),
    # the user id
    "sub and user_id differ": lambda f, u: f.token(u, user_id="somebody"),
    "sub and userId differ": lambda f, u: f.token(u, userId="somebody"),
    "sub and user_id differ in case": lambda f, u: f.token(u, user_id=u.upper()),
    "user_id and userId differ": lambda f, u: renamed(f, u, user_id=u, userId="somebody"),
    "sub number": lambda f, u: f.token(u, sub=7),
    "sub array": lambda f, u: f.token(u, sub=[u]),
    "sub object": lambda f, u: f.token(u, sub={"id": u}),
    "sub true": lambda f, u: f.token(u, sub=True),
    "sub with NUL": lambda f, u: f.token(u, sub=u + "\0x"),
    "sub of 256 bytes": lambda f, u: f.token(u, sub="x" * 256),
    "sub of 5 kB": lambda f, u: f.token(u, sub="x" * 5000),
    "sub empty": lambda f, u: f.token(u, sub=""),
    "sub missing": lambda f, u: f.token(u, sub=None),
    "sub empty beside user_id": lambda f, u: f.token(u, sub="", user_id=u),
}
