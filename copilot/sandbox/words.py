"""Made-up names: companies, people, and awkward ones that break careless code. All domains are reserved examples."""

import re
import unicodedata

_FIRST = (
    "Northwind Alder Bluebird Cobalt Driftwood Ember Fernhill Granite Harbor Ironbark Juniper Kestrel Lantern Maple "
    "Nimbus Orchard Pinecone Quarry Redwood Saltmarsh Thistle Umber Vantage Willow Yarrow Zephyr Aspen Beacon Cedar "
    "Dovetail Elmwood Foxglove Gable Heron Inlet Jasper Kingfisher Larkspur Meadow Nettle Otter Pebble Quill Rowan "
    "Sable Tamarack Upland Verbena Wren Larch Arden Birchwood Copper Dapple Easterly Fathom Gorse Hazel Indigo Jute "
    "Müller Østerby Ångström Café-Réal O'Leary D'Angelo Kowalczyk Señorío Çelik Håkansson"
)
_SECOND = (
    "Labs Logistics Analytics Foods Robotics Health Studios Partners Energy Systems Media Textiles Freight Optics "
    "Interiors Mobility Networks Hospitality Bakeries Pharma Security Education Realty Marine Forestry Outfitters "
    "Dynamics Ventures Printing Ceramics Airways Instruments Gardens Insurance Publishing Software Kitchens Metals "
    "Fitness Travel Weddings Events Staffing"
)
_FORM = (
    "|Inc.|Ltd|GmbH|& Sons|Group|LLC|SARL|AB|PLC|Co.|BV|& Daughters|SpA|Holdings|International|Europe|Americas|Asia|"
    "Cooperative|KG|Oy|Pty|S.A."
)
# Names that real systems hold sooner or later: quotes, markup, formulas, other scripts.
AWKWARD = {
    7: "Robert'); drop table accounts;-- GmbH",
    18: "<b>Bold</b> Type & Co.",
    29: '=HYPERLINK("http://evil.example","Equals Ltd")',
    41: "{{ 7*7 }} Templates \\ Ltd",
    52: "株式会社あおぞら",
    63: "北极星科技有限公司",
    74: "O'Brien & O'Neill",
    85: "Großhandel Jäger & Söhne KG",
    96: "\u200f\u05e9\u05dc\u05d5\u05dd Shalom Imports",  # right to left
}
_GIVEN = (
    "Ada Amir Anke Björn Camille Chen Dara Diego Elif Emma Farah Felix Grace Hana Ines Ivo Jonas Kavya Lena Liam Mei "
    "Milan Nadia Noor Olga Omar Paula Priya Quinn Rafael Rosa Sami Sofia Tariq Tess Uma Viktor Wanda Yuki Zoë"
)
_FAMILY = (
    "Abbott Bauer Castillo Dubois Eriksen Fischer García Haddad Ivanova Jensen Kimura Larsson Moreau Nakamura "
    "Okafor Petrov Quist Rossi Schäfer Tanaka Usman Varga Weber Xu Y\u0131lmaz Zimmermann Brandt Costa Dietrich "
    "Evans Fontaine Gruber Hoffmann Ito Kaya Lindqvist Mendes Novak O'Connor Park"
)
_PLAIN = str.maketrans({"ø": "o", "Ø": "O", "ß": "ss", "\u0131": "i"})
FIRST, SECOND, FORM = _FIRST.split(), _SECOND.split(), _FORM.split("|")
GIVEN, FAMILY = _GIVEN.split(), _FAMILY.split()


def company(number: int) -> str:
    """The name of account `number` (>= 0); distinct up to about 75,000 accounts."""
    if number in AWKWARD:
        return AWKWARD[number]
    # 1,277 shares no factor with the number of pairs, so it walks through all of them before one repeats.
    pair = number * 1_277 % (len(FIRST) * len(SECOND))
    form = FORM[(number + number // (len(FIRST) * len(SECOND))) % len(FORM)]
    return f"{FIRST[pair % len(FIRST)]} {SECOND[pair // len(FIRST)]} {form}".strip()


def slug(name: str) -> str:
    """Lower-case ASCII letters and digits joined by hyphens; empty for a name without any."""
    ascii_name = unicodedata.normalize("NFKD", name.translate(_PLAIN)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_name.lower()).strip("-")[:40].strip("-")


def domain(name: str, number: int) -> str:
    """A domain under the reserved top level `.example`, distinct by number."""
    return f"{slug(name) or 'account'}-{number}.example"


def person(given: int, family: int) -> str:
    """A full name."""
    return f"{GIVEN[given % len(GIVEN)]} {FAMILY[family % len(FAMILY)]}"


def email(name: str, at: str) -> str:
    """first.last@at in ASCII."""
    return f"{slug(name).replace('-', '.')}@{at}"
