"""Training runs: do checkpoints, logs and recipe bear out a start from random weights."""
