"""The twelve errors."""

import pickle

import pytest

import gnomon
from gnomon import errors

CLASSES = [getattr(errors, name) for name in errors.__all__ if name != "Error"]


def test_there_are_twelve_and_each_is_an_error():
    assert len(CLASSES) == 12
    assert all(issubclass(kind, gnomon.Error) for kind in CLASSES)


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (errors.InvalidArgument, ValueError),
        (errors.PermissionDenied, PermissionError),
        (errors.NotFound, KeyError),
        (errors.DeadlineExceeded, TimeoutError),
        (errors.Unimplemented, NotImplementedError),
    ],
)
def test_five_are_builtins_as_well(kind, builtin):
    with pytest.raises(builtin):
        raise kind("no")


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_made_as_the_binding_makes_them_shown_as_the_engine_shows_them(kind):
    error = kind("unknown view: a", code=kind.__name__, id="GN105", where="features/x.py:3", hint="Did you mean b?")
    assert str(error) == "GN105 features/x.py:3  unknown view: a. Did you mean b?"
    assert (error.code, error.id, error.what) == (kind.__name__, "GN105", "unknown view: a")
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind and str(copy) == str(error) and copy.__dict__ == error.__dict__


def test_what_is_empty_is_not_shown():
    assert str(errors.NotFound("no view x")) == "no view x"
    assert str(errors.NotFound("no view x", id="GN102")) == "GN102 no view x"
    assert errors.NotFound("no view x").code == "NotFound"
