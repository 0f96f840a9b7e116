// A certified OpenID Connect server (node oidc-provider) for the tests: `node oidc_provider.mjs FOLDER PORT KEY`.
// FOLDER holds its node_modules, KEY is the public key of the client that signs assertions.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [folder, port, key] = process.argv.slice(2);
const path = createRequire(`${folder}/`).resolve('oidc-provider');
const { Provider } = await import(pathToFileURL(path));

const REDIRECT = 'https://platform.example/terug';
const common = {
  redirect_uris: [REDIRECT],
  post_logout_redirect_uris: [REDIRECT],
  grant_types: ['authorization_code', 'refresh_token', 'client_credentials', 'implicit'],
  response_types: ['code', 'code id_token'],
};
const provider = new Provider(`http://localhost:${port}`, {
  clients: [
    { ...common, client_id: 'basic', client_secret: 'geheim%van:ons' },
    { ...common, client_id: 'post', client_secret: 'geheim', token_endpoint_auth_method: 'client_secret_post' },
    { ...common, client_id: 'key', token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [JSON.parse(key)] } },
    { ...common, client_id: 'public', token_endpoint_auth_method: 'none', grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'] },
    { ...common, client_id: 'signed', client_secret: 'geheim', userinfo_signed_response_alg: 'RS256' },
    { ...common, client_id: 'pushed', client_secret: 'geheim', require_pushed_authorization_requests: true },
  ],
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, preferred_username: id }) }),
  features: {
    clientCredentials: { enabled: true },
    revocation: { enabled: true },
    jwtUserinfo: { enabled: true },
    devInteractions: { enabled: true },
  },
  conformIdTokenClaims: true,
  rotateRefreshToken: () => true,
  scopes: ['openid', 'offline_access'],
  responseTypes: ['code', 'code id_token'],
  clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
  enabledJWA: { clientAuthSigningAlgValues: ['RS256', 'ES256', 'PS256'] },
  cookies: { keys: ['test'] },
});
provider.listen(Number(port), '127.0.0.1', () => console.log('listening'));
