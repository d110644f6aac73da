#!/usr/bin/env python3
"""udp.py [PORT]: a server of raw messages in datagrams. Each is a message: there is no length.

A datagram may get lost. So a client that gets no reply asks again, with the same bytes; and when it
was the reply that got lost, the call was executed already. What changes something must not be
executed twice: its replies are kept for a while, and sent again.
"""

import socket
import sys
import time

import raw

KEPT_CALLS = 256  # the latest
KEPT_TIME = 30  # seconds; then nobody asks again any more

kept = {}  # replies, by sender and call: the oldest comes first


def forget():
    """What is too old, and the oldest where there are too many."""
    for key, (when, _) in list(kept.items()):
        if len(kept) < KEPT_CALLS and time.monotonic() - when < KEPT_TIME:
            return
        del kept[key]


def answer(sender, message):
    if not raw.changes_something(message):
        return raw.answer(message)
    forget()
    if (sender, message) not in kept:  # the same bytes, of the same address and port
        kept[sender, message] = time.monotonic(), raw.answer(message)
    return kept[sender, message][1]


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 9000
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here:
        here.bind(("127.0.0.1", port))
        print("raw+udp://127.0.0.1:%d" % here.getsockname()[1], flush=True)
        while True:
            message, sender = here.recvfrom(65536)
            reply = answer(sender, message)
            if reply is None:
                continue
            try:
                here.sendto(reply, sender)
            except OSError:  # it is lost, then: he asks again
                pass


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
