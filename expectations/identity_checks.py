"""Who is who: what the CRM says of mergers and ids (gate 1), and whose money is whose (gate 2)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import LiteralString

from psycopg import sql

from config.gates import Gates, Limit
from config.identity import Override, load_identity
from config.run import Run
from expectations.finding import Finding, Rows, graded, percent, severity_of
from expectations.session import Connection, Slice, exists

# So many ids are named in a message, each no longer than that: they come from outside.
NAMED = 5
LONGEST_ID = 40

BRIDGE = "bridge_account_identity"
# References under which nothing is billed hang on no money and are not counted.
MONEY: LiteralString = """
select source_id, account_id is not null, coalesce(confidence, 0), mrr_usd
from marts.bridge_account_identity
where valid_to is null and mrr_usd > 0
order by mrr_usd desc, source_id
"""
# Both were given before and after: a domain that is filled in for the first time is no other company.
REUSED: LiteralString = """
select a.account_id
from gate_accounts as a
cross join lateral (
    select b.name, b.domain from raw.accounts as b
    where b._source = a._source and b.account_id = a.account_id and b.recorded_at < a.recorded_at
    order by b.recorded_at desc limit 1
) as before
where a.recorded_at >= %(today)s and a.name <> before.name and a.domain <> before.domain
order by a.account_id
"""


@dataclass(frozen=True)
class Reference:
    """One name under which somebody pays, and how sure we are whose money it is."""

    ref: str
    is_matched: bool
    confidence: Decimal
    mrr_usd: Decimal


def account_checks(connection: Connection, run: Run, gates: Gates, slices: Mapping[str, Slice]) -> list[Finding]:
    """Mergers that go in a ring or nowhere, overrides that point nowhere, ids that were given to another company."""
    if not slices["accounts"].n_rows:
        return []
    known = {account for (account,) in connection.execute("select account_id from gate_accounts")}
    query = "select account_id, merged_into_account_id from gate_accounts where merged_into_account_id is not null"
    successors: dict[str, str] = dict(connection.execute(query).fetchall())
    lost = sorted(account for account, successor in successors.items() if successor not in known)
    today = run.cutoff - timedelta(days=1)
    reused = [account for (account,) in connection.execute(REUSED, {"today": today})]
    n_merged = len(successors)
    found = (
        ("merge.ends", "that were merged in a ring", "merge_ring", n_merged, in_rings(successors)),
        ("merge.known", "that were merged into one that the CRM does not list", "unknown_successor", n_merged, lost),
        ("id.reused", "whose name and domain changed at once (reuse flagged)", "reused_account", len(known), reused),
    )
    findings = [
        _named(graded(f"accounts.{name}", "accounts", what, Rows(n, len(ids)), gates.limits[limit]), ids)
        for name, what, limit, n, ids in found
    ]
    return [*findings, _overrides(load_identity().overrides, known, gates.limits["unknown_override"])]


def in_rings(successors: Mapping[str, str]) -> list[str]:
    """The accounts that come back to themselves when mergers are followed, sorted.

    successors: account -> the one that took it over.
    """
    settled: set[str] = set()
    rings: set[str] = set()
    for start in successors:
        path: dict[str, int] = {}
        account = start
        while account in successors and account not in settled and account not in path:
            path[account] = len(path)
            account = successors[account]
        if account in path:
            rings.update(list(path)[path[account] :])
        settled.update(path)
    return sorted(rings)


def _overrides(overrides: tuple[Override, ...], known: set[str], limit: Limit) -> Finding:
    lost = sorted({override.account_id for override in overrides if override.account_id not in known})
    n_lost = sum(override.account_id not in known for override in overrides)
    what = "that point to an account that the CRM does not list"
    finding = graded("identity.overrides.known", "identity", what, Rows(len(overrides), n_lost), limit)
    return _named(finding, lost)


def _named(finding: Finding, ids: Iterable[str]) -> Finding:
    listed = named(ids)
    return finding if finding.passed or not listed else replace(finding, message=f"{finding.message}: {listed}")


def named(ids: Iterable[str]) -> str:
    """The first few ids, and how many more there are."""
    every = [one_id if len(one_id) <= LONGEST_ID else f"{one_id[:LONGEST_ID]}…" for one_id in ids]
    more = f" and {len(every) - NAMED:,} more" if len(every) > NAMED else ""
    return ", ".join(every[:NAMED]) + more


def money_checks(connection: Connection, gates: Gates) -> list[Finding]:
    """How much MRR belongs to nobody that we know, and how much to somebody of whom we are not sure."""
    if not exists(connection, f"marts.{BRIDGE}"):
        message = f"{BRIDGE}: it does not exist, so nobody knows whose money it is"
        return [Finding(f"{BRIDGE}.built", BRIDGE, "fail", False, 0, 1, message)]
    references = [Reference(*row) for row in connection.execute(sql.SQL(MONEY))]
    sure = Decimal(str(load_identity().sure_confidence.value))
    unmatched = [each for each in references if not each.is_matched]
    unsure = [each for each in references if each.is_matched and each.confidence < sure]
    total = sum((each.mrr_usd for each in references), Decimal(0))
    return [
        _weighed(
            "mrr.matched", "stand for no account", unmatched, (len(references), total), gates.limits["unmatched_mrr"]
        ),
        _weighed(
            "mrr.sure",
            f"are matched with a confidence below {sure}",
            unsure,
            (len(references), total),
            gates.limits["unsure_mrr"],
        ),
    ]


def _weighed(name: str, what: str, found: list[Reference], of: tuple[int, Decimal], limit: Limit) -> Finding:
    n_references, total = of
    money = sum((each.mrr_usd for each in found), Decimal(0))
    ratio = float(money / total) if total else 0.0
    message = f"{BRIDGE}: {money:,.0f} of {total:,.0f} USD MRR under {len(found):,} references that {what}"
    if found:
        message += f" ({percent(ratio)}; allowed {percent(limit.warn)}): {named(each.ref for each in found)}"
    passed = ratio <= limit.warn
    return Finding(
        f"{BRIDGE}.{name}",
        BRIDGE,
        severity_of(ratio, limit),
        passed,
        n_references,
        0 if passed else len(found),
        message,
    )
