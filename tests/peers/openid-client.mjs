// openid-client, a certified relying party, signs somebody in through the hosted pages: discovery, code with PKCE,
// state and nonce, refresh, user info, revocation, end of the session. Settings come as JSON in the first argument;
// what was learnt goes out as one line of JSON.

import assert from "node:assert/strict";
import * as oidc from "openid-client";
import { Browser } from "./browser.mjs";

const { issuer, client_id, client_secret, redirect_uri, logout_uri, username, password } = JSON.parse(process.argv[2]);
const execute = [oidc.allowInsecureRequests];
const authentication = client_secret ? oidc.ClientSecretBasic(client_secret) : oidc.None();
const config = await oidc.discovery(new URL(issuer), client_id, undefined, authentication, { execute });
const browser = new Browser();

async function begin() {
  const verifier = oidc.randomPKCECodeVerifier();
  const expected = { pkceCodeVerifier: verifier, expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce() };
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri,
    scope: "openid email profile",
    state: expected.expectedState,
    nonce: expected.expectedNonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  });
  return { page: await browser.open(url.href, redirect_uri), expected };
}

const grant = ({ url }, expected) =>
  oidc.authorizationCodeGrant(config, new URL(url), { ...expected, idTokenExpected: true });
const refusal = async (promise) => promise.then(() => assert.fail("it was not refused"), (fault) => fault);

const first = await begin();
const landed = await browser.submit(first.page, { username, password }, redirect_uri);
const tokens = await grant(landed, first.expected);
const claims = tokens.claims();
const info = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);

const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token);
assert.equal(refreshed.claims().sub, claims.sub);
assert.notEqual(refreshed.access_token, tokens.access_token);

const second = await begin();
assert.ok(second.page.url.startsWith(redirect_uri), "the pool still knows the person");
const again = await grant(second.page, second.expected);
assert.equal(again.claims().sub, claims.sub);

const replayed = await refusal(grant(second.page, second.expected));
const revoked = await oidc.tokenRevocation(config, tokens.refresh_token).then(() =>
  refusal(oidc.refreshTokenGrant(config, tokens.refresh_token)));
const stale = await refusal(oidc.fetchUserInfo(config, tokens.access_token, claims.sub));

const end = oidc.buildEndSessionUrl(config, { client_id, logout_uri });
const signedOut = await browser.open(end.href, logout_uri);
assert.equal(signedOut.url, logout_uri);
const third = await begin();

console.log(JSON.stringify({
  claims,
  info,
  scope: tokens.scope,
  token_type: tokens.token_type,
  expires_in: tokens.expires_in,
  replayed: replayed.error,
  revoked: revoked.error,
  // Cognito's challenge names no scheme, so that it cannot be read: the response itself is the cause.
  stale: stale.cause.cause?.status ?? stale.cause.status,
  asksAgain: third.page.text.includes('name="password"'),
}));
