"""Sphinx configuration. ``make docs`` treats every warning as an error and looks nothing up on the network."""

import sys
from pathlib import Path

import magister_connect

sys.path.insert(0, str(Path(__file__).parent))

project = "magister-connect"
author = "magister-connect contributors"
project_copyright = "magister-connect contributors"
version = release = magister_connect.__version__
language = "en"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx_copybutton",
    "gathering",
]
exclude_patterns = ["_build", "*.py"]
highlight_language = "text"  # a block without a language is a shell, or what came out
# What is typed can be copied, without prompts; what came out cannot.
copybutton_selector = "div[class*=highlight-]:not(.highlight-text, .highlight-myst-ansi) > div.highlight > pre"
copybutton_prompt_text = r">>> |\.\.\. "
copybutton_prompt_is_regexp = True
html_theme = "furo"
html_show_sourcelink = html_copy_source = False
html_static_path = ["_static"]
html_css_files = ["wide.css"]
html_title = f"magister-connect {release}"

myst_enable_extensions = ["attrs_block", "colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3
nb_custom_formats = {
    ".py": ["jupytext.reads", {"fmt": "py:percent"}]
}  # as notebooks/README.md says
# Notebooks only: the code blocks of pages are run by the test command. A cache knows when a notebook changed, and not
# when the package did: it would show what an older one printed.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_merge_streams = True

autodoc_typehints = "signature"
maximum_signature_line_length = 88  # longer ones have a line for each parameter
autodoc_member_order = "bysource"
nitpicky = True
# `type[...]` in an annotation is the builtin, and not one of the record fields that are called `type` as well.
suppress_warnings = ["ref.python"]
# Types of the standard library and of other projects: their inventories are on the network.
nitpick_ignore_regex = [(r"py:.*", r"(?!magister_connect).*")]
