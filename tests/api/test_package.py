from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpydoc.docscrape
import pytest

from dokja import errors
from dokja.cli.dossier import SUBCOMMANDS as DOSSIER
from dokja.cli.main import COMMANDS
from dokja.cli.round import SUBCOMMANDS as ROUND
from tests.support.modules import REPOSITORY, ROOT, module_files, module_name, module_names

MAX_LINES = 400
GROUPED = tuple(
    f"{group}_{name.replace('-', '_')}"
    for group, names in (("round", ROUND), ("dossier", DOSSIER))
    for name in names
)


def _drawn_tree(text: str) -> dict[str, tuple[str | None, str | None]]:
    """Read the drawing: name -> (parent, built-in base)."""
    drawn: dict[str, tuple[str | None, str | None]] = {}
    path: list[str] = []
    for line in text.splitlines():
        found = re.match(r"^    ([│ ]*)(?:[├└]── )?(\w+Error)(?: \((\w+)\))?$", line)
        if not found:
            continue
        branch = line[4:]
        depth = 0 if branch[0].isalpha() else branch.index("── ") // 4 + 1
        path = [*path[:depth], found[2]]
        drawn[found[2]] = (path[depth - 1] if depth else None, found[3])
    return drawn


def test_drawing_of_the_errors_equals_the_classes() -> None:
    drawn = _drawn_tree(errors.__doc__ or "")
    classes = {
        name: kind
        for name, kind in vars(errors).items()
        if inspect.isclass(kind) and issubclass(kind, errors.DokjaError)
    }
    assert len(drawn) > 15
    assert set(drawn) == set(classes)
    for name, kind in classes.items():
        parent, builtin = drawn[name]
        own = [base.__name__ for base in kind.__bases__ if base is not Exception]
        assert own == [base for base in (parent, builtin) if base], name


@pytest.mark.parametrize("name", module_names())
def test_all_names_exist_and_are_sorted(name: str) -> None:
    module = importlib.import_module(name)
    exported = getattr(module, "__all__", None)
    if exported is None:
        return
    assert len(set(exported)) == len(exported)
    missing = [entry for entry in exported if not hasattr(module, entry)]
    assert missing == []


def _public_definitions(file: Path) -> set[str]:
    tree = ast.parse(file.read_text())
    return {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    }


@pytest.mark.parametrize("file", module_files(), ids=module_name)
def test_all_holds_whatever_is_public(file: Path) -> None:
    """Where ``__all__`` is given, a public function or class is in it."""
    if file.name == "__main__.py":
        return
    exported = getattr(importlib.import_module(module_name(file)), "__all__", None)
    if exported is None:
        # Errors and documents of one kind are public altogether.
        return
    assert _public_definitions(file) - set(exported) == set()


@pytest.mark.parametrize("file", module_files(), ids=module_name)
def test_modules_stay_small(file: Path) -> None:
    limit = 700 if file.name == "audit.py" and file.parent.name == "document" else MAX_LINES
    assert len(file.read_text().splitlines()) <= limit


@pytest.mark.parametrize("name", module_names())
def test_modules_say_what_they_are_for(name: str) -> None:
    assert (importlib.import_module(name).__doc__ or "").strip()


@pytest.mark.parametrize("name", module_names())
def test_examples_in_docstrings_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def _returns_something(function: Callable[..., Any]) -> bool:
    annotation = inspect.signature(function).return_annotation
    return annotation not in {"None", None, "NoReturn", inspect.Signature.empty}


@pytest.mark.parametrize("name", module_names())
def test_public_functions_say_what_they_return(name: str) -> None:
    module = importlib.import_module(name)
    if name.startswith("dokja.cli.") and name.rsplit(".", 1)[-1] in (*COMMANDS, *GROUPED):
        # A command's words are its help; its exit codes stand there.
        return
    silent = []
    for entry in getattr(module, "__all__", ()):
        function = getattr(module, entry)
        if not inspect.isfunction(function) or function.__module__ != name:
            continue
        sections = numpydoc.docscrape.FunctionDoc(function)
        told = sections["Returns"] or sections["Yields"]
        if _returns_something(function) and not told:
            silent.append(entry)
    assert silent == []


def test_no_class_is_named_like_a_test() -> None:
    named = [
        f"{module_name(file)}.{name}"
        for file in module_files()
        for name in _public_definitions(file)
        if name.startswith("Test")
    ]
    assert named == []


def test_importing_the_package_imports_nothing_else() -> None:
    script = "import sys, dokja; print([m for m in sys.modules if m.startswith('dokja.')])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_rooms_import_only_downwards() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
    )
    assert done.returncode == 0, done.stdout[-3000:]


def test_typed_marker_is_shipped() -> None:
    assert (ROOT / "py.typed").is_file()


def test_published_schema_equals_the_code() -> None:
    from dokja.document.schema import SCHEMA_ID, report_schema, schema_text

    assert (ROOT / "document/schemas/audit-1.json").read_text() == schema_text()
    assert report_schema()["$id"] == SCHEMA_ID
    assert report_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert report_schema()["additionalProperties"] is False


def test_checkpoints_are_never_executed() -> None:
    """No module imports what could run the content of a checkpoint.

    The one that computes by torch takes and gives arrays, and never loads anything with it.
    """
    banned = {"pickle", "marshal", "shelve", "dill", "torch", "joblib"}
    by_torch = ROOT / "comparison" / "accelerator.py"
    assert "load" not in {
        node.attr
        for node in ast.walk(ast.parse(by_torch.read_text()))
        if isinstance(node, ast.Attribute)
    }
    found = []
    for file in module_files():
        for node in ast.walk(ast.parse(file.read_text())):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            found += [
                f"{module_name(file)}: {name}"
                for name in names
                if name.split(".")[0] in banned and (file, name) != (by_torch, "torch")
            ]
    assert found == []
