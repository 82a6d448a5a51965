"""What the CRM connectors share."""

import pytest

from copilot.sources.connectors.crm import domain_of


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("https://www.acme.test/en?x=1", "acme.test"),
        ("ACME.test", "acme.test"),
        ("http://shop.acme.test:8080", "shop.acme.test"),
        ("  ", None),
        (None, None),
        ("http://[not an address", None),
    ],
)
def test_the_domain_of_a_web_address(address: str | None, domain: str | None) -> None:
    assert domain_of(address) == domain
