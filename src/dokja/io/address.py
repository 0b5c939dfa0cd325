"""What may be shown of an address.

The module knows how addresses are written, never what they lead to; it imports no library, for a
local checkpoint is described in less time than a library for servers takes to load.
"""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

__all__ = ["public_address"]


def public_address(url: str) -> str:
    """Return an address without user, password, query and fragment, which may hold secrets.

    Parameters
    ----------
    url
        The address.

    Returns
    -------
    str
        What a report may show of it.
    """
    try:
        parts = urlsplit(url)
        place = parts.netloc.rpartition("@")[2]
    except ValueError:
        return url.partition("?")[0]
    return urlunsplit((parts.scheme, place, parts.path, "", ""))
