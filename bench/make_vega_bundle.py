"""Make the JavaScript that draws the figures of a page, once, for all reports.

Run ``python bench/make_vega_bundle.py`` after a new Altair is taken up; it knows nothing of any
report. The licences of what is bundled stand beside the result and are kept by hand.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import altair as alt
import vl_convert

OUT = Path(__file__).parent.parent / "src" / "dokja" / "report" / "static" / "vega-bundle.js"

# Only the one entry the page needs is put on the window. The content security policy of the
# page forbids eval, so every figure is drawn with vega-embed's expression interpreter.
SNIPPET = "window.vegaEmbed = vegaEmbed;"


def main() -> None:
    """Write the bundle for the Vega-Lite version that the installed Altair speaks."""
    version = ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])
    bundle = vl_convert.javascript_bundle(SNIPPET, vl_version=version)
    if "</script" in bundle.lower() or "<!--" in bundle:
        raise SystemExit("the bundle would end its own script element")
    OUT.write_text(bundle.rstrip("\n") + "\n", encoding="utf-8")
    digest = hashlib.sha256(OUT.read_bytes()).hexdigest()
    print(f"{OUT.name}: Vega-Lite {version}, {OUT.stat().st_size:,} bytes, sha256 {digest}")


if __name__ == "__main__":
    main()
