"""Many clients at a time, by one loop: it serves who has something, and waits for nobody alone."""

import os
import selectors

from stream import NoMessage, answers


class Client:
    """Two descriptors, one to read and one to write: of a socket they are the same."""

    def __init__(self, source, sink):
        self.source, self.sink = source, sink
        self.came = bytearray()  # of a message that is not whole
        self.replies = bytearray()  # that he has not taken yet
        self.ended = False
        os.set_blocking(source, False)
        os.set_blocking(sink, False)

    def receive(self):
        data = os.read(self.source, 65536)
        self.came += data
        try:
            for reply in answers(self.came):
                self.replies += reply
        except NoMessage:
            self.ended = True
        self.ended = self.ended or not data

    def send(self):
        if self.replies:
            del self.replies[: os.write(self.sink, self.replies)]

    def turn(self):
        """Who does not take his replies is not read from: he can have no more of them wait."""
        try:
            if not self.replies:
                self.receive()
            self.send()
        except BlockingIOError:  # nothing is there, or nothing fits, any more
            pass
        except OSError:  # he is gone
            self.ended, self.replies = True, b""

    def close(self):
        for descriptor in {self.source, self.sink}:
            os.close(descriptor)


def await_client(selector, client):
    if client.replies:
        selector.register(client.sink, selectors.EVENT_WRITE, client)
    else:
        selector.register(client.source, selectors.EVENT_READ, client)


def serve(door, meet):
    """Serves for ever. `door` can be read when somebody comes; meet() gives the clients who did."""
    with selectors.DefaultSelector() as selector:
        selector.register(door, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                client = key.data
                if client is None:
                    for newcomer in meet():
                        await_client(selector, newcomer)
                    continue
                selector.unregister(key.fileobj)
                client.turn()
                if client.ended and not client.replies:
                    client.close()
                else:
                    await_client(selector, client)
