"""Who the accounts are: traits that are drawn once per account and never depend on how long the company runs."""

from dataclasses import dataclass

import numpy as np

from copilot.sandbox import days, words
from copilot.sandbox.chance import NEVER, Array, Chance
from copilot.sandbox.spec import CompanySpec

SEGMENTS = ("enterprise", "mid_market", "smb")
REGIONS = ("AMER", "EMEA", "APAC")
PLANS = ("starter", "growth", "business", "enterprise")
PLAN_SEAT_PRICE = np.array([39.0, 69.0, 109.0, 159.0])  # a seat and month, in the account's currency
PLAN_BASE_PRICE = np.array([29.0, 149.0, 590.0, 1900.0])
CURRENCIES = ("USD", "EUR", "GBP")
INDUSTRIES = ("software", "retail", "healthcare", "manufacturing", "finance", "education", "events")
EVENTS = INDUSTRIES.index("events")

_SEGMENT_SHARE = (0.12, 0.33, 0.55)
_REGION_SHARE = (0.46, 0.38, 0.16)
_INDUSTRY_SHARE = (0.2, 0.14, 0.12, 0.14, 0.1, 0.1, 0.2)
_SEATS_MEDIAN = np.array([30.0, 12.0, 4.0])
_SEATS_LEAST = np.array([8, 3, 1])
SEATS_MOST = 400
_PLAN_SHARE = np.array([[0, 0, 0.3, 0.7], [0, 0.5, 0.45, 0.05], [0.65, 0.33, 0.02, 0]])
_TERMS = np.array([1, 12, 24])
_TERM_SHARE = np.array([[0, 0.75, 0.25], [0.12, 0.83, 0.05], [0.45, 0.55, 0]])
_PERIODS = np.array([1, 3, 12])
_PERIOD_SHARE = np.array([[0.1, 0.25, 0.65], [0.3, 0.3, 0.4], [0.5, 0.1, 0.4]])
_BY_CARD = np.array([0.05, 0.3, 0.85])
_MEAN_TENURE_DAYS = 620
_MOST_TENURE_DAYS = 2_200
_TRIAL_DAYS = 14
_JOIN_BLOCK_DAYS = 30


@dataclass(frozen=True)
class Population:
    """Arrays of length n, one entry per account ever, in the order of joining. Days are integers."""

    key: Array
    account_id: Array
    name: Array
    segment: Array  # index into SEGMENTS; likewise region, currency, industry, plan
    region: Array
    currency: Array
    industry: Array
    csm: Array
    parent: Array  # position of the parent account, or NEVER
    created: Array
    trial_from: Array  # first day of the trial, NEVER without one
    paid_from: Array  # first paid day; far in the future for a trial that never converts
    plan: Array
    seats: Array
    discount: Array
    term_months: Array
    period_months: Array
    auto_renew: Array
    by_card: Array
    is_supplier: Array
    satisfaction: Array  # long-run mean of the latent state
    habit: Array  # long-run log level of use a seat

    def __len__(self) -> int:
        return len(self.key)


FAR = 10**6  # a day after every company's end


def populate(spec: CompanySpec, chance: Chance) -> Population:
    """Every account that exists on the first day or joins up to the last; a later end only appends."""
    key = np.arange(_accounts_until(spec), dtype=np.int64)
    created = _created(spec, chance, key)
    kept = created <= days.number(spec.end)
    key, created = key[kept], created[kept]
    segment = chance.pick("segment", _SEGMENT_SHARE, key)
    trial_from, paid_from = _first_days(spec, chance, key, created)
    return Population(
        key=key,
        account_id=np.array([f"acc_{number:06d}" for number in key], dtype=object),
        name=np.array([words.company(int(number)) for number in key], dtype=object),
        segment=segment,
        parent=_parents(chance, key, spec.accounts),
        created=created,
        trial_from=trial_from,
        paid_from=paid_from,
        satisfaction=0.45 * chance.normal("satisfaction", key),
        habit=0.35 * chance.normal("habit", key),
        **_place(chance, key, spec.csms),
        **_contract(chance, key, segment),
    )


def _place(chance: Chance, key: Array, csms: int) -> dict[str, Array]:
    region = chance.pick("region", _REGION_SHARE, key)
    industry = chance.pick("industry", _INDUSTRY_SHARE, key)
    return {
        "region": region,
        "currency": _currency(chance, key, region),
        "industry": industry,
        "csm": _owners(chance, key, region, csms),
        "is_supplier": industry == EVENTS,
    }


def _contract(chance: Chance, key: Array, segment: Array) -> dict[str, Array]:
    terms = _TERMS[chance.pick("term", _TERM_SHARE[segment], key)]
    periods = _PERIODS[chance.pick("period", _PERIOD_SHARE[segment], key)]
    return {
        "plan": chance.pick("plan", _PLAN_SHARE[segment], key),
        "seats": _seats(chance, key, segment),
        "discount": np.round(np.maximum(chance.uniform("discount", key) * 0.5 - 0.3, 0) * 20) / 20,
        "term_months": terms,
        "period_months": np.minimum(periods, terms),
        "auto_renew": chance.uniform("auto_renew", key) < np.where(terms == 1, 1.0, 0.7),
        "by_card": chance.uniform("by_card", key) < _BY_CARD[segment],
    }


def _accounts_until(spec: CompanySpec) -> int:
    blocks = (days.number(spec.end) - days.number(spec.start)) // _JOIN_BLOCK_DAYS + 1
    return spec.accounts + blocks * _joins(spec)


def _joins(spec: CompanySpec) -> int:
    return round(spec.accounts * spec.monthly_joins_ratio)


def _created(spec: CompanySpec, chance: Chance, key: Array) -> Array:
    start = days.number(spec.start)
    tenure = np.minimum(25 + chance.exponential("tenure", key) * _MEAN_TENURE_DAYS, _MOST_TENURE_DAYS).astype(np.int64)
    block = (key - spec.accounts) // max(_joins(spec), 1)
    joined = start + block * _JOIN_BLOCK_DAYS + chance.integers("joined", _JOIN_BLOCK_DAYS, key)
    return days.at_most_28(np.where(key < spec.accounts, start - tenure, np.maximum(joined, start + 1)))


def _first_days(spec: CompanySpec, chance: Chance, key: Array, created: Array) -> tuple[Array, Array]:
    """(first trial day or NEVER, first paid day): half of those who join try first, and a quarter of these stop."""
    tries = (key >= spec.accounts) & (chance.uniform("tries", key) < 0.5)
    stops = tries & (chance.uniform("stops", key) < 0.25)
    paid = np.where(tries, days.at_most_28(created + _TRIAL_DAYS), created)
    return np.where(tries, created, NEVER), np.where(stops, FAR, paid)


def trial_end(population: Population) -> Array:
    """The first day after the trial, whether or not it was followed by payment."""
    return days.at_most_28(population.trial_from + _TRIAL_DAYS)


def _currency(chance: Chance, key: Array, region: Array) -> Array:
    share = np.array([[1.0, 0, 0], [0.1, 0.65, 0.25], [1.0, 0, 0]])
    return chance.pick("currency", share[region], key)


def _owners(chance: Chance, key: Array, region: Array, csms: int) -> Array:
    """The index of the CSM: one of the same region (CSM i works in region i modulo 3) where there is one."""
    spread = chance.uniform("owner", key)
    in_region = np.maximum((csms - region + len(REGIONS) - 1) // len(REGIONS), 0)
    local = region + len(REGIONS) * np.floor(spread * in_region).astype(np.int64)
    return np.asarray(np.where(in_region > 0, local, np.floor(spread * csms).astype(np.int64)))


def _parents(chance: Chance, key: Array, existing: int) -> Array:
    """Positions equal keys among the accounts of the first day; only those are parents."""
    has_parent = (chance.uniform("has_parent", key) < 0.04) & (key > 10)
    return np.where(has_parent, chance.integers("parent", np.clip(key, 1, existing), key), NEVER)


def _seats(chance: Chance, key: Array, segment: Array) -> Array:
    drawn = np.round(_SEATS_MEDIAN[segment] * np.exp(0.5 * chance.normal("seats", key))).astype(np.int64)
    return np.asarray(np.clip(drawn, _SEATS_LEAST[segment], SEATS_MOST))
