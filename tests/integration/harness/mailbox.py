"""The letters that a program wrote into a folder, and the links in them."""

import email
import email.policy
import re

from .process import wait_until

BASE = "http://localhost:8080"


def address_in(letter, header):
    """(name, address) of the one that is there."""
    (found,) = letter[header].addresses
    return found.display_name, found.addr_spec


class Mailbox:
    """A folder of letters."""

    def __init__(self, folder):
        self.folder = folder

    def files(self):
        """Those that are whole: a draft's name begins with a dot."""
        return sorted(self.folder.glob("[!.]*.eml"))

    def to(self, address):
        """All letters to ADDRESS, oldest first."""
        letters = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                   for path in self.files()]
        return [letter for letter in letters if address_in(letter, "To") == ("", address)]

    def wait(self, address, count=1):
        """The newest of COUNT letters to ADDRESS: they are sent after the answer."""
        wait_until(lambda: len(self.to(address)) >= count, f"letter {count} to {address}")
        letters = self.to(address)
        assert len(letters) == count, letters
        return letters[-1]


def text_of(letter, kind="plain"):
    return letter.get_body((kind,)).get_content()


def link_of(letter):
    """Path and query of the letter's link, the same in both forms."""
    link = re.search(rf"^{BASE}(/\S+)$", text_of(letter), re.M)[1]
    assert f'href="{BASE}{link.replace("&", "&amp;")}"' in text_of(letter, "html")
    return link
