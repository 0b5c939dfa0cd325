"""Reports as PDF: the pages' own parts, set by typst with fonts that are shipped.

The room lays out what the pages say, never anything of its own.
"""
