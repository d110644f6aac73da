#!/usr/bin/env python3
"""tcp.py [PORT]: a server of raw messages over TCP, many clients at a time."""

import socket
import sys

from several import Client, serve


def accept_from(listener):
    """A socket waits at the address and port that everybody knows; each client gets one more."""

    def meet():
        try:
            client, _ = listener.accept()
        except OSError:  # he has left again
            return []
        descriptor = client.detach()
        return [Client(descriptor, descriptor)]

    return meet


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 9000
    with socket.create_server(("127.0.0.1", port)) as listener:
        print("raw+tcp://127.0.0.1:%d" % listener.getsockname()[1], flush=True)
        listener.setblocking(False)
        serve(listener, accept_from(listener))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
