// openid-client 6 gets a token by discovery: OpenID Connect, or RFC 8414 with DISCOVERY=oauth2.
//
// The variables are those of told.py; the authority of CA_FILE comes by NODE_EXTRA_CA_CERTS, which
// Node reads only at its start.
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const packages = createRequire(join(process.env.GRANTD_PEERS, 'node', 'package.json'));
const client = await import(pathToFileURL(packages.resolve('openid-client')));

const { ISSUER, CLIENT_ID, CLIENT_SECRET, SCOPE, CLIENT_AUTH = 'basic' } = process.env;
const authentication =
  CLIENT_AUTH === 'basic' ? client.ClientSecretBasic(CLIENT_SECRET) : client.ClientSecretPost(CLIENT_SECRET);
const configuration = await client.discovery(new URL(ISSUER), CLIENT_ID, undefined, authentication, {
  algorithm: process.env.DISCOVERY ?? 'oidc',
});
const token = await client.clientCredentialsGrant(configuration, { scope: SCOPE });
console.log(
  JSON.stringify({
    expires_in: token.expires_in,
    token_type: token.token_type,
    access_token_sha256: createHash('sha256').update(token.access_token).digest('hex'),
  }),
);
