"""Values that are known only when they are asked for: what a traced function computes with.

Operators on an `Expression` write down what is to be computed; nothing is computed here. What Python would decide at
once — ``if``, loops, ``float()``, ``math.cos`` — cannot wait for a value: it is refused with the place and the way out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any, NoReturn

from gnomon.errors import InvalidArgument
from gnomon.lookup_set import LookupSet
from gnomon.user_code import recorded, tracing, user_place

MAX_NODES = 65_536  # of the language; what is larger is refused where it is written
_INT64 = range(-(2**63), 2**63)
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KEYWORDS = {"and", "or", "not", "in", "is", "if", "else", "None", "True", "False", "null", "true", "false"}

# What NumPy's scalars call operators by.
_UFUNCS = {
    "add": "+",
    "subtract": "-",
    "multiply": "*",
    "divide": "/",
    "true_divide": "/",
    "floor_divide": "//",
    "remainder": "%",
    "equal": "==",
    "not_equal": "!=",
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
}


def refuse(what: str, hint: str) -> NoReturn:
    """Raise GN170 at the user's line. While tracing it is remembered, so that catching it changes nothing."""
    raise recorded(InvalidArgument(f"this cannot be traced: {what}", id="GN170", where=user_place(), hint=hint))


class Expression:
    """A value that is known only when it is asked for.

    Made by `column`, by ``inputs["name"]`` in a traced function, and by `gnomon.functions`; operators mean what they
    mean in Python, and ``&``, ``|``, ``~`` are and, or, not.

    Examples
    --------
    >>> from gnomon.expression import column
    >>> (column("wind_speed") * 2 > 10) & ~column("is_calm")
    Expression(((wind_speed * 2) > 10) and (not is_calm))
    """

    __slots__ = ("_atomic", "_text", "size")

    def __init__(self, text: str, size: int, *, atomic: bool = False) -> None:
        if size > MAX_NODES:
            refuse(f"the expression has more than {MAX_NODES} parts", "Compute a part in an on-demand view of its own")
        self._text = text
        self._atomic = atomic  # binds tighter than every operator
        self.size = size

    def value(self) -> Any:
        """What an expression without columns is, computed by the engine.

        >>> from gnomon import functions as fn
        >>> (fn.length("größe") + 1).value()
        6
        """
        import pyarrow as pa

        from gnomon._gnomon import evaluate_expression

        return evaluate_expression(self._text, pa.table({"row": [0]})).column(0)[0].as_py()

    # ── arithmetic ──

    def __add__(self, other: Any) -> Expression:
        return binary("+", self, other)

    def __radd__(self, other: Any) -> Expression:
        return binary("+", other, self)

    def __sub__(self, other: Any) -> Expression:
        return binary("-", self, other)

    def __rsub__(self, other: Any) -> Expression:
        return binary("-", other, self)

    def __mul__(self, other: Any) -> Expression:
        return binary("*", self, other)

    def __rmul__(self, other: Any) -> Expression:
        return binary("*", other, self)

    def __truediv__(self, other: Any) -> Expression:
        return binary("/", self, other)

    def __rtruediv__(self, other: Any) -> Expression:
        return binary("/", other, self)

    def __floordiv__(self, other: Any) -> Expression:
        return binary("//", self, other)

    def __rfloordiv__(self, other: Any) -> Expression:
        return binary("//", other, self)

    def __mod__(self, other: Any) -> Expression:
        return binary("%", self, other)

    def __rmod__(self, other: Any) -> Expression:
        return binary("%", other, self)

    def __neg__(self) -> Expression:
        return Expression(f"-{operand(self)}", self.size + 1)

    def __pos__(self) -> Expression:
        return self

    def __abs__(self) -> Expression:
        return call("abs", self)

    # The language's integers are Python's: these four give the same as on a number.
    def __round__(self, digits: int | None = None) -> Expression:
        if digits is not None:
            refuse("round() to decimal places", "Round to an integer, or multiply, round and divide")
        return call("round", self)

    def __floor__(self) -> Expression:
        return call("floor", self)

    def __ceil__(self) -> Expression:
        return call("ceil", self)

    def __trunc__(self) -> Expression:
        return call("int", self)

    # ── comparisons and logic ──

    def __eq__(self, other: Any) -> Any:
        return comparison("==", self, other)

    def __ne__(self, other: Any) -> Any:
        return comparison("!=", self, other)

    def __lt__(self, other: Any) -> Expression:
        return comparison("<", self, other)

    def __le__(self, other: Any) -> Expression:
        return comparison("<=", self, other)

    def __gt__(self, other: Any) -> Expression:
        return comparison(">", self, other)

    def __ge__(self, other: Any) -> Expression:
        return comparison(">=", self, other)

    def __and__(self, other: Any) -> Expression:
        return binary("and", self, other)

    def __rand__(self, other: Any) -> Expression:
        return binary("and", other, self)

    def __or__(self, other: Any) -> Expression:
        return binary("or", self, other)

    def __ror__(self, other: Any) -> Expression:
        return binary("or", other, self)

    def __invert__(self) -> Expression:
        return Expression(f"not {operand(self)}", self.size + 1)

    def __getitem__(self, index: Any) -> Expression:
        if isinstance(index, slice):
            refuse("a slice", "Use fn.substr(text, start, length)")
        return call("element", self, index)

    # ── what cannot wait ──

    def __bool__(self) -> bool:
        refuse(
            "Python has to know here whether a value is true, and it is known only when it is asked for",
            "Instead of `if` write fn.if_else(condition, a, b) or fn.case(...); of `and`, `or`, `not`: &, |, ~ with "
            "parentheses; of `a < b < c`: (a < b) & (b < c); of `x in [...]`: fn.is_in(x, [...]); of min(), max(): "
            "fn.min(), fn.max()",
        )

    def __iter__(self) -> Iterator[Any]:
        refuse("a loop over a value", "Arrays have functions: fn.array_sum, fn.array_length, fn.element")

    def __contains__(self, part: Any) -> bool:
        refuse("`in` a value", "Use fn.contains(text, part) or fn.array_contains(array, x)")

    def __len__(self) -> int:
        refuse("len() of a value", "Use fn.length(text) or fn.array_length(array)")

    def __float__(self) -> float:
        refuse(
            "a function of plain numbers is given a value (math.*, float())",
            "gnomon.functions has them: fn.cos, fn.sqrt, fn.log, fn.float …",
        )

    def __int__(self) -> int:
        refuse("int() of a value", "Use fn.int(x)")

    def __index__(self) -> int:
        refuse("a value as an index or a number of times", "Use fn.element(array, n), or a constant")

    def __complex__(self) -> complex:
        refuse("complex() of a value", "There are no complex numbers")

    def __str__(self) -> str:
        refuse("a value as text (str(), print(), an f-string, %)", "Use fn.concat(...) and fn.str(x)")

    def __format__(self, spec: str) -> str:
        refuse("a value in an f-string or format()", "Use fn.concat(...) and fn.str(x)")

    def __bytes__(self) -> bytes:
        refuse("bytes() of a value", "There is no such conversion")

    def __repr__(self) -> str:
        if tracing():
            refuse("a value as text (repr(), !r)", "Use fn.concat(...) and fn.str(x)")
        return f"Expression({self._text})"

    def __pow__(self, other: Any) -> Expression:
        refuse("`**`", "Use fn.pow(x, y), which gives a Float64, or multiply")

    __rpow__ = __pow__

    def __xor__(self, other: Any) -> Expression:
        refuse("`^`", "Of two conditions write a != b")

    __rxor__ = __xor__

    def __lshift__(self, other: Any) -> Expression:
        refuse("shifts of bits", "Multiply, or divide by //")

    __rlshift__ = __rshift__ = __rrshift__ = __lshift__

    def __matmul__(self, other: Any) -> Expression:
        refuse("`@`", "Use fn.dot(a, b)")

    __rmatmul__ = __matmul__

    def __divmod__(self, other: Any) -> tuple[Expression, Expression]:
        return self // other, self % other

    def __call__(self, *args: Any, **kwargs: Any) -> Expression:  # noqa: D102
        refuse(
            "a value is called", 'Columns are read as inputs["name"]; what values can do are functions: fn.lower(text)'
        )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        refuse(f"the method or attribute .{name} of a value", f"See gnomon.functions, perhaps fn.{name}(x)")

    def __hash__(self) -> int:
        refuse("a value as a key of a dict or an item of a set", "Use fn.case([(x == key, value), ...], default)")

    @property  # type: ignore[misc]  # object's may be set
    def __class__(self) -> Any:
        # isinstance() would answer at once, and wrongly, what kind of value this will be.
        if tracing() and asked_by_user():
            refuse(
                "the type of a value is asked for (isinstance, pandas.isna …)",
                "Types are declared: see the view's schema",
            )
        return Expression

    def __array__(self, *args: Any, **kwargs: Any) -> NoReturn:
        refuse("a value as an array of NumPy or pandas", "Use gnomon.functions")

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        symbol = _UFUNCS.get(ufunc.__name__)
        if method != "__call__" or symbol is None or kwargs:
            refuse(f"numpy.{ufunc.__name__} of a value", f"Use gnomon.functions, perhaps fn.{ufunc.__name__}")
        return binary(symbol, *inputs)


def asked_by_user() -> bool:
    """Whether the attribute that is being looked up is asked for outside of this package."""
    import sys

    return not str(sys._getframe(2).f_globals.get("__name__", "")).startswith("gnomon.")


def column(name: str) -> Expression:
    """The column of that name.

    >>> column("wind_speed"), column("odd name")
    (Expression(wind_speed), Expression(`odd name`))
    """
    plain = _PLAIN_NAME.fullmatch(name) and name not in _KEYWORDS
    escaped = name.replace("\\", "\\\\").replace("`", "\\`")
    return Expression(name if plain else f"`{escaped}`", 1, atomic=True)


def text_of(expression: Expression) -> str:
    """The expression as the engine reads it."""
    return expression._text


def traced(value: Any) -> Expression:
    """`value` as an expression: itself, or a constant."""
    if type(value) is Expression:
        return value
    if isinstance(value, list | tuple):
        items = [traced(item) for item in value]
        text = ", ".join(item._text for item in items)
        return Expression(f"[{text}]", 1 + sum(item.size for item in items), atomic=True)
    return Expression(_constant(value), 1, atomic=True)


def _constant(value: Any) -> str:
    if hasattr(value, "dtype") and hasattr(value, "item") and getattr(value, "ndim", 1) == 0:
        value = value.item()  # a NumPy scalar
    if value is None or isinstance(value, bool):
        return repr(value)
    if isinstance(value, int):
        if value not in _INT64:
            refuse(f"the integer {value} does not fit into Int64", "Use a float")
        return f"({int(value)})" if value < 0 else str(int(value))
    if isinstance(value, float):
        plain = float(value)
        if plain != plain or plain in (float("inf"), float("-inf")):
            return f"float('{plain!r}')"
        return f"({plain!r})" if plain < 0 or repr(plain).startswith("-") else repr(plain)
    if isinstance(value, str):
        return repr(str(value))
    if isinstance(value, bytes):
        return repr(value)
    if isinstance(value, datetime):
        aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return f"timestamp('{datetime.isoformat(aware.replace(tzinfo=None))}Z')"
    if isinstance(value, LookupSet):
        return repr(str(used_set(value).name))
    hint = "Constants are None, bool, int, float, str, bytes, datetime, and lists of those"
    if isinstance(value, date):
        hint = "Write a datetime"
    refuse(f"a constant of type {type(value).__name__}", hint)


_on_set: list[Callable[[LookupSet], None]] = []


def used_set(lookup: LookupSet) -> LookupSet:
    """Tells who traces that a lookup set was given as an object."""
    for tell in _on_set:
        tell(lookup)
    return lookup


def call(function: str, *arguments: Any) -> Expression:
    """A call of a function of the language."""
    given = [traced(argument) for argument in arguments]
    text = ", ".join(argument._text for argument in given)
    return Expression(f"{function}({text})", 1 + sum(argument.size for argument in given), atomic=True)


def operand(expression: Expression) -> str:
    """The expression's text where an operator takes it."""
    return expression._text if expression._atomic else f"({expression._text})"


def binary(operator: str, a: Any, b: Any) -> Expression:
    """Two operands and what stands between them."""
    left, right = traced(a), traced(b)
    return Expression(f"{operand(left)} {operator} {operand(right)}", 1 + left.size + right.size)


def comparison(operator: str, a: Any, b: Any) -> Expression:
    """A comparison; one with None would never be true."""
    if a is None or b is None:
        refuse(f"`{operator} None`, which would never be true", "Use fn.is_null(x), or ~fn.is_null(x)")
    return binary(operator, a, b)
