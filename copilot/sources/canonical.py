"""The canonical tables: one schema that checks files, makes the raw tables, and writes docs/tables.md.

Every table also has `recorded_at` (when the source learned this version of the row). A file without that column is
taken to have known each row at the row's own `known_at` date; a table with neither is known when it is landed.
"""

from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["text", "bigint", "numeric", "boolean", "date", "timestamptz"]
SourceRole = Literal["crm", "billing", "usage", "support"]


@dataclass(frozen=True)
class Column:
    """One column: its PostgreSQL type, what it means, and the values it may take."""

    name: str
    type: ColumnType
    meaning: str
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    pii: bool = False


@dataclass(frozen=True)
class Table:
    """One canonical table. `key` is unique per version; `one_of` names columns of which a row needs at least one."""

    name: str
    role: SourceRole
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    known_at: str | None = None
    one_of: tuple[str, ...] = ()
    required: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        """The column of that name. Raises KeyError."""
        return next(column for column in self.all_columns if column.name == name)

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """The table's columns and `recorded_at`."""
        return (*self.columns, RECORDED_AT)

    @property
    def has_deletions(self) -> bool:
        """Whether a row can say that the source has deleted the record."""
        return any(column.name == "is_deleted" for column in self.columns)

    @property
    def must_have(self) -> tuple[str, ...]:
        """Columns that may not be null: the key and the required ones."""
        return (*self.key, *self.required)


RECORDED_AT = Column("recorded_at", "timestamptz", "When the source learned this version of the row")


def _text(name: str, meaning: str, *choices: str, pii: bool = False) -> Column:
    return Column(name, "text", meaning, choices=choices, pii=pii)


def _count(name: str, meaning: str) -> Column:
    return Column(name, "bigint", meaning, minimum=0)


def _money(name: str, meaning: str, minimum: float | None = 0) -> Column:
    return Column(name, "numeric", meaning, minimum=minimum)


def _flag(name: str, meaning: str) -> Column:
    return Column(name, "boolean", meaning)


def _day(name: str, meaning: str) -> Column:
    return Column(name, "date", meaning)


def _instant(name: str, meaning: str) -> Column:
    return Column(name, "timestamptz", meaning)


_ACCOUNT = _text("account_id", "The account")
_CURRENCY = _text("currency", "ISO 4217 code of the amounts; empty means the company's own currency")

TABLES: tuple[Table, ...] = (
    Table(
        "accounts",
        "crm",
        "One row per version of an account.",
        ("account_id",),
        (
            _ACCOUNT,
            _text("name", "Display name"),
            _text("domain", "E-mail domain"),
            _text("segment", "Market segment, for example enterprise, mid_market, smb"),
            _text("tier", "Service tier"),
            _text("region", "Sales region"),
            _text("industry", "Industry"),
            _text("parent_account_id", "The account it belongs to"),
            _text("merged_into_account_id", "The account that took it over, where the CRM merged the two"),
            _text("csm_id", "The CSM who owns it"),
            _day("created_on", "First day as an account"),
            _CURRENCY,
            _flag(
                "is_churned",
                "Whether the source's own flag says that the account has left;"
                " checked against the rest, never a feature",
            ),
        ),
        known_at="created_on",
    ),
    Table(
        "contacts",
        "crm",
        "One row per version of a person at an account.",
        ("contact_id",),
        (
            _text("contact_id", "The contact"),
            _ACCOUNT,
            _text("full_name", "Name", pii=True),
            _text("email", "E-mail address", pii=True),
            _text("role", "Role at the account"),
            _flag("is_champion", "Whether this person champions the product"),
            _instant("last_seen_at", "Last sign-in"),
            _day("created_on", "First day as a contact"),
        ),
        known_at="created_on",
        required=("account_id",),
    ),
    Table(
        "users",
        "crm",
        "One row per version of a CSM.",
        ("csm_id",),
        (
            _text("csm_id", "The CSM"),
            _text("full_name", "Name", pii=True),
            _text("email", "Where the digest goes", pii=True),
            _text("timezone", "IANA time zone, for example Europe/Berlin"),
            Column(
                "send_hour", "numeric", "Local hour at which the digest is due (7.5 is 07:30)", minimum=0, maximum=24
            ),
            _text("manager_id", "The CSM's manager, also a user"),
            _flag("is_active", "Whether the CSM still works here"),
            _day("created_on", "First day as a user"),
        ),
        known_at="created_on",
    ),
    Table(
        "opportunities",
        "crm",
        "One row per version of an opportunity.",
        ("opportunity_id",),
        (
            _text("opportunity_id", "The opportunity"),
            _ACCOUNT,
            _text("kind", "What is sold", "new", "renewal", "expansion"),
            _text("stage", "Sales stage"),
            _money("amount", "Yearly amount"),
            _CURRENCY,
            _day("close_on", "Expected close"),
            _instant("created_at", "Created"),
        ),
        known_at="created_at",
        required=("account_id",),
    ),
    Table(
        "interactions",
        "crm",
        "One row per touch between the team and an account.",
        ("interaction_id",),
        (
            _text("interaction_id", "The touch"),
            _ACCOUNT,
            _text("csm_id", "Who"),
            _text("kind", "call, email, meeting, qbr, onboarding_call, check_in, technical_support"),
            _text("outcome", "What came of it"),
            _instant("occurred_at", "When"),
        ),
        known_at="occurred_at",
        required=("account_id", "occurred_at"),
    ),
    Table(
        "sentiments",
        "crm",
        "One row per version of a CSM's own rating of an account.",
        ("sentiment_id",),
        (
            _text("sentiment_id", "The rating"),
            _ACCOUNT,
            _text("csm_id", "Who rated"),
            Column("rating", "numeric", "1 worst to 5 best", minimum=1, maximum=5),
            _text("reason", "Why, in the CSM's words"),
            _instant("rated_at", "When"),
            _day("expires_on", "First day on which it no longer counts; empty means it ages by itself"),
        ),
        known_at="rated_at",
        required=("account_id", "rating", "rated_at"),
    ),
    Table(
        "milestones",
        "crm",
        "One row per milestone that an account reached.",
        ("milestone_id",),
        (
            _text("milestone_id", "The achievement"),
            _ACCOUNT,
            _text("milestone", "Which one, for example first_form, ten_clients"),
            _instant("achieved_at", "When"),
        ),
        known_at="achieved_at",
        required=("account_id", "milestone", "achieved_at"),
    ),
    Table(
        "customers",
        "billing",
        "One row per version of a customer as a system other than the CRM knows it.",
        ("customer_id",),
        (
            _text("customer_id", "What the other system calls it; its rows carry this as their account_id"),
            _text("account_id", "The CRM's id, where the system carries it"),
            _text("name", "Display name"),
            _text("domain", "E-mail domain"),
            _day("created_on", "First day as a customer"),
        ),
        known_at="created_on",
    ),
    Table(
        "subscriptions",
        "billing",
        "One row per version of a subscription.",
        ("subscription_id",),
        (
            _text("subscription_id", "The subscription"),
            _ACCOUNT,
            _text("plan", "Plan name"),
            _text("status", "State", "trialing", "active", "past_due", "paused", "cancelled"),
            _day("started_on", "First paid day"),
            _day("ended_on", "First day no longer paid for; empty while it runs"),
            _day("notice_on", "Day on which the customer gave notice"),
            _day("term_ends_on", "End of the current contract term"),
            _text("billing_period", "How often it is billed", "weekly", "monthly", "quarterly", "annual"),
            _count("seats", "Seats bought"),
            _money("mrr", "Recurring amount a month, net of recurring discounts"),
            _money(
                "amount",
                "Recurring amount of one billing period before discounts, without tax and one-off charges;"
                " read where mrr is not given",
            ),
            _CURRENCY,
            Column("discount_ratio", "numeric", "Recurring discount", minimum=0, maximum=1),
            _flag("auto_renew", "Whether it renews by itself"),
            _flag("is_trial", "Whether nothing is paid yet"),
            _flag("is_deleted", "Whether the source has deleted it; it then ends on the day that is recorded"),
        ),
        known_at="started_on",
        required=("account_id", "started_on"),
    ),
    Table(
        "invoices",
        "billing",
        "One row per version of an invoice.",
        ("invoice_id",),
        (
            _text("invoice_id", "The invoice"),
            _ACCOUNT,
            _text("subscription_id", "What it bills"),
            _day("issued_on", "Issued"),
            _day("due_on", "Due"),
            _day("paid_on", "Paid in full"),
            _money("amount", "Total; negative for a credit note", minimum=None),
            _CURRENCY,
            _text("status", "State", "draft", "open", "paid", "past_due", "void"),
            _day("period_start_on", "First day of the service that it bills; empty for a one-off charge"),
            _day("period_end_on", "First day after the service that it bills"),
        ),
        known_at="issued_on",
        required=("account_id", "issued_on"),
    ),
    Table(
        "payments",
        "billing",
        "One row per attempt to collect.",
        ("payment_id",),
        (
            _text("payment_id", "The attempt"),
            _ACCOUNT,
            _text("invoice_id", "What it pays"),
            _instant("attempted_at", "When"),
            _text("status", "Result", "succeeded", "failed", "refunded"),
            _money("amount", "Amount; negative for a refund", minimum=None),
            _CURRENCY,
            _text("failure_reason", "Why it failed"),
        ),
        known_at="attempted_at",
        required=("account_id", "attempted_at", "status"),
    ),
    Table(
        "churn_events",
        "billing",
        "One row per departure that the company recorded.",
        ("churn_event_id",),
        (
            _text("churn_event_id", "The departure"),
            _ACCOUNT,
            _day("churned_on", "First day no longer a customer"),
            _text("kind", "voluntary, involuntary or contraction", "voluntary", "involuntary", "contraction"),
            _text("reason", "Reason given"),
            _flag("is_reactivation", "Whether the account had left before"),
        ),
        known_at="churned_on",
        required=("account_id", "churned_on"),
    ),
    Table(
        "usage_events",
        "usage",
        "One row per thing a user did in the product.",
        ("event_id",),
        (
            _text("event_id", "The event"),
            _ACCOUNT,
            _text("subscription_id", "The subscription under which it happened, where no account is given"),
            _text("user_id", "The account's user (pseudonymous)"),
            _text("event_name", "login, or what was done"),
            _text("feature", "The feature it belongs to"),
            _instant("occurred_at", "When"),
            Column("quantity", "numeric", "How many times; empty means once", minimum=0),
        ),
        known_at="occurred_at",
        one_of=("account_id", "subscription_id"),
        required=("occurred_at",),
    ),
    Table(
        "usage_daily",
        "usage",
        "One row per account, day and feature, for sources that only give totals.",
        ("account_id", "used_on", "feature"),
        (
            _ACCOUNT,
            _day("used_on", "The day (UTC)"),
            _text("feature", "The feature; `all` for the whole product"),
            _count("active_users", "Distinct users"),
            _count("events", "Things done"),
            _count("active_clients", "The account's own clients that were active"),
            _count("total_clients", "The account's own clients"),
            _count("forms_sent", "Forms sent"),
            _count("forms_completed", "Forms completed"),
            _count("journeys_sent", "Journeys sent"),
            _count("journeys_opened", "Journeys opened"),
        ),
        known_at="used_on",
    ),
    Table(
        "tickets",
        "support",
        "One row per version of a support ticket.",
        ("ticket_id",),
        (
            _text("ticket_id", "The ticket"),
            _ACCOUNT,
            _text("priority", "Priority", "low", "normal", "high", "urgent"),
            _text("status", "State", "new", "open", "pending", "solved", "closed"),
            _instant("opened_at", "Opened"),
            _instant("first_reply_at", "First reply"),
            _instant("solved_at", "Solved"),
            Column("csat", "numeric", "Satisfaction, 1 worst to 5 best", minimum=1, maximum=5),
            _flag("is_escalated", "Whether it was escalated"),
        ),
        known_at="opened_at",
        required=("account_id", "opened_at"),
    ),
    Table(
        "surveys",
        "support",
        "One row per answered survey.",
        ("survey_id",),
        (
            _text("survey_id", "The answer"),
            _ACCOUNT,
            _text("kind", "Which survey", "nps", "csat"),
            Column("score", "numeric", "Score: 0-10 for nps, 1-5 for csat", minimum=0, maximum=10),
            _instant("answered_at", "When"),
        ),
        known_at="answered_at",
        required=("account_id", "score", "answered_at"),
    ),
)

BY_NAME = {table.name: table for table in TABLES}
