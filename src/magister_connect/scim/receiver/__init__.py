"""The receiver for ECK iDs: Magister is the client here, and a vendor mounts the server.

``EckIdReceiver`` is an ASGI application; mount it in any framework that speaks ASGI.
"""

from magister_connect.extras import require_extra

require_extra("scim", "scim2_models", "scim2_server")

from magister_connect.scim.receiver.application import EckIdReceiver
from magister_connect.scim.receiver.edu_user import EduUser, edu_user_with

__all__ = ["EckIdReceiver", "EduUser", "edu_user_with"]
