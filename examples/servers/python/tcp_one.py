#!/usr/bin/env python3
"""tcp_one.py [PORT]: a server of raw messages over TCP, one client at a time.

The simplest that there is. Whoever connects while another is served waits until that one leaves,
as long as it takes: tcp.py waits for nobody.
"""

import socket
import sys

from stream import serve_one


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 9000
    with socket.create_server(("127.0.0.1", port)) as listener:
        print("raw+tcp://127.0.0.1:%d" % listener.getsockname()[1], flush=True)
        while True:
            client, _ = listener.accept()
            with client:
                serve_one(client.fileno(), client.fileno())


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
