"""The one wide row that alert rules speak about: an account's day and its churn forecast, column by column.

Numbers are read as exact decimals, rounded to six places: 0.30 - 0.25 is then 0.05 and 0.7 - 0.4 is 0.3, which
binary fractions get wrong by just enough to move an account across a bound.
"""

from typing import Literal

Kind = Literal["number", "text", "date", "truth"]

_NUMBERS = """
tenure_days mrr_usd arr_usd days_to_renewal seats last_login_days_ago events_7d events_28d events_prior_28d
active_users_7d active_users_28d active_users_prior_28d usage_score features_used_28d feature_adoption_ratio
active_clients total_clients form_completion_ratio journey_open_ratio tickets_30d tickets_open tickets_urgent_open
oldest_open_ticket_days csat_90d failed_payments_30d days_past_due overdue_usd champion_last_seen_days_ago
last_touch_days_ago nps_latest usage_vs_peer_ratio season_ratio events_28d_vs_season_ratio health_score
health_coverage_ratio health_delta_1d health_delta_7d health_delta_30d health_delta_90d health_noise_points
sentiment_rating sentiment_age_days penalty_v0 points_v0 weighted_v1
""".split()  # noqa: SIM905 - a column list reads better than quotes and commas
_TEXTS = """
segment tier region csm_id lifecycle billing_period health_profile health_band health_trend_7d health_trend_30d
health_trend_90d health_cap_applied health_override health_divergence
""".split()  # noqa: SIM905 - as above

# Columns of marts.fct_account_days: all but its key and what people wrote in their own words.
ACCOUNT_COLUMNS: dict[str, Kind] = {
    **dict.fromkeys(_NUMBERS, "number"),
    **dict.fromkeys(_TEXTS, "text"),
    "contract_end_on": "date",
    "auto_renew": "truth",
}
# Columns that the forecast adds; unknown on days without a model and for accounts on which it abstained.
FORECAST_COLUMNS: dict[str, Kind] = {
    "churn_probability": "number",
    "churn_probability_before": "number",
    "is_same_churn_model": "truth",
}
# The account's own words: shown in messages, never compared.
NAME = "name"
COLUMNS: dict[str, Kind] = {**ACCOUNT_COLUMNS, **FORECAST_COLUMNS}
DECIMALS = 6
