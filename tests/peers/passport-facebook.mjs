// passport-facebook, the usual relying party of Facebook Login, signs somebody in at the Facebook of the address that
// the settings name. Settings come as JSON in the first argument; what was learnt goes out as one line of JSON.

import assert from "node:assert/strict";
import passport from "passport";
import { Strategy } from "passport-facebook";
import { Browser } from "./browser.mjs";

const { base, client_id, client_secret, redirect_uri, person } = JSON.parse(process.argv[2]);
const browser = new Browser();

const strategy = (secret) =>
  new Strategy(
    {
      clientID: client_id,
      clientSecret: secret,
      callbackURL: redirect_uri,
      authorizationURL: `${base}/v17.0/dialog/oauth`,
      tokenURL: `${base}/v17.0/oauth/access_token`,
      profileURL: `${base}/v17.0/me`,
      profileFields: ["id", "displayName", "name", "emails", "photos"],
      scope: ["public_profile", "email"],
      enableProof: true,
    },
    (accessToken, refreshToken, profile, done) => done(null, { profile, hasToken: Boolean(accessToken), refreshToken }),
  );

// What the strategy decides about a request with this query.
const decide = (used, query) =>
  new Promise((resolve) => {
    const one = Object.create(used);
    one.redirect = (url) => resolve({ url });
    one.success = (user) => resolve({ user });
    one.fail = (challenge) => resolve({ failed: challenge ?? "denied" });
    one.error = (fault) => resolve({ fault: { name: fault.name, message: fault.message, code: fault.code } });
    one.authenticate({ query, headers: {}, connection: {}, app: {} }, {});
  });

const passed = strategy(client_secret);
passport.use(passed);

async function returned(fields) {
  const { url } = await decide(passed, {});
  const page = await browser.open(url, redirect_uri);
  const landed = await browser.submit(page, fields, redirect_uri);
  return Object.fromEntries(new URL(landed.url).searchParams);
}

const answer = await returned({ person });
const { user } = await decide(passed, answer);
assert.ok(user, "nobody signed in");
const again = await decide(passed, answer);
const stranger = await decide(strategy("not the secret"), await returned({ person }));
const denied = await decide(passed, await returned({ deny: "1" }));

console.log(JSON.stringify({ user, again, stranger, denied }));
