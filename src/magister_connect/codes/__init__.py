"""Official code tables with validity periods: crebos, institutions and their mergers, and the RIO LOD API.

No table is included, and nothing is downloaded automatically. You pass files or addresses. A :class:`Manifest` records
which ones you used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
