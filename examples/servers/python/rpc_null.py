#!/usr/bin/env python3
"""rpc_null.py [PORT]: a server of ONC RPC over TCP by hand, of a program that has procedure 0 alone.

RFC 5531 says each byte of it, docs/protocol.md in short. A program takes this from a library.
"""

import socket
import struct
import sys

PROGRAM, VERSION = 100003, 3
LONGEST = 65536  # of a record, in whatever fragments
CALL, REPLY, ACCEPTED, DENIED = 0, 1, 0, 1
SUCCESS, PROG_UNAVAIL, PROG_MISMATCH, PROC_UNAVAIL, GARBAGE_ARGS = range(5)
RPC_MISMATCH, AUTH_ERROR = 0, 1
BAD_CREDENTIAL, REJECTED_CREDENTIAL, BAD_VERIFIER = 1, 2, 3
AUTH_NONE, AUTH_SYS = 0, 1


class NoCall(Exception):
    """What came is no call: nobody can say where the next one begins, or who sent it."""


def read_all(end, length):
    data = end.recv(length, socket.MSG_WAITALL) if length else b""
    if len(data) < length:
        raise NoCall
    return data


def read_record(end):
    """A record is one or more fragments; the last one says so."""
    record, last = b"", False
    while not last:
        mark = int.from_bytes(read_all(end, 4), "big")
        last, length = mark >> 31, mark & 0x7FFFFFFF
        if len(record) + length > LONGEST:
            raise NoCall
        record += read_all(end, length)
    return record


def take_auth(data):
    """A credential or a verifier: its flavor, its length, and so many bytes. And what is behind."""
    flavor, length = struct.unpack(">II", data[:8])
    body, rest = data[8 : 8 + length], data[8 + (length + 3) // 4 * 4 :]
    if length > 400 or len(data) < 8 + length:
        raise NoCall
    return flavor, body, rest


def is_auth_sys(body):
    """A stamp, a machine's name, uid, gid, and up to 16 groups."""
    try:
        length = struct.unpack(">I", body[4:8])[0]
        rest = body[8 + (length + 3) // 4 * 4 :]
        groups = struct.unpack(">I", rest[8:12])[0]
    except struct.error:
        return False
    return length <= 255 and groups <= 16 and len(rest) == 12 + 4 * groups


def verdict(call):
    """What a reply says behind its xid and type."""
    version, program, program_version, procedure = struct.unpack(">IIII", call[8:24])
    if version != 2:
        return struct.pack(">IIII", DENIED, RPC_MISMATCH, 2, 2)
    flavor, body, rest = take_auth(call[24:])
    _, _, arguments = take_auth(rest)
    if flavor == AUTH_SYS and not is_auth_sys(body):
        return struct.pack(">III", DENIED, AUTH_ERROR, BAD_CREDENTIAL)
    if flavor not in (AUTH_NONE, AUTH_SYS):
        return struct.pack(">III", DENIED, AUTH_ERROR, REJECTED_CREDENTIAL)
    if program != PROGRAM:
        status = struct.pack(">I", PROG_UNAVAIL)
    elif program_version != VERSION:
        status = struct.pack(">III", PROG_MISMATCH, VERSION, VERSION)
    elif procedure != 0:
        status = struct.pack(">I", PROC_UNAVAIL)
    else:
        status = struct.pack(">I", GARBAGE_ARGS if arguments else SUCCESS)
    return struct.pack(">III", ACCEPTED, AUTH_NONE, 0) + status


def answer(call):
    try:
        xid, kind = struct.unpack(">II", call[:8])
        if kind != CALL:  # two servers that answer replies answer each other for ever
            raise NoCall
        return struct.pack(">II", xid, REPLY) + verdict(call)
    except struct.error:  # it ends within its header
        raise NoCall from None


def serve(end):
    try:
        while True:
            reply = answer(read_record(end))
            end.sendall((0x80000000 | len(reply)).to_bytes(4, "big") + reply)
    except (NoCall, OSError):  # it has left, or sent nonsense: only its session ends
        end.close()


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 9000
    with socket.create_server(("127.0.0.1", port)) as listener:
        print("rpc+tcp://127.0.0.1:%d" % listener.getsockname()[1], flush=True)
        while True:
            serve(listener.accept()[0])


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
