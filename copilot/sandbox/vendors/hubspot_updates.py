"""HubSpot's batch update of companies: a value that is not valid refuses the whole batch, a missing record only itself.

https://developers.hubspot.com/docs/api-reference/crm-companies-v3/batch/post-crm-v3-objects-companies-batch-update
"""

from collections.abc import Collection, Mapping
from typing import Any

from copilot.sandbox.vendors.written import Values, Written

_MOST = 100


class Refused(Exception):  # noqa: N818 - an answer
    """The whole batch is refused, under this category."""

    def __init__(self, category: str, message: str) -> None:
        super().__init__(message)
        self.category = category


class Updates:
    """The company's own properties of its companies. Every value is kept as text, and an empty one as nothing."""

    def __init__(self) -> None:
        self.written = Written(lambda name: f"cs_{name}")

    def update(self, inputs: list[Mapping[str, Any]], there: Collection[str]) -> tuple[list[str], list[str]]:
        """Set the properties; the ids of what was set and of what there is not. Raises Refused."""
        if len(inputs) > _MOST:
            raise Refused("VALIDATION_ERROR", f"The maximum number of inputs supported in a batch request is {_MOST}")
        for one in inputs:
            self._check(str(one["id"]), one["properties"])
        found = {str(one["id"]): _as_text(one["properties"]) for one in inputs if str(one["id"]) in there}
        if found:
            self.written.put(found)
        return list(found), [str(one["id"]) for one in inputs if str(one["id"]) not in there]

    def _check(self, number: str, values: Values) -> None:
        for name, value in values.items():
            field = self.written.fields.get(name)
            if field is None:
                raise Refused("VALIDATION_ERROR", _not_valid(name, "PROPERTY_DOESNT_EXIST", "does not exist"))
            wrong = field.refuses(value)
            if wrong:
                raise Refused("VALIDATION_ERROR", _not_valid(name, "INVALID_VALUE", f"{wrong}: {str(value)[:40]}"))
        if number in self.written.rules:
            raise Refused("VALIDATION_ERROR", self.written.rules[number])


def _as_text(values: Values) -> Values:
    """Null changes nothing; only an empty text empties."""
    return {name: str(value) or None for name, value in values.items() if value is not None}


def _not_valid(name: str, error: str, said: str) -> str:
    return (
        f'Property values were not valid: [{{"isValid":false,"message":"Property \\"{name}\\" {said}",'
        f'"error":"{error}","name":"{name}"}}]'
    )
