"""Reads Chargebee's lists with Chargebee's own client, as its author would, and says what the client knows of them."""

import json
import sys
from collections.abc import Iterator
from typing import Any, get_args, get_origin, get_type_hints

from chargebee import Chargebee
from chargebee.model import Model

_LISTS = {
    "Customer": "customer",
    "Subscription": "subscription",
    "Invoice": "invoice",
    "CreditNote": "credit_note",
    "Transaction": "transaction",
    "Coupon": "coupon",
}
_EVERY = {"limit": 100, "include_deleted": True}
_CHANGED = {**_EVERY, "sort_by": {"ASC": "updated_at"}, "updated_at": {"AFTER": 0}}
_FIRST = {**_EVERY, "sort_by": {"ASC": "updated_at"}}
# Coupons are only listed, and cannot be asked for as deleted ones.
_ASKED = {name: [_FIRST, _CHANGED] for name in _LISTS} | {"Coupon": [{"limit": 100}]}
_ASKED["Invoice"] = [_FIRST, _EVERY, _CHANGED]


def pages(resource: Any, asked: dict[str, Any]) -> Iterator[Any]:
    """Every page of a list. What the client does not know how to ask for is no question."""
    unknown = set(asked) - set(type(resource).ListParams.__annotations__)
    if unknown:
        raise KeyError(f"{type(resource).__name__} cannot be asked for {unknown}")
    offset = {}
    while True:
        answer = resource.list({**asked, **offset})
        yield answer
        if not answer.next_offset:
            return
        offset = {"offset": answer.next_offset}


def wrong(model: Model, path: str) -> Iterator[str]:
    """Fields that the client does not know, or knows in another form; a company's own fields begin with cf_."""
    known = get_type_hints(type(model))
    for name, value in model.raw_data.items():
        here = f"{path}.{name}"
        if name not in known and not name.startswith(("cf_", "object")):
            yield f"{here} is unknown"
        elif name in known and value is not None:
            yield from _wrong_form(getattr(model, name), known[name], here)


def _wrong_form(value: Any, form: Any, path: str) -> Iterator[str]:
    if get_origin(form) is list:
        for one in value:
            yield from _wrong_form(one, get_args(form)[0], f"{path}[]")
    elif isinstance(value, Model):
        yield from wrong(value, path)
    elif form in (int, str, bool) and type(value) is not form:
        yield f"{path} is {type(value).__name__} and not {form.__name__}"
    elif form is float and type(value) not in (int, float):
        yield f"{path} is no number"


def main() -> None:
    """Say for each list what was found."""
    given = json.load(sys.stdin)
    Chargebee.verify_ca_certs = False
    client = Chargebee(given["key"], "", protocol="http")
    client.env.api_endpoint = f"{given['url']}/api/v2"
    found: dict[str, Any] = {}
    complaints = set()
    for name, kind in _LISTS.items():
        for asked in _ASKED[name]:
            listed = [getattr(entry, kind) for page in pages(getattr(client, name), asked) for entry in page.list]
            found[kind] = [one.raw_data for one in listed]
            complaints |= {said for one in listed for said in wrong(one, kind)}
    json.dump({"found": found, "wrong": sorted(complaints)}, sys.stdout)


main()
