#!/usr/bin/env python3
"""calculator.py [PORT]: the calculator by ONC RPC over TCP. Its contract is idl/calc.x.

rpcgen writes C alone. So here is by hand what it writes for ../rpcgen/calculator.c: how each type
becomes bytes and comes back (XDR), and which procedure has which types.
"""

import struct
import sys

import calc
import expression
import rpc

PROGRAM = 0x2CA1C000

# ---- arguments: each takes all the bytes, and leaves none ----


def two_numbers(data):
    return rpc.unpack(">qq", data)


def a_text(data):
    text, behind = rpc.take_opaque(data, 1024)
    if behind:
        raise rpc.Malformed
    return (text.decode("latin-1"),)  # a character for each byte


def a_name_and_number(data):
    name, behind = rpc.take_opaque(data, 32)
    return name.decode("latin-1"), *rpc.unpack(">q", behind)


def an_array(data):
    """Its count, then so many numbers."""
    (count,) = rpc.unpack(">I", data[:4])
    if count > 4096:
        raise rpc.Malformed
    return (rpc.unpack(f">{count}q", data[4:]),)


# ---- results: unions, of a status and what comes with it ----


def a_number(status, value):
    return struct.pack(">Iq", status, value) if status == calc.OK else struct.pack(">I", status)


def a_value(status, value):
    if status == calc.SYNTAX:
        return struct.pack(">II", status, value)  # where
    return struct.pack(">Id", status, value) if status == calc.OK else struct.pack(">I", status)


def a_summary(status, values):
    if status != calc.OK:
        return struct.pack(">I", status)
    return struct.pack(">IIqqqdd", status, *values)


# ---- procedures ----


def procedure(decode, compute, encode):
    return lambda data: encode(*compute(*decode(data)))


VERSION_1 = {
    0: rpc.null,
    1: procedure(two_numbers, calc.add, a_number),
    2: procedure(two_numbers, calc.subtract, a_number),
    3: procedure(two_numbers, calc.multiply, a_number),
    4: procedure(two_numbers, calc.divide, a_number),
}
VERSION_2 = {
    **VERSION_1,
    5: procedure(a_text, expression.evaluate, a_value),
    6: procedure(an_array, calc.summarize, a_summary),
    7: procedure(a_name_and_number, calc.accumulate, a_number),
}


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 9000
    rpc.serve(port, PROGRAM, {1: VERSION_1, 2: VERSION_2})


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
