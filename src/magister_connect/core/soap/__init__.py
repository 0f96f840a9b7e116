"""SOAP without I/O: contracts are read and requests are written with zeep, replies are read with lxml.

zeep never reads a reply here: it turns values that it cannot read into ``None`` and ``False``, and one new element
breaks or empties a record (measured with zeep 4.3.3).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
