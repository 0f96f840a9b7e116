"""Magister's API for accredited parties: login, consent, and a school's data as typed records.

The partner contract is not public. This package models what public clients show of the API behind a school's own web
pages. Each operation states its evidence: several clients, or one. Base address, client id and scopes are your own.
"""

import lazy_loader

from magister_connect.core.extras import require_extra

require_extra("public-api", "oauthlib", "jwt", "cryptography")

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
