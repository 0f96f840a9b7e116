"""Accounts over SCIM 2.0, which replaces the account functions of Medius, and a receiver for ECK iDs.

Import the receiver from :mod:`magister_connect.scim.receiver`.
"""

import lazy_loader

from magister_connect.core.extras import require_extra

require_extra("scim", "oauthlib", "jwt", "cryptography")

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
