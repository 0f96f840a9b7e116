"""Login with Magister: from the first click to tokens that stay fresh, for every service that needs a token.

The login server is the one behind ``accounts.magister.net``. Your accreditation determines the client id, the redirect
address and the scopes.
"""

import lazy_loader

from magister_connect.core.extras import require_extra

require_extra("public-api", "oauthlib", "jwt", "cryptography")

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
