// An authorization server for the end-to-end tests: oidc-provider with the client credentials
// grant, introspection and, where resources are configured, resource indicators (RFC 8707).
//
//   node oidc-provider.mjs CONFIG.json
//
// CONFIG.json: {
//   "clients": [{ "client_id", "client_secret", "token_endpoint_auth_method"?, "scope"?, "introspects"? }],
//   "scopes": ["mail.read", ...],
//   "token_path": "/token",
//   "token_lifetime_s": 600,
//   "resources": { "https://api.example": { "scope": "read", "format": "jwt"? } },
//   "tls": { "certificate": "server.pem", "key": "server.key" },
//   "token_delay_ms": 0
// }
//
// When it listens it prints one line, {"ready":{"http":PORT,"https":PORT}}. `GET /e2e/grants` lists
// the token requests so far: [{"client_id", "method": "client_secret_basic"|"client_secret_post",
// "error": null|"invalid_client"|...}]. `GET /e2e/tokens` has the opaque tokens so far, each under its
// SHA-256 in hexadecimal. `POST /e2e/clients` takes a client as in the configuration, also in the place of one
// of before. The process ends when its standard input is closed.
import { createHash, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const peers = process.env.GRANTD_PEERS;
if (!peers) throw new Error('GRANTD_PEERS is not set');
const packages = createRequire(join(peers, 'node', 'package.json'));

console.info = console.error;
console.log = console.error;
const { default: Provider, errors } = await import(pathToFileURL(packages.resolve('oidc-provider')));

const config = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const tokenPath = config.token_path ?? '/token';
const introspecting = new Set(
  config.clients.filter((client) => client.introspects).map((client) => client.client_id),
);
const signingKey = {
  ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
  use: 'sig',
  kid: 'e2e',
};

const grants = [];

// One memory for both listeners: a token from one introspects at the other.
const memory = new Map();
class Memory {
  constructor(model) {
    this.model = model;
  }
  key(id) {
    return `${this.model}:${id}`;
  }
  async upsert(id, payload, lifetime) {
    memory.set(this.key(id), { payload, ends: lifetime ? Date.now() + lifetime * 1000 : Infinity });
  }
  async find(id) {
    const entry = memory.get(this.key(id));
    return entry && entry.ends > Date.now() ? entry.payload : undefined;
  }
  async findByUserCode() {}
  async findByUid() {}
  async consume(id) {
    const entry = memory.get(this.key(id));
    if (entry) entry.payload.consumed = Math.floor(Date.now() / 1000);
  }
  async destroy(id) {
    memory.delete(this.key(id));
  }
  async revokeByGrantId() {}
}

// Not among the settings, where a client would be for ever what it was at the start.
function register({ introspects: _, ...client }) {
  const payload = {
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
    ...client,
  };
  memory.set(`Client:${client.client_id}`, { payload, ends: Infinity });
}
config.clients.forEach(register);

function settings() {
  const lifetime = config.token_lifetime_s ?? 600;
  return {
    adapter: Memory,
    clientAuthMethods: ['client_secret_basic', 'client_secret_post'],
    cookies: { keys: ['e2e'] },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      introspection: {
        enabled: true,
        allowedPolicy: (_, client) => introspecting.has(client.clientId),
      },
      resourceIndicators: {
        enabled: config.resources !== undefined,
        getResourceServerInfo: (_, identifier) => resource(identifier),
      },
      revocation: { enabled: true },
    },
    routes: { token: tokenPath },
    jwks: { keys: [signingKey] },
    scopes: config.scopes,
    ttl: { ClientCredentials: lifetime },
  };
}

function resource(identifier) {
  const known = config.resources[identifier];
  if (!known) throw new errors.InvalidTarget();
  return {
    scope: known.scope,
    audience: identifier,
    accessTokenFormat: known.format ?? 'opaque',
    accessTokenTTL: config.token_lifetime_s,
  };
}

function provide(issuer) {
  const provider = new Provider(issuer, settings());
  if (config.token_delay_ms) {
    provider.use(async (ctx, next) => {
      if (ctx.method === 'POST' && ctx.path === tokenPath) await sleep(config.token_delay_ms);
      await next();
    });
  }
  provider.on('grant.success', (ctx) => record(ctx, null));
  provider.on('grant.error', (ctx, error) => record(ctx, error.error ?? error.message));
  provider.on('server_error', (_, error) => console.error(error));
  return provider.callback();
}

function record(ctx, error) {
  grants.push({
    client_id: ctx.oidc?.client?.clientId ?? null,
    method: ctx.headers.authorization ? 'client_secret_basic' : 'client_secret_post',
    error,
  });
}

function tokens() {
  const prefix = 'ClientCredentials:';
  const values = [...memory.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
  return Object.fromEntries(values.map((value) => [createHash('sha256').update(value).digest('hex'), value]));
}

async function listen(server, scheme) {
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address();
  const handle = provide(`${scheme}://127.0.0.1:${port}`);
  server.on('request', async (request, response) => {
    if (request.method === 'POST' && request.url === '/e2e/clients') {
      register(await json(request));
      return response.writeHead(204).end();
    }
    const shown = { '/e2e/grants': () => grants, '/e2e/tokens': tokens }[request.url];
    if (!shown) return handle(request, response);
    response.setHeader('content-type', 'application/json').end(JSON.stringify(shown()));
  });
  return port;
}

const ports = { http: await listen(createHttpServer(), 'http') };
if (config.tls) {
  const server = createHttpsServer({
    cert: readFileSync(config.tls.certificate),
    key: readFileSync(config.tls.key),
  });
  ports.https = await listen(server, 'https');
}

process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
process.stdout.write(`${JSON.stringify({ ready: ports })}\n`);
