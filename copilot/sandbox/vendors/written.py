"""Fields that an integration fills in a vendor's records: what they take, and what they hold. In memory only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

Kind = Literal["number", "text", "date"]
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Field:
    """One field of the company's own: what it takes, and of a text how many characters."""

    kind: Kind
    length: int = 255

    def refuses(self, value: Any) -> str:
        """The vendor's word for what is wrong with the value; empty when nothing is. Nothing empties a field."""
        if value in (None, ""):
            return ""
        if self.kind == "text":
            is_long = isinstance(value, str) and len(value.encode("utf-16-le")) // 2 > self.length
            return "too_long" if is_long else "" if isinstance(value, str) else "not_valid"
        read: Callable[[str], Any] = float if self.kind == "number" else date.fromisoformat
        try:
            read(str(value))
        except ValueError:
            return "not_valid"
        return ""


# What the company of the sandbox has made for it, in both vendors: health, risk, why, since when.
FIELDS: Mapping[str, Field] = {
    "health": Field("number"),
    "health_band": Field("text", 40),
    "churn_risk": Field("number"),
    "risk": Field("text", 40),
    "reason": Field("text"),
    "next_step": Field("text"),
    "open_alerts": Field("number"),
    "as_of": Field("date"),
}


@dataclass
class Written:
    """What the fields hold by record, and every call that changed them: (record, field, value), in its order."""

    called: Callable[[str], str]
    held: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[list[tuple[str, str, Any]]] = field(default_factory=list)
    # By record: why it takes no change at all, such as a rule of the company's own.
    rules: dict[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> Mapping[str, Field]:
        """The fields by what this vendor calls them."""
        return {self.called(name): one for name, one in FIELDS.items()}

    def of(self, record_id: str) -> Values:
        """What the fields of a record hold; null where nobody wrote."""
        return {name: self.held.get(record_id, {}).get(name) for name in self.fields}

    def put(self, changes: Mapping[str, Values]) -> None:
        """One call's changes, by record."""
        for record_id, values in changes.items():
            self.held.setdefault(record_id, {}).update(values)
        self.calls.append(
            [(record, name, value) for record, values in changes.items() for name, value in values.items()]
        )
