"""Salesforce's sObject Collections: many records of one call, each taken or refused on its own.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_sobjects_collections_update.htm
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from copilot.sandbox.vendors.oauth import MAY_WRITE
from copilot.sandbox.vendors.written import Values, Written

_MOST = 200
_OWN = ("attributes", "id")
Error = Mapping[str, Any]


class Collections:
    """PATCH of accounts. `there` gives the ids of those that are; others are taken for deleted."""

    def __init__(self, there: Callable[[], Collection[str]]) -> None:
        self.there = there
        self.written = Written(lambda name: f"CS_{name.title()}__c")

    async def update(self, request: Request) -> Response:
        """PATCH /composite/sobjects."""
        records = (await request.json())["records"]
        if len(records) > _MOST:
            limit = "record limit reached. cannot submit more than 200 records into this call"
            return JSONResponse([{"message": limit, "errorCode": "EXCEEDED_ID_LIMIT"}], 400)
        unknown = [name for one in records for name in _values(one) if name not in self.written.fields]
        if unknown:
            said = f"No such column '{unknown[0]}' on sobject of type Account"
            return JSONResponse([{"message": said, "errorCode": "INVALID_FIELD"}], 400)
        errors = [self._errors(one, self.there(), bool(request.scope.get(MAY_WRITE))) for one in records]
        changes = {one["id"]: _values(one) for one, wrong in zip(records, errors, strict=True) if not wrong}
        if changes:
            self.written.put(changes)
        return JSONResponse([_result(one["id"], wrong) for one, wrong in zip(records, errors, strict=True)])

    def _errors(self, record: Mapping[str, Any], there: Collection[str], may_write: bool) -> list[Error]:
        """What is wrong with one record; empty when it is taken."""
        values, number = _values(record), record["id"]
        if not may_write:
            why = "Please check the security settings of this field and verify that it is read/write for your profile"
            said = f"Unable to create/update fields: {', '.join(values)}. {why} or permission set."
            return [_error("INVALID_FIELD_FOR_INSERT_UPDATE", said, values)]
        if number not in there:
            return [_error("ENTITY_IS_DELETED", "entity is deleted", ())]
        if number in self.written.rules:
            return [_error("FIELD_CUSTOM_VALIDATION_EXCEPTION", self.written.rules[number], ())]
        return [
            _error(code, f"{name}: data value not taken: {str(value)[:40]}", [name])
            for name, value in values.items()
            if (code := _CODES[self.written.fields[name].refuses(value)])
        ]


_CODES = {"": "", "too_long": "STRING_TOO_LONG", "not_valid": "INVALID_TYPE_ON_FIELD_IN_RECORD"}


def _values(record: Mapping[str, Any]) -> Values:
    return {name: value for name, value in record.items() if name not in _OWN}


def _error(code: str, said: str, fields: Collection[str]) -> Error:
    return {"statusCode": code, "message": said, "fields": list(fields)}


def _result(record_id: str, errors: list[Error]) -> Mapping[str, Any]:
    return {"success": False, "errors": errors} if errors else {"id": record_id, "success": True, "errors": []}
