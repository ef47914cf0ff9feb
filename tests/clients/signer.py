"""Certificates and tokens, made by libraries that know nothing of Gnomon.

signer.py certificates FOLDER      authorities, and certificates with keys that they signed
signer.py tokens                   JSON on stdin → {"jwks": …, "all_keys": …, "tokens": {name: token}}
"""

import base64
import datetime as dt
import hashlib
import hmac
import ipaddress
import json
import sys
from pathlib import Path

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)


def pem_of(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def name_of(common_name, organization="Acme"):
    attributes = [(NameOID.ORGANIZATION_NAME, organization), (NameOID.COMMON_NAME, common_name)]
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])


def certificate(common_name, names=(), issuer=None):
    """(certificate, key); without an issuer it is an authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    signed_by, signed_with = (name_of(common_name), key) if issuer is None else (issuer[0].subject, issuer[1])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name_of(common_name))
        .issuer_name(signed_by)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(signed_with, hashes.SHA256()), key


def write_certificates(folder):
    authority, strangers = certificate("authority"), certificate("strangers")
    here = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    spiffe = [x509.UniformResourceIdentifier("spiffe://acme/writer")]
    pairs = {
        "server": certificate("server", here, authority),
        "renewed": certificate("renewed", here, authority),
        "elsewhere": certificate("elsewhere", [x509.DNSName("elsewhere.example")], authority),
        "scorer": certificate("scorer", (), authority),
        "writer": certificate("writer", spiffe, authority),
        "unknown": certificate("unknown", (), authority),
        "stranger": certificate("scorer", (), strangers),
    }
    for name, (made, key) in pairs.items():
        (folder / f"{name}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
        (folder / f"{name}.key").write_bytes(pem_of(key))
    for name, (made, _) in {"ca": authority, "strangers-ca": strangers}.items():
        (folder / f"{name}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))


def encoded(data):
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def web_key(name, key):
    algorithm = {"rsa": "RSA", "second": "RSA", "weak": "RSA"}.get(name)
    kinds = {
        "p256": jwt.algorithms.ECAlgorithm,
        "p384": jwt.algorithms.ECAlgorithm,
        "ed25519": jwt.algorithms.OKPAlgorithm,
    }
    made = (jwt.algorithms.RSAAlgorithm if algorithm else kinds[name]).to_jwk(key.public_key(), as_dict=True)
    return made | {"kid": name, "use": "sig"}


def make_keys():
    return {
        "rsa": rsa.generate_private_key(65537, 2048),
        "second": rsa.generate_private_key(65537, 2048),
        "weak": rsa.generate_private_key(65537, 1024),
        "p256": ec.generate_private_key(ec.SECP256R1()),
        "p384": ec.generate_private_key(ec.SECP384R1()),
        "ed25519": ed25519.Ed25519PrivateKey.generate(),
    }


def token_of(asked, keys):
    """One token. `attack` names what a forger does beyond choosing header and claims."""
    header = {"kid": asked["key"]} | asked.get("header", {})
    claims, algorithm, key = asked["claims"], asked["algorithm"], keys[asked["key"]]
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    attack = asked.get("attack", "")
    if attack == "none":
        return f"{encoded(header | {'alg': 'none', 'typ': 'JWT'})}.{encoded(claims)}."
    if attack == "public key as secret":
        signed = f"{encoded(header | {'alg': 'HS256', 'typ': 'JWT'})}.{encoded(claims)}"
        return f"{signed}.{encoded(hmac.new(public, signed.encode(), hashlib.sha256).digest())}"
    if "raw_claims" in asked:
        return jwt.api_jws.encode(asked["raw_claims"].encode(), key, algorithm, headers=header)
    token = jwt.encode(claims, key, algorithm, headers=header)
    if attack == "tampered":
        head, _, signature = token.split(".")
        return f"{head}.{encoded(claims | {'roles': ['scoring', 'writing']})}.{signature}"
    if attack == "another header":
        _, payload, signature = token.split(".")
        return f"{encoded(header | {'alg': algorithm, 'x': 1})}.{payload}.{signature}"
    return token


def write_tokens():
    asked, keys = json.load(sys.stdin), make_keys()
    tokens = {name: token_of(one, keys) for name, one in asked["tokens"].items()}
    published = {"keys": [web_key(name, keys[name]) for name in asked["published"]]}
    everything = {"keys": [web_key(name, key) for name, key in keys.items()]}
    json.dump({"jwks": published, "all_keys": everything, "tokens": tokens}, sys.stdout)


if __name__ == "__main__":
    if sys.argv[1] == "certificates":
        write_certificates(Path(sys.argv[2]))
    else:
        write_tokens()
