"""Views computed by a Python function that runs in the pipeline."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import Any, Literal

from gnomon.arguments import checked_keywords, invalid
from gnomon.definition import Json
from gnomon.durations import Duration
from gnomon.entity import Entity
from gnomon.errors import FailedPrecondition
from gnomon.expect import Expectation
from gnomon.feature_view import UNSUPPORTED, FeatureView
from gnomon.origin import caller_origin, path_within
from gnomon.schema import Field
from gnomon.sources import Source

MODES = ("pandas", "polars", "arrow")

# A function's rows are features as they are: nothing is made of them over windows yet.
UNSUPPORTED_BESIDE_A_FUNCTION = ("aggregations", "where", "allowed_lateness", *UNSUPPORTED)


class PythonTransform:
    """A function by its place, and a hash of its text: what the manifest keeps. No code object is ever stored."""

    def __init__(self, view: str, function: Callable[..., Any], mode: str, modes: Sequence[str] = MODES) -> None:
        if mode not in modes:
            known = " or ".join(", ".join(f'"{known}"' for known in modes).rsplit(", ", 1))
            raise invalid(f"view {view!r}: mode must be {known}, got {mode!r}")
        if not isinstance(function, FunctionType) or "<" in function.__qualname__:
            raise invalid(
                f"view {view!r}: {getattr(function, '__qualname__', function)!r} cannot be found by its name",
                hint="Decorate a function defined with def at the top level of a file",
            )
        import hashlib
        import inspect

        try:
            source = inspect.getsource(function)
        except (OSError, TypeError):
            raise invalid(
                f"view {view!r}: the source text of {function.__qualname__} is not available",
                hint="Define it in a file of the project's features folder",
            ) from None
        self.view = view
        self.function = function
        self.mode = mode
        self.source_hash = hashlib.sha256(source.encode()).hexdigest()

    def to_manifest(self, project_dir: str) -> Json:
        """The `PythonTransform` message.

        Raises
        ------
        FailedPrecondition
            The function lies outside the project: the pipeline, which runs in another process, would not find it.
        """
        file = path_within(self.function.__code__.co_filename, project_dir)
        if not file:
            raise FailedPrecondition(
                f"view {self.view!r}: function {self.function.__qualname__} is defined in "
                f"{self.function.__code__.co_filename}, outside the project {project_dir}",
                id="GN152",
                where=str(caller_origin()),
                hint="Move it to a file in the project's features folder, where the pipeline finds it",
            )
        return {
            "function": f"{file}:{self.function.__qualname__}",
            "mode": self.mode,
            "source_hash": self.source_hash,
        }

    def __str__(self) -> str:
        return f"{self.function.__qualname__} ({self.mode})"


@checked_keywords(unsupported=UNSUPPORTED_BESIDE_A_FUNCTION)
def batch_feature_view(
    *,
    name: str = "",
    entities: Sequence[Entity | str],
    source: Source | str | None = None,
    sources: Sequence[Source | str] | None = None,
    mode: Literal["pandas", "polars", "arrow"] = "pandas",
    schema: Sequence[Field] | None = None,
    ttl: Duration | None = None,
    timestamp_field: str = "",
    created_timestamp_column: str = "",
    known_at_field: str = "",
    expect: Sequence[Expectation] | None = None,
    serving_lag: Duration = 0,
    as_of_retention: Duration | None = None,
    online: bool = True,
    owner: str = "",
    description: str = "",
    tags: Mapping[str, str] | None = None,
) -> Callable[[Callable[..., Any]], FeatureView]:
    """Make a feature view from a function of frames, one a source, that returns a frame.

    The function runs in the pipeline, in a process of its own, and never while serving.

    Parameters
    ----------
    name : str, optional
        Name of the view; the function's name by default.
    mode : {"pandas", "polars", "arrow"}
        What kind of frame the function takes and returns.
    entities, source, sources, schema, ttl, timestamp_field, created_timestamp_column, known_at_field
        As in `FeatureView`; the time columns are those of the result.
    expect, serving_lag, as_of_retention, online, owner, description, tags
        As in `FeatureView`.

    Returns
    -------
    decorator
        It turns the function into a `FeatureView`, whose `function` is the function.
    """

    def decorate(function: Callable[..., Any]) -> FeatureView:
        from inspect import cleandoc

        view = FeatureView(
            name or getattr(function, "__name__", ""),
            entities,
            source=source,
            sources=sources,
            schema=schema,
            ttl=ttl,
            timestamp_field=timestamp_field,
            created_timestamp_column=created_timestamp_column,
            known_at_field=known_at_field,
            expect=expect,
            serving_lag=serving_lag,
            as_of_retention=as_of_retention,
            online=online,
            owner=owner,
            description=description or cleandoc(getattr(function, "__doc__", None) or ""),
            tags=tags,
        )
        view.transform = PythonTransform(view.name, function, mode)
        return view

    return decorate
