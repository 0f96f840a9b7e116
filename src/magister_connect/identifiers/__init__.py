"""BSN, onderwijsnummer, stamnummer, ECK iD, BRIN, crebo and other identifiers, as types.

Every type has ``parse`` (strict), ``parse_lenient`` (reports each repair), ``is_valid`` and ``reveal()``. Types that
exist as numbers also have ``from_number``. Personal identifiers never show their digits.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
