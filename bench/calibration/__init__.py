"""Size and power of the independence tests, measured on nulls as awkward as real weights are."""
