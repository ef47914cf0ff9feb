"""What Python writes with words: conditions, membership, null."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from gnomon.expression import Expression, operand, refuse, traced
from gnomon.expression import column as column

__all__ = ["case", "column", "if_else", "is_in", "is_null"]


def if_else(condition: Any, then: Any, otherwise: Any) -> Expression:
    """One of two values; None where the condition is None.

    Examples
    --------
    >>> from gnomon import functions as fn
    >>> fn.if_else(fn.length("abc") > 2, "long", "short").value()
    'long'
    """
    parts = [traced(then), traced(condition), traced(otherwise)]
    text = f"({operand(parts[0])} if {operand(parts[1])} else {operand(parts[2])})"
    return Expression(text, 1 + sum(part.size for part in parts), atomic=True)


def case(branches: Sequence[tuple[Any, Any]], default: Any = None) -> Expression:
    """The value beside the first condition that holds, else the default. A condition that is None does not hold.

    Examples
    --------
    >>> from gnomon import functions as fn
    >>> fn.case([(fn.length("abc") > 5, "long"), (fn.length("abc") > 2, "middle")], "short").value()
    'middle'
    """
    from gnomon.functions import coalesce

    result = traced(default)
    for branch in reversed(list(branches)):
        if not isinstance(branch, tuple) or len(branch) != 2:
            refuse("a branch of case() that is no pair", "Write fn.case([(condition, value), ...], default)")
        result = if_else(coalesce(branch[0], False), branch[1], result)
    return result


def is_null(x: Any) -> Expression:
    """Whether a value is missing.

    Examples
    --------
    >>> from gnomon import functions as fn
    >>> fn.is_null(None).value(), (~fn.is_null(3)).value()
    (True, True)
    """
    given = traced(x)
    return Expression(f"{operand(given)} is None", 1 + given.size)


def is_in(x: Any, values: Iterable[Any]) -> Expression:
    """Whether x is one of some constants; None where x is.

    Examples
    --------
    >>> from gnomon import functions as fn
    >>> fn.is_in("JFK", ["EWR", "JFK", "LGA"]).value()
    True
    """
    given, listed = traced(x), traced(list(values))
    return Expression(f"{operand(given)} in {operand(listed)}", 1 + given.size + listed.size)
