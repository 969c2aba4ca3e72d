"""Whether anybody opens a file: inotify, which Python's library does not have."""

import ctypes
import os
import struct

IN_OPEN = 0x20
IN_NONBLOCK = os.O_NONBLOCK
EVENT = struct.Struct("iIII")


class Watch:
    """Sees every opening of the files added, by whatever process."""

    def __init__(self):
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.fd = self.libc.inotify_init1(IN_NONBLOCK)
        assert self.fd >= 0, os.strerror(ctypes.get_errno())
        self.names = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.fd)

    def add(self, path):
        number = self.libc.inotify_add_watch(self.fd, os.fsencode(path), IN_OPEN)
        assert number >= 0, os.strerror(ctypes.get_errno())
        self.names[number] = str(path)

    def opened(self):
        """The files that were opened since the last call, each as often as it was."""
        found = []
        try:
            data = os.read(self.fd, 65536)
        except BlockingIOError:
            return found
        while data:
            number, _, _, size = EVENT.unpack_from(data)
            found.append(self.names[number])
            data = data[EVENT.size + size:]
        return found
