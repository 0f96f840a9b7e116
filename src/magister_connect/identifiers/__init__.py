"""BSN, onderwijsnummer, stamnummer, ECK iD, BRIN, crebo and the rest, as types.

Every type has ``parse`` (strict), ``parse_lenient`` (says what it repaired), ``is_valid`` and ``reveal()``; those that
exist as numbers have ``from_number``. Personal ones never show their digits.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
