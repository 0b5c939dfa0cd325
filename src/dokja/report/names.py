"""What things are called on a page: components, references, tensors, roles.

The module knows how a name is shown, never what a thing is. Whatever stands in a document may
have been chosen by someone hostile; here it becomes one short visible line.
"""

from __future__ import annotations

import re

from dokja.report.text import Text, clean, shorten

__all__ = ["component_name", "kind_of", "moment", "noun", "sentence", "show"]

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(?:\.\d+)?(?:\+00:00|Z)", re.ASCII)


def show(name: str, text: Text, *, longest: int = 160) -> str:
    """Show a name of any origin.

    Parameters
    ----------
    name
        The name as it stands in the document.
    text
        Language of the reader.
    longest
        Longest name that is shown whole, in characters.

    Returns
    -------
    str
        The name on one line, all of it visible, its middle left out where it is long.
    """
    visible = clean(name[: 4 * longest] + name[-longest:] if len(name) > 5 * longest else name)
    return shorten(visible, text("page.cut", n=f"{len(name):,}"), longest=longest) or "″″"


def sentence(words: str, text: Text) -> str:
    """Show a sentence that was written into the document.

    Parameters
    ----------
    words
        The sentence.
    text
        Language of the reader.

    Returns
    -------
    str
        The sentence on one line, all of it visible.
    """
    return show(words, text, longest=2000) if words else ""


def component_name(component: str, text: Text) -> str:
    """Name a component in the language of the reader.

    Parameters
    ----------
    component
        The component as the document names it.
    text
        Language of the reader.

    Returns
    -------
    str
        Such as ``Vision encoder``; for ``other:x``, ``Other part: x``.
    """
    prefix, _, rest = component.partition(":")
    if prefix == "other" and rest:
        return text("component.other", name=show(rest, text, longest=60))
    # Only keys without a dot can be components; "other" alone has a placeholder.
    known = "" if component == "other" or "." in component else component
    return text.either(f"component.{known}", show(component, text, longest=60))


def noun(component: str, text: Text) -> str:
    """Name a component inside of a sentence.

    Parameters
    ----------
    component
        The component as the document names it.
    text
        Language of the reader.

    Returns
    -------
    str
        Such as ``vision encoder``.
    """
    if component != "other" and "." not in component:
        known = text.either(f"noun.{component}", "")
        if known:
            return known
    return text("noun.other", name=show(component.removeprefix("other:"), text, longest=60))


def moment(stamp: str, text: Text) -> str:
    """Show a time as people write it.

    Parameters
    ----------
    stamp
        The time as it stands in the document.
    text
        Language of the reader.

    Returns
    -------
    str
        Date and time to the minute; whatever is no time of that form, as it stands.
    """
    found = _MOMENT.fullmatch(stamp)
    if found is None:
        return show(stamp, text, longest=60)
    return text("provenance.utc", date=found[1], time=found[2])


def kind_of(role: str) -> str:
    """Return the kind of a tensor from its role.

    Parameters
    ----------
    role
        Such as ``language_model/layers.3/attention.q.weight``.

    Returns
    -------
    str
        What follows the last slash.
    """
    return role.rpartition("/")[2] or role
