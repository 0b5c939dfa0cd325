"""What cannot be handed on as it is; expectations are those of the licences and their stewards."""

from __future__ import annotations

import pytest

from dokja.licensing.compatible import clash, conflicts, may_be_under
from dokja.licensing.facts import licence_facts
from dokja.licensing.table import licences
from dokja.licensing.terms import of_outputs, terms_of

FREE = ("Apache-2.0", "MIT", "BSD-3-Clause", "CC0-1.0", "0BSD", "CC-BY-4.0")


def told(received: str, handed: str | None) -> str:
    mine = None if handed is None else terms_of(handed)
    return " ".join(one.en for one in conflicts("Donor", terms_of(received), mine))


@pytest.mark.parametrize("donor", [*FREE, "upstage-solar", "MPL-2.0", "LGPL-3.0-only"])
@pytest.mark.parametrize("own", ["Apache-2.0", "MIT", "llama3.1", "GPL-3.0-only"])
def test_nothing_is_wrong_with_what_leaves_use_free(donor: str, own: str) -> None:
    assert not told(donor, own)


@pytest.mark.parametrize(
    ("donor", "own", "words"),
    [
        ("CC-BY-NC-4.0", "Apache-2.0", "Do not use it commercially"),
        ("exaone", "MIT", "Do not use it commercially"),
        ("qwen-research", "Apache-2.0", "Do not use it commercially"),
        ("exaone", "llama3.1", "Do not use it commercially"),
        ("llama3.1", "Apache-2.0", "700,000,000 monthly active users"),
        ("qwen", "MIT", "100,000,000 monthly active users"),
        ("hyperclovax-seed", "MIT", "10,000,000 monthly active users"),
        ("minimax-community", "MIT", "20,000,000 US dollars"),
        ("gemma", "Apache-2.0", "same restrictions of use"),
        ("openrail", "MIT", "fields that the licence rules out"),
        ("deepseek", "GPL-3.0-only", "fields that the licence rules out"),
        ("GPL-3.0-only", "Apache-2.0", "has to stay under GPL-3.0-only"),
        ("AGPL-3.0-or-later", "MIT", "has to stay under AGPL-3.0-or-later"),
        ("CC-BY-SA-4.0", "Apache-2.0", "has to stay under CC-BY-SA-4.0"),
        ("CC-BY-SA-4.0", "CC-BY-4.0", "has to stay under CC-BY-SA-4.0"),
        ("GPL-3.0-only", "GPL-2.0-only", "has to stay under GPL-3.0-only"),
        ("GPL-3.0-only OR AGPL-3.0-only", "MIT", "has to stay"),
        ("LicenseRef-scancode-commercial-license", "MIT", "nobody can pass on more"),
    ],
)
def test_more_cannot_be_handed_on_than_was_received(donor: str, own: str, words: str) -> None:
    assert words in told(donor, own)
    assert not told(donor, donor)
    assert not told(donor, f"Apache-2.0 AND ({donor})")


@pytest.mark.parametrize("donor", sorted(licences()))
def test_nothing_is_told_where_the_own_licence_is_unknown(donor: str) -> None:
    assert not told(donor, None)
    assert not told(donor, "LicenseRef-nobody")
    assert not told("LicenseRef-nobody", donor)
    assert not told(donor, donor)


@pytest.mark.parametrize(
    ("licence", "handed", "expected"),
    [
        ("GPL-2.0-only", "GPL-3.0-only", False),
        ("GPL-2.0-or-later", "GPL-3.0-only", True),
        ("GPL-3.0-only", "AGPL-3.0-only", True),
        ("AGPL-3.0-only", "GPL-3.0-only", False),
        ("CC-BY-SA-4.0", "GPL-3.0-only", True),
        ("CC-BY-SA-4.0", "CC-BY-NC-SA-4.0", False),
        ("LGPL-2.1-only", "MIT", None),
        ("MPL-2.0", "Apache-2.0", None),
        ("GPL-2.0-only", "MIT OR GPL-2.0-only", False),
        ("GPL-2.0-only", "MIT AND GPL-2.0-only", True),
        ("GPL-2.0-only", "LicenseRef-nobody", None),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "MIT", None),
    ],
)
def test_what_derived_work_may_be_under(licence: str, handed: str, expected: object) -> None:
    assert may_be_under(licence, terms_of(handed)) is expected


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ("GPL-2.0-only", "Apache-2.0", "patents"),
        ("GPL-3.0-only", "CC-BY-NC-4.0", "adds restrictions"),
        ("GPL-3.0-only", "llama3.1", "adds restrictions"),
        ("CC-BY-SA-4.0", "gemma", "adds restrictions"),
        ("GPL-2.0-only", "GPL-3.0-only", "both ask"),
        ("GPL-2.0-only", "CC-BY-SA-4.0", "both ask"),
    ],
)
def test_works_that_cannot_be_joined(first: str, second: str, words: str) -> None:
    for one, other in ((first, second), (second, first)):
        found = clash(("A", terms_of(one)), ("B", terms_of(other)))
        assert found is not None
        assert words in found.en
        assert found.ko


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("GPL-3.0-only", "Apache-2.0"),
        ("GPL-3.0-only", "MIT"),
        ("GPL-2.0-or-later", "GPL-3.0-only"),
        ("GPL-3.0-only", "AGPL-3.0-only"),
        ("GPL-3.0-only", "CC-BY-SA-4.0"),
        ("GPL-2.0-only", "GPL-2.0-only"),
        ("CC-BY-NC-SA-4.0", "CC-BY-NC-4.0"),
        ("LGPL-3.0-only", "llama3.1"),
        ("llama3.1", "gemma"),
        ("GPL-3.0-only", "LicenseRef-nobody"),
        *((one, other) for one in FREE for other in FREE),
    ],
)
def test_works_that_nothing_keeps_apart(first: str, second: str) -> None:
    assert clash(("A", terms_of(first)), ("B", terms_of(second))) is None
    assert clash(("A", terms_of(second)), ("B", terms_of(first))) is None


# -- outputs --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "control", "kinds"),
    [
        ("Apache-2.0", "free", set()),
        ("MIT", "free", set()),
        ("GPL-3.0-only", "free", set()),
        ("llama2", "constrained", {"outputs"}),
        ("llama3", "constrained", {"outputs"}),
        ("tongyi-qianwen", "constrained", {"outputs"}),
        ("exaone", "constrained", {"outputs"}),
        ("llama3.1", "mild", {"outputs", "naming"}),
        ("llama3.3", "mild", {"outputs", "naming"}),
        ("qwen", "mild", {"outputs", "attribution"}),
        ("minimax-community", "unknown", {"outputs"}),
        ("LicenseRef-exaone-1.2-nc", "unknown", {"outputs"}),
        ("LicenseRef-nobody", "unknown", {"unlisted"}),
        ("LicenseRef-scancode-commercial-license", "unknown", {"unlisted"}),
        ("MIT AND LicenseRef-nobody", "unknown", {"unlisted"}),
        ("BSD", "unknown", set()),
    ],
)
def test_what_binds_a_model_that_was_trained_on_outputs(
    name: str, control: str, kinds: set[str]
) -> None:
    terms = of_outputs(terms_of(name))
    assert terms.control == control
    assert {one.duty.kind for one in terms.asked} == kinds


@pytest.mark.parametrize(
    "name", ["gemma", "hyperclovax-seed", "deepseek", "openrail", "bigcode-openrail-m"]
)
def test_distilled_models_are_derivatives_where_the_licence_says_so(name: str) -> None:
    assert of_outputs(terms_of(name)).asked == terms_of(name).asked


# -- all of it as a document ----------------------------------------------------------------------


def test_the_facts_of_an_expression() -> None:
    facts = licence_facts("llama3.1 AND LicenseRef-nobody", handed="MIT")
    assert facts.control == "constrained"
    assert facts.unknown == ("LicenseRef-nobody",)
    assert len(facts.conflicts) == 1
    unread = licence_facts("x" * 5_000)
    assert (unread.control, unread.expression, len(unread.found)) == ("unknown", None, 200)


def test_of_two_that_keep_control_the_one_that_allows_commerce_is_taken() -> None:
    assert terms_of("llama3.1 OR exaone").chosen == "LicenseRef-scancode-llama-3.1-license-2024"
