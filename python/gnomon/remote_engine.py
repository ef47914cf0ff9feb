"""The engine's calls over HTTP: what `FeatureStore` uses in place of the native engine when a server owns the store."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import quote, urlencode

from gnomon.credentials import NOBODY, Credentials
from gnomon.durations import EPOCH
from gnomon.errors import DataLoss, Unavailable, Unimplemented

if TYPE_CHECKING:
    from gnomon.http_connection import Reply

_ARROW = "application/vnd.apache.arrow.stream"
_JSON = {"Content-Type": "application/json"}
_SECONDS_FOR_THE_WAY = 2.0  # beyond timeout_ms: the server answers in time, and says so


class RemoteEngine:
    """Takes and gives what the native engine does, so that a store need not know which it has.

    Thread-safe: calls may come from any number of threads.

    Parameters
    ----------
    address : str
        A server's URL, or the path of its Unix socket.
    credentials : Credentials
        Who calls, and which server is trusted.
    """

    def __init__(self, address: str, credentials: Credentials = NOBODY) -> None:
        from gnomon.http_connection import (
            HttpConnection,
        )  # here, because importing the SDK shall not load an HTTP client

        self._http = HttpConnection(address, credentials)

    def get_online_features(
        self,
        entity_rows: Any,
        features: list[str],
        feature_service: str,
        full_feature_names: bool,
        as_of: int | None,
        timeout_ms: int | None = None,
    ) -> tuple[Any, str]:
        """A table of values, statuses, times and ages, and its header as JSON."""
        asked = _features(features, feature_service, full_feature_names)
        if as_of is not None:
            asked["as_of"] = _iso(as_of)
        if timeout_ms is not None:
            asked["timeout_ms"] = timeout_ms
        timeout = None if timeout_ms is None else timeout_ms / 1000 + _SECONDS_FOR_THE_WAY
        return self._rows_for_rows("/v1/features", entity_rows, asked, timeout=timeout)

    def get_historical_features(
        self,
        entity_rows: Any,
        features: list[str],
        feature_service: str,
        full_feature_names: bool,
        timestamp_column: str,
        history: str,
        threads: int,
        strict: bool,
    ) -> tuple[Any, str]:
        """A training set and its manifest as JSON."""
        if isinstance(entity_rows, str):
            raise Unimplemented(
                "entity_df as a file or SQL would be read on the server's machine",
                id="GN632",
                hint="Read it here and give the frame",
            )
        asked = _features(features, feature_service, full_feature_names)
        asked |= {"timestamp_column": timestamp_column, "history": history, "strict": strict}
        return self._rows_for_rows("/v1/training-set", entity_rows, asked)

    def push(self, source: str, rows: Any, to: str) -> str:
        """The report as JSON."""
        return self._write_rows(f"/v1/push/{quote(source, safe='')}", rows, {"to": to})

    def write_to_online_store(self, view: str, rows: Any) -> str:
        """The report as JSON."""
        return self._write_rows(f"/v1/write-to-online-store/{quote(view, safe='')}", rows, {})

    def materialize(self, start: int, end: int, views: Sequence[str]) -> str:
        """The report as JSON."""
        asked = {"start_date": _iso(start), "end_date": _iso(end), "feature_views": list(views)}
        return self._post("/v1/materialize", asked)

    def materialize_incremental(self, end: int, views: Sequence[str]) -> str:
        """The report as JSON."""
        return self._post("/v1/materialize-incremental", {"end_date": _iso(end), "feature_views": list(views)})

    def compact(self, as_of: int | None, views: Sequence[str]) -> str:
        """The report as JSON."""
        asked: dict[str, Any] = {"feature_views": list(views)}
        if as_of is not None:
            asked["as_of"] = _iso(as_of)
        return self._post("/v1/compact", asked)

    def run(self, views: Sequence[str]) -> str:
        """The run's record as JSON."""
        return self._post("/v1/run", {"views": list(views)})

    def verify(self, feature_service: str, since: int | None, until: int | None) -> str:
        """The report as JSON."""
        asked: dict[str, Any] = {"feature_service": feature_service} if feature_service else {}
        asked |= {name: _iso(us) for name, us in (("since", since), ("until", until)) if us is not None}
        return self._post("/v1/verify", asked)

    def manifest(self) -> str:
        """The applied definitions as JSON."""
        return self._get("/v1/manifest").body.decode()

    def list(self, what: str) -> str:
        """Objects of a kind as JSON."""
        return self._get(f"/v1/list/{quote(what, safe='')}").body.decode()

    def describe(self, name: str) -> str:
        """One object as JSON."""
        return self._get(f"/v1/describe/{quote(name, safe='')}").body.decode()

    def runs(self, limit: int) -> str:
        """The latest runs as JSON."""
        return self._get(f"/v1/runs?{urlencode({'limit': limit})}").body.decode()

    def quarantine(self, name: str) -> Any:
        """Quarantined rows as a table."""
        query = f"?{urlencode({'name': name})}" if name else ""
        return _read(self._get(f"/v1/quarantine{query}", {"Accept": _ARROW}))[0]

    def plan(self, manifest_json: str | None) -> NoReturn:
        """Not over HTTP: definitions are applied where their files are."""
        _refuse("plan")

    def apply(self, manifest_json: str | None, allow_destructive: bool) -> NoReturn:
        """Not over HTTP: definitions are applied where their files are."""
        _refuse("apply")

    def validate(self, names: Sequence[str]) -> NoReturn:
        """Not over HTTP."""
        _refuse("validate")

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def _get(self, path: str, headers: dict[str, str] | None = None) -> Reply:
        return self._http.call("GET", path, headers=headers, repeatable=True)

    def _post(self, path: str, asked: Mapping[str, Any]) -> str:
        return self._http.call("POST", path, json.dumps(asked).encode(), _JSON).body.decode()

    def _write_rows(self, path: str, rows: Any, asked: Mapping[str, Any]) -> str:
        return self._http.call("POST", path, _stream(rows, asked), {"Content-Type": _ARROW}).body.decode()

    def _rows_for_rows(
        self, path: str, rows: Any, asked: Mapping[str, Any], timeout: float | None = None
    ) -> tuple[Any, str]:
        headers = {"Content-Type": _ARROW, "Accept": _ARROW}
        return _read(self._http.call("POST", path, _stream(rows, asked), headers, repeatable=True, timeout=timeout))


def server_in(project_dir: str) -> RemoteEngine | None:
    """The server that runs in a project, reached by its Unix socket; a socket that nobody listens on is no server."""
    path = os.path.join(project_dir, ".gnomon", "gnomon.sock")
    if not os.path.exists(path):
        return None
    engine = RemoteEngine(path)
    try:
        engine._get("/health")
    except Unavailable:
        return None
    return engine


def _features(features: Sequence[str], feature_service: str, full_feature_names: bool) -> dict[str, Any]:
    named: dict[str, Any] = {"feature_service": feature_service} if feature_service else {"features": list(features)}
    return named | {"full_feature_names": full_feature_names}


def _iso(us: int) -> str:
    return (EPOCH + timedelta(microseconds=us)).isoformat()


def _refuse(call: str) -> NoReturn:
    raise Unimplemented(
        f"{call} does not work over HTTP", id="GN632", hint="Use FeatureStore(repo_path=…) in the project's folder"
    )


def _stream(rows: Any, asked: Mapping[str, Any]) -> bytes:
    """Rows as an Arrow IPC stream, with all else that is asked in the schema's metadata."""
    import pyarrow as pa

    table = pa.table(rows)
    schema = table.schema.with_metadata({"gnomon.request": json.dumps(asked)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema) as writer:
        writer.write_table(table.cast(schema))
    body: bytes = sink.getvalue().to_pybytes()
    return body


def _read(reply: Reply) -> tuple[Any, str]:
    """The table of an answer, and what is said beside it."""
    import pyarrow as pa

    if not reply.content_type.startswith(_ARROW):
        raise DataLoss(f"the answer is {reply.content_type or 'of no type'}, not an Arrow stream", id="GN636")
    table = pa.ipc.open_stream(reply.body).read_all()
    entry = (table.schema.metadata or {}).get(b"gnomon.answer", b"{}").decode()
    return table.replace_schema_metadata(None), entry
