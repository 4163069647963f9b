"""Authlib gets a token from the endpoint that RFC 8414 metadata names.

CLIENT_AUTH=basic (the default) or body: how it shows id and secret.
"""

import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url

import told

settings = told.settings()
document = requests.get(
    get_well_known_url(settings.issuer, external=True),
    verify=settings.ca_file,
    timeout=30,
)
document.raise_for_status()
metadata = AuthorizationServerMetadata(document.json())
metadata.validate()
if metadata["issuer"] != settings.issuer:
    raise SystemExit(f"the issuer is {metadata['issuer']}, expected is {settings.issuer}")
method = "client_secret_basic" if settings.client_auth == "basic" else "client_secret_post"
session = OAuth2Session(
    settings.client_id,
    settings.client_secret,
    token_endpoint_auth_method=method,
    scope=settings.scope,
)
session.verify = settings.ca_file
token = session.fetch_token(metadata["token_endpoint"], grant_type="client_credentials")
told.tell(token)
