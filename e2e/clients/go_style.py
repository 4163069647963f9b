"""A token request in the form that golang.org/x/oauth2 gives it, by nothing but the standard library.

Id and secret are form-encoded inside Basic (RFC 6749 section 2.3.1); where that fails, for whatever
reason, both are in the body of a second request. CLIENT_AUTH=body begins with the body.
"""

import base64
import http.client
import json
import ssl
from urllib.parse import quote_plus, urlencode, urlsplit

import told

settings = told.settings()


def ask(by_basic):
    """One request; status, media type and body of its answer."""
    form = {"grant_type": "client_credentials", "scope": settings.scope}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if by_basic:
        pair = f"{quote_plus(settings.client_id)}:{quote_plus(settings.client_secret)}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    else:
        form["client_id"] = settings.client_id
        form["client_secret"] = settings.client_secret
    place = urlsplit(settings.issuer)
    trust = ssl.create_default_context(cafile=settings.ca_file)
    connection = http.client.HTTPSConnection(place.netloc, context=trust, timeout=30)
    connection.request(
        "POST", f"{place.path}/oauth2/token", urlencode(sorted(form.items())), headers
    )
    answer = connection.getresponse()
    return answer.status, answer.headers.get_content_type(), answer.read()


for by_basic in [True, False] if settings.client_auth == "basic" else [False]:
    status, media_type, body = ask(by_basic)
    if 200 <= status <= 299:
        break
# it reads a form where the type says so, and JSON everywhere else
if media_type in ("application/x-www-form-urlencoded", "text/plain"):
    raise SystemExit(f"{status}: {media_type} is read as a form, expected is application/json")
token = json.loads(body)
if not 200 <= status <= 299 or "access_token" not in token:
    raise SystemExit(f"{status}: {token.get('error')}: {token.get('error_description')}")
told.tell(token)
