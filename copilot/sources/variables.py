"""What `${NAME}` in a sources file stands for: the caller's environment, else what it stood for when last ordered.

Airflow's processes run in an environment of their own, which no shell reaches; so whoever orders a day writes down what
the file's variables stand for, and the tasks read it there. They are directories; secrets never stand in such a file.
"""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

from config.settings import ConfigError, var_dir

VARIABLE = re.compile(r"\$\{(\w+)\}")


def value_of(name: str, source: str, sources_file: Path) -> str:
    """What the variable in that source's path stands for. Raises ConfigError when it was never given."""
    value = os.environ.get(name) or _remembered(sources_file).get(name)
    if not value:
        raise ConfigError(
            f"{sources_file}: source {source}: path uses ${{{name}}}, which is not set: "
            f"`export {name}=/directory/of/the/files`"
        )
    return value


def remember(paths: Mapping[str, str], sources_file: Path) -> None:
    """Write down what every variable in the paths (by source) stands for. Raises ConfigError for one never given."""
    used = {name: source for source, path in paths.items() for name in VARIABLE.findall(path)}
    if not used:
        return
    values = {name: value_of(name, source, sources_file) for name, source in used.items()}
    known = _memory(sources_file)
    known.parent.mkdir(parents=True, exist_ok=True)
    partial = known.with_suffix(f".{os.getpid()}")
    partial.write_text(json.dumps(values), encoding="utf-8")
    partial.replace(known)


def _remembered(sources_file: Path) -> dict[str, str]:
    known = _memory(sources_file)
    return dict(json.loads(known.read_text(encoding="utf-8"))) if known.is_file() else {}


def _memory(sources_file: Path) -> Path:
    name = hashlib.sha256(str(sources_file.resolve()).encode()).hexdigest()[:12]
    return var_dir() / "run" / "variables" / f"{name}.json"
