"""A command on a terminal of its own: what a person sees and types."""

import codecs
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time

from .process import PATIENCE, wait_until
from .taskgate import environment

END = "\0"  # what no command writes


class Terminal:
    """ARGV with the terminal as its standard input, output and error."""

    def __init__(self, argv, directory, columns=100):
        self.seen = ""
        self.decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self.master, child = pty.openpty()
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

        def take_terminal():
            fcntl.ioctl(child, termios.TIOCSCTTY, 0)
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # a background job ignores it

        self.process = subprocess.Popen(
            list(map(str, argv)), stdin=child, stdout=child, stderr=child, cwd=directory,
            env=environment(), start_new_session=True, preexec_fn=take_terminal)
        # Kept open, so that what was printed last can be read when the command has ended.
        self.child = child

    def read(self):
        """Takes what has been printed since; it may end within a character."""
        ready, _, _ = select.select([self.master], [], [], 0.05)
        if ready:
            self.seen += self.decoder.decode(os.read(self.master, 65536))

    def expect(self, text):
        """Waits until TEXT has been printed, and forgets all up to it."""
        end = time.monotonic() + PATIENCE
        while text not in self.seen:
            assert time.monotonic() < end, f"{text!r} was not printed: {self.seen!r}"
            self.read()
        before, self.seen = self.seen.split(text, 1)
        return before

    def type(self, text):
        os.write(self.master, text.encode())

    def echoes(self):
        return bool(termios.tcgetattr(self.child)[3] & termios.ECHO)

    def wait(self):
        """The exit status, and all that was printed since the last expect."""
        wait_until(self.ended, "the command ends")
        os.write(self.child, END.encode())  # behind all that the command has written
        return self.process.returncode, self.expect(END).replace("\r\n", "\n")

    def close(self):
        os.close(self.master)
        os.close(self.child)

    def end(self):
        result = self.wait()
        self.close()
        return result

    def ended(self):
        self.read()
        return self.process.poll() is not None
