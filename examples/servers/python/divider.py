#!/usr/bin/env python3
"""divider.py [PORT]: a server of ONC RPC over TCP. Its contract is ../rpcgen/divider.x.

rpcgen writes C alone. So what the contract says stands here again, as numbers and formats: who
changes it there has to change it here.
"""

import struct
import sys

import rpc

PROGRAM, VERSION = 0x20000043, 1
OK, BY_ZERO, OVERFLOW = range(3)


def divide(arguments):
    """A union: its status, and only behind OK a quotient."""
    a, b = rpc.unpack(">ii", arguments)  # exactly these: fewer bytes or more are an error
    if b == 0:
        return struct.pack(">I", BY_ZERO)
    quotient = abs(a) // abs(b)  # -7 // 2 would be -4: it rounds down, and C cuts off
    quotient = quotient if (a < 0) == (b < 0) else -quotient
    if quotient == 2**31:  # the least number by -1
        return struct.pack(">I", OVERFLOW)
    return struct.pack(">Ii", OK, quotient)


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 9000
    rpc.serve(port, PROGRAM, {VERSION: {0: rpc.null, 1: divide}})


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
