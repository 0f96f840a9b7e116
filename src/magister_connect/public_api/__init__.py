"""The accredited interface of Magister: login, consent, and a school's data as typed records.

The partner contract is not public. What public clients have shown of the interface behind a school's own web pages is
modelled here, with its grade of evidence at each operation: several clients, or one. Base address, client id and scopes
are yours.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
