"""What a sources file says of the events that are pushed to a source."""

from typing import Literal

from config.checked import Strict
from copilot.sources.mapping import ConnectionName

# How a sender signs what it pushes: see signature.py.
SignatureName = Literal["stripe", "hmac"]


class Webhook(Strict):
    """Through which events are pushed to us: how they are signed, and the Airflow connection that holds the secret."""

    signature: SignatureName
    secret: ConnectionName


def faults(webhook: Webhook | None, source_type: str) -> list[str]:
    """What is wrong with it: Stripe signs its own events; everybody else pushes rows, which a source of files takes."""
    fitting = {"files": "hmac", "stripe": "stripe"}.get(source_type)
    if webhook is None or webhook.signature == fitting:
        return []
    if fitting is None:
        return [f"{source_type} is only polled: take it out"]
    return [f"a source of type {source_type} is signed as {fitting}: write `signature: {fitting}`"]
