"""TLS: who can be reached, who trusts whom, and whom a client certificate speaks for."""

import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import time
from pathlib import Path

import pytest
from encrypted import TlsServer, make_certificates, trusting
from guarded import AS_OF, ENTITIES, asking
from meters import GNOMON, Server
from venvs import python_with

from gnomon import FeatureStore
from gnomon import errors as gnomon_errors

FEAST_CLIENT = Path(__file__).parents[2] / "clients" / "feast_client.py"
MTLS = """\
project: meters
serve:
  roles:
    scoring: {allow: [read_online], views: [reading]}
  certificates:
    - {subject: "CN=scorer,O=Acme", role: scoring}
    - {name: "URI:spiffe://acme/writer", role: writer}
"""


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return make_certificates(tmp_path_factory.mktemp("pem") / "certificates")


def power_of(store):
    answer = store.get_online_features(["reading:power"], [{"site": "north", "number": 7}], as_of=AS_OF)
    return answer.to_dict()["power"]


def test_the_sdk_and_the_command_line_speak_tls_with_a_key(guarded, certificates, monkeypatch, tmp_path):
    key = guarded.key("sdk", "--role", "writer")["Authorization"].split()[1]
    (tmp_path / "key").write_text(key + "\n")
    monkeypatch.setenv("GNOMON_API_KEY", key)
    ca = str(certificates / "ca.pem")
    with TlsServer(guarded.folder, certificates) as server:
        for named in (key, "${env:GNOMON_API_KEY}", f"${{file:{tmp_path / 'key'}}}"):
            with FeatureStore(server.url, api_key=named, ca=ca) as store:
                assert power_of(store) == [3.0]
                assert [view["name"] for view in store.list_objects("views")] == ["reading", "secret"]
        with pytest.raises(gnomon_errors.Unauthenticated), FeatureStore(server.url, ca=ca) as store:
            power_of(store)
        with pytest.raises(gnomon_errors.Unavailable), FeatureStore(server.url, api_key=key) as store:
            power_of(store)  # its certificate's authority is not the system's
        words = ["get", "reading:power", "site=north", "number=7", "--at", AS_OF, "--server", server.url]
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        done = guarded.run(*words, cwd=elsewhere, env={"GNOMON_CA": ca, "GNOMON_API_KEY": key})
        assert "3.0" in done.stdout
        refused = guarded.run(*words, "--json", cwd=elsewhere, code=1, env={"GNOMON_API_KEY": key})
        assert "GN637" in refused.stderr
        refused = guarded.run(*words, "--json", cwd=elsewhere, code=1, env={"GNOMON_CA": ca, "GNOMON_API_KEY": "gn_x"})
        assert "GN641" in refused.stderr


def test_references_that_stand_for_nothing_are_errors():
    with pytest.raises(gnomon_errors.InvalidArgument, match="stands for nothing"):
        FeatureStore("https://127.0.0.1:1", api_key="${env:GNOMON_THERE_IS_NO_SUCH}")
    with pytest.raises(gnomon_errors.InvalidArgument, match="two ways"):
        FeatureStore("https://127.0.0.1:1", api_key="a", token="b")
    with pytest.raises(gnomon_errors.InvalidArgument, match="for the URL"):
        FeatureStore(".", api_key="a")


def test_a_server_for_another_host_is_not_trusted(guarded, certificates, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(certificates, other)
    for suffix in ("pem", "key"):
        shutil.copy(certificates / f"elsewhere.{suffix}", other / f"server.{suffix}")
    guarded.key("any", "--role", "reader")
    with TlsServer(guarded.folder, other) as server:
        with (
            pytest.raises(gnomon_errors.Unavailable, match="certificate"),
            FeatureStore(server.url, api_key="gn_x", ca=str(other / "ca.pem")) as store,
        ):
            power_of(store)
        words = ["get", "reading:power", "site=north", "number=7", "--server", server.url, "--json"]
        refused = guarded.run(*words, code=1, env={"GNOMON_CA": str(other / "ca.pem")})
        assert "GN637" in refused.stderr


def test_old_tls_and_plain_http_are_not_spoken(guarded, certificates):
    with TlsServer(guarded.folder, certificates) as server:
        host, port = server.address.split(":")
        plain = http.client.HTTPConnection(server.address, timeout=60)
        with pytest.raises((http.client.HTTPException, ConnectionError)):
            plain.request("GET", "/health")
            plain.getresponse()
        old = trusting(certificates)
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        old.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.raises(ssl.SSLError), socket.create_connection((host, int(port)), timeout=60) as connection:
            old.wrap_socket(connection, server_hostname="localhost")
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            new = trusting(certificates)
            new.minimum_version = new.maximum_version = version
            with socket.create_connection((host, int(port)), timeout=60) as connection:
                assert new.wrap_socket(connection, server_hostname="localhost").version() is not None


def test_big_answers_and_kept_connections(guarded, certificates):
    key = guarded.key("big", "--role", "reader")
    rows = {name: values * 20_000 for name, values in ENTITIES.items()}
    with TlsServer(guarded.folder, certificates) as server:
        for _ in range(3):
            asked = {"features": ["reading:power"], "entities": rows, "as_of": AS_OF}
            status, _, text = server.request("POST", "/v1/features", asked, key)
            assert status == 200
            assert text.count("PRESENT") == 20_000


def test_client_certificates_have_the_roles_of_their_names(guarded, certificates):
    (guarded.folder / "gnomon.yaml").write_text(MTLS)
    with TlsServer(guarded.folder, certificates, "--tls-client-ca", certificates / "ca.pem") as server:
        read = {"path": "/v1/features", "method": "POST"}
        assert server.status_for("scorer", **read, body=asking("reading:power")) == 200
        assert server.status_for("scorer", **read, body=asking("secret:pulses")) == 403
        assert server.status_for("scorer") == 403
        assert server.status_for("writer") == 200
        assert server.status_for("writer", **read, body=asking("secret:pulses")) == 200
        assert server.status_for("unknown") == 401
        assert server.status_for(None) == 401
        key = guarded.key("beside", "--role", "reader")
        assert server.request("GET", "/health")[0] == 200
        end = time.monotonic() + 30
        while server.request("GET", "/v1/list/views", headers=key)[0] != 200:
            assert time.monotonic() < end
            time.sleep(0.02)
        with pytest.raises((ssl.SSLError, ConnectionError)):
            server.status_for("stranger")
        with FeatureStore(
            server.url,
            ca=str(certificates / "ca.pem"),
            client_cert=(str(certificates / "scorer.pem"), str(certificates / "scorer.key")),
        ) as store:
            assert power_of(store) == [3.0]
        shown = {
            "GNOMON_CA": str(certificates / "ca.pem"),
            "GNOMON_CLIENT_CERT": str(certificates / "writer.pem"),
            "GNOMON_CLIENT_KEY": str(certificates / "writer.key"),
        }
        words = ["get", "reading:power", "site=north", "number=7", "--at", AS_OF, "--server", server.url]
        assert "3.0" in guarded.run(*words, env=shown).stdout
    listed = [line for line in guarded.audit() if "not_listed" not in line]  # refusals may be too many to list
    told = [line["principal"] for line in listed if line["outcome"] == "denied"]
    assert set(told) == {"certificate CN=scorer,O=Acme"}


def serial_of(server):
    connection = server.connect()
    connection.connect()
    certificate = connection.sock.getpeercert()
    connection.close()
    return certificate["serialNumber"]


def test_a_certificate_that_was_renewed_is_used_without_a_restart(guarded, certificates, tmp_path):
    mine = tmp_path / "mine"
    shutil.copytree(certificates, mine)
    with TlsServer(guarded.folder, mine) as server:
        before = serial_of(server)
        shutil.copy(mine / "renewed.pem", mine / "server.pem")  # half of it: does not belong to the key
        assert server.request("GET", "/health")[0] == 200
        shutil.copy(mine / "renewed.key", mine / "server.key")
        end = time.monotonic() + 60
        while serial_of(server) == before:
            assert time.monotonic() < end
            time.sleep(0.1)
        assert server.request("GET", "/health")[0] == 200


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--tls-cert", "nothing.pem", "--tls-key", "nothing.key"], "GN647"),
        (["--tls-cert", "server.pem", "--tls-key", "renewed.key"], "GN647"),
        (["--tls-cert", "server.pem"], "GN700"),
        (["--tls-client-ca", "ca.pem"], "GN700"),
        (["--tls-cert", "server.pem", "--tls-key", "server.key", "--tls-client-ca", "server.key"], "GN647"),
    ],
)
def test_files_that_do_not_fit_are_errors_at_the_start(guarded, certificates, words, message):
    paths = [str(certificates / word) if "." in word else word for word in words]
    code = 2 if message == "GN700" else 1
    assert guarded.error("serve", "--port", "0", *paths, code=code)["id"] == message


def test_other_machines_reach_only_a_server_with_tls_and_access_control(guarded, certificates):
    anywhere = ["--port", "0", "--host", "0.0.0.0"]
    files = ["--tls-cert", certificates / "server.pem", "--tls-key", certificates / "server.key"]
    refused = guarded.error("serve", *anywhere)
    assert (refused["id"], "gnomon key create" in refused["hint"]) == ("GN601", True)
    assert guarded.error("serve", *anywhere, *files)["id"] == "GN601"
    guarded.key("any", "--role", "reader")
    assert guarded.error("serve", *anywhere)["id"] == "GN601"
    with TlsServer(guarded.folder, certificates, "--host", "0.0.0.0") as server:
        assert server.request("GET", "/v1/list/views")[0] == 401
    done = subprocess.Popen(
        [GNOMON, "serve", *anywhere, "--insecure"], cwd=guarded.folder, stdout=subprocess.PIPE, text=True
    )
    assert done.stdout.readline().startswith("listening on http://0.0.0.0")
    done.terminate()
    assert done.wait(60) == 0


def test_settings_of_the_server_in_gnomon_yaml(guarded, certificates, monkeypatch):
    yaml = guarded.folder / "gnomon.yaml"
    yaml.write_text(
        f"serve: {{open: [metrics], tls: {{cert: {certificates}/server.pem, key: '${{env:SERVER_KEY}}'}}}}\n"
    )
    monkeypatch.setenv("SERVER_KEY", str(certificates / "server.key"))
    guarded.key("any", "--role", "reader")
    process = subprocess.Popen([GNOMON, "serve", "--port", "0"], cwd=guarded.folder, stdout=subprocess.PIPE, text=True)
    address = process.stdout.readline().strip().removeprefix("listening on https://")
    connection = http.client.HTTPSConnection(address, timeout=60, context=trusting(certificates))
    for path, status in (("/metrics", 200), ("/openapi.json", 401), ("/health", 200)):
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        assert response.status == status
    connection.close()
    process.terminate()
    assert process.wait(60) == 0
    for wrong in (
        "{tls: {key: '-----BEGIN PRIVATE KEY-----'}}",
        "{tls: {key: '${env:GNOMON_THERE_IS_NO_SUCH}'}}",
        "{open: [health]}",
        "{certificates: [{role: reader}]}",
        "{roles: {x: {may: [all]}}}",
        "{oidc: {issuer: x}}",
        "{password: x}",
    ):
        yaml.write_text(f"project: meters\nserve: {wrong}\n")
        assert guarded.error("serve", "--port", "0")["id"] == "GN120", wrong


def test_without_access_control_nothing_is_asked_over_tls_either(guarded, certificates):
    with TlsServer(guarded.folder, certificates) as server:
        assert server.request("POST", "/v1/features", asking("reading:power"))[0] == 200
    with Server(guarded.folder) as server:
        assert server.request("POST", "/v1/features", asking("reading:power"))[0] == 200


def test_feasts_client_sends_a_key_as_its_token(guarded, certificates, tmp_path):
    """Its `auth: {type: oidc, token_env_var: …}` sends whatever the variable holds as a bearer token."""
    key = guarded.key("feast", "--role", "writer")["Authorization"].split()[1]
    reader = guarded.key("feast_reader", "--role", "reader")["Authorization"].split()[1]
    access = {"auth": {"type": "oidc", "token_env_var": "FEAST_KEY"}, "cert": str(certificates / "ca.pem")}
    answers = []
    with TlsServer(guarded.folder, certificates) as server:
        for number, sent in enumerate((key, reader, "gn_wrong")):
            folder = tmp_path / str(number)
            folder.mkdir()
            words = [python_with("feast"), FEAST_CLIENT, server.url.replace("127.0.0.1", "localhost"), folder]
            done = subprocess.run(
                [*words, json.dumps(access)],
                env=os.environ | {"FEAST_KEY": sent, "FEAST_USAGE": "False"},
                capture_output=True,
                text=True,
                timeout=300,
            )
            assert done.returncode == 0, done.stderr
            answers.append(json.loads(done.stdout.splitlines()[-1]))
    allowed, limited, unknown = answers
    assert allowed["newest_wins"]["power"] == [2.5]
    assert limited["newest_wins"]["power"] == [2.5]
    assert limited["push"]["raised"] == "FeastPermissionError"
    assert "GN641" in unknown["newest_wins"]["text"]


def test_there_is_one_openssl_in_the_process():
    """Arrow's wheel exports another one: the loader must not bind calls to it, neither ours nor libcrypto's own."""
    loading = os.environ | {"LD_DEBUG": "bindings", "LD_BIND_NOW": "1"}
    done = subprocess.run([GNOMON, "version"], env=loading, capture_output=True, text=True, timeout=300)
    bindings = [line for line in done.stderr.splitlines() if "`SSL_CTX_new'" in line or "`EVP_MD_fetch'" in line]
    assert bindings
    assert [line for line in bindings if "libparquet" in line.split(" to ")[1]] == []
    inside = [line for line in done.stderr.splitlines() if "/libcrypto.so" in line.split(" to ")[0]]
    assert [line for line in inside if "libparquet" in line.split(" to ")[-1]] == []
