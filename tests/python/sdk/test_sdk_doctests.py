"""The examples in the SDK's docstrings are run."""

import doctest
import importlib
import pkgutil

import pytest

import gnomon

# The child process's entry point and the native module hold no examples for Python.
MODULES = [
    f"gnomon.{m.name}" for m in pkgutil.iter_modules(gnomon.__path__) if m.name not in ("_gnomon", "transform_child")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples():
    finder = doctest.DocTestFinder(exclude_empty=True)
    examples = sum(len(test.examples) for name in MODULES for test in finder.find(importlib.import_module(name)))
    assert examples > 30
