"""Licence texts are known by their words: copies that say the same, and none that says more."""

from __future__ import annotations

from pathlib import Path

import pytest

from dokja.licensing.table import licences
from dokja.licensing.texts import which_licence

ROOT = Path(__file__).resolve().parents[3]
MIT = """\
MIT License

Copyright (c) 2026 Somebody

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""
TWO = """\
Redistribution and use in source and binary forms, with or without
modification, are permitted provided that the following conditions are met:

1. Redistributions of source code must retain the above copyright notice, this
   list of conditions and the following disclaimer.

2. Redistributions in binary form must reproduce the above copyright notice,
   this list of conditions and the following disclaimer in the documentation
   and/or other materials provided with the distribution.

"""
THIRD = """\
3. Neither the name of the copyright holder nor the names of its
   contributors may be used to endorse or promote products derived from
   this software without specific prior written permission.

"""
DISCLAIMER = """\
THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS"
AND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE
IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE
FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL
DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR
SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER
CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY,
OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE
OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
"""
APACHE = (ROOT / "LICENSE").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        (MIT, "MIT"),
        (MIT.replace("MIT License\n\n", ""), "MIT"),
        (MIT.replace("MIT License", "The MIT License (MIT)\n====================="), "MIT"),
        (MIT.replace("(c) 2026 Somebody", "2011-2026 Some Body and others."), "MIT"),
        (MIT.replace("\n", "\r\n"), "MIT"),
        (" ".join(MIT.partition("Somebody")[2].split()), "MIT"),
        (TWO + DISCLAIMER, "BSD-2-Clause"),
        (TWO + THIRD + DISCLAIMER, "BSD-3-Clause"),
        ("Copyright (c) 2026, Us\nAll rights reserved.\n" + TWO + DISCLAIMER, "BSD-2-Clause"),
        (
            (TWO + THIRD + DISCLAIMER)
            .replace("the copyright holder nor", "Some Company, Inc. nor")
            .replace("1. ", "* ")
            .replace("2. ", "(b) "),
            "BSD-3-Clause",
        ),
        (APACHE, "Apache-2.0"),
        (APACHE.partition("   APPENDIX")[0], "Apache-2.0"),
        (APACHE.replace("[yyyy]", "2026"), "Apache-2.0"),
    ],
)
def test_copies_that_say_the_same_are_known(text: str, licence: str) -> None:
    assert which_licence(text) == licence


@pytest.mark.parametrize(
    "text",
    [
        "",
        "MIT",
        MIT.replace("free of charge", "for a fee"),
        MIT + "\nThe Software shall be used for Good, not Evil.\n",
        "Use for research only, whatever the following says, and ask us before you do more.\n"
        + MIT,
        MIT + APACHE,
        TWO,
        TWO + THIRD.replace("may be used", "may not be used") + DISCLAIMER,
        APACHE + "\nNotwithstanding the above, commercial use needs our permission.\n",
        APACHE.replace(
            "   5. Submission", "   (e) Names of models begin with Ours.\n\n   5. Submission"
        ),
    ],
)
def test_one_word_more_or_less_is_another_text(text: str) -> None:
    assert which_licence(text) is None


def test_no_text_is_that_of_two_licences() -> None:
    digests = [digest for one in licences().values() for digest in one.digests]
    assert len(digests) == len(set(digests))
    assert len(digests) >= 35
