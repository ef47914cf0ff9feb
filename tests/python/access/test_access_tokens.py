"""Tokens of an identity provider, signed by PyJWT: the good ones, and what forgers send."""

import http.server
import json
import ssl
import threading
import time

import pytest
from encrypted import make_certificates, make_tokens
from guarded import asking, bearer
from meters import Server

ISSUER, AUDIENCE = "https://id.acme.example", "gnomon"
NOW = int(time.time())
GOOD = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "exp": NOW + 36000, "roles": ["scoring"]}
YAML = """\
project: meters
serve:
  roles:
    scoring: {{allow: [read_online], views: [reading]}}
    writing: {{allow: [write_online]}}
  oidc:
    issuer: {issuer}
    audience: gnomon
    algorithms: [RS256, PS256, ES256, ES384, EdDSA]
    jwks: {jwks}
    roles_claim: {claim}
    leeway: 1h
"""


def token(algorithm="RS256", key="rsa", attack="", header=None, without=(), **claims):
    said = {name: value for name, value in (GOOD | claims).items() if name not in without}
    return {"key": key, "algorithm": algorithm, "claims": said, "attack": attack, "header": header or {}}


GOOD_TOKENS = {
    "RS256": token(),
    "PS256": token("PS256"),
    "ES256": token("ES256", "p256"),
    "ES384": token("ES384", "p384"),
    "EdDSA": token("EdDSA", "ed25519"),
    "several audiences": token(aud=["other", AUDIENCE]),
    "roles as words": token(roles="other scoring"),
    "expired, within the leeway": token(exp=NOW - 600),
    "not yet, within the leeway": token(nbf=NOW + 1800),
}
DENIED_TOKENS = {
    "no roles": token(without=["roles"]),
    "a role that is not here": token(roles=["admin", "reader"]),
    "roles of another type": token(roles={"scoring": True}),
    "roles in rubbish": token(roles=[[["scoring"]], 1, None, {"a": "scoring"}]),
}
BAD_TOKENS = {
    "alg none": token(attack="none"),
    "the public key as a secret": token(attack="public key as secret"),
    "an algorithm that is not allowed": token("RS512"),
    "another issuer": token(iss="https://evil.example"),
    "no issuer": token(without=["iss"]),
    "another audience": token(aud="other"),
    "no audience": token(without=["aud"]),
    "audiences of another type": token(aud=[["gnomon"]]),
    "expired": token(exp=NOW - 7200),
    "never expires": token(without=["exp"]),
    "not yet": token(nbf=NOW + 36000),
    "an unknown key": token(key="second"),
    "a weak key": token(key="weak"),
    "a key that is a path": token(header={"kid": "../../../../dev/null"}),
    "a key that is SQL": token(header={"kid": "rsa' OR '1'='1"}),
    "another key's name": token(key="second", header={"kid": "rsa"}),
    "another kind of key": token("ES256", "p256", header={"kid": "rsa"}),
    "its own key": token(key="second", header={"kid": "rsa", "jwk": {"kty": "RSA"}, "jku": "http://127.0.0.1/x"}),
    "an extension": token(header={"crit": ["b64"], "b64": True}),
    "tampered": token(attack="tampered"),
    "another header": token(attack="another header"),
}
RAW = {  # claims that no library writes
    "exp as text": json.dumps(GOOD | {"exp": "never"}),
    "exp beyond numbers": json.dumps(GOOD).replace(str(NOW + 36000), "1e999"),
    "a list": "[]",
    "not JSON": "hello",
    "deep": "[" * 2000,
}


@pytest.fixture(scope="module")
def made():
    raw = {name: {**token(), "raw_claims": text} for name, text in RAW.items()}
    published = ["rsa", "weak", "p256", "p384", "ed25519"]
    return make_tokens({"tokens": GOOD_TOKENS | DENIED_TOKENS | BAD_TOKENS | raw, "published": published})


@pytest.fixture(scope="module")
def server(tmp_path_factory, made):
    from guarded import GuardedProject

    project = GuardedProject(tmp_path_factory.mktemp("tokens") / "meters")
    (project.folder / "keys.json").write_text(json.dumps(made["jwks"]))
    (project.folder / "gnomon.yaml").write_text(YAML.format(issuer=ISSUER, jwks="keys.json", claim="roles"))
    with Server(project.folder) as running:
        running.project = project
        yield running


def ask(server, sent, *features):
    asked = asking(*(features or ["reading:power"]))
    status, headers, text = server.request("POST", "/v1/features", asked, bearer(sent))
    return status, headers, json.loads(text)


@pytest.mark.parametrize("name", GOOD_TOKENS)
def test_a_good_token_is_its_roles(server, made, name):
    sent = made["tokens"][name]
    assert ask(server, sent)[0] == 200
    assert ask(server, sent, "secret:pulses")[0] == 403
    assert server.request("POST", "/v1/push/readings", {}, bearer(sent))[0] == 403


@pytest.mark.parametrize("name", DENIED_TOKENS)
def test_who_somebody_is_says_not_what_they_may(server, made, name):
    assert ask(server, made["tokens"][name])[0] == 403


@pytest.mark.parametrize("name", [*BAD_TOKENS, *RAW])
def test_what_forgers_send_is_refused(server, made, name):
    status, headers, error = ask(server, made["tokens"][name])
    assert (status, error["id"]) == (401, "GN641"), error
    assert "invalid_token" in headers["WWW-Authenticate"]
    assert made["tokens"][name] not in json.dumps(error)


def test_no_token_at_all_is_refused(server, made):
    good = made["tokens"]["RS256"]
    head, payload, signature = good.split(".")
    for sent in (
        "x",
        ".",
        "..",
        "...",
        f"{head}.{payload}",
        f"{head}.{payload}.",
        f"{good}.x",
        f"{good}=",
        f"{good[:-2]}",
        f"{head}.{payload}.{signature[::-1]}",
        f"{head}.{payload}.!!!",
        "e30.e30.e30",
        "A" * 9000,
        f"{head}.{'A' * 12000}.{signature}",
    ):
        status, _, error = ask(server, sent)
        assert (status, error["id"]) == (401, "GN641"), (sent[:40], error)
    assert ask(server, "A" * 17000)[0:1] == (431,)
    assert ask(server, good)[0] == 200


def test_symmetric_algorithms_cannot_be_allowed(server):
    for algorithm in ("HS256", "none", "RS256x"):
        text = YAML.format(issuer=ISSUER, jwks="keys.json", claim="roles").replace("RS256, PS256", algorithm)
        folder = server.project.folder
        before = (folder / "gnomon.yaml").read_text()
        (folder / "gnomon.yaml").write_text(text)
        try:
            assert server.project.error("serve", "--port", "0")["id"] == "GN648"
        finally:
            (folder / "gnomon.yaml").write_text(before)


def test_refused_tokens_are_in_the_audit_log_and_their_text_is_not(server, made):
    ask(server, made["tokens"]["tampered"])
    ask(server, made["tokens"]["RS256"], "secret:pulses")
    end = time.monotonic() + 30
    while not any(line.get("principal") == "token ada" for line in server.project.audit()):
        assert time.monotonic() < end
        time.sleep(0.05)
    text = (server.project.folder / ".gnomon" / "audit.ndjson").read_text()
    assert not any(sent.split(".")[1] in text for sent in made["tokens"].values() if "." in sent)


class Provider:
    """An issuer's key set over HTTP, or HTTPS; what it holds may be changed."""

    def __init__(self, certificates=None):
        self.certificates = certificates

    def __enter__(self):
        self.document, self.asked = b"{}", 0
        provider = self

        class Answers(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                provider.asked += 1
                self.send_response(200)
                self.send_header("Content-Length", str(len(provider.document)))
                self.end_headers()
                self.wfile.write(provider.document)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        if self.certificates is not None:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(self.certificates / "server.pem", self.certificates / "server.key")
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        scheme = "http" if self.certificates is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self.server.server_port}/jwks.json"
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def until(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_keys_from_a_url_are_followed_when_they_rotate(guarded, made):
    nested = {**token(without=["roles"]), "claims": {**GOOD, "roles": [], "realm": {"roles": ["scoring"]}}}
    both = make_tokens({"tokens": {"old": nested, "new": nested | {"key": "second"}}, "published": ["rsa"]})
    with Provider() as provider:
        text = YAML.format(issuer=ISSUER, jwks=provider.url, claim="realm.roles")
        (guarded.folder / "gnomon.yaml").write_text(text)
        with Server(guarded.folder) as server:  # starts although there are no keys yet
            assert ask(server, both["tokens"]["old"])[0] == 401
            provider.document = json.dumps(both["jwks"]).encode()
            until(lambda: ask(server, both["tokens"]["old"])[0] == 200)
            assert ask(server, both["tokens"]["new"])[0] == 401
            provider.document = json.dumps({"keys": both["all_keys"]["keys"]}).encode()
            until(lambda: ask(server, both["tokens"]["new"])[0] == 200)
            assert ask(server, made["tokens"]["RS256"])[0] == 401  # of another key with that name
            asked = provider.asked
            provider.document = b"rubbish"
            unknown = both["tokens"]["old"].replace(
                both["tokens"]["old"].split(".")[0], "eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ"
            )
            until(lambda: ask(server, unknown)[0] == 401 and provider.asked > asked)
            assert ask(server, both["tokens"]["old"])[0] == 200  # what was known stays good


def test_keys_come_only_from_a_host_that_is_trusted(guarded, made, tmp_path):
    certificates = make_certificates(tmp_path / "certificates")
    with Provider(certificates) as provider:
        provider.document = json.dumps(made["jwks"]).encode()
        text = YAML.format(issuer=ISSUER, jwks=provider.url, claim="roles")
        for ca, status in (("ca.pem", 200), ("strangers-ca.pem", 401)):
            (guarded.folder / "gnomon.yaml").write_text(text + f"    jwks_ca: {certificates / ca}\n")
            with Server(guarded.folder) as server:
                assert ask(server, made["tokens"]["RS256"])[0] == status
                if status == 401:
                    until(lambda: any("GN649" in line.get("reason", "") for line in guarded.audit()))
