"""What stands in the manual's cookbook, as a reader copies it."""

import re

from .servers import ROOT

PAGE = ROOT / "man" / "taskgate-cookbook.7"
# ".\" nginx" says what the block behind it is.
BLOCK = re.compile(r'^\.\\" (\w+)\n\.Bd [^\n]*\n(.*?)^\.Ed$', re.MULTILINE | re.DOTALL)


def plain(text):
    """Lines of mdoc as they are shown."""
    lines = [line.removeprefix(r"\&").replace(r"\e", "\\").replace(r"\(ti", "~")
             .replace(r"\(ha", "^").replace(r"\(aq", "'") for line in text.splitlines(keepends=True)]
    return "".join(lines)


def blocks(kind):
    """All of one kind."""
    found = [plain(text) for name, text in BLOCK.findall(PAGE.read_text()) if name == kind]
    assert found, f"{PAGE} has nothing of the kind {kind}"
    return found
