"""Community results of the Hugging Face Hub: ``.eval_results/*.yaml`` of a model's repository.

The module knows those keys, never the unit of a value, which only each benchmark's own page tells.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from dokja.document.yamltext import MAX_YAML_BYTES, load_yaml
from dokja.errors import ProgrammeError
from dokja.programme.results.defects import printable
from dokja.programme.results.found import Found, Reading, unchecked
from dokja.programme.results.reach import day_of, list_of, object_of, text_of

if TYPE_CHECKING:
    from dokja.programme.results.found import Job
    from dokja.programme.results.source import Source

__all__ = ["IMPORTER", "Hub"]

_FIRST = re.compile(rb"(\xef\xbb\xbf)?(\s*(#[^\n]*)?\n|---[ \t]*\n)*[ ]*-\s+(dataset|data)\s*:")
_START = re.compile(rb"^(\xef\xbb\xbf)?((?:[ \t]*(?:#[^\n]*)?\r?\n)*)---[ \t]*\r?\n")
_TOP: Final = "results"
_LIST_AROUND: Final = b"results:\n"


class Hub:
    """Hugging Face community results."""

    name = "hugging-face"

    def recognises(self, source: Source) -> bool:
        """Tell whether a file is a YAML list whose first member has a ``dataset``.

        Parameters
        ----------
        source
            The file.

        Returns
        -------
        bool
            By its first key.
        """
        return _FIRST.match(source.head) is not None

    def read(self, job: Job) -> Reading:
        """Read every value; its model and unit must be stated by the mapping.

        Parameters
        ----------
        job
            The file, what is stated about it, and where defects go.

        Returns
        -------
        Reading
            Values in the order of the file.
        """
        source, defects = job.source, job.defects
        found = []
        for place, member in enumerate(_members(source)):
            entry = object_of(member)
            entry = object_of(entry, "data") or entry
            dataset = text_of(object_of(entry, "dataset").get("id"))
            if dataset is None:
                defects.add(f"[{place}].dataset.id", "is missing")
                continue
            found.append(_value(entry, dataset, f"[{place}].value"))
        return Reading(found=tuple(found))


def _members(source: Source) -> list[Any]:
    if len(source.data) > MAX_YAML_BYTES:
        raise ProgrammeError(
            f"more than {MAX_YAML_BYTES:,} bytes of YAML",
            uri=source.name,
            hint="Split the list into several files.",
        )
    # The shared reader takes mappings only, so one key is put before the list.
    body = _START.sub(rb"\2", source.data).removeprefix(b"\xef\xbb\xbf")
    return list_of(load_yaml(_LIST_AROUND + body, uri=source.name).get(_TOP))


def _value(entry: dict[str, Any], dataset: str, where: str) -> Found:
    about, origin = object_of(entry, "dataset"), object_of(entry, "source")
    task = text_of(about.get("task_id"))
    value = entry.get("value")
    remarks = [
        text_of(entry.get("notes")),
        _remark("source", text_of(origin.get("name")), text_of(origin.get("url"))),
        "a verifyToken is there and was not checked" if entry.get("verifyToken") else None,
    ]
    return Found(
        where=where,
        text="" if value is None else str(value),
        task=dataset if task in {None, "default"} else f"{dataset}:{task}",
        protocol=unchecked(
            task=task,
            dataset=dataset,
            dataset_revision=text_of(about.get("revision")),
            measured_on=day_of(text_of(entry.get("date"))),
        ),
        required=True,
        note="; ".join(remark for remark in remarks if remark)[:2000] or None,
    )


def _remark(word: str, *parts: str | None) -> str | None:
    said = " ".join(printable(part, 500) for part in parts if part)
    return f"{word}: {said}" if said else None


IMPORTER: Final = Hub()
