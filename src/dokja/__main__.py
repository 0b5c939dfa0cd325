"""``python -m dokja`` is the command ``dokja``; the module knows nothing else."""

from __future__ import annotations

from dokja.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
