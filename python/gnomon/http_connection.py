"""HTTP to a server, over TCP, TLS or a Unix socket, with the standard library alone."""

from __future__ import annotations

import http.client
import json
import os
import socket
import threading
import warnings
from typing import NamedTuple
from urllib.parse import urlsplit

from gnomon import errors
from gnomon.credentials import NOBODY, Credentials
from gnomon.errors import DataLoss, Error, InvalidArgument, Unavailable

_CONNECT_SECONDS = 10.0

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Reply(NamedTuple):
    """A successful answer."""

    content_type: str
    body: bytes


class HttpConnection:
    """Calls to one server. Each thread has a connection of its own, kept open between calls.

    Parameters
    ----------
    address : str
        ``"http://host:port"``, ``"https://…"``, or the path of a Unix socket.
    credentials : Credentials
        Who calls, and which server is trusted.
    """

    def __init__(self, address: str, credentials: Credentials = NOBODY) -> None:
        self.address = address
        self._headers = credentials.headers()
        self._of_thread = threading.local()
        self._prefix = ""
        if "://" in address:
            self._scheme, self._host, self._port, self._prefix = _parts(address)
        else:
            self._scheme = "unix"
        self._tls = credentials.tls() if self._scheme == "https" else None
        if self._scheme == "http" and self._headers and self._host not in _LOOPBACK:
            warnings.warn(
                f"the key or token for {address} can be read on the way: use https://", UserWarning, stacklevel=2
            )

    def call(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        *,
        repeatable: bool = False,
        timeout: float | None = None,
    ) -> Reply:
        """One request and its answer; an error of the server's is raised as what it is here.

        A kept connection may have been closed by the server meanwhile. Only a `repeatable` call is sent again then; any
        other begins on a connection of its own, so that nothing is ever written twice.
        """
        kept = getattr(self._of_thread, "connection", None) if repeatable else None
        if kept is not None:
            try:
                return self._exchange(kept, method, path, body, headers, timeout)
            except (http.client.RemoteDisconnected, ConnectionError):
                kept.close()
        connection = self._connect(timeout)
        try:
            return self._exchange(connection, method, path, body, headers, timeout)
        except (http.client.HTTPException, ConnectionError) as error:
            raise Unavailable(
                f"the connection to {self.address} broke: {error}",
                id="GN633",
                hint="Whether the call was carried out is not known",
            ) from error

    def close(self) -> None:
        """Close this thread's connection; those of other threads close with their threads."""
        if (kept := getattr(self._of_thread, "connection", None)) is not None:
            kept.close()
        self._of_thread = threading.local()

    def _connect(self, timeout: float | None) -> http.client.HTTPConnection:
        allowed = _CONNECT_SECONDS if timeout is None else min(timeout, _CONNECT_SECONDS)
        connection: http.client.HTTPConnection
        if self._scheme == "unix":
            connection = _UnixConnection(self.address, allowed)
        elif self._scheme == "https":
            connection = http.client.HTTPSConnection(self._host, self._port, timeout=allowed, context=self._tls)
        else:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=allowed)
        try:
            connection.connect()
        except OSError as error:
            raise Unavailable(
                f"no server answers at {self.address}: {error}", id="GN631", hint="Is `gnomon serve` running there?"
            ) from error
        self._of_thread.connection = connection
        return connection

    def _exchange(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        body: bytes,
        headers: dict[str, str] | None,
        timeout: float | None,
    ) -> Reply:
        if connection.sock is not None:
            connection.sock.settimeout(timeout)
        try:
            connection.request(method, self._prefix + path, body, self._headers | (headers or {}))
            response = connection.getresponse()
            content = response.read()
        except TimeoutError as error:
            connection.close()
            self._of_thread.connection = None
            raise errors.DeadlineExceeded(f"{self.address} did not answer in {timeout} s", id="GN634") from error
        if response.status >= 400:
            raise _error_of(self.address, response.status, content)
        return Reply(response.headers.get("Content-Type", ""), content)


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        # A socket's address is short, and a project's folder may be deep: its folder is named by a descriptor.
        folder = os.open(os.path.dirname(self._path) or ".", os.O_PATH | os.O_DIRECTORY)
        try:
            self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.sock.settimeout(self.timeout)
            self.sock.connect(f"/proc/self/fd/{folder}/{os.path.basename(self._path)}")
        except OSError:
            self.close()
            raise
        finally:
            os.close(folder)


def _parts(address: str) -> tuple[str, str, int | None, str]:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise InvalidArgument(f"not a server's address: {address!r} ({error})", id="GN635") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.username:
        raise InvalidArgument(
            f"not a server's address: {address!r}", id="GN635", hint='It is like "http://127.0.0.1:6566"'
        )
    return parts.scheme, parts.hostname, port, parts.path.rstrip("/")


def _error_of(address: str, status: int, content: bytes) -> Error:
    try:
        said = json.loads(content)
        kind = getattr(errors, said["code"]) if said["code"] in errors.__all__ else Error
        return kind(said["message"], id=said["id"], where=said["where"], hint=said["hint"])
    except (ValueError, KeyError, TypeError):
        text = content[:200].decode("utf-8", "replace")
        return DataLoss(f"{address} answered {status}, and not as Gnomon does: {text}", id="GN636")
