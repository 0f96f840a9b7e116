"""SOAP without I/O: zeep reads contracts and writes requests, and lxml reads responses.

zeep is not used to read responses. It turns unreadable values into ``None`` and ``False``, and one new element breaks
or empties a record (measured with zeep 4.3.3).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
