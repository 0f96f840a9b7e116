"""Official code tables with their validity: crebos, institutions and their mergers, and the RIO LOD API.

Nothing is shipped and nothing is fetched unasked. You give files or addresses; a :class:`Manifest` remembers which.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
