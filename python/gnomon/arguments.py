"""Checks of what a definition is given, at the line that gives it.

Only kinds of values are judged here, because a wrong kind could not be written into the manifest. Names, references and
types are judged by the engine, which sees the whole project.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from gnomon.errors import InvalidArgument, Unimplemented
from gnomon.origin import caller_origin

P = ParamSpec("P")
R = TypeVar("R")


def invalid(what: str, *, hint: str = "", id: str = "GN150") -> InvalidArgument:
    """An error that names the user's line."""
    return InvalidArgument(what, id=id, where=str(caller_origin()), hint=hint)


def closest(word: str, candidates: Iterable[str]) -> str:
    """The candidate that `word` probably meant, or an empty string."""
    import difflib

    return next(iter(difflib.get_close_matches(word, list(candidates), n=1)), "")


def text(what: str, value: object) -> str:
    """`value`, if it is a string."""
    if not isinstance(value, str):
        raise invalid(f"{what} must be a string, got {value!r}")
    return value


def flag(what: str, value: object) -> bool:
    """`value`, if it is a bool."""
    if not isinstance(value, bool):
        raise invalid(f"{what} must be True or False, got {value!r}")
    return value


def items(what: str, value: object, of: str) -> list[Any]:
    """`value` as a list. A string is refused: it would be taken apart into characters."""
    if value is None:
        return []
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise invalid(f"{what} must be a list of {of}, got {value!r}", hint="Write it in brackets: [...]")
    return list(value)


def texts(what: str, value: object) -> list[str]:
    """`value` as a list of strings."""
    return [text(f"{what}[{i}]", item) for i, item in enumerate(items(what, value, "strings"))]


def text_map(what: str, value: object) -> dict[str, str]:
    """`value` as a dict of strings."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise invalid(f"{what} must be a dict, got {value!r}")
    return {text(f"{what}: the key", key): text(f"{what}[{key!r}]", item) for key, item in value.items()}


def filled(**fields: Any) -> dict[str, Any]:
    """The fields that say something: the manifest leaves empty ones out, as protobuf's JSON does.

    >>> filled(name="a", ttl_us=0, tags={})
    {'name': 'a'}
    """
    return {name: value for name, value in fields.items() if value}


def checked_keywords(*, unsupported: Collection[str] = ()) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Gives a function's refusal of unknown keywords a suggestion, and planned keywords an error of their own.

    Parameters
    ----------
    unsupported : collection of str
        Keywords of the documented interface that do not exist yet.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        code = function.__code__
        known = [n for n in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount] if n != "self"]
        shown = function.__qualname__.removesuffix(".__init__")

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            for keyword in kwargs:
                if keyword not in known:
                    raise _refusal(shown, keyword, known, unsupported)
            return function(*args, **kwargs)

        return call

    return decorate


def _refusal(shown: str, keyword: str, known: list[str], unsupported: Collection[str]) -> Exception:
    if keyword in unsupported:
        return Unimplemented(
            f"{shown}: {keyword}= is not supported yet",
            id="GN121",
            where=str(caller_origin()),
            hint="Leave it out; it is refused because ignoring it would change what the features mean",
        )
    suggestion = closest(keyword, [*known, *unsupported])
    advice = f"did you mean {suggestion}=?" if suggestion else f"known: {', '.join(known)}"
    return TypeError(f"{shown}() got an unexpected keyword argument {keyword!r} ({advice})")
