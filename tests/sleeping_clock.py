"""A clock for deadlines that only sleeping moves, so that a test of waiting waits for nothing."""

from dataclasses import dataclass, field


@dataclass
class SleepingClock:
    """`slept` are the seconds of each wait."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        """Seconds."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Move on."""
        self.slept.append(seconds)
        self.now += seconds
