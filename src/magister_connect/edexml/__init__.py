"""Read, write, check, convert and compare EDEXML files of every version and any size.

``__init__.pyi`` lists the public names. Each is loaded when it is first used. The subpackages:

- ``model``: what each version consists of, from code lists to records.
- ``reading``: from bytes to records, as one document (``documents``) or record by record (``streams``).
- ``checking``: the rules of the schema, the rules of meaning, and the report.
- ``writing``: conversion to another version, and writing.
- ``comparing``: what changed between two documents, and proposals to change a record.
- ``formats``: UWLR bodies, EDEX2000, and polars tables.

Two modules: ``groups`` makes class lists, ``findings`` describes one finding of a check.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
