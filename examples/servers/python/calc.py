"""The calculator: what each operation computes. It knows nothing of messages.

A failure is a result, too: each function returns a status, and the value that comes with it.
docs/contract.md says what is promised.
"""

import math

OK, DIVIDE_BY_ZERO, OVERFLOW, SYNTAX, DOMAIN, FULL = range(6)


def fitting(value):
    """Python's numbers have no end. Those of the protocol have 64 bits."""
    if -(2**63) <= value < 2**63:
        return OK, value
    return OVERFLOW, None


def add(a, b):
    return fitting(a + b)


def subtract(a, b):
    return fitting(a - b)


def multiply(a, b):
    return fitting(a * b)


def divide(a, b):
    if b == 0:
        return DIVIDE_BY_ZERO, None
    quotient = abs(a) // abs(b)  # -7 // 2 would be -4: it rounds down, and we cut off
    return fitting(quotient if (a < 0) == (b < 0) else -quotient)


def summarize(values):
    if not values:
        return DOMAIN, None
    status, total = fitting(sum(values))
    if status != OK:
        return status, None
    count = len(values)
    # count * value - total is exact, however large the values are.
    squares = sum((count * value - total) ** 2 for value in values)
    deviation = math.sqrt(squares / count) / count
    return OK, (count, total, min(values), max(values), total / count, deviation)


registers = {}  # as long as the server lives, for all its clients


def accumulate(name, amount):
    if name not in registers and len(registers) == 1024:
        return FULL, None
    status, total = fitting(registers.get(name, 0) + amount)
    if status == OK:
        registers[name] = total
    return status, total
