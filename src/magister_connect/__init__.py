"""Typed clients for Magister, the Dutch school information system, and for related services.

Importing this package loads no heavy library. Each name below and each module (``medius``, ``results``, ``edexml``,
``identifiers``, ``crosswalk``, ``public_api``, ``scim``, ``store``, ``sandbox``, ...) is loaded on first use.
``__init__.pyi`` lists the names; type checkers read it too.
"""

import lazy_loader

from magister_connect.version import __version__ as __version__

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
