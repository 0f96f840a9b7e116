"""Sphinx configuration. ``make docs`` treats every warning as an error and looks nothing up on the network."""

import shutil
from pathlib import Path

import magister_connect

ROOT = Path(__file__).parent.parent

project = "magister-connect"
author = "magister-connect contributors"
project_copyright = "magister-connect contributors"
version = release = magister_connect.__version__
language = "en"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "conf.py"]
html_theme = "furo"
html_title = f"magister-connect {release}"

myst_enable_extensions = ["attrs_block", "colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3
nb_custom_formats = {".py": ["jupytext.reads", {"fmt": "py:percent"}]}  # as notebooks/README.md says
nb_execution_mode = "cache"  # notebooks only: the code blocks of pages are run by the test command
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_merge_streams = True

autodoc_typehints = "description"
autodoc_member_order = "bysource"
nitpicky = True
# Types of the standard library and of other projects: their inventories are on the network.
nitpick_ignore_regex = [(r"py:.*", r"(?!magister_connect).*")]


def gather_notebooks() -> None:
    """Put the notebooks where Sphinx looks for pages."""
    gathered = Path(__file__).parent / "generated" / "notebooks"
    shutil.rmtree(gathered, ignore_errors=True)
    gathered.mkdir(parents=True)
    for notebook in sorted((ROOT / "notebooks").glob("*.py")):
        shutil.copy(notebook, gathered)


gather_notebooks()
