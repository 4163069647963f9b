"""What the clients are told, by variables, and what they tell: never the token itself."""

import hashlib
import json
import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Where and as whom a client asks for what."""

    issuer: str
    authority: str
    client_id: str
    client_secret: str
    scope: str
    ca_file: str
    client_auth: str


def settings():
    """Those of the environment: ISSUER, CLIENT_ID, CLIENT_SECRET, SCOPE, CA_FILE.

    AUTHORITY is where MSAL looks for a discovery document, CLIENT_AUTH (basic or body) how id and
    secret are shown.
    """
    issuer = os.environ["ISSUER"]
    return Settings(
        issuer=issuer,
        authority=os.environ.get("AUTHORITY", f"{issuer}/oauth2"),
        client_id=os.environ["CLIENT_ID"],
        client_secret=os.environ["CLIENT_SECRET"],
        scope=os.environ["SCOPE"],
        ca_file=os.environ["CA_FILE"],
        client_auth=os.environ.get("CLIENT_AUTH", "basic"),
    )


def tell(token):
    """Prints what a test may see of a token response."""
    digest = hashlib.sha256(token["access_token"].encode()).hexdigest()
    seen = {
        "expires_in": token["expires_in"],
        "token_type": token["token_type"],
        "access_token_sha256": digest,
    }
    print(json.dumps(seen))
