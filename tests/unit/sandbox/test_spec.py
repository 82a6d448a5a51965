import pytest

from config.settings import ConfigError
from copilot.sandbox.spec import load_spec


def test_the_default_company_is_the_one_that_was_promised():
    spec = load_spec()
    assert (spec.accounts, spec.csms) == (1000, 12)
    assert (str(spec.start), str(spec.end), str(spec.showcase_on)) == ("2025-05-18", "2026-11-17", "2026-11-17")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("seed: 1\naccounts: 3\nstart: 2025-01-01\nend: 2025-12-01\n", "accounts"),
        ("seed: 1\naccounts: 30\nstart: 2025-01-01\n", "end"),
        ("seed: 1\naccounts: 30\nstart: soon\nend: 2025-12-01\n", "start"),
        ("seed: 1\naccounts: 30\nstart: 2025-01-01\nend: 2025-12-01\nacounts: 3\n", "acounts"),
        ("seed: 1\naccounts: 30\nstart: 2025-12-01\nend: 2025-01-01\n", "end 2025-01-01 lies before start"),
        ("seed: 1\naccounts: 30\nstart: 2025-12-01\nend: 2025-12-31\n", "fixtures need 90 days"),
        ("- 1\n", "expected settings"),
    ],
)
def test_a_wrong_setting_is_named(text, named, tmp_path):
    path = tmp_path / "sandbox.yml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=named) as caught:
        load_spec(path)
    assert str(path) in str(caught.value)
