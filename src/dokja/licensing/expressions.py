"""Licence expressions as people write them, as a tree of licences that are known or are not.

The module reads words; what a licence asks for it never knows. Whatever cannot be read is told with
its reason and is never permission.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from dokja.document.common import Localized
from dokja.errors import MissingDependencyError
from dokja.licensing.table import licences, named, plain_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Expression", "Group", "Leaf", "Node", "leaves", "parse_expression"]

_LONGEST: Final = 2_000
_DEEPEST: Final = 40
_MOST: Final = 200
_NOTHING_SAID: Final = frozenset(
    {
        "other",
        "unknown",
        "none",
        "custom",
        "proprietary",
        "see license",
        "dual license",
        "osi approved",
    }
)
_AMBIGUOUS: Final = frozenset(
    {
        "bsd", "bsd license", "license osi approved bsd license", "osi approved bsd license",
        "gpl", "gnu gpl", "lgpl", "agpl", "gnu general public license", "gfdl",
        "gnu free documentation license", "cc", "cc by", "cc by sa", "cc by nc", "cc by nd",
        "cc by nc sa", "cc by nc nd",
        "license osi approved gnu general public license gpl", "creative commons",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Leaf:
    """One licence of an expression."""

    key: str
    """SPDX's id, ScanCode's, or what was written."""
    category: str | None
    """ScanCode's category; None for a licence that no index knows."""
    exception: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Licences of which all hold, or of which one may be chosen."""

    operator: Literal["AND", "OR"]
    parts: tuple[Node, ...]


Node: TypeAlias = "Leaf | Group"


@dataclass(frozen=True, slots=True)
class Expression:
    """What became of an expression."""

    found: str
    """As it was written, cut to what can be shown."""
    spdx: str | None
    """In SPDX's words; None where it could not be read."""
    tree: Node | None
    problem: Localized | None = None
    """Why it could not be read."""

    @property
    def unknown(self) -> tuple[str, ...]:
        """Licences in it that no index knows."""
        return tuple(one.key for one in leaves(self.tree) if one.category is None)


def leaves(tree: Node | None) -> Iterator[Leaf]:
    """List the licences of a tree.

    Parameters
    ----------
    tree
        The tree, if there is one.

    Yields
    ------
    Leaf
        In the order they were written.
    """
    if isinstance(tree, Leaf):
        yield tree
    elif tree is not None:
        for part in tree.parts:
            yield from leaves(part)


def parse_expression(text: str) -> Expression:
    """Read an expression, or what people write in its place.

    Parameters
    ----------
    text
        An SPDX expression, a hub's short name, a trove classifier or a licence's name.

    Returns
    -------
    Expression
        With a tree, or with the reason why there is none.

    Raises
    ------
    MissingDependencyError
        If the extra ``review`` is not installed.

    Examples
    --------
    >>> parse_expression("MIT OR Apache-2.0").spdx
    'MIT OR Apache-2.0'
    >>> parse_expression("llama3.1").spdx
    'LicenseRef-scancode-llama-3.1-license-2024'
    >>> parse_expression("BSD").problem.en
    'It names a family of licences, not one of them.'
    """
    found = text.strip()
    shown = found[:200]
    problem = _refused(found)
    if problem is not None:
        return Expression(shown, None, None, problem)
    key = named().get(plain_name(found))
    if key is not None and found.count("(") == found.count(")"):
        return Expression(shown, key, Leaf(key, _category(key)))
    try:
        tree = _tree(_licensing().parse(found))
    except _errors() as error:
        return Expression(shown, None, None, _unreadable(str(error)))
    return Expression(shown, _render(tree), tree)


def _refused(text: str) -> Localized | None:
    """Tell what bars a text from being parsed at all."""
    name = plain_name(text)
    if not name:
        return Localized(en="It names nothing.", ko="아무것도 가리키지 않습니다.")
    if len(text) > _LONGEST or text.count("(") > _DEEPEST or len(text.split()) > _MOST:
        return Localized(
            en="It is too long for an expression; it may be a licence's text.",
            ko="표현식으로는 너무 깁니다. 라이선스 전문일 수 있습니다.",
        )
    if name in _AMBIGUOUS:
        return Localized(
            en="It names a family of licences, not one of them.",
            ko="어느 하나가 아니라 라이선스 계열의 이름입니다.",
        )
    if name in _NOTHING_SAID:
        return Localized(
            en="It names no licence.",
            ko="특정한 라이선스를 가리키지 않습니다.",
        )
    return None


def _unreadable(why: str) -> Localized:
    told = " ".join(why.split())[:160]
    return Localized(
        en=f"It is no licence expression: {told}.",
        ko=f"라이선스 표현식이 아닙니다: {told}.",
    )


@cache
def _library() -> Any:  # noqa: ANN401 - an extra
    try:
        import license_expression  # noqa: PLC0415 - an extra
    except ImportError:
        raise MissingDependencyError(
            "licences need the extra review, which is not installed",
            hint="pip install 'dokja[review]'",
        ) from None
    return license_expression


def _errors() -> tuple[type[Exception], ...]:
    library = _library()
    return (library.ExpressionError, library.ExpressionParseError, RecursionError)


@cache
def _licensing() -> Any:  # noqa: ANN401 - an extra
    return _library().get_spdx_licensing()


@cache
def _index() -> Mapping[str, tuple[str, bool]]:
    """Return category, and whether it is an exception, by SPDX key in small letters."""
    found: dict[str, tuple[str, bool]] = {}
    for one in _library().get_license_index():
        keys = (one["spdx_license_key"], *one["other_spdx_license_keys"])
        for key in keys:
            if key:
                found.setdefault(key.casefold(), (one["category"], one["is_exception"]))
    return found


@cache
def _by_scancode() -> Mapping[str, str]:
    """Return SPDX's keys by ScanCode's."""
    return {
        one["license_key"].casefold(): one["spdx_license_key"]
        for one in _library().get_license_index()
        if one["spdx_license_key"]
    }


def _spdx(key: str) -> str:
    """Return SPDX's key of a licence, however it is called."""
    plain = named().get(plain_name(key))
    if plain is not None:
        return plain
    return key if key.casefold() in _index() else _by_scancode().get(key.casefold(), key)


def _category(key: str) -> str | None:
    known = _index().get(key.casefold())
    if known is not None:
        return known[0]
    return "table" if key in licences() else None


def _tree(parsed: Any) -> Node:  # noqa: ANN401 - the library's
    library = _library()
    if isinstance(parsed, library.LicenseWithExceptionSymbol):
        exception = _spdx(parsed.exception_symbol.key)
        known = _index().get(exception.casefold())
        if known is not None and not known[1]:
            raise library.ExpressionError(f"{exception} is a licence, no exception")
        key = _spdx(parsed.license_symbol.key)
        return Leaf(key, None if known is None else _category(key), exception)
    if isinstance(parsed, library.LicenseSymbol):
        key = _spdx(parsed.key)
        return Leaf(key, _category(key))
    operator: Literal["AND", "OR"] = "AND" if "AND" in parsed.operator.upper() else "OR"
    return Group(operator, tuple(_tree(part) for part in parsed.args))


def _render(tree: Node, *, inner: bool = False) -> str:
    if isinstance(tree, Leaf):
        return tree.key if tree.exception is None else f"{tree.key} WITH {tree.exception}"
    text = f" {tree.operator} ".join(_render(part, inner=True) for part in tree.parts)
    return f"({text})" if inner else text
