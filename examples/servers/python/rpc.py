"""ONC RPC over TCP by hand: where a record ends, and the header of each call and reply.

RFC 5531 says each byte of it, docs/protocol.md in short. A program takes this from a library.
It knows nothing of what the procedures of a program do, nor of their arguments.
"""

import socket
import struct

LONGEST = 65536  # of a record, in whatever fragments
CALL, REPLY, ACCEPTED, DENIED = 0, 1, 0, 1
SUCCESS, PROG_UNAVAIL, PROG_MISMATCH, PROC_UNAVAIL, GARBAGE_ARGS = range(5)
RPC_MISMATCH, AUTH_ERROR = 0, 1
BAD_CREDENTIAL, REJECTED_CREDENTIAL = 1, 2
AUTH_NONE, AUTH_SYS = 0, 1


class Malformed(Exception):
    """The bytes do not decode exactly."""


class NoCall(Exception):
    """What came is no call: nobody can say where the next one begins, or who sent it."""


# ---- what stands in records (XDR): all of it takes a multiple of four bytes ----


def unpack(form, data):
    """Numbers: these, and nothing else."""
    if len(data) != struct.calcsize(form):
        raise Malformed
    return struct.unpack(form, data)


def take_opaque(data, longest):
    """Bytes: how many, then these, filled up with zeros to a multiple of four. And what is behind.

    The length is what somebody claims, so it is held against what is there.
    """
    length = int.from_bytes(data[:4], "big")
    end = 4 + (length + 3) // 4 * 4
    if length > longest or len(data) < end or any(data[4 + length : end]):
        raise Malformed
    return data[4 : 4 + length], data[end:]


# ---- records ----


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


# ---- calls and replies ----


def take_auth(data):
    """A credential or a verifier: its flavor, and its bytes. And what is behind."""
    (flavor,) = unpack(">I", data[:4])
    body, rest = take_opaque(data[4:], 400)
    return flavor, body, rest


def is_auth_sys(body):
    """A stamp, a machine's name, uid, gid, and up to 16 groups."""
    try:
        _, rest = take_opaque(body[4:], 255)
        _, _, groups = unpack(">III", rest[:12])
    except Malformed:
        return False
    return groups <= 16 and len(rest) == 12 + 4 * groups


def perform(procedures, procedure, arguments):
    if procedure not in procedures:
        return struct.pack(">I", PROC_UNAVAIL)
    try:
        return struct.pack(">I", SUCCESS) + procedures[procedure](arguments)
    except Malformed:
        return struct.pack(">I", GARBAGE_ARGS)


def verdict(call, program, versions):
    """What a reply says behind its xid and type."""
    rpc_version, number, version, procedure = unpack(">IIII", call[8:24])
    if rpc_version != 2:
        return struct.pack(">IIII", DENIED, RPC_MISMATCH, 2, 2)
    flavor, body, rest = take_auth(call[24:])
    _, _, arguments = take_auth(rest)  # a verifier, of which nothing is asked
    if flavor == AUTH_SYS and not is_auth_sys(body):
        return struct.pack(">III", DENIED, AUTH_ERROR, BAD_CREDENTIAL)
    if flavor not in (AUTH_NONE, AUTH_SYS):
        return struct.pack(">III", DENIED, AUTH_ERROR, REJECTED_CREDENTIAL)
    if number != program:
        status = struct.pack(">I", PROG_UNAVAIL)
    elif version not in versions:
        status = struct.pack(">III", PROG_MISMATCH, min(versions), max(versions))
    else:
        status = perform(versions[version], procedure, arguments)
    return struct.pack(">III", ACCEPTED, AUTH_NONE, 0) + status


def answer(call, program, versions):
    try:
        xid, kind = unpack(">II", call[:8])
        if kind != CALL:  # two servers that answer replies answer each other for ever
            raise NoCall
        return struct.pack(">II", xid, REPLY) + verdict(call, program, versions)
    except Malformed:  # it ends within its header
        raise NoCall from None


# ---- the server ----


def null(arguments):
    """Procedure 0, which each program has: takes nothing, returns nothing."""
    if arguments:
        raise Malformed
    return b""


def serve_one(end, program, versions):
    try:
        while True:
            reply = answer(read_record(end), program, versions)
            end.sendall((0x80000000 | len(reply)).to_bytes(4, "big") + reply)
    except (NoCall, OSError):  # it has left, or sent nonsense: only its session ends
        pass


def serve(port, program, versions):
    """Serves one client after the other. Each of the versions is a table: for the number of a
    procedure a function from the bytes of its arguments to those of its result."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        print("rpc+tcp://127.0.0.1:%d" % listener.getsockname()[1], flush=True)
        while True:
            end, _ = listener.accept()
            with end:
                serve_one(end, program, versions)
