"""MSAL gets a token by OpenID Connect discovery, the way programs written for Entra do.

Its authority needs a path, and its scopes are such as `<slug>/.default`.
"""

import msal

import told

settings = told.settings()
application = msal.ConfidentialClientApplication(
    settings.client_id,
    client_credential=settings.client_secret,
    oidc_authority=settings.authority,
    verify=settings.ca_file,
)
token = application.acquire_token_for_client(scopes=[f"{settings.scope}/.default"])
if "access_token" not in token:
    raise SystemExit(f"{token.get('error')}: {token.get('error_description')}")
again = application.acquire_token_for_client(scopes=[f"{settings.scope}/.default"])
if again.get("token_source") != "cache":
    raise SystemExit("the second token did not come from its cache")
told.tell(token)
