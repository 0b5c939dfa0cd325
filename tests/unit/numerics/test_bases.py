"""Changes of basis from matched vectors."""

from __future__ import annotations

import numpy as np
import pytest

from dokja.numerics import bases
from dokja.numerics.bases import identity_basis, procrustes, shared_basis


def rotation(d: int, seed: int) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((d, d)))[0].astype(np.float32)


def cosines(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.sum(x * y, axis=1) / np.linalg.norm(x, axis=1) / np.linalg.norm(y, axis=1)


def test_a_rotation_is_found_again() -> None:
    x = np.random.default_rng(1).standard_normal((200, 32)).astype(np.float32)
    q = rotation(32, 2)
    np.testing.assert_allclose(procrustes(x, x @ q), q, atol=1e-4)


def test_what_is_found_is_always_a_rotation() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.standard_normal((2, 50, 24)).astype(np.float32)
    q = procrustes(x, y)
    np.testing.assert_allclose(q @ q.T, np.eye(24), atol=1e-4)


def test_widths_may_differ() -> None:
    x = np.random.default_rng(4).standard_normal((100, 16)).astype(np.float32)
    q = rotation(24, 5)[:16]
    found = procrustes(x, x @ q)
    assert found.shape == (16, 24)
    np.testing.assert_allclose(x @ found, x @ q, atol=1e-3)


@pytest.mark.parametrize("limit", [64, 16])
def test_vectors_that_were_not_matched_agree_in_shared_coordinates(
    monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(bases, "MAX_WIDTH", limit)
    rng = np.random.default_rng(6)
    q = rotation(48, 7)
    matched, other = rng.standard_normal((2, 300, 48)).astype(np.float32)
    basis = shared_basis(matched @ q, matched, rng)
    subject = other @ q if basis.subject is None else other @ q @ basis.subject
    reference = other if basis.reference is None else other @ basis.reference
    assert subject.shape[1] == min(48, limit)
    assert cosines(subject, reference).min() > 0.99
    assert abs(cosines(subject, reference[::-1]).mean()) < 0.1


def test_a_narrow_stream_is_left_as_it_is() -> None:
    basis = identity_basis(64, np.random.default_rng(0))
    assert basis.subject is None
    assert basis.reference is None


def test_a_wide_stream_is_seen_by_both_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bases, "MAX_WIDTH", 8)
    basis = identity_basis(64, np.random.default_rng(0))
    assert basis.subject is not None
    assert basis.subject.shape == (64, 8)
    assert basis.subject is basis.reference
