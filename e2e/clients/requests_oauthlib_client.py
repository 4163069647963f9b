"""requests-oauthlib gets a token: RFC 6749 by hand, no discovery.

CLIENT_AUTH=basic (the default) or body: how it shows id and secret.
"""

from oauthlib.oauth2 import BackendApplicationClient
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

import told

settings = told.settings()
session = OAuth2Session(
    client=BackendApplicationClient(client_id=settings.client_id, scope=settings.scope)
)
if settings.client_auth == "basic":
    shown = {"auth": HTTPBasicAuth(settings.client_id, settings.client_secret)}
else:
    shown = {"client_secret": settings.client_secret, "include_client_id": True}
token = session.fetch_token(
    f"{settings.issuer}/oauth2/token", verify=settings.ca_file, **shown
)
told.tell(token)
