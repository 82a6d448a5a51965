"""The modules of `superset/` are no package (it would hide the library), so tests put that directory on the path."""

import sys

from config.settings import ROOT

sys.path.append(str(ROOT / "superset"))
