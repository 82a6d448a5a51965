"""How one canonical table is called and written where it comes from, whatever kind of source that is."""

from typing import Annotated, Any

from pydantic import Field, field_validator

from config.checked import Strict

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
# The id of an Airflow connection.
ConnectionName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,60}$")]


class ColumnMapping(Strict):
    """Canonical column -> its column there, its form, its values, or a constant. Without `columns` names are ours."""

    columns: dict[str, str] = Field(default_factory=dict)
    formats: dict[str, str] = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    constants: dict[str, str] = Field(default_factory=dict)

    @field_validator("values", "constants", mode="before")
    @classmethod
    def _as_text(cls, given: Any) -> Any:
        """YAML reads `1` and `true` as number and flag, but a file holds text."""
        if isinstance(given, dict):
            return {str(key): cls._as_text(value) for key, value in given.items()}
        return str(given).lower() if isinstance(given, bool) else str(given)
