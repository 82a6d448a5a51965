"""What `copilot health` prints."""

from decimal import Decimal

from config.health import Validation
from copilot.health.validation import Verdict
from copilot.health.weights import Proposal
from copilot.warehouse.health_account import AccountHealth


def drawn_account(found: AccountHealth) -> str:
    """One account's newest day."""
    day = found.day
    score = "not scored" if day["health_score"] is None else f"{day['health_score']} {day['health_band']}"
    lines = [
        f"{day['account_id']}  {day['name'] or ''}  {day['as_of_date']}",
        f"  score      {score}  ({day['health_profile']}, {day['health_coverage_ratio']:.0%} of the weight is known)",
        *(f"  {days:>2} days    {_change(day, days)}" for days in (7, 30, 90)),
    ]
    if day["health_cap_applied"]:
        lines.append(f"  bounded by {day['health_cap_applied']}")
    if day["health_override"]:
        said = f"{day['health_override']}: {day['health_override_reason']} ({day['health_override_author']})"
        lines.append(f"  overridden {said}")
    if day["sentiment_rating"] is not None:
        aside = f"  {day['health_divergence']}" if day["health_divergence"] else ""
        lines.append(f"  CSM says   {day['sentiment_rating']} of 5, {day['sentiment_age_days']} days ago{aside}")
    lines += [f"  {'component':<18}{'value':>10}{'0 to 1':>8}{'weight':>8}{'counts':>8}{'points':>8}"]
    lines += [
        f"  {part['component']:<18}{_number(part['raw_value']):>10}{_number(part['normalised']):>8}"
        f"{_number(part['weight']):>8}{part['known_ratio']:>8.0%}{_number(part['points']):>8}"
        for part in found.components
    ]
    lines.append(f"  since yesterday {_signed(day['health_delta_1d'])}")
    lines += [f"    {_signed(points):>8}  {line}" for line, points in found.lines]
    return "\n".join(lines)


def drawn_verdict(name: str, verdict: Verdict, bounds: Validation) -> str:
    """One profile's verdict."""
    lines = [
        f"{name}: {verdict.n_weeks:,} account-weeks, {verdict.base_rate:.1%} leave within {bounds.horizon_days} days,"
        f" {verdict.n_departures} departures",
        *(
            f"  {band.band:<12}{band.share:>6.0%} of the book {band.rate:6.1%} leave [{band.low:.1%}, {band.high:.1%}]"
            for band in verdict.bands
        ),
    ]
    if not verdict.is_judged:
        lines.append(f"  not judged: fewer than {bounds.min_departures} departures")
    for criterion in verdict.criteria:
        mark = "pass" if criterion.passed else "FAIL"
        lines.append(f"  {mark}  {criterion.found:.2f} (bound {criterion.bound:g})  {criterion.name}")
    lines.append(
        f"  for comparison: {verdict.stayed_ratio:.2f} of the months of accounts that stayed were below the best band"
    )
    return "\n".join(lines)


def drawn_proposal(name: str, proposal: Proposal) -> str:
    """Both sets of weights, what they are worth, and a snippet to copy."""
    lines = [
        f"{name}: learned from {proposal.n_learned_departures} departed account-weeks before {proposal.split_on},"
        f" compared on {proposal.n_later_departures} since",
        f"  {'component':<20}{'by hand':>8}{'fitted':>8}",
        *(f"  {part:<20}{weight:>8.2f}{proposal.fitted[part]:>8.2f}" for part, weight in proposal.hand.items()),
        f"  {'ROC-AUC':<20}{proposal.by_hand.roc_auc:>8.3f}{proposal.by_fit.roc_auc:>8.3f}",
        f"  {'lift, lowest 5 %':<20}{proposal.by_hand.lift_lowest:>8.2f}{proposal.by_fit.lift_lowest:>8.2f}",
        "Nothing was changed. To take the fitted weights, write them into config/health.yml (a weight of 0: leave the",
        "component out), then `copilot health lint` and `copilot health validate`:",
        *(f"      {part}: {{weight: {weight:g}}}" for part, weight in proposal.fitted.items() if weight > 0),
    ]
    return "\n".join(lines)


def _change(day: dict[str, object], days: int) -> str:
    trend = day[f"health_trend_{days}d"] or "no trend"
    return f"{_signed(day[f'health_delta_{days}d'])}  {trend}"


def _signed(points: object) -> str:
    return "unknown" if points is None else f"{Decimal(str(points)):+.2f}"


def _number(value: object) -> str:
    return "unknown" if value is None else f"{round(Decimal(str(value)), 2):f}"
