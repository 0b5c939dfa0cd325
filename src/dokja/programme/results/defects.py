"""All defects of a file in one message, each with the place where it stands.

The module knows how defects are gathered and shown, never what is wrong.
"""

from __future__ import annotations

from typing import Final

from dokja.errors import ProgrammeError

__all__ = ["Defects", "printable"]

_MAX_SHOWN: Final = 100


def printable(text: str, width: int = 80) -> str:
    r"""Return a text from a stranger's file, fit for a message or a name.

    Parameters
    ----------
    text
        Any string.
    width
        Most characters.

    Returns
    -------
    str
        At most `width` characters; whatever could move a cursor, turn the direction of writing or
        break a line is replaced.

    Examples
    --------
    >>> printable("a\nb")
    'a�b'
    """
    cut = text if len(text) <= width else f"{text[: width - 1]}…"
    if cut.isprintable():
        return cut
    return "".join(character if character.isprintable() else "�" for character in cut)


class Defects:
    """What is wrong with one file: every defect is counted, the first hundred are shown.

    Parameters
    ----------
    file
        The file, as the user gave it.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.count = 0
        self._shown: dict[tuple[str, str], None] = {}
        self._hints: dict[str, None] = {}

    def add(self, where: str, message: str, *, hint: str = "") -> None:
        """Note a defect.

        Parameters
        ----------
        where
            Cell, or dotted path.
        message
            What is wrong with it.
        hint
            What can be done about defects of this kind.
        """
        self.count += 1
        if len(self._shown) < _MAX_SHOWN:
            self._shown[printable(where, 200), message] = None
        if hint:
            self._hints[hint] = None

    def error(self) -> ProgrammeError:
        """Return one error about every defect.

        Returns
        -------
        ProgrammeError
            To be raised by the caller.
        """
        hint = " ".join(self._hints)
        if self.count == 1:
            ((where, message),) = self._shown
            return ProgrammeError(message, uri=self.file, context=where, hint=hint)
        lines = [f"{where}: {message}" for where, message in self._shown]
        if self.count > len(lines):
            lines.append(f"and {self.count - len(lines)} more")
        listed = "\n".join(f"  - {line}" for line in lines)
        return ProgrammeError(f"{self.count} defects:\n{listed}", uri=self.file, hint=hint)

    def check(self) -> None:
        """Raise one error about every defect, if there is any.

        Raises
        ------
        ProgrammeError
            If any was noted.
        """
        if self.count:
            raise self.error()
