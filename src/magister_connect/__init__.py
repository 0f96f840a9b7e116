"""Typed clients for the Magister school information system and what stands around it.

Importing this package loads nothing heavy: each name below, and each module (``medius``, ``results``, ``edexml``,
``identifiers``, ``crosswalk``, ``public_api``, ``scim``, ``store``, ``sandbox``, ...), is loaded when it is first used.
The names stand in ``__init__.pyi``, which the type checkers read as well.
"""

import lazy_loader

from magister_connect.version import __version__ as __version__

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
