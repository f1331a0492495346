// openid-client, a certified relying party, registers itself with the pool and signs somebody in, who is asked first
// unless it came with a token. Settings come as JSON in the first argument; what was learnt goes out as JSON.

import assert from "node:assert/strict";
import * as oidc from "openid-client";
import { Browser } from "./browser.mjs";

const { issuer, token, redirect_uri, username, password } = JSON.parse(process.argv[2]);
const metadata = {
  client_name: "openid-client", redirect_uris: [redirect_uri], scope: "openid email",
  token_endpoint_auth_method: token ? "client_secret_basic" : "none",
};
const config = await oidc.dynamicClientRegistration(new URL(issuer), metadata, token ? undefined : oidc.None(), {
  execute: [oidc.allowInsecureRequests], initialAccessToken: token ?? undefined,
});

const verifier = oidc.randomPKCECodeVerifier();
const state = oidc.randomState();
const url = oidc.buildAuthorizationUrl(config, {
  redirect_uri, scope: "openid email", state,
  code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
});
const browser = new Browser();
const form = await browser.open(url.href, redirect_uri);
let page = await browser.submit(form, { username, password }, redirect_uri);
const isAsked = page.url.includes("/consent?");
if (isAsked) page = await browser.submit(page, { allow: "Allow" }, redirect_uri);

const checks = { pkceCodeVerifier: verifier, expectedState: state, idTokenExpected: true };
const tokens = await oidc.authorizationCodeGrant(config, new URL(page.url), checks);
const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token);
assert.equal(refreshed.claims().sub, tokens.claims().sub);

const { client_id, client_secret } = config.clientMetadata();
console.log(JSON.stringify({ claims: tokens.claims(), client_id, isAsked, hasSecret: Boolean(client_secret) }));
