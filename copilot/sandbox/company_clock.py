"""What time it is at the make-believe company: whoever shows it says so, and from then on it passes as ours does."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from copilot import clock

# When a company's systems are read: in the night after a day, when Amplitude has given its last hour too.
_READ_AT = time(3, 30, tzinfo=UTC)


@dataclass(frozen=True)
class CompanyClock:
    """The clock of the company whose files are in the directory. Until it is set, the company lives in our time."""

    directory: Path

    @property
    def path(self) -> Path:
        """The file that holds what was set, and when."""
        return self.directory / "clock"

    def set_to_night_after(self, day: date) -> None:
        """Let it be the night after that day, unless the company has lived longer: no system is read backwards."""
        night = datetime.combine(day + timedelta(days=1), _READ_AT)
        if self.path.is_file() and self.now() >= night:
            return
        self.directory.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_suffix(".partial")
        partial.write_text(f"{night.isoformat()} {clock.now().isoformat()}\n", encoding="utf-8")
        partial.replace(self.path)

    def now(self) -> datetime:
        """The instant, as the company's systems tell it."""
        if not self.path.is_file():
            return clock.now()
        told, at = map(datetime.fromisoformat, self.path.read_text(encoding="utf-8").split())
        return told + (clock.now() - at)
