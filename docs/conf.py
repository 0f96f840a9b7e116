"""Sphinx configuration. ``make docs`` treats every warning as an error and looks nothing up on the network."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent

project = "magister-connect"
author = "magister-connect contributors"
project_copyright = "magister-connect contributors"
version = release = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
language = "en"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "generated"]
html_theme = "furo"
html_title = f"magister-connect {release}"

myst_enable_extensions = ["attrs_block", "colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # the test command executes every code block and notebook

autodoc_typehints = "description"
autodoc_member_order = "bysource"
nitpicky = True
# Types of the standard library and of other projects: their inventories are on the network.
nitpick_ignore_regex = [(r"py:.*", r"(?!magister_connect).*")]
