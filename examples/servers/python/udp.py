#!/usr/bin/env python3
"""udp.py [PORT]: a server of raw messages in datagrams. Each is a message: there is no length."""

import socket
import sys

import raw


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 9000
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here:
        here.bind(("127.0.0.1", port))
        print("raw+udp://127.0.0.1:%d" % here.getsockname()[1], flush=True)
        while True:
            message, sender = here.recvfrom(65536)
            reply = raw.answer(message)
            if reply is None:
                continue
            try:
                here.sendto(reply, sender)
            except OSError:  # a datagram may get lost: he asks again
                pass


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
