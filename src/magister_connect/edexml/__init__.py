"""EDEXML: read, write, check, convert and compare; every version, files of any size.

The names of this package stand in ``__init__.pyi`` and are loaded when they are first used. Where things stand:

- ``model``: what each version consists of, from code lists to records.
- ``reading``: from bytes to records, whole (``documents``) or one by one (``streams``).
- ``checking``: the schema's rules, the rules of meaning, and the report.
- ``writing``: conversion to a version, and writing.
- ``comparing``: what changed, and proposals to change a record.
- ``formats``: UWLR bodies, EDEX2000, and frames.
- ``groups``: class lists. ``findings``: one line of a report.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
