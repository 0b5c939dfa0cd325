from __future__ import annotations

import importlib.util

from tests.support.modules import REPOSITORY
from tests.unit.arch.manifests import FOLDER, NAMES


def test_manifests_are_what_the_script_writes() -> None:
    path = REPOSITORY / "bench" / "make_manifests.py"
    spec = importlib.util.spec_from_file_location("make_manifests", path)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    made = script.all_models()
    assert set(made) == set(NAMES)
    for name, (config, lines) in made.items():
        stored = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
        assert stored == script.manifest_text(name, config, lines)


def test_manifests_are_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 1_500_000
