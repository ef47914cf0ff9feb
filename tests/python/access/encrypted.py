"""Certificates and tokens of a real signer, and a server that speaks TLS."""

import http.client
import json
import ssl
import subprocess
from pathlib import Path

from meters import GNOMON, Server
from venvs import python_with

SIGNER = Path(__file__).parents[2] / "clients" / "signer.py"


def make_certificates(folder):
    folder.mkdir()
    subprocess.run([python_with("signer"), SIGNER, "certificates", folder], check=True, timeout=120)
    return folder


def make_tokens(asked):
    words = [python_with("signer"), SIGNER, "tokens"]
    done = subprocess.run(words, input=json.dumps(asked), check=True, capture_output=True, text=True, timeout=120)
    return json.loads(done.stdout)


def trusting(certificates, client=None, ca="ca.pem"):
    """What a client of the server trusts, and the certificate that it shows."""
    context = ssl.create_default_context(cafile=certificates / ca)
    if client is not None:
        context.load_cert_chain(certificates / f"{client}.pem", certificates / f"{client}.key")
    return context


class TlsServer(Server):
    """`gnomon serve` with the server's certificate."""

    def __init__(self, folder, certificates, *words):
        self.certificates = certificates
        files = ["--tls-cert", certificates / "server.pem", "--tls-key", certificates / "server.key"]
        self.process = subprocess.Popen(
            [GNOMON, "serve", "--port", "0", *files, *words],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.stopped = False
        first_line = self.process.stdout.readline()
        assert first_line.startswith("listening on https://"), first_line + self.process.stderr.read()
        self.url = first_line.strip().removeprefix("listening on ")
        self.address = self.url.removeprefix("https://")
        self.connection = self.connect()

    def connect(self, **who):
        context = trusting(self.certificates, **who)
        return http.client.HTTPSConnection(self.address.replace("0.0.0.0", "127.0.0.1"), timeout=60, context=context)

    def status_for(self, client, path="/v1/list/views", method="GET", body=None):
        """What somebody with this certificate is answered."""
        connection = self.connect(client=client)
        connection.request(method, path, json.dumps(body) if body else None)
        status = connection.getresponse().status
        connection.close()
        return status
