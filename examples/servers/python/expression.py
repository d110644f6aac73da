"""evaluate: an expression by recursive descent, a function for each kind of part.

    expression = term { ( "+" | "-" ) term }
    term       = factor { ( "*" | "/" | "%" ) factor }
    factor     = { "-" } primary [ "^" factor ]
    primary    = number | "pi" | "e" | "(" expression ")"
               | name "(" expression { "," expression } ")"
"""

import math
import operator
import re

import calc

NUMBER = re.compile(r"(\d+\.?\d*|\.\d+)([eE][+-]?\d*)?", re.ASCII)
NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9]*", re.ASCII)
DEEPEST = 64  # parentheses within each other: each takes some of Python's stack


def away(value):
    """Halves go away from zero; those of Python's round() go to the even number."""
    whole = math.trunc(value)
    return whole + math.copysign(abs(value - whole) >= 0.5, value)


def signed(function):
    """Python's whole numbers have no -0."""
    return lambda value: math.copysign(function(value), value)


CONSTANTS = {"pi": math.pi, "e": math.e}
ONE = {
    "sqrt": math.sqrt, "abs": abs, "floor": signed(math.floor), "ceil": signed(math.ceil),
    "round": signed(away), "exp": math.exp, "ln": math.log, "log10": math.log10,
    "sin": math.sin, "cos": math.cos, "tan": math.tan,
}
TWO = {"min": min, "max": max}  # folded over two or more
OPERATORS = {
    "+": operator.add, "-": operator.sub,
    "*": operator.mul, "/": operator.truediv, "%": math.fmod,
}


class Syntax(Exception):
    """With the offset of the first character that does not fit."""


class Text:
    """An expression, and how far it was read."""

    def __init__(self, text):
        self.text, self.at, self.depth = text, 0, 0
        self.finite = True  # each value, also on the way

    def accept(self, signs):
        """The next character if it is one of these, and goes behind it; or ""."""
        while self.text[self.at : self.at + 1] in (" ", "\t"):
            self.at += 1
        found = self.text[self.at : self.at + 1]
        if found not in signs:
            return ""
        self.at += len(found)
        return found

    def expect(self, sign):
        if not self.accept(sign):
            raise Syntax(self.at)

    def compute(self, function, *values):
        """Python raises exceptions where C has infinity, or no number."""
        try:
            value = float(function(*values))
        except (ArithmeticError, ValueError):
            value = math.nan
        self.finite = self.finite and math.isfinite(value)
        return value

    def expression(self):
        value = self.term()
        while sign := self.accept("+-"):
            value = self.compute(OPERATORS[sign], value, self.term())
        return value

    def term(self):
        value = self.factor()
        while sign := self.accept("*/%"):
            value = self.compute(OPERATORS[sign], value, self.factor())
        return value

    def factor(self):
        """-2^2 is -(2^2), and 2^3^2 is 2^(3^2)."""
        sign = 1
        while self.accept("-"):
            sign = -sign
        value = self.primary()
        if self.accept("^"):
            value = self.compute(math.pow, value, self.factor())
        return sign * value

    def primary(self):
        if self.accept("("):
            return self.parentheses(float)
        name = NAME.match(self.text, self.at)
        return self.named(name) if name else self.number()

    def number(self):
        number = NUMBER.match(self.text, self.at)
        if not number:
            raise Syntax(self.at + self.text.startswith(".", self.at))
        self.at = number.end()
        if not number.group()[-1] in "0123456789.":
            raise Syntax(self.at)  # an exponent without figures
        return self.compute(float, number.group())

    def named(self, name):
        self.at = name.end()
        if name.group() in CONSTANTS:
            return CONSTANTS[name.group()]
        if name.group() not in ONE and name.group() not in TWO:
            raise Syntax(name.start())
        self.expect("(")
        return self.parentheses(ONE.get(name.group()), TWO.get(name.group()))

    def parentheses(self, one, two=None):
        """Behind the one that opens: what is in them, as an argument, or two and more."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise Syntax(self.at - 1)
        value = self.expression()
        if two:
            self.expect(",")
            value = self.compute(two, value, self.expression())
            while self.accept(","):
                value = self.compute(two, value, self.expression())
        else:
            value = self.compute(one, value)
        self.expect(")")
        self.depth -= 1
        return value


def evaluate(text):
    reader = Text(text)
    try:
        value = reader.expression()
        if reader.at < len(text):
            raise Syntax(reader.at)
    except Syntax as wrong:
        return calc.SYNTAX, wrong.args[0]
    return (calc.OK, value) if reader.finite else (calc.DOMAIN, None)
