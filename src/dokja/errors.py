"""Every error Dokja raises on purpose, each with a hint about what to do next.

The module knows only how errors are related and worded, never how they are shown.

::

    DokjaError
    ├── SourceError (OSError)
    │   ├── SourceNotFoundError
    │   ├── RangeNotSupportedError
    │   ├── TruncatedSourceError
    │   └── SourceChangedError
    ├── FormatError (ValueError)
    │   ├── UnknownFormatError
    │   ├── MalformedCheckpointError
    │   ├── MissingShardError
    │   ├── UnsafePathError
    │   └── UnsupportedDTypeError
    ├── FamilyError (LookupError)
    │   ├── UnknownFamilyError
    │   └── MalformedFamilyError
    ├── ReportError (ValueError)
    ├── PolicyError (ValueError)
    ├── ProgrammeError (ValueError)
    ├── DossierError (ValueError)
    ├── TrajectoryError (ValueError)
    ├── AttestationError (ValueError)
    ├── CatalogError (LookupError)
    │   └── PluginError
    ├── OutputError (OSError)
    └── MissingDependencyError (ImportError)
"""

from __future__ import annotations


class DokjaError(Exception):
    """Base of every error that Dokja raises on purpose.

    Parameters
    ----------
    message
        What is wrong, in one sentence.
    hint
        What the user can do next; empty when there is nothing to add.
    uri
        File or address the error is about, if there is one.
    context
        Path inside the document or header, such as ``tensors[3].data_offsets``.
    """

    def __init__(
        self, message: str, *, hint: str = "", uri: str | None = None, context: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.uri = uri
        self.context = context

    def __str__(self) -> str:
        """Message preceded by the address and the place inside it."""
        where = " ".join(part for part in (self.uri, self.context) if part)
        return f"{where}: {self.message}" if where else self.message


class SourceError(DokjaError, OSError):
    """Bytes could not be obtained."""


class SourceNotFoundError(SourceError):
    """There is nothing readable at the address."""


class RangeNotSupportedError(SourceError):
    """The server does not serve exactly the byte range it was asked for."""


class TruncatedSourceError(SourceError):
    """Fewer bytes arrived than were asked for."""


class SourceChangedError(SourceError):
    """The source is not the one that was opened."""


class FormatError(DokjaError, ValueError):
    """The bytes are not a checkpoint Dokja can read."""


class UnknownFormatError(FormatError):
    """The content is of no known checkpoint format."""


class MalformedCheckpointError(FormatError):
    """The content breaks a rule of its format."""


class MissingShardError(FormatError):
    """An index names a shard that is not there."""


class UnsafePathError(FormatError):
    """An index names a file outside of its folder."""


class UnsupportedDTypeError(FormatError):
    """The number format of a tensor is not known."""


class FamilyError(DokjaError, LookupError):
    """Something about model families."""


class UnknownFamilyError(FamilyError):
    """No family of that name."""


class MalformedFamilyError(FamilyError):
    """A family file breaks the rules of family files."""


class ReportError(DokjaError, ValueError):
    """A stored report cannot be read."""


class PolicyError(DokjaError, ValueError):
    """A policy cannot be found or read."""


class ProgrammeError(DokjaError, ValueError):
    """A round, a form, results or a leaderboard cannot be read, or do not fit each other."""


class DossierError(DokjaError, ValueError):
    """A dossier, or a file it names, does not say what it must, or contradicts itself."""


class TrajectoryError(DokjaError, ValueError):
    """A recipe of a training run, its logs or its checkpoints cannot be read as such."""


class AttestationError(DokjaError, ValueError):
    """A bundle, a statement or a signature is not whole, or does not verify."""


class CatalogError(DokjaError, LookupError):
    """A catalog has no entry of that name, or two."""


class PluginError(CatalogError):
    """A plugin could not be loaded."""


class OutputError(DokjaError, OSError):
    """A result could not be written; nothing was left half-written."""


class MissingDependencyError(DokjaError, ImportError):
    """An optional dependency is needed; the hint names the extra to install."""
