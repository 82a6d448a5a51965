"""Conditions of alert rules: read, checked against the relation, and written anew as SQL.

Nothing of the text reaches the database: only what this module understood is rendered, so a condition can compare and
calculate, and nothing else. Dividing by zero gives unknown instead of stopping the day.
"""

import re
from collections.abc import Callable
from typing import Literal

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from config.settings import ConfigError
from copilot.decide.relation import COLUMNS, Kind

PLAIN_NUMBER = re.compile(r"^\d{1,15}(\.\d{1,6})?$")
ORDERED: dict[type[exp.Expr], str] = {
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.EQ: "=",
    exp.NEQ: "<>",
}
ARITHMETIC: dict[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/"}

# The parts of an expression that the renderers below read. Anything else that the parser found would be lost in writing
# the condition anew (once, `is not null` became `is null`), so it is refused.
READ_PARTS = {"this", "expression", "expressions", "low", "high", "is_string", "negate"}
# Marks that the parser puts on every division.
READ_PARTS |= {"typed", "safe"}

# What an expression is: a kind, or "null" for the literal that fits every kind.
Sort = Kind | Literal["null"]
Rendered = tuple[str, Sort]


class ConditionError(ConfigError):
    """A condition holds something that is not allowed; the message names the rule and the token."""


def compile_condition(rule_id: str, text: str) -> str:
    """The condition as SQL over the relation's columns, true, false or NULL for each row.

    Raises ConditionError, naming the rule and the offending token, for anything but columns of the relation, literals,
    comparisons, arithmetic, and/or/not, is null, between, in, coalesce, and for comparing things of different kinds.
    """
    try:
        tree = _single(text)
        rendered, sort = _render(tree)
        _expect(sort, "truth", tree)
    except _Refused as refused:
        raise ConditionError(f"rule {rule_id}: {refused.token!r} {refused.why}") from None
    except SqlglotError as error:
        raise ConditionError(f"rule {rule_id}: {text!r} does not parse: {str(error).splitlines()[0]}") from None
    return rendered


class _Refused(Exception):  # noqa: N818 - never leaves this module
    def __init__(self, token: str, why: str) -> None:
        super().__init__(token, why)
        self.token, self.why = token, why


def _single(text: str) -> exp.Expr:
    trees = sqlglot.parse(text, dialect="postgres")
    if len(trees) != 1 or trees[0] is None:
        raise _Refused(text or "(empty)", "is not one condition")
    return trees[0]


def _render(node: exp.Expr) -> Rendered:
    unread = [name for name, value in node.args.items() if value and name not in READ_PARTS]
    if unread:
        raise _Refused(_token(node), f"is not allowed in a condition ({', '.join(unread)})")
    for kinds, render in _RENDERERS:
        if isinstance(node, kinds):
            return render(node)
    raise _Refused(_token(node), "is not allowed in a condition")


def _token(node: exp.Expr) -> str:
    return node.sql(dialect="postgres", comments=False)


def _expect(sort: Sort, wanted: Sort, node: exp.Expr) -> None:
    if sort not in (wanted, "null"):
        raise _Refused(_token(node), f"is a {sort}, where a {wanted} is needed")


def _same(sorts: list[Sort], node: exp.Expr) -> Sort:
    kinds = {sort for sort in sorts if sort != "null"}
    if len(kinds) > 1:
        raise _Refused(_token(node), f"mixes {' and '.join(sorted(kinds))}")
    return kinds.pop() if kinds else "null"


def _column(node: exp.Expr) -> Rendered:
    name = node.name
    if name not in COLUMNS:
        raise _Refused(_token(node), "is no column of an account's day")
    return name, COLUMNS[name]


def _literal(node: exp.Expr) -> Rendered:
    if node.is_string:
        return "'" + node.name.replace("'", "''").replace("%", "%%") + "'", "text"
    if not PLAIN_NUMBER.match(node.name):
        raise _Refused(_token(node), "is no plain number")
    return node.name, "number"


def _boolean(node: exp.Expr) -> Rendered:
    return ("true" if node.this else "false"), "truth"


def _null(_: exp.Expr) -> Rendered:
    return "null", "null"


def _paren(node: exp.Expr) -> Rendered:
    return _render(node.this)


def _logic(node: exp.Expr) -> Rendered:
    word = "and" if isinstance(node, exp.And) else "or"
    sides = []
    for side in (node.this, node.expression):
        text, sort = _render(side)
        _expect(sort, "truth", side)
        sides.append(text)
    return f"({sides[0]} {word} {sides[1]})", "truth"


def _not(node: exp.Expr) -> Rendered:
    text, sort = _render(node.this)
    _expect(sort, "truth", node.this)
    return f"(not {text})", "truth"


def _comparison(node: exp.Expr) -> Rendered:
    (left, left_sort), (right, right_sort) = _render(node.this), _render(node.expression)
    if "null" in (left_sort, right_sort):
        raise _Refused(_token(node), "compares with NULL, which is never true; write `is null`")
    _same([left_sort, right_sort], node)
    return f"({left} {ORDERED[type(node)]} {right})", "truth"


def _arithmetic(node: exp.Expr) -> Rendered:
    (left, left_sort), (right, right_sort) = _render(node.this), _render(node.expression)
    _expect(left_sort, "number", node.this)
    _expect(right_sort, "number", node.expression)
    divisor = f"nullif({right}, 0)" if isinstance(node, exp.Div) else right
    return f"({left} {ARITHMETIC[type(node)]} {divisor})", "number"


def _negative(node: exp.Expr) -> Rendered:
    text, sort = _render(node.this)
    _expect(sort, "number", node.this)
    return f"(- {text})", "number"


def _is(node: exp.Expr) -> Rendered:
    text, sort = _render(node.this)
    if isinstance(node.expression, exp.Boolean):
        _expect(sort, "truth", node.this)
    elif not isinstance(node.expression, exp.Null):
        raise _Refused(_token(node), "is not allowed in a condition")
    word = "is not" if node.args.get("negate") else "is"
    return f"({text} {word} {_render(node.expression)[0]})", "truth"


def _between(node: exp.Expr) -> Rendered:
    parts = [_render(node.args[name]) for name in ("this", "low", "high")]
    _same([sort for _, sort in parts], node)
    value, low, high = (text for text, _ in parts)
    return f"({value} between {low} and {high})", "truth"


def _in(node: exp.Expr) -> Rendered:
    if not node.expressions:
        raise _Refused(_token(node), "lists no values")
    value, sort = _render(node.this)
    choices = [_render(choice) for choice in node.expressions]
    _same([sort, *(choice_sort for _, choice_sort in choices)], node)
    return f"({value} in ({', '.join(text for text, _ in choices)}))", "truth"


def _coalesce(node: exp.Expr) -> Rendered:
    parts = [_render(part) for part in (node.this, *node.expressions)]
    sort = _same([part_sort for _, part_sort in parts], node)
    return f"coalesce({', '.join(text for text, _ in parts)})", sort


_RENDERERS: tuple[tuple[tuple[type[exp.Expr], ...], Callable[[exp.Expr], Rendered]], ...] = (
    ((exp.Column,), _column),
    ((exp.Literal,), _literal),
    ((exp.Boolean,), _boolean),
    ((exp.Null,), _null),
    ((exp.Paren,), _paren),
    ((exp.And, exp.Or), _logic),
    ((exp.Not,), _not),
    (tuple(ORDERED), _comparison),
    (tuple(ARITHMETIC), _arithmetic),
    ((exp.Neg,), _negative),
    ((exp.Is,), _is),
    ((exp.Between,), _between),
    ((exp.In,), _in),
    ((exp.Coalesce,), _coalesce),
)
