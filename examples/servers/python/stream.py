"""Where a message ends on a stream of bytes: four bytes in front of each say how long it is.

A read is no message: it may bring half of one, or five. So bytes are kept until one is whole.
"""

import os

import raw

SHORTEST, LONGEST = raw.HEADER.size, 65536


class NoMessage(Exception):
    """What came is no message, so nobody knows where the next one begins."""


def take(came):
    """Takes the first message off the bytes that came; None where it is not all there yet."""
    if len(came) < 4:
        return None
    length = int.from_bytes(came[:4], "big")
    if not SHORTEST <= length <= LONGEST:  # before anything is done with it
        raise NoMessage
    if len(came) < 4 + length:
        return None
    message = bytes(came[4 : 4 + length])
    del came[: 4 + length]
    return message


def answers(came):
    """The replies to all messages that are whole, as they go over the stream, one by one."""
    while (message := take(came)) is not None:
        reply = raw.answer(message)
        if reply is None:
            raise NoMessage
        yield len(reply).to_bytes(4, "big") + reply


def write_all(sink, data):
    """A write is no message, either: it may take a part."""
    while data:
        data = data[os.write(sink, data) :]


def serve_one(source, sink):
    """Serves one client until he leaves, and waits for him meanwhile. Two descriptors."""
    came = bytearray()
    try:
        while data := os.read(source, 65536):  # nothing: he has closed his end
            came += data
            for reply in answers(came):
                write_all(sink, reply)
    except (NoMessage, OSError):  # he sent nonsense, or is gone: only his session ends
        pass
