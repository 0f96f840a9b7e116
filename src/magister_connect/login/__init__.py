"""Login with Magister: from the first click to tokens that stay fresh, for every service that asks for a token.

The login server is the one behind ``accounts.magister.net``; client id, redirect address and scopes are those of your
accreditation.
"""

import lazy_loader

from magister_connect.core.extras import require_extra

require_extra("public-api", "oauthlib", "jwt", "cryptography")

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
