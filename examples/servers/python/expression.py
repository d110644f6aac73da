"""evaluate: numbers, + - * / and parentheses, a function for each kind of part.

The real one (docs/contract.md) has names, % and ^ besides: to this one they are a SYNTAX error.
"""

import math
import re

import calc

NUMBER = re.compile(r"(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
DEEPEST = 64  # parentheses within each other: each takes some of Python's stack


class Syntax(Exception):
    """With the offset of the first character that does not fit."""


class Text:
    """An expression, and how far it was read."""

    def __init__(self, text):
        self.text, self.at, self.depth = text, 0, 0

    def accept(self, signs):
        """The next character if it is one of these, and goes behind it; or ""."""
        while self.text[self.at : self.at + 1] in (" ", "\t"):
            self.at += 1
        found = self.text[self.at : self.at + 1]
        if found not in signs:
            return ""
        self.at += len(found)
        return found

    def expression(self):
        value = self.term()
        while sign := self.accept("+-"):
            value = finite(value + self.term() if sign == "+" else value - self.term())
        return value

    def term(self):
        value = self.factor()
        while sign := self.accept("*/"):
            value = finite(value * self.factor() if sign == "*" else divided(value, self.factor()))
        return value

    def factor(self):
        sign = 1
        while self.accept("-"):
            sign = -sign
        if self.accept("("):
            return sign * self.parentheses()
        number = NUMBER.match(self.text, self.at)
        if not number:
            raise Syntax(self.at)
        self.at = number.end()
        return sign * finite(float(number.group()))

    def parentheses(self):
        self.depth += 1
        if self.depth > DEEPEST:
            raise Syntax(self.at - 1)
        value = self.expression()
        if not self.accept(")"):
            raise Syntax(self.at)
        self.depth -= 1
        return value


def divided(a, b):
    return a / b if b else math.nan


def finite(value):
    """A value, or what stays no number whatever is done with it: so it shows in the end."""
    return value if math.isfinite(value) else math.nan


def evaluate(text):
    reader = Text(text)
    try:
        value = reader.expression()
        if reader.at < len(text):
            raise Syntax(reader.at)
    except Syntax as wrong:
        return calc.SYNTAX, wrong.args[0]
    return (calc.OK, value) if math.isfinite(value) else (calc.DOMAIN, None)
