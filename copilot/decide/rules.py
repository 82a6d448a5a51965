"""Alert rules ready for use: the settings, with their conditions compiled and their words checked."""

import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from config.alerts import Action, AlertBook, Rule, load_alert_book
from copilot.decide.alert import Fact
from copilot.decide.conditions import ConditionError, compile_condition
from copilot.decide.relation import COLUMNS, NAME

Value = Decimal | int | str | bool | date | None
Row = Mapping[str, Value]


@dataclass(frozen=True)
class CheckedRule:
    """A rule whose conditions are SQL and whose words only use columns of the relation."""

    rule: Rule
    fires_sql: str
    clears_sql: str
    actions: tuple[Action, ...]
    facts: tuple[tuple[str, str], ...]


def checked_rules(book: AlertBook | None = None) -> tuple[CheckedRule, ...]:
    """Every rule of the settings. Raises ConditionError naming the first rule and token that is not allowed."""
    book = book or load_alert_book()
    return tuple(_checked(book, rule) for rule in book.rules)


def problems(book: AlertBook) -> list[str]:
    """What is wrong with each rule, one line each; empty when all can be used."""
    found = []
    for rule in book.rules:
        try:
            _checked(book, rule)
        except ConditionError as error:
            found.append(str(error))
    return found


def _checked(book: AlertBook, rule: Rule) -> CheckedRule:
    fires = compile_condition(rule.id, rule.condition)
    clears = compile_condition(rule.id, rule.clear_condition)
    _check_words(rule.id, rule.message)
    for column in rule.evidence:
        _check_words(rule.id, book.facts[column])
    if rule.measure is not None and COLUMNS.get(rule.measure.column) != "number":
        raise ConditionError(f"rule {rule.id}: measure {rule.measure.column!r} is no number of an account's day")
    return CheckedRule(
        rule=rule,
        fires_sql=fires,
        clears_sql=clears,
        actions=tuple(book.actions[name] for name in rule.suggested_actions),
        facts=tuple((column, book.facts[column]) for column in rule.evidence),
    )


def _check_words(rule_id: str, template: str) -> None:
    """A field is a bare column name: `{a.b}` and `{a[0]}` would reach into objects."""
    try:
        fields = [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]
    except ValueError as error:
        raise ConditionError(f"rule {rule_id}: {template!r} is no template: {error}") from None
    for name in fields:
        if name != NAME and name not in COLUMNS:
            raise ConditionError(f"rule {rule_id}: {{{name}}} in {template!r} is no column of an account's day")


def told(template: str, row: Row) -> str | None:
    """The template with the row's values, or None when one of them is unknown: no sentence has a hole in it."""
    names = [name for _, name, _, _ in string.Formatter().parse(template) if name]
    if any(row.get(name) is None for name in names):
        return None
    return template.format_map({name: row[name] for name in names})


def evidence(checked: CheckedRule, row: Row) -> tuple[Fact, ...]:
    """The facts of the rule that are known for this row, in the rule's order."""
    facts = []
    for column, template in checked.facts:
        text, value = told(template, row), row.get(column)
        if text is not None and value is not None:
            facts.append(Fact(column, _plain(value), text))
    return tuple(facts)


def _plain(value: Decimal | int | str | bool | date) -> str | int | float | bool:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date) else value
