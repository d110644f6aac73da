"""Raw messages: from the bytes of a call to the bytes of its reply. docs/protocol.md, "raw".

It knows nothing of sockets and pipes: they carry whole messages, and do not look into them.
"""

import struct

import calc
import expression

# ">": big-endian, nothing is padded. H has two bytes, I four, q eight; d is a double.
HEADER = struct.Struct(">IHH")  # a call: id, version, operation; a reply: id, operation, status
VERSION = 1
REPLY = 0x8000  # the bit that says so, in the operation of a reply

OK, BAD_VERSION, BAD_OPERATION, BAD_REQUEST = range(4)


class BadRequest(Exception):
    """The arguments do not decode exactly."""


# ---- arguments: each takes all the bytes behind the header, and leaves none ----


def no_arguments(data):
    if data:
        raise BadRequest
    return ()


def two_numbers(data):
    if len(data) != 16:
        raise BadRequest
    return struct.unpack(">qq", data)


def string_in_front(data, longest):
    """A string: its length in two bytes, then so many bytes. And what is behind it.

    The length is what somebody claims, so it is held against what is there.
    """
    length = int.from_bytes(data[:2], "big")
    text, behind = data[2 : 2 + length], data[2 + length :]
    if len(data) < 2 or len(text) != length or length > longest or b"\0" in text:
        raise BadRequest
    return text.decode("latin-1"), behind  # a character for each byte


def a_text(data):
    text, behind = string_in_front(data, 1024)
    if behind:
        raise BadRequest
    return (text,)


def a_name_and_number(data):
    name, behind = string_in_front(data, 32)
    if len(behind) != 8:
        raise BadRequest
    return name, *struct.unpack(">q", behind)


def an_array(data):
    """Its count in four bytes, then so many numbers."""
    count = int.from_bytes(data[:4], "big")
    if len(data) < 4 or count > 4096 or len(data) - 4 != 8 * count:
        raise BadRequest
    return (struct.unpack(f">{count}q", data[4:]),)


# ---- results: a status of two bytes, and what comes with it ----


def a_number(status, value):
    return struct.pack(">Hq", status, value) if status == calc.OK else struct.pack(">H", status)


def a_value(status, value):
    if status == calc.SYNTAX:
        return struct.pack(">HI", status, value)  # where
    return struct.pack(">Hd", status, value) if status == calc.OK else struct.pack(">H", status)


def a_summary(status, values):
    if status != calc.OK:
        return struct.pack(">H", status)
    return struct.pack(">HIqqqdd", status, *values)


def nothing():
    return ()


def no_result():
    return b""


OPERATIONS = {
    0: (no_arguments, nothing, no_result),
    1: (two_numbers, calc.add, a_number),
    2: (two_numbers, calc.subtract, a_number),
    3: (two_numbers, calc.multiply, a_number),
    4: (two_numbers, calc.divide, a_number),
    5: (a_text, expression.evaluate, a_value),
    6: (an_array, calc.summarize, a_summary),
    7: (a_name_and_number, calc.accumulate, a_number),
}
CHANGING = {7}


def perform(version, operation, data):
    """The status of a call, and its result."""
    if version != VERSION:
        return BAD_VERSION, b""
    if operation not in OPERATIONS:
        return BAD_OPERATION, b""
    decode, compute, encode = OPERATIONS[operation]
    try:
        arguments = decode(data)
    except BadRequest:
        return BAD_REQUEST, b""
    return OK, encode(*compute(*arguments))


def answer(message):
    """The reply to a message; None where it is no call, and must not get one."""
    if len(message) < HEADER.size:
        return None
    name, version, operation = HEADER.unpack_from(message)
    if version & REPLY:  # two servers that answer replies answer each other for ever
        return None
    status, result = perform(version, operation, message[HEADER.size :])
    return HEADER.pack(name, operation | REPLY, status) + result


def changes_something(message):
    """Whether to execute a call twice does harm: it may come twice where messages get lost."""
    return len(message) >= HEADER.size and HEADER.unpack_from(message)[2] in CHANGING
