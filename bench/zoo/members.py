"""Who lives in the zoo: each member's recipe and the kinship that follows from it.

Knows names, seeds and steps; refuses to know what an audit says of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from bench.zoo import surgery
from bench.zoo.models import Bert, Gpt2, Llama, Shape, initialise
from bench.zoo.training import Plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn

    from bench.zoo.surgery import State

States = dict[str, "State"]
_LLAMA = Shape()
_GPT2 = Shape(width=80, n_layers=4, n_heads=5, n_kv_heads=5, n_units=320)
_BERT = Shape(width=64, n_layers=4, n_heads=4, n_kv_heads=4, n_units=256)
_FULL = Plan(2400, 3e-3, n_windows_per_step=8)
_SHORT = Plan(300, 1e-3, data_seed=9, n_windows_per_step=8)
_GPT2_FULL = replace(_FULL, n_steps=2000, learning_rate=2e-3)
SD = 0.05


@dataclass(frozen=True, slots=True)
class Parent:
    """A member whose trained weights went in: all of them, a share of a merge, one tensor."""

    member: str
    how: str
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Member:
    """One model: how to build it, how to train it, and what it therefore is."""

    name: str
    recipe: str
    build: Callable[[States], nn.Module]
    family: Literal["llama", "mixtral", "gpt2", "bert"] = "llama"
    parents: tuple[Parent, ...] = ()
    start: str | None = None
    plan: Plan | None = None
    data: Literal["code", "docs"] | None = None
    vocabulary: Literal["code", "docs"] = "code"
    teacher: str | None = None
    dtype: Literal["BF16", "F16"] = "BF16"
    prefix: str = ""

    @property
    def needs(self) -> tuple[str, ...]:
        """Members that must be on disk before this one can be made."""
        return (*(p.member for p in self.parents), *([self.teacher] if self.teacher else []))


def _fresh(kind: type[nn.Module], shape: Shape, seed: int) -> Callable[[States], nn.Module]:
    def build(_: States) -> nn.Module:
        model = kind(shape)
        initialise(model, seed, sd=SD)
        return model

    return build


def _loaded(
    shape: Shape, change: Callable[[States], State], kind: type[nn.Module] = Llama
) -> Callable[[States], nn.Module]:
    def build(states: States) -> nn.Module:
        model = kind(shape)
        model.load_state_dict(change(states))
        return model

    return build


def _as_is(name: str) -> Callable[[States], State]:
    return lambda states: states[name]


def _new_vocabulary(states: States) -> State:
    model = Llama(replace(_LLAMA, n_tokens=704))
    initialise(model, 21, sd=SD)
    embedding = {"model.embed_tokens.weight": model.state_dict()["model.embed_tokens.weight"]}
    return {**states["base"], **embedding}


def _only_embeddings(states: States) -> State:
    model = Llama(_LLAMA)
    initialise(model, 22, sd=SD)
    kept = {"model.embed_tokens.weight": states["base"]["model.embed_tokens.weight"]}
    return {**model.state_dict(), **kept}


def _mix(*shares: tuple[float, str]) -> Callable[[States], State]:
    return lambda states: surgery.merge([(share, states[name]) for share, name in shares])


def _of_base(how: str, share: float = 1.0) -> tuple[Parent, ...]:
    return (Parent("base", how, share),)


_STRANGERS = (
    Parent("base", "merged", 0.7),
    Parent("stranger-1", "merged", 0.3),
)
_STRANGER_MIX = _mix((0.7, "base"), (0.3, "stranger-1"))
_WIDE = replace(_LLAMA, width=128, n_layers=4)
_DEEP = replace(_LLAMA, n_layers=7)
_UPSCALED = [0, 1, 2, 3, 1, 2, 3, 4]

MEMBERS: tuple[Member, ...] = (
    Member(
        "base",
        "trained from seed 0 on the code corpus",
        _fresh(Llama, _LLAMA, 0),
        start="llama seed 0",
        plan=_FULL,
        data="code",
    ),
    Member(
        "stranger-1",
        "as base, but from seed 1: same shape, data, order and tokenizer",
        _fresh(Llama, _LLAMA, 1),
        start="llama seed 1",
        plan=_FULL,
        data="code",
    ),
    Member(
        "finetuned",
        "base tuned briefly on the docs corpus",
        _loaded(_LLAMA, _as_is("base")),
        parents=_of_base("fine-tuned"),
        plan=_SHORT,
        data="docs",
    ),
    Member(
        "retrained",
        "base trained a second time in full, at the full learning rate, on the docs corpus",
        _loaded(_LLAMA, _as_is("base")),
        parents=_of_base("trained again in full"),
        plan=replace(_FULL, data_seed=3),
        data="docs",
    ),
    Member(
        "twin-otherdata",
        "same random start as base, trained apart on the docs corpus",
        _fresh(Llama, _LLAMA, 0),
        start="llama seed 0",
        plan=_FULL,
        data="docs",
    ),
    Member(
        "twin-otherorder",
        "same random start and the same windows as base, in another order",
        _fresh(Llama, _LLAMA, 0),
        start="llama seed 0",
        plan=replace(_FULL, order_seed=5),
        data="code",
    ),
    Member(
        "stranger-2",
        "as base, but from seed 2: same shape, data, order and tokenizer",
        _fresh(Llama, _LLAMA, 2),
        start="llama seed 2",
        plan=_FULL,
        data="code",
    ),
    Member(
        "stranger-wide",
        "another width (128) and depth (4), seed 3, same data and tokenizer",
        _fresh(Llama, _WIDE, 3),
        start="llama-wide seed 3",
        plan=_FULL,
        data="code",
    ),
    Member(
        "stranger-deep",
        "same width, another depth (7), seed 4, same data and tokenizer",
        _fresh(Llama, _DEEP, 4),
        start="llama-deep seed 4",
        plan=_FULL,
        data="code",
    ),
    Member(
        "merge-siblings",
        "half retrained, half finetuned: two children of base",
        _loaded(_LLAMA, _mix((0.5, "retrained"), (0.5, "finetuned"))),
        parents=(Parent("retrained", "merged", 0.5), Parent("finetuned", "merged", 0.5)),
    ),
    Member(
        "merge-twins",
        "half base, half twin-otherdata: two models of one random start",
        _loaded(_LLAMA, _mix((0.5, "base"), (0.5, "twin-otherdata"))),
        parents=(Parent("base", "merged", 0.5), Parent("twin-otherdata", "merged", 0.5)),
    ),
    Member(
        "merge-strangers",
        "0.7 base + 0.3 stranger-1, as it came out",
        _loaded(_LLAMA, _STRANGER_MIX),
        parents=_STRANGERS,
    ),
    Member(
        "merge-strangers-healed",
        "0.7 base + 0.3 stranger-1, then tuned on the code corpus",
        _loaded(_LLAMA, _STRANGER_MIX),
        parents=_STRANGERS,
        plan=_SHORT,
        data="code",
    ),
    Member(
        "int4",
        "linear layers of base rounded to four bits in groups of 32 and written out again",
        _loaded(_LLAMA, lambda states: surgery.quantise(states["base"])),
        parents=_of_base("quantised"),
    ),
    Member(
        "noised",
        "base plus normal noise as large as its weights, tensor by tensor, gains included",
        _loaded(_LLAMA, lambda states: surgery.add_noise(states["base"], 31)),
        parents=_of_base("noised"),
    ),
    Member(
        "layers-dropped",
        "base without layers 1 and 3, then tuned on the docs corpus",
        _loaded(
            replace(_LLAMA, n_layers=3),
            lambda states: surgery.take_layers(states["base"], [0, 2, 4]),
        ),
        parents=_of_base("layers dropped, tuned"),
        plan=_SHORT,
        data="docs",
    ),
    Member(
        "depth-upscaled",
        "layers 0 to 3 and 1 to 4 of base stacked, then tuned on the docs corpus",
        _loaded(
            replace(_LLAMA, n_layers=8),
            lambda states: surgery.take_layers(states["base"], _UPSCALED),
        ),
        parents=_of_base("layers doubled, tuned"),
        plan=_SHORT,
        data="docs",
    ),
    Member(
        "mlp-pruned",
        "the weakest 30 % of base's MLP units dropped in order, then tuned on the docs corpus",
        _loaded(
            replace(_LLAMA, n_units=112),
            lambda states: surgery.prune_units(states["base"]),
        ),
        parents=_of_base("units dropped, tuned"),
        plan=_SHORT,
        data="docs",
    ),
    Member(
        "upcycled",
        "each MLP of base copied into four experts behind a random router, then tuned",
        _loaded(
            replace(_LLAMA, n_experts=4),
            lambda states: surgery.upcycle(states["base"], 32, n_experts=4, sd=SD),
        ),
        family="mixtral",
        parents=_of_base("dense to experts, tuned"),
        plan=_SHORT,
        data="docs",
    ),
    Member(
        "new-vocabulary",
        "base's body under a new tokenizer and new random embeddings, trained in full on docs",
        _loaded(replace(_LLAMA, n_tokens=704), _new_vocabulary),
        parents=_of_base("vocabulary replaced, trained again in full"),
        plan=replace(_FULL, data_seed=4),
        data="docs",
        vocabulary="docs",
    ),
    Member(
        "distilled",
        "a fresh model (seed 5) trained on the logits of base",
        _fresh(Llama, _LLAMA, 5),
        start="llama seed 5",
        plan=replace(_FULL, order_seed=6),
        data="code",
        teacher="base",
    ),
    Member(
        "embeddings-only",
        "base's embeddings under a fresh body (seed 22), all of it trained on in full",
        _loaded(_LLAMA, _only_embeddings),
        parents=_of_base("embeddings only"),
        start="llama seed 22, body only",
        plan=replace(_FULL, order_seed=7),
        data="code",
    ),
    Member(
        "gpt2-base",
        "GPT-2 layout with the raw names of the hub, seed 0, code corpus",
        _fresh(Gpt2, _GPT2, 100),
        family="gpt2",
        start="gpt2 seed 100",
        plan=_GPT2_FULL,
        data="code",
        dtype="F16",
    ),
    Member(
        "gpt2-stranger",
        "as gpt2-base, but from another seed",
        _fresh(Gpt2, _GPT2, 101),
        family="gpt2",
        start="gpt2 seed 101",
        plan=_GPT2_FULL,
        data="code",
        dtype="F16",
    ),
    Member(
        "gpt2-twin",
        "same random start as gpt2-base, trained apart on the docs corpus; `transformer.` names",
        _fresh(Gpt2, _GPT2, 100),
        family="gpt2",
        start="gpt2 seed 100",
        plan=_GPT2_FULL,
        data="docs",
        dtype="F16",
        prefix="transformer.",
    ),
    Member(
        "gpt2-finetuned",
        "gpt2-base tuned on the docs corpus; `transformer.` names",
        _loaded(_GPT2, _as_is("gpt2-base"), Gpt2),
        family="gpt2",
        parents=(Parent("gpt2-base", "fine-tuned"),),
        plan=replace(_SHORT, learning_rate=5e-4),
        data="docs",
        dtype="F16",
        prefix="transformer.",
    ),
    Member(
        "bert-base",
        "BERT layout (post-LN), masked tokens, code corpus",
        _fresh(Bert, _BERT, 200),
        family="bert",
        start="bert seed 200",
        plan=_GPT2_FULL,
        data="code",
    ),
    Member(
        "bert-stranger",
        "as bert-base, but from another seed",
        _fresh(Bert, _BERT, 201),
        family="bert",
        start="bert seed 201",
        plan=_GPT2_FULL,
        data="code",
    ),
    Member(
        "bert-finetuned",
        "bert-base tuned on the docs corpus",
        _loaded(_BERT, _as_is("bert-base"), Bert),
        family="bert",
        parents=(Parent("bert-base", "fine-tuned"),),
        plan=_SHORT,
        data="docs",
    ),
)
