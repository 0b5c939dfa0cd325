"""Write the table of licences for the documentation: ``python bench/licence_page.py``."""

from __future__ import annotations

from dokja.licensing.table import licences


def main() -> None:
    """Print one line a licence."""
    print("| licence | control kept | asks for |\n| --- | --- | --- |")
    for one in licences().values():
        kinds = ", ".join(f"`{duty.kind}`" for duty in one.duties) or "nothing"
        print(f"| `{one.key}` | {one.control} | {kinds} |")


if __name__ == "__main__":
    main()
