#!/usr/bin/env python3
"""pipe.py: a server of raw messages on its standard input and output.

Its client starts it, and has the other ends of both pipes: sidecall --via raw+pipe:./pipe.py ping
Nobody else can reach it, and it ends when he closes his end. What it has to say besides goes to
standard error, for standard output is a pipe of messages.
"""

from stream import serve_one

if __name__ == "__main__":
    try:
        serve_one(0, 1)
    except KeyboardInterrupt:
        pass
