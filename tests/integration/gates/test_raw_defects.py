"""Defects planted in raw, all in one company: each must be caught by its own check, with its own count."""

from datetime import date

import pytest

from config.run import Run
from expectations.gate import Held, check_raw
from tests.figures import figure
from tests.integration.gates.company import count_landed, execute, findings_of, verdict_of

pytestmark = pytest.mark.slow

META = "_source, _batch_id, _file, _row_number"
NEW_TICKET = f"insert into raw.tickets (ticket_id, account_id, priority, status, opened_at, csat, recorded_at, {META}) "
NEW_EVENT = (
    "insert into raw.usage_events (event_id, account_id, subscription_id, user_id, event_name, occurred_at,"
    f" recorded_at, {META}) "
)

# check -> (what plants it, severity, failing rows, part of the sentence)
DEFECTS: dict[str, tuple[str, str, int, str]] = {
    "accounts.name.present": (
        "update raw.accounts set name = null where _row_number <= 10",
        "warn", 10, "rows without name (",
    ),
    "accounts.segment.present": (
        "update raw.accounts set segment = null where _row_number between 11 and 50",
        "warn", 40, "without segment",
    ),
    "accounts.csm_id.present": (
        "update raw.accounts set csm_id = null where _row_number between 51 and 90",
        "warn", 40, "without csm_id",
    ),
    "accounts.unique": (
        "select raw.ensure_source('crm2');"
        f"insert into raw.accounts (account_id, name, csm_id, segment, created_on, recorded_at, {META})"
        " values ('A200', 'Double', 'C1', 'smb', '2025-06-01', '2025-06-01', 'crm2', 1, 'a', 1)",
        "warn", 2, "that two sources give",
    ),
    "accounts.subscription.known": (
        f"insert into raw.accounts (account_id, name, csm_id, segment, created_on, recorded_at, {META})"
        " select 'X' || i, 'Prospect', 'C1', 'smb', '2025-06-01', '2025-06-01', 'crm', 1, 'x', i"
        " from generate_series(1, 30) as i",
        "warn", 30, "with neither a subscription nor an invoice",
    ),
    # Of 12 accounts flagged as gone, 6 have ended, were cancelled, gave notice, are in a trial or have not begun yet.
    "accounts.is_churned.unpaid": (
        "update raw.accounts set is_churned = _row_number between 141 and 152;"
        "update raw.subscriptions set ended_on = '2026-03-10' where _row_number = 141;"
        "update raw.subscriptions set ended_on = '2026-03-11' where _row_number = 142;"
        "update raw.subscriptions set status = 'cancelled' where _row_number = 143;"
        "update raw.subscriptions set notice_on = '2026-03-10' where _row_number = 144;"
        "update raw.subscriptions set is_trial = true where _row_number = 145;"
        "update raw.subscriptions set status = 'trialing' where _row_number = 146;"
        "update raw.subscriptions set started_on = '2026-03-11' where _row_number = 147;"
        "update raw.subscriptions set status = null, is_trial = null where _row_number = 148",
        "warn", 6, "accounts: 6 of 12 rows flagged as gone that still have a running paid subscription (50 %",
    ),
    "accounts.is_churned.recorded": (
        f"insert into raw.churn_events (churn_event_id, account_id, churned_on, kind, recorded_at, {META})"
        " select 'D' || i, 'A' || i, '2026-03-01', case i when 143 then 'voluntary' when 144 then 'contraction' end,"
        " '2026-03-01', 'billing', 1, 'd', i from generate_series(141, 148) as i",
        "warn", 5, "accounts: 5 of 12 rows flagged as gone without any recorded departure (41.7 %",
    ),
    "accounts.currency.known": (
        "update raw.accounts set currency = 'GPD' where account_id = 'A150'",
        "warn", 1, "with currency not among USD, EUR, GBP",
    ),
    "accounts.merge.ends": (
        "update raw.accounts set merged_into_account_id = 'A101' where account_id = 'A102';"
        "update raw.accounts set merged_into_account_id = 'A102' where account_id = 'A101'",
        "warn", 2, "accounts: 2 of 3 rows that were merged in a ring (66.7 %; allowed 0 %): A101, A102",
    ),
    "accounts.merge.known": (
        "update raw.accounts set merged_into_account_id = 'nobody' where account_id = 'A103'",
        "warn", 1, "1 of 3 rows that were merged into one that the CRM does not list (33.3 %; allowed 0 %): A103",
    ),
    # A105 only gets a domain, and A106 a name; A107 changed long ago.
    "accounts.id.reused": (
        "update raw.accounts set domain = account_id || '.com' where account_id in ('A104', 'A106', 'A107');"
        f"insert into raw.accounts (account_id, name, domain, csm_id, segment, created_on, recorded_at, {META})"
        " select account_id, case account_id when 'A105' then name else 'Other' end,"
        " case account_id when 'A106' then domain else 'other.com' end, csm_id, segment, created_on,"
        " case account_id when 'A107' then timestamptz '2026-01-10' else '2026-03-10 08:00' end,"
        " _source, 2, 'a2', _row_number from raw.accounts where account_id in ('A104', 'A105', 'A106', 'A107')",
        "warn", 1, "whose name and domain changed at once (reuse flagged) (0.4 %; allowed 0 %): A104",
    ),
    "users.email.present": (
        "update raw.users set email = null where csm_id = 'C3'",
        "warn", 1, "users: 1 of 4 rows without email (25 %; allowed 0 %)",
    ),
    "users.send_hour.range": (
        "update raw.users set send_hour = 25 where csm_id = 'C2'",
        "fail", 1, "outside 0 to 24",
    ),
    "contacts.account.known": (
        "update raw.contacts set account_id = 'ghost' where _row_number <= 20",
        "warn", 20, "of accounts that no CRM row names",
    ),
    "subscriptions.mrr.present": (
        "update raw.subscriptions set mrr = null where _row_number <= 5",
        "warn", 5, "without mrr",
    ),
    "subscriptions.mrr.range": (
        "update raw.subscriptions set mrr = 'NaN' where _row_number = 6;"
        "update raw.subscriptions set mrr = -5 where _row_number = 7",
        "warn", 2, "with mrr outside 0 to",
    ),
    "subscriptions.discount_ratio.range": (
        "update raw.subscriptions set discount_ratio = 15 where _row_number = 8",
        "warn", 1, "outside 0 to 1",
    ),
    "subscriptions.status.known": (
        "update raw.subscriptions set status = 'odd' where _row_number = 9",
        "warn", 1, "with status not among",
    ),
    "subscriptions.billing_period.known": (
        "update raw.subscriptions set billing_period = 'daily' where _row_number between 10 and 25",
        "fail", 16, "with billing_period not among",
    ),
    "subscriptions.currency.known": (
        "update raw.subscriptions set currency = 'XYZ' where _row_number between 26 and 45",
        "fail", 20, "(10 %; allowed 0 %)",
    ),
    "subscriptions.started_on.before_ended_on": (
        "update raw.subscriptions set ended_on = '2025-05-01' where _row_number between 46 and 48",
        "warn", 3, "that end before they start",
    ),
    "subscriptions.seats.alive": (
        "insert into raw.subscriptions (subscription_id, account_id, status, started_on, term_ends_on, billing_period,"
        f" mrr, currency, recorded_at, {META}) select subscription_id, account_id, status, started_on, term_ends_on,"
        " billing_period, mrr, currency, '2026-03-10 08:00', 'billing', 2, 's2', _row_number from raw.subscriptions"
        " where _row_number between 170 and 199",
        "warn", 30, "0 % of the rows before: the source lost the column",
    ),
    "subscriptions.account.known": (
        "update raw.subscriptions set account_id = 'ghost' where _row_number between 60 and 69",
        "warn", 10, "of accounts that no CRM row names",
    ),
    "invoices.amount.present": (
        "update raw.invoices set amount = null where _row_number <= 10",
        "warn", 10, "without amount",
    ),
    "invoices.status.known": (
        "update raw.invoices set status = 'lost' where _row_number = 11",
        "warn", 1, "with status not among",
    ),
    "payments.status.known": (
        "update raw.payments set status = 'maybe' where _row_number = 1",
        "warn", 1, "with status not among",
    ),
    "payments.account.known": (
        "update raw.payments set account_id = 'ghost' where _row_number between 2 and 120",
        "fail", 119, "of accounts that no CRM row names",
    ),
    "payments.attempted_at.before_recorded_at": (
        "update raw.payments set attempted_at = '2026-04-01' where _row_number = 130",
        "warn", 1, "with attempted_at after the moment they were recorded",
    ),
    "interactions.occurred_at.before_recorded_at": (
        "update raw.interactions set occurred_at = '2027-01-01' where _row_number <= 30",
        "fail", 30, "(75 %; allowed 0 %)",
    ),
    "usage_events.account.known": (
        NEW_EVENT + "select 'G' || i, 'ghost', null, 'U1', 'login', '2026-03-01', '2026-03-01', 'usage', 1, 'g', i"
        " from generate_series(1, 50) as i",
        "warn", 50, "of accounts that no CRM row names",
    ),
    "usage_events.account.period": (
        NEW_EVENT + "select 'O' || i, 'A160', null, 'U1', 'login', '2025-03-01', '2025-03-01', 'usage', 1, 'o', i"
        " from generate_series(1, 100) as i",
        "warn", 100, "dated outside every subscription of their account",
    ),
    "usage_events.subscription.known": (
        NEW_EVENT + "select 'H' || i, null, 'S0', 'U1', 'login', '2026-03-01', '2026-03-01', 'usage', 1, 'h', i"
        " from generate_series(1, 3) as i",
        "fail", 3, "of subscriptions that billing does not know",
    ),
    "usage_events.subscription.period": (
        NEW_EVENT + "select 'J' || i, null, 'S160', 'U1', 'login', '2025-04-01', '2025-04-01', 'usage', 1, 'j', i"
        " from generate_series(1, 7) as i",
        "warn", 7, "usage_events: 7 of 7 rows dated outside their subscription's period (100 %",
    ),
    "usage_events.occurred_at.before_recorded_at": (
        "update raw.usage_events set occurred_at = recorded_at + interval '1 day' where event_id like 'E260115-%'",
        "warn", 40, "after the moment they were recorded",
    ),
    "usage_events.quantity.range": (
        "update raw.usage_events set quantity = -1 where event_id like 'E260116-1%'",
        "warn", 11, "with quantity outside 0 to",
    ),
    "usage_events.event_id.once": (
        NEW_EVENT + "select event_id, account_id, null, user_id, event_name, occurred_at,"
        " recorded_at + interval '1 hour', 'usage', 2, 'e2', _row_number from raw.usage_events"
        " where event_id like 'E260117-%' and _row_number <= 21",
        "warn", 21, "under the event_id of an earlier row",
    ),
    "usage_events.volume": (
        "delete from raw.usage_events where event_id like 'E260310-%' and _row_number > 3",
        "warn", 37, "3 rows recorded on 2026-03-10; about 40 are usual on a Tuesday",
    ),
    "tickets.priority.present": (
        "update raw.tickets set priority = null where _row_number <= 10",
        "warn", 10, "without priority",
    ),
    "tickets.csat.range": (
        "update raw.tickets set csat = 9 where _row_number between 11 and 13",
        "fail", 3, "with csat outside 1 to 5",
    ),
    "tickets.account.created": (
        "update raw.tickets set opened_at = '2025-05-31 23:59' where _row_number between 14 and 16",
        "warn", 3, "opened before their account was created",
    ),
    "tickets.account.known": (
        NEW_TICKET + "values ('TG', 'ghost', 'low', 'open', '2026-03-05', 3, '2026-03-05', 'support', 1, 't', 99)",
        "warn", 1, "of accounts that no CRM row names",
    ),
    "surveys.score.range": (
        "update raw.surveys set score = 11 where _row_number = 1",
        "warn", 1, "with score outside 0 to 10",
    ),
    "surveys.survey_id.once": (
        f"insert into raw.surveys (survey_id, account_id, kind, score, answered_at, recorded_at, {META})"
        " values ('Y7', 'A7', 'nps', 2, '2026-03-07', '2026-03-07', 'support', 2, 'y', 1)",
        "warn", 1, "under the survey_id of an earlier row",
    ),
    "source.usage.usage_daily.delivered": (
        "update ops.source_state set state = 'empty', n_rows = 0, message = 'No file has rows.'"
        " where table_name = 'usage_daily' and as_of_date = '2026-03-10'",
        "warn", 1, "empty since 2026-03-10 (last complete on 2026-03-09); figures rest on older data. No file",
    ),
    "source.support.tickets.delivered": (
        "delete from ops.source_state where table_name = 'tickets' and as_of_date = '2026-03-10'",
        "warn", 1, "listed in sources.yml but was not read on 2026-03-10",
    ),
    "source.crm.contacts.readable": (
        "update ops.source_state set n_rejected = 12 where table_name = 'contacts' and as_of_date = '2026-03-10'",
        "warn", 12, "12 of 212 rows are in quarantine (5.7 %; allowed 1 %)",
    ),
    "source.billing.invoices.readable": (
        "insert into ops.landing_batch (batch_id, source, table_name, file, received, landed, unchanged, rejected)"
        " values (7, 'billing', 'invoices', 'march.csv', 100, 60, 0, 40)",
        "fail", 40, "40 of 100 rows of the file march.csv are in quarantine (40 %; allowed 20 %)",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def caught(shared_company: Run) -> dict[str, tuple[str, bool, int, int, str]]:
    """The failed checks of the company with every defect in it."""
    for statements, _, _, _ in DEFECTS.values():
        execute(shared_company.database, statements)
    count_landed(shared_company.database)
    with pytest.raises(Held):
        check_raw(shared_company)
    return {name: finding for name, finding in findings_of(shared_company.database, "raw").items() if not finding[1]}


@pytest.mark.parametrize("check", DEFECTS)
def test_a_planted_defect_is_caught_by_its_own_check_and_counted(caught, check):
    _, severity, n_failing, sentence = DEFECTS[check]

    assert check in caught
    found_severity, _, _, found_failing, message = caught[check]
    assert (found_severity, found_failing) == (severity, n_failing)
    assert sentence in message


def test_every_planted_defect_is_caught_and_nothing_else_is(caught, record_property):
    record_property(
        "defects", f"gate 1: {len(caught.keys() & DEFECTS.keys())} of {len(DEFECTS)} planted defects caught"
    )
    figure("F20 ids of accounts that were reused, flagged", f"{int('accounts.id.reused' in caught)} of 1", "all")
    money = [check for check in DEFECTS if "currency" in check]
    n_flagged = len(caught.keys() & set(money))
    figure("F26 tables with an unknown currency, said by gate 1", f"{n_flagged} of {len(money)}", "all")
    assert len(money) == 2
    assert len(DEFECTS) >= 40
    # Killing columns and ids also lowers what hangs on them; these follow from the plants above.
    consequences = caught.keys() - DEFECTS.keys()
    assert consequences <= {"subscriptions.seats.present"}


def test_the_verdict_lists_what_holds_before_what_degrades(shared_company: Run, caught):
    verdict, reasons = verdict_of(shared_company.database, "raw")
    n_fail = sum(severity == "fail" for _, severity, _, _ in DEFECTS.values())

    assert verdict == "HOLD"
    assert len(reasons) == len(caught)
    assert n_fail == 8
    assert {caught[c][4] for c in caught if caught[c][0] == "fail"} == set(reasons[:n_fail])


def test_no_value_of_a_row_is_in_any_message(caught):
    assert len(caught) > 40
    for _, _, _, _, message in caught.values():
        assert not any(value in message for value in ("ghost", "GPD", "XYZ", "Account 1", "example.com", "Prospect"))


def test_sources_that_stay_silent_are_called_stale(shared_company: Run, caught):
    assert caught
    later = Run(date(2026, 4, 25), shared_company.sources)

    with pytest.raises(Held) as held:
        check_raw(later)

    message = str(held.value)
    assert "usage: newest row recorded on 2026-03-10, 46 days before 2026-04-25 (allowed 3)" in message
    assert "crm: newest row recorded on 2026-03-10, 46 days before" in message
    assert "billing: newest row recorded on 2026-03-10, 46 days before" in message
    assert "support: newest row recorded on 2026-03-07, 49 days before" in message
