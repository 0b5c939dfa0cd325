"""How the site is built: MyST pages, docstrings by numpydoc, help texts from the program itself."""

from __future__ import annotations

import sys
from importlib.metadata import version as installed_version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "Dokja"
author = "The Dokja authors"
copyright = "2026, The Dokja authors"
version = release = installed_version("dokja")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "numpydoc",
    "command_help",
    "offline_math",
]
exclude_patterns = ["_build", "_ext", "README.md"]
source_suffix = {".md": "markdown"}

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath", "amsmath", "smartquotes"]
myst_heading_anchors = 4
suppress_warnings = ["myst.xref_missing"] if "linkcheck" in sys.argv else []

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autosummary_generate = False
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

html_math_renderer = "mathml"
html_theme = "furo"
html_title = f"Dokja {release}"
html_static_path: list[str] = []
html_copy_source = False
html_show_sphinx = False
