"""The store: one project, opened. Everything it does is done by the engine, in C++."""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar, cast

from gnomon import frames, html
from gnomon.arguments import items
from gnomon.credentials import credentials_of
from gnomon.definition import Definition
from gnomon.durations import Instant, instant_us
from gnomon.entity_rows import EntityRows
from gnomon.errors import (
    DeadlineExceeded,
    Error,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    Unavailable,
    Unimplemented,
)
from gnomon.feature_service import FeatureService
from gnomon.feature_view import FeatureView
from gnomon.manifest import manifest_json
from gnomon.online_answer import OnlineAnswer
from gnomon.plan import Plan
from gnomon.progress import terminal_progress
from gnomon.remote_engine import RemoteEngine, server_in
from gnomon.requests import Features, feature_request, names_in, one_name, one_of
from gnomon.sources import PushSource, Source
from gnomon.training_set import TrainingSet
from gnomon.verification import Verification

if TYPE_CHECKING:
    from gnomon._gnomon import Engine

    AnyEngine: TypeAlias = Engine | RemoteEngine

_ONE_THREAD_PER_CORE = 0
_LONGEST_TIMEOUT_MS = 3_600_000
_T = TypeVar("_T")


class FeatureStore:
    """A project's features: plan, apply, training sets, materialization, online values.

    The store is opened on first use and owned by this process until `close`; use it as a context manager to close it in
    time. Online reads may come from any number of threads; other calls wait for each other. While `gnomon serve` runs
    in the project, it owns the online store: calls that need that are answered by the server.

    Parameters
    ----------
    repo_path : str or path-like
        The project's folder, or the URL of a server: ``"http://127.0.0.1:6566"``. Over HTTP definitions are read and
        not applied, and entity rows are frames.
    read_only : bool
        Open without owning the store: reads only, beside another process that owns it.
    served_log : float, optional
        Keep this part of all online answers, from 0 to 1, in files for `verify`; none by default. Of what a server
        answers, its own settings tell.
    api_key, token : str, optional
        With a URL: the API key, or the token of an identity provider, that says who calls. Better than the text itself
        is where it is: ``"${env:GNOMON_API_KEY}"`` or ``"${file:/run/secrets/gnomon}"``.
    ca : str, optional
        With ``https://``: PEM file of the authorities that may have signed the server's certificate; the system's by
        default.
    client_cert : str or pair of str, optional
        With ``https://``: PEM file of a certificate and its key, or one file of each.

    Examples
    --------
    >>> store = FeatureStore(repo_path=".")  # doctest: +SKIP
    >>> store.apply()  # doctest: +SKIP
    >>> store.get_online_features(["weather_now:temp"], [{"origin": "EWR"}]).to_dict()  # doctest: +SKIP
    {'origin': ['EWR'], 'temp': [39.02]}
    """

    def __init__(
        self,
        repo_path: str | os.PathLike[str] = ".",
        *,
        read_only: bool = False,
        served_log: float | None = None,
        api_key: str | None = None,
        token: str | None = None,
        ca: str | None = None,
        client_cert: str | tuple[str, str] | None = None,
    ) -> None:
        path = os.fspath(repo_path)
        self._url = path if "://" in path else ""
        if not self._url and (api_key, token, ca, client_cert) != (None, None, None, None):
            raise InvalidArgument("a folder asks for no credentials: they are for the URL of a server", id="GN700")
        if not self._url and not os.path.isdir(path):
            raise NotFound(f"no project folder: {path}", id="GN123", hint="Run `gnomon init` to make one")
        self.project_dir = "" if self._url else os.path.abspath(path)
        self._read_only = read_only
        self._served_log = _fraction("served_log", served_log)
        self._engine: AnyEngine | None = None
        if self._url:
            self._engine = RemoteEngine(self._url, credentials_of(api_key, token, ca, client_cert))
        self._owner: RemoteEngine | None = None  # of the online store, when that is a server in the same project
        self._owns = False
        self._closed = False
        self._progress = terminal_progress()
        self._one_at_a_time = threading.RLock()

    # ── definitions ──

    def plan(self, objects: Definition | Sequence[Definition] | None = None) -> Plan:
        """What `apply` would change.

        Parameters
        ----------
        objects : definition or list of them, optional
            Only these and what they use; by default the project's files are the whole truth.
        """
        fragment = self._fragment(objects)
        with self._working() as engine:
            return Plan.planned(*engine.plan(fragment))

    def apply(
        self, objects: Definition | Sequence[Definition] | None = None, *, allow_destructive: bool = False
    ) -> Plan:
        """Make the registry say what the project says; all or nothing.

        Parameters
        ----------
        objects : definition or list of them, optional
            Add or change only these and what they use; by default the project's files are the whole truth.
        allow_destructive : bool
            Allow changes that drop data.

        Returns
        -------
        Plan
            What changed.
        """
        fragment = self._fragment(objects)
        with self._working() as engine:
            return Plan.applied(engine.apply(fragment, allow_destructive))

    # ── reading ──

    def get_historical_features(
        self,
        entity_df: Any,
        features: Features,
        *,
        full_feature_names: bool = False,
        timestamp_column: str = "event_timestamp",
        history: Literal["as_known", "ideal"] = "as_known",
        strict: bool = False,
    ) -> TrainingSet:
        """Features of each entity row as they could have been known at its time.

        Parameters
        ----------
        entity_df : pandas or polars frame, Arrow table, str
            Rows to label: join keys, a time, and anything else. Text is a file, or SQL over the sources.
        features : list of str, FeatureService, str
            ``"view:feature"`` each, or a service or its name.
        full_feature_names : bool
            Name the columns ``view__feature``.
        timestamp_column : str
            Column of the rows' times.
        history : {"as_known", "ideal"}
            What serving would have returned, or with the commit times that Gnomon assigned set aside.
        strict : bool
            True raises where a value is INVALID; by default it is null and listed in the result's ``errors``.
        """
        one_of("history", history, ("as_known", "ideal"))
        names, service = feature_request(features)
        rows = EntityRows(entity_df, timestamp_column)
        with self._working() as engine:
            try:
                answer, manifest = engine.get_historical_features(
                    rows.sent,
                    names,
                    service,
                    full_feature_names,
                    timestamp_column,
                    history,
                    _ONE_THREAD_PER_CORE,
                    strict,
                )
            except Error as error:
                raise rows.explain(error) from None
        return TrainingSet(answer, manifest, rows)

    def get_online_features(
        self,
        features: Features,
        entity_rows: Any,
        *,
        full_feature_names: bool = False,
        as_of: Instant | None = None,
        timeout_ms: int | None = None,
    ) -> OnlineAnswer:
        """The newest values, or those that held at `as_of`.

        Parameters
        ----------
        features : list of str, FeatureService, str
            ``"view:feature"`` each, or a service or its name.
        entity_rows : list of dict, dict of list, frame
            The entities to look up.
        full_feature_names : bool
            Name the columns ``view__feature``.
        as_of : datetime or str, optional
            The instant to answer for; now by default. Without a zone it is UTC.
        timeout_ms : int, optional
            Raise `DeadlineExceeded` when there is no answer by then; an answer is never partial.
        """
        if timeout_ms is not None and (isinstance(timeout_ms, bool) or not 1 <= timeout_ms <= _LONGEST_TIMEOUT_MS):
            raise InvalidArgument(f"timeout_ms must be from 1 to {_LONGEST_TIMEOUT_MS}, got {timeout_ms!r}", id="GN220")
        names, service = feature_request(features)
        rows = frames.rows_table("entity_rows", entity_rows)
        t = None if as_of is None else instant_us("as_of", as_of)

        def read(engine: AnyEngine) -> tuple[Any, str]:
            if isinstance(engine, RemoteEngine):
                return engine.get_online_features(rows, names, service, full_feature_names, t, timeout_ms)
            if timeout_ms is None:
                return engine.get_online_features(rows, names, service, full_feature_names, t)
            return _within(timeout_ms, lambda: engine.get_online_features(rows, names, service, full_feature_names, t))

        # No lock: the engine answers any number of threads at once.
        return OnlineAnswer(*self._online(read))

    # ── writing ──

    def materialize(
        self, start_date: Instant, end_date: Instant, feature_views: Sequence[str | FeatureView] | None = None
    ) -> dict[str, Any]:
        """Write the rows of ``[start_date, end_date)`` to the online store.

        Parameters
        ----------
        start_date, end_date : datetime or str
            Without a zone they are UTC; `end_date` lies not in the future.
        feature_views : list, optional
            All views that are served online by default.

        Returns
        -------
        dict
            Rows read, written and quarantined of each view.
        """
        start, end = instant_us("start_date", start_date), instant_us("end_date", end_date)
        views = names_in("feature_views", feature_views, FeatureView)
        return self._online_report(lambda engine: engine.materialize(start, end, views))

    def materialize_incremental(
        self, end_date: Instant, feature_views: Sequence[str | FeatureView] | None = None
    ) -> dict[str, Any]:
        """Write what became visible since the last time; parameters and result as in `materialize`."""
        end = instant_us("end_date", end_date)
        views = names_in("feature_views", feature_views, FeatureView)
        return self._online_report(lambda engine: engine.materialize_incremental(end, views))

    def compact(
        self, as_of: Instant | None = None, feature_views: Sequence[str | FeatureView] | None = None
    ) -> dict[str, Any]:
        """Remove from the online store what no read can reach any more.

        Parameters
        ----------
        as_of : datetime or str, optional
            Reads at this time or later are answered as before; earlier ones may be ``INVALID`` afterwards. UTC where it
            has no zone. By default now minus the view's ``as_of_retention``; nothing goes where that is ``"all"``.
        feature_views : list, optional
            All views that are served online by default.

        Returns
        -------
        dict
            Of each view how many row versions or window records were removed.
        """
        since = None if as_of is None else instant_us("as_of", as_of)
        views = names_in("feature_views", feature_views, FeatureView)
        return self._online_report(lambda engine: engine.compact(since, views))

    def push(
        self,
        push_source_name: str | PushSource,
        df: Any,
        to: Literal["online_and_offline", "online", "offline"] = "online_and_offline",
    ) -> dict[str, Any]:
        """Push rows to a source, and so to the views over it.

        Parameters
        ----------
        push_source_name : str or PushSource
            Where to push.
        df : frame, list of dict, dict of list
            The rows.
        to : {"online_and_offline", "online", "offline"}
            Rows pushed ``"online"`` only are left out of training sets.
        """
        name = one_name("push_source_name", push_source_name, PushSource)
        one_of("to", to, ("online_and_offline", "online", "offline"))
        rows = frames.rows_table("df", df)
        report = self._report if to == "offline" else self._online_report
        return report(lambda engine: engine.push(name, rows, to))

    def write_to_online_store(self, feature_view_name: str | FeatureView, df: Any) -> dict[str, Any]:
        """Write rows of a view to the online store; `df` as in `push`."""
        name = one_name("feature_view_name", feature_view_name, FeatureView)
        rows = frames.rows_table("df", df)
        return self._online_report(lambda engine: engine.write_to_online_store(name, rows))

    # ── the pipeline ──

    def run(self, views: Sequence[str | FeatureView] | None = None) -> dict[str, Any]:
        """Run the pipeline once: source, check, transform, check, store, materialize; all views by default.

        Returns
        -------
        dict
            The run's record. ``"blocked"`` is true when a check stopped a branch; the last good data stays served.
        """
        names = names_in("views", views, FeatureView)
        return self._online_report(lambda engine: engine.run(names))

    def validate(self, name: str | Definition | None = None) -> list[dict[str, Any]]:
        """Check a source's or a view's rows and store nothing; everything that has checks by default."""
        names = names_in("name", name, Definition)
        return self._reports(lambda engine: engine.validate(names))

    def verify(
        self,
        feature_service: str | FeatureService | None = None,
        *,
        since: Instant | None = None,
        until: Instant | None = None,
    ) -> Verification:
        """Recompute logged answers by the training path, over exactly what each was read from, and compare bit by bit.

        Parameters
        ----------
        feature_service : str or FeatureService, optional
            Answers to requests for it; every logged answer by default.
        since, until : datetime or str, optional
            Answers given in ``[since, until)``.

        Returns
        -------
        Verification
            Of each feature how many values match, the first that differ and why, and how many are what a training
            set says today.
        """
        service = "" if feature_service is None else one_name("feature_service", feature_service, FeatureService)
        start = None if since is None else instant_us("since", since)
        end = None if until is None else instant_us("until", until)
        return Verification(self._online_report(lambda engine: engine.verify(service, start, end)))

    def runs(self, limit: int = 20) -> list[dict[str, Any]]:
        """The latest runs, newest first."""
        return self._reports(lambda engine: engine.runs(limit))

    def quarantine(self, name: str | Source | FeatureView | None = None) -> Any:
        """Rows that were set aside, with the reasons, as a `pyarrow.Table`; of all sources and views by default."""
        target = "" if name is None else one_name("name", name, Definition)
        with self._working() as engine:
            return engine.quarantine(target)

    # ── the catalog ──

    def list_objects(self, kind: str) -> list[dict[str, Any]]:
        """What is applied, or what there is to use.

        Parameters
        ----------
        kind : str
            ``"entities"``, ``"sources"``, ``"views"``, ``"services"``, ``"aggregations"``, ``"expectations"`` or
            ``"stores"``.
        """
        return self._reports(lambda engine: engine.list(kind))

    def describe(self, name: str | Definition) -> Any:
        """One applied object in full: a dict, or a list of them where several kinds share the name."""
        target = one_name("name", name, Definition)
        return self._report(lambda engine: engine.describe(target))

    # ── life ──

    def close(self) -> None:
        """Give the store back. Closing twice is no error; any other call afterwards is."""
        with self._one_at_a_time:
            engine, self._engine, self._closed = self._engine, None, True
            owner, self._owner = self._owner, None
            for opened in (engine, owner):
                if opened is not None:
                    opened.close()

    def __enter__(self) -> FeatureStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"FeatureStore({self._url or self.project_dir!r}{', closed' if self._closed else ''})"

    def _repr_html_(self) -> str:
        """The applied views; what cannot be read is said instead of raised, because a notebook shows it in passing."""
        try:
            with self._working() as engine:
                manifest = json.loads(engine.manifest())
        except Error as error:
            return html.facts(repr(self), {"state": str(error)})
        views = manifest.get("feature_views", [])
        rows = [
            (
                view["name"],
                ", ".join(view.get("entities", [])),
                ", ".join(view.get("sources", [])),
                ", ".join(field["name"] for field in view.get("schema", [])),
            )
            for view in views
        ]
        return html.table(repr(self), ("view", "entities", "sources", "features"), rows)

    def _open(self) -> AnyEngine:
        engine = self._engine
        if engine is not None:
            return engine
        with self._one_at_a_time:
            if self._closed:
                raise FailedPrecondition("the store is closed", id="GN162", hint="Make a new FeatureStore")
            if self._engine is None:
                self._engine = _native_engine()(
                    self.project_dir, sys.executable, self._read_only, self._served_log, self._progress
                )
            return self._engine

    def _online(self, work: Callable[[AnyEngine], _T]) -> _T:
        """Work on the engine that owns the online store: the one here, or that of the project's server."""
        owner = self._owner or self._find_owner()
        if owner is None:
            return work(self._open())
        try:
            return work(owner)
        except Unavailable as error:
            if error.id != "GN631":
                raise
        self._owner = None  # it has ended, and nothing was done: whoever owns the store now
        return work(self._find_owner() or self._open())

    def _find_owner(self) -> RemoteEngine | None:
        """The server that owns the store of this project; None: there is none, or the store is ours."""
        if self._owns or self._read_only or self._url:
            return None
        with self._one_at_a_time:
            engine = self._open()
            assert not isinstance(engine, RemoteEngine)
            try:
                engine.open_online_store()
                self._owns = True
            except Error as error:
                if error.id == "GN510":
                    self._owner = server_in(self.project_dir)
            return self._owner  # any other trouble is told by the call itself

    @contextmanager
    def _working(self) -> Iterator[AnyEngine]:
        """The engine for one call at a time; a progress line is cleared at the end."""
        with self._one_at_a_time:
            engine = self._open()
            if self._progress is None:
                yield engine
                return
            with self._progress:
                yield engine

    def _online_report(self, work: Callable[[AnyEngine], str]) -> dict[str, Any]:
        with self._working():
            report: dict[str, Any] = json.loads(self._online(work))
        return report

    def _report(self, work: Callable[[AnyEngine], str]) -> dict[str, Any]:
        with self._working() as engine:
            report: dict[str, Any] = json.loads(work(engine))
        return report

    def _reports(self, work: Callable[[AnyEngine], str]) -> list[dict[str, Any]]:
        with self._working() as engine:
            reports: list[dict[str, Any]] = json.loads(work(engine))
        return reports

    def _fragment(self, objects: Definition | Sequence[Definition] | None) -> str | None:
        if self._url:
            raise Unimplemented(
                "definitions are not applied over HTTP",
                id="GN632",
                hint="Use FeatureStore(repo_path=…) in the project's folder",
            )
        if objects is None:
            return None
        listed = [objects] if isinstance(objects, Definition) else items("objects", objects, "definitions")
        return manifest_json(listed, self.project_dir)


def _fraction(name: str, value: float | None) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise InvalidArgument(f"{name} must be a number from 0 to 1, got {value!r}", id="GN220")
    return float(value)


def _within(timeout_ms: int, work: Callable[[], _T]) -> _T:
    """What `work` returns or raises, if in time. It cannot be interrupted: what is late is dropped when it comes."""
    done: queue.SimpleQueue[tuple[_T | None, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            done.put((work(), None))
        except BaseException as error:
            done.put((None, error))

    threading.Thread(target=run, daemon=True).start()
    try:
        answer, error = done.get(timeout=timeout_ms / 1000)
    except queue.Empty:
        raise DeadlineExceeded(f"not answered within timeout_ms = {timeout_ms}", id="GN634") from None
    if error is not None:
        raise error
    return cast("_T", answer)


def _native_engine() -> type[Engine]:
    try:
        from gnomon._gnomon import Engine
    except ImportError as error:
        raise FailedPrecondition(
            f"the native module gnomon._gnomon cannot be loaded: {error}",
            id="GN163",
            hint="Build it with `make setup build`, or install the wheel for this platform",
        ) from error
    return Engine
