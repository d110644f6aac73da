#!/usr/bin/env python3
"""rpc_null.py [PORT]: a server of ONC RPC over TCP, of a program that has procedure 0 alone."""

import sys

import rpc

PROGRAM, VERSION = 100003, 3


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 9000
    rpc.serve(port, PROGRAM, {VERSION: {0: rpc.null}})


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
