#!/usr/bin/env python3
"""fifo.py DIRECTORY: a server of raw messages by named pipes, many clients at a time.

All who write into a FIFO write into one stream. So strangers write no calls into ours: each makes
a pair of FIFOs of his own, and writes its number into ours. docs/fifo.md
"""

import os
import re
import signal
import sys

from several import Client, serve

GREETING = 18  # bytes: a newline, the number in 16 figures, a newline


def meet_by(directory, door):
    greetings = bytearray()

    def open_pair(number):
        """Without waiting: he opens his end of the calls when he was welcomed, if he still lives."""
        pair = os.path.join(directory, "raw." + number)
        source = os.open(pair + ".calls", os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        try:
            sink = os.open(pair + ".replies", os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        except OSError:
            os.close(source)
            raise
        client = Client(source, sink)
        client.replies += b"\n%s\n" % number.encode()  # he is welcome
        return client

    def meet():
        greetings.extend(os.read(door, 64 * GREETING))
        *lines, rest = bytes(greetings).split(b"\n")
        greetings[:] = rest[-GREETING:]
        for line in lines:
            if re.fullmatch(rb"[0-9a-f]{16}", line):  # it becomes part of a path
                try:
                    yield open_pair(line.decode())
                except OSError:  # he has left again
                    pass

    return meet


def main():
    directory = sys.argv[1]
    path = os.path.join(directory, "raw.fifo")
    os.mkfifo(path, 0o600)  # which must not be there: a dead server's stays until it is removed
    try:
        # Also to write: otherwise each client's end would be the end of the stream for us.
        door = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        print("raw+fifo:" + directory, flush=True)
        serve(door, meet_by(directory, door))
    finally:
        os.unlink(path)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # to end as by Ctrl-C: tidily
    try:
        main()
    except KeyboardInterrupt:
        pass
