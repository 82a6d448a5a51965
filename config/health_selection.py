"""Which health profile an account is shown: rules over what the account is, with one answer each."""

from collections.abc import Mapping
from itertools import combinations
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from config.checked import Strict
from config.health_profile import Word, refuse_twice

Lifecycle = Literal["trial", "onboarding", "active", "churn_pending", "churned"]
# Segments and lifecycles are lower case in the warehouse; a tier or region is matched as the CRM writes it.
Label = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_ -]{0,40}$")]
CONDITIONS = ("lifecycle", "segment", "tier", "region")
LAST = 1000


class Rule(Strict):
    """A profile for the accounts that meet every condition named; the lowest precedence speaks first."""

    name: Word
    profile: Word
    lifecycle: tuple[Lifecycle, ...] = ()
    segment: tuple[Word, ...] = ()
    tier: tuple[Label, ...] = ()
    region: tuple[Label, ...] = ()
    precedence: int = Field(default=LAST, ge=1, le=LAST)

    @model_validator(mode="after")
    def _names_a_condition(self) -> Self:
        if not self.conditions:
            raise ValueError(f"rule {self.name} names no condition; a profile for all others is `default`")
        return self

    @property
    def conditions(self) -> dict[str, tuple[str, ...]]:
        """The allowed values of each condition that is named."""
        return {column: getattr(self, column) for column in CONDITIONS if getattr(self, column)}

    def holds(self, account: Mapping[str, str | None]) -> bool:
        """Whether the account meets every condition; what is not known meets none."""
        return all(account.get(column) in allowed for column, allowed in self.conditions.items())

    def can_meet(self, other: "Rule") -> bool:
        """Whether one account could meet both rules: no condition of both excludes it."""
        shared = self.conditions.keys() & other.conditions.keys()
        return all(set(self.conditions[column]) & set(other.conditions[column]) for column in shared)


class Selection(Strict):
    """The rules, and the profile of an account for which none holds."""

    default: Word
    rules: tuple[Rule, ...] = ()

    @model_validator(mode="after")
    def _has_one_answer(self) -> Self:
        refuse_twice((rule.name for rule in self.rules), "selection rule")
        for one, other in combinations(self.rules, 2):
            if one.precedence == other.precedence and one.can_meet(other):
                raise ValueError(
                    f"rules {one.name} and {other.name} could hold for the same account: give them a `precedence`"
                )
        return self

    @property
    def in_order(self) -> tuple[Rule, ...]:
        """The rules as they are asked. Rules of one precedence exclude each other, so their order changes nothing."""
        return tuple(sorted(self.rules, key=lambda rule: (rule.precedence, rule.name)))

    @property
    def profiles(self) -> tuple[str, ...]:
        """Every profile that some account may be shown."""
        return tuple(dict.fromkeys((*(rule.profile for rule in self.in_order), self.default)))

    def profile_of(self, account: Mapping[str, str | None]) -> str:
        """The profile of an account, given its lifecycle, segment, tier and region."""
        return next((rule.profile for rule in self.in_order if rule.holds(account)), self.default)
