"""What licences ask for, as listed by those who read them; not read off the table."""

from __future__ import annotations

import pytest

from dokja.licensing.table import licences
from dokja.licensing.terms import Use, terms_of

ASKED = {
    "Apache-2.0": ("free", {"notice", "notice_file", "state_changes", "patent"}),
    "MIT": ("free", {"notice"}),
    "qwen": ("constrained", {"attribution", "users_cap"}),
    "qwen-research": ("constrained", {"attribution", "non_commercial"}),
    "tongyi-qianwen": ("constrained", {"users_cap", "notice"}),
    "llama2": ("constrained", {"notice", "users_cap", "acceptable_use"}),
    "llama3": ("constrained", {"naming", "notice", "users_cap", "acceptable_use"}),
    "llama3.1": ("constrained", {"naming", "notice", "users_cap", "acceptable_use"}),
    "llama3.2": ("constrained", {"naming", "notice", "users_cap", "acceptable_use"}),
    "llama3.3": ("constrained", {"naming", "notice", "users_cap", "acceptable_use"}),
    "llama4": ("constrained", {"naming", "notice", "users_cap", "acceptable_use"}),
    "gemma": ("constrained", {"pass_on_restrictions", "remote_restriction"}),
    "hyperclovax-seed": ("constrained", {"outputs", "users_cap", "competitor"}),
    "LicenseRef-scancode-exaone-ai-model-1.1-nc": ("constrained", {"non_commercial", "naming"}),
    "LicenseRef-exaone-1.2-nc": ("constrained", {"non_commercial", "naming"}),
    "upstage-solar": ("mild", {"notice", "state_changes", "attribution", "naming"}),
    "bigscience-bloom-rail-1.0": ("constrained", {"field_of_use", "pass_on_restrictions"}),
    "openrail": ("constrained", {"field_of_use", "pass_on_restrictions"}),
    "bigcode-openrail-m": ("constrained", {"field_of_use", "pass_on_restrictions"}),
    "minimax-community": ("constrained", {"attribution", "revenue_cap"}),
}


@pytest.mark.parametrize("name", ASKED)
def test_what_a_licence_asks_for_comes_out(name: str) -> None:
    control, kinds = ASKED[name]
    terms = terms_of(name)
    assert terms.control == control
    assert kinds <= {one.duty.kind for one in terms.asked}
    for one in terms.asked:
        assert one.duty.text.en
        assert one.duty.text.ko
        assert "{" not in one.duty.text.en + one.duty.text.ko
        assert one.source


@pytest.mark.parametrize(
    ("name", "kind", "limit", "prefix"),
    [
        ("llama3.1", "users_cap", 700_000_000, None),
        ("qwen", "users_cap", 100_000_000, None),
        ("hyperclovax-seed", "users_cap", 10_000_000, None),
        ("minimax-community", "revenue_cap", 20_000_000, None),
        ("llama3.1", "naming", None, "Llama"),
        ("upstage-solar", "naming", None, "Solar"),
        ("LicenseRef-exaone-1.2-nc", "naming", None, "EXAONE"),
    ],
)
def test_figures_and_names_of_a_duty(
    name: str, kind: str, limit: int | None, prefix: str | None
) -> None:
    (one,) = [one for one in terms_of(name).asked if one.duty.kind == kind]
    assert (one.duty.limit, one.duty.prefix) == (limit, prefix)


def test_whether_a_duty_applies_depends_on_use_and_is_unknown_without() -> None:
    (cap,) = [one for one in terms_of("llama3.1").asked if one.duty.kind == "users_cap"]
    assert cap.applies(Use()) is None
    assert cap.applies(Use(monthly_users=700_000_000)) is False
    assert cap.applies(Use(monthly_users=700_000_001)) is True
    (changes,) = [one for one in terms_of("Apache-2.0").asked if one.duty.kind == "state_changes"]
    assert changes.applies(Use(distributed=True)) is None
    assert changes.applies(Use(distributed=False)) is False
    assert changes.applies(Use(distributed=True, changed=True)) is True


def test_the_mildest_branch_is_taken_and_named() -> None:
    terms = terms_of("GPL-3.0-only OR MIT OR LicenseRef-nobody")
    assert (terms.control, terms.chosen) == ("free", "MIT")
    assert "MIT" in terms.reason.en
    assert {one.licence for one in terms.asked} == {"MIT"}


def test_a_licence_outside_of_the_table_asks_to_be_read() -> None:
    terms = terms_of("LicenseRef-scancode-commercial-license")
    assert terms.control == "constrained"
    assert [one.duty.kind for one in terms.asked] == ["unlisted"]
    assert terms.asked[0].applies(Use(distributed=True)) is None
    assert terms_of("LicenseRef-nobody").control == "unknown"
    assert terms_of(None).control == "unknown"


def test_no_two_licences_bear_one_name() -> None:
    names = [name for one in licences().values() for name in one.names]
    assert len(names) == len(set(names))
