"""Turn changes at a school into events: from two snapshots to messages that another system receives once each."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
