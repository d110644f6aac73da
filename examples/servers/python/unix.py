#!/usr/bin/env python3
"""unix.py PATH: a server of raw messages at a Unix socket. As tcp.py, but its name is a path."""

import os
import signal
import socket
import sys

from several import serve
from tcp import accept_from


def main():
    path = sys.argv[1]
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)  # which must not be there: a dead server's stays until it is removed
        try:
            listener.listen()
            print("raw+unix:" + path, flush=True)
            listener.setblocking(False)
            serve(listener, accept_from(listener))
        finally:
            os.unlink(path)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # to end as by Ctrl-C: tidily
    try:
        main()
    except KeyboardInterrupt:
        pass
