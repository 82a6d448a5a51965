"""The address of one account's board."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from board_bundle import build, load
from board_link import BOARD, account_board

BUILT: Any = build(load()).assets["dashboards"]["cs_ops"]


def _mask(address: str) -> str:
    return parse_qs(urlsplit(address).query)["native_filters"][0]


def test_the_address_presets_a_filter_that_the_board_has() -> None:
    filters = {f["id"]: f["targets"][0]["column"]["name"] for f in BUILT["metadata"]["native_filter_configuration"]}
    mask = _mask(account_board("acc_000707"))
    (name,) = re.findall(r"^\(([\w-]+):\(id:", mask)
    assert filters[name] == "account_id"
    assert "extraFormData:(filters:!((col:account_id,op:IN,val:!('acc_000707'))))" in mask
    assert "filterState:(label:'acc_000707',value:!('acc_000707'))" in mask


@pytest.mark.parametrize(
    ("account_id", "written"),
    [
        ("42", "'42'"),
        ("o'hara", "'o!'hara'"),
        ("wow!", "'wow!!'"),
        ("')),x:!('", "'!')),x:!!(!''"),
        ("a&b=c#d", "'a&b=c#d'"),
    ],
)
def test_whatever_an_id_holds_stays_one_quoted_value(account_id: str, written: str) -> None:
    address = account_board(account_id)
    assert f"value:!({written})" in _mask(address)
    assert re.fullmatch(r"[\w/?=%.~-]+", address)


@pytest.mark.parametrize("account_id", ["", "x" * 201])
def test_without_a_usable_id_the_whole_board_opens(account_id: str) -> None:
    assert account_board(account_id) == BOARD
