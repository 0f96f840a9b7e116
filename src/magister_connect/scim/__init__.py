"""Accounts over SCIM 2.0, which replaces the account functions of Medius; and the receiver for ECK iDs.

The receiver lives in :mod:`magister_connect.scim.receiver` and is imported from there.
"""

import lazy_loader

from magister_connect.core.extras import require_extra

require_extra("scim", "oauthlib", "jwt", "cryptography")

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
