"""The Expression of GetPartitions: an SQL condition (the part after WHERE) over a table's partition keys.

    or    = and { OR and }        and  = not { AND not }        not = NOT not | test
    test  = ( or ) | term [NOT] ( = <> != < > <= >= term | IN ( literal, … ) | BETWEEN literal AND literal
            | LIKE literal | IS [NOT] NULL )
    term  = key | literal          literal = 'text' | number | DATE 'text' | TIMESTAMP 'text'

Source: AWS's documentation of GetPartitions. Values and literals are compared by the key's type. A value that is not of
the type, such as Hive's mark of NULL, is NULL, and no comparison with it holds.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from localemr.glue.errors import InvalidInputException

Values = Sequence[str]
Row = Mapping[str, Any]
Truth = bool | None
"""None: unknown, as in SQL."""
Test = Callable[[Row], Truth]
Read = Callable[[str], Any]

NULL = "__HIVE_DEFAULT_PARTITION__"
DEEPEST = 50
_TOKEN = re.compile(r"""\s*(?:
    (?P<text>'(?:[^']|'')*') | (?P<number>[+-]?\d+(?:\.\d*)?|[+-]?\.\d+) | (?P<name>[^\W\d]\w*|"[^"]+"|`[^`]+`)
    | (?P<sign><=|>=|<>|!=|=|<|>|\(|\)|,) )""", re.VERBOSE)  # fmt: skip
_WORDS = frozenset(["AND", "OR", "NOT", "IN", "BETWEEN", "LIKE", "IS", "NULL"])
_COMPARE = {"=": operator.eq, "<>": operator.ne, "!=": operator.ne, "<": operator.lt, ">": operator.gt,
            "<=": operator.le, ">=": operator.ge}  # fmt: skip
_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


def _decimal(text: str) -> Decimal:
    value = Decimal(text)
    if not value.is_finite():
        raise ValueError(text)
    return value


def _timestamp(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=None)


_TYPES: Mapping[str, Read] = {
    **dict.fromkeys(("string", "char", "varchar"), str),
    **dict.fromkeys(("tinyint", "smallint", "int", "integer", "bigint", "long"), _decimal),
    **dict.fromkeys(("decimal",), _decimal),
    "date": lambda text: date.fromisoformat(text[:10]),
    "timestamp": _timestamp,
}


def predicate(expression: str, keys: Sequence[Mapping[str, Any]]) -> Callable[[Values], bool]:
    """Whether a partition's values meet the expression; an empty one holds for all.

    Raises InvalidInputException for an invalid expression over these partition keys.
    """
    if not expression.strip():
        return lambda values: True
    names = [key["Name"].lower() for key in keys]
    parser = _Parser(expression, {key["Name"].lower(): key.get("Type", "string") for key in keys})
    test = parser.whole()
    reads = [parser.reads.get(name) for name in names]

    def holds(values: Values) -> bool:
        row = {name: _value(read, text) for name, read, text in zip(names, reads, values, strict=True) if read}
        return test(row) is True

    return holds


def _value(read: Read, text: str) -> Any:
    if text == NULL:
        return None
    try:
        return read(text)
    except (ValueError, InvalidOperation):
        return None


class _Parser:
    """Recursive descent over the tokens; `reads` has a reader for each key that was named."""

    def __init__(self, text: str, types: Mapping[str, str]) -> None:
        self._text, self._types = text, types
        self.reads: dict[str, Read] = {}
        self._tokens = self._split()
        self._place = self._depth = 0

    def _split(self) -> list[tuple[str, str]]:
        tokens, place, end = [], 0, len(self._text.rstrip())
        while place < end:
            match = _TOKEN.match(self._text, place)
            if match is None:
                raise self._unsupported(self._text[place:].strip())
            kind = str(match.lastgroup)
            tokens.append((kind, match[kind]))
            place = match.end()
        return tokens

    # ---- the grammar

    def whole(self) -> Test:
        test = self._or()
        if self._place < len(self._tokens):
            raise self._unsupported(self._peek()[1])
        return test

    def _or(self) -> Test:
        test = self._and()
        while self._word("OR"):
            test = _either(test, self._and())
        return test

    def _and(self) -> Test:
        test = self._not()
        while self._word("AND"):
            test = _both(test, self._not())
        return test

    def _not(self) -> Test:
        self._depth += 1
        if self._depth > DEEPEST:
            raise InvalidInputException("The expression is nested too deeply.")
        if self._word("NOT"):
            test = _negated(self._not())
        elif self._sign("("):
            test = self._or()
            self._expect(")")
        else:
            test = self._test()
        self._depth -= 1
        return test

    def _test(self) -> Test:
        if self._peek()[0] != "name" or self._is_dated():
            literal = self._literal()
            sign = self._comparison()
            name, read = self._key()
            return _compared(name, _TURNED.get(sign, sign), self._typed(name, read, literal))
        name, read = self._key()
        negative = self._word("NOT")
        test = self._after(name, read, negative)
        return _negated(test) if negative else test

    def _after(self, name: str, read: Read, negative: bool) -> Test:
        def literal() -> Any:
            return self._typed(name, read, self._literal())

        if self._word("IN"):
            return _one_of(name, self._list(literal))
        if self._word("BETWEEN"):
            low = literal()
            if not self._word("AND"):
                raise self._unsupported(self._peek()[1])
            return _both(_compared(name, ">=", low), _compared(name, "<=", literal()))
        if self._word("LIKE"):
            return _like(name, self._literal())
        if negative:
            raise self._unsupported(self._peek()[1])
        if self._word("IS"):
            absent = not self._word("NOT")
            if not self._word("NULL"):
                raise self._unsupported(self._peek()[1])
            return lambda row: (row[name] is None) is absent
        return _compared(name, self._comparison(), literal())

    def _list(self, literal: Callable[[], Any]) -> list[Any]:
        self._expect("(")
        found = [literal()]
        while self._sign(","):
            found.append(literal())
        self._expect(")")
        return found

    # ---- parts

    def _key(self) -> tuple[str, Read]:
        kind, text = self._next()
        name = text.strip('"`').lower()
        if kind != "name" or (text[0] not in '"`' and text.upper() in _WORDS):
            raise self._unsupported(text)
        if name not in self._types:
            raise InvalidInputException(f"Unknown partition key '{name}' in the expression.")
        kind = re.split(r"\W", self._types[name].lower(), maxsplit=1)[0]
        if kind not in _TYPES:
            raise InvalidInputException(f"Partition key '{name}' has the type {self._types[name]}, which an expression "
                                        "cannot compare.")  # fmt: skip
        self.reads[name] = _TYPES[kind]
        return name, _TYPES[kind]

    def _is_dated(self) -> bool:
        """Whether DATE 'text' or TIMESTAMP 'text' comes."""
        following = self._tokens[self._place + 1 : self._place + 2]
        return self._peek()[1].upper() in ("DATE", "TIMESTAMP") and bool(following) and following[0][0] == "text"

    def _literal(self) -> str:
        if self._is_dated():
            self._place += 1
        kind, text = self._next()
        if kind == "text":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            return text
        raise self._unsupported(text)

    def _typed(self, name: str, read: Read, literal: str) -> Any:
        try:
            return read(literal)
        except (ValueError, InvalidOperation):
            raise InvalidInputException(f"'{literal}' is no {self._types[name]}, which partition key '{name}' "
                                        "is.") from None  # fmt: skip

    def _comparison(self) -> str:
        kind, text = self._next()
        if kind != "sign" or text not in _COMPARE:
            raise self._unsupported(text)
        return text

    # ---- tokens

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._place] if self._place < len(self._tokens) else ("", "")

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        self._place += 1
        return token

    def _word(self, word: str) -> bool:
        return self._take(("name", word), self._peek()[1].upper())

    def _sign(self, sign: str) -> bool:
        return self._take(("sign", sign), self._peek()[1])

    def _take(self, token: tuple[str, str], text: str) -> bool:
        found = (self._peek()[0], text) == token
        self._place += found
        return found

    def _expect(self, sign: str) -> None:
        if not self._sign(sign):
            raise self._unsupported(self._peek()[1])

    def _unsupported(self, text: str) -> InvalidInputException:
        at = f"'{text}'" if text else "its end"
        return InvalidInputException(f"Unsupported expression '{self._text}': at {at}.")


def _compared(name: str, sign: str, literal: Any) -> Test:
    compare = _COMPARE[sign]
    return lambda row: None if row[name] is None else bool(compare(row[name], literal))


def _one_of(name: str, literals: Sequence[Any]) -> Test:
    return lambda row: None if row[name] is None else row[name] in literals


def _like(name: str, pattern: str) -> Test:
    first, *others = ("".join("." if each == "_" else re.escape(each) for each in part) for part in pattern.split("%"))
    # The first match of each part is sufficient: no backtracking, so the time is bounded.
    between = "".join(f"(?>.*?{part})" for part in others[:-1])
    compiled = re.compile(first + between + (f".*{others[-1]}" if others else ""), re.DOTALL)
    return lambda row: None if row[name] is None else compiled.fullmatch(str(row[name])) is not None


def _negated(test: Test) -> Test:
    def negated(row: Row) -> Truth:
        found = test(row)
        return None if found is None else not found

    return negated


def _both(one: Test, other: Test) -> Test:
    def both(row: Row) -> Truth:
        found = (one(row), other(row))
        return False if False in found else None if None in found else True

    return both


def _either(one: Test, other: Test) -> Test:
    def either(row: Row) -> Truth:
        found = (one(row), other(row))
        return True if True in found else None if None in found else False

    return either
