"""From a personal number to an ECK iD: the local hash, and the service that makes pseudonyms of it."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
