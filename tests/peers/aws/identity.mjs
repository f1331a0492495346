// Credentials from an identity pool as AWS's own JavaScript clients get them, and tokens as aws-jwt-verify checks them.
//
//     identity.mjs SETTINGS    a JSON object: url, pool, provider, idToken, accessToken, issuer, clientId, userPool
//
// Prints a JSON object with what was learnt.

import { fromCognitoIdentityPool } from "@aws-sdk/credential-providers";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { JwtVerifier } from "aws-jwt-verify";
import { Amplify } from "aws-amplify";
import { fetchAuthSession } from "aws-amplify/auth";
import { cognitoCredentialsProvider } from "aws-amplify/auth/cognito";

const settings = JSON.parse(process.argv[2]);
const region = "us-east-1";

const caller = async (credentials) => {
  const client = new STSClient({ region, endpoint: settings.url, credentials });
  return (await client.send(new GetCallerIdentityCommand({}))).Arn;
};

const pool = (logins) =>
  fromCognitoIdentityPool({
    identityPoolId: settings.pool,
    logins,
    clientConfig: { region, endpoint: settings.url },
  });

const refused = async (work) => {
  try {
    await work();
    return false;
  } catch (fault) {
    return fault.name === "Error" ? fault.constructor.name : fault.name;
  }
};

const learnt = {
  user: await caller(pool({ [settings.provider]: settings.idToken })),
  guest: await caller(pool(undefined)),
  forged: await refused(() => pool({ [settings.provider]: `${settings.idToken.slice(0, -8)}AAAAAAAA` })()),
};

// aws-jwt-verify fetches keys by https only, so it is given them.
const keys = await (await fetch(`${settings.issuer}/.well-known/jwks.json`)).json();
const check = JwtVerifier.create({ issuer: settings.issuer, audience: null });
check.cacheJwks(keys);
learnt.id = (await check.verify(settings.idToken)).token_use;
learnt.access = (await check.verify(settings.accessToken)).client_id;
learnt.changed = await refused(() => check.verify(`${settings.accessToken.slice(0, -8)}AAAAAAAA`));

const decoded = (token) => ({
  payload: JSON.parse(Buffer.from(token.split(".")[1], "base64url")),
  toString: () => token,
});
const amplify = async (tokens) => {
  await cognitoCredentialsProvider.clearCredentialsAndIdentityId();
  Amplify.configure(
    {
      Auth: {
        Cognito: {
          userPoolId: settings.userPool,
          userPoolClientId: settings.clientId,
          identityPoolId: settings.pool,
          identityPoolEndpoint: settings.url,
          allowGuestAccess: true,
        },
      },
    },
    { Auth: { credentialsProvider: cognitoCredentialsProvider, tokenProvider: { getTokens: async () => tokens } } },
  );
  try {
    const session = await fetchAuthSession();
    return session.credentials ? await caller(session.credentials) : "no credentials";
  } catch (fault) {
    return `${fault.name}: ${fault.message}`;
  }
};
learnt.amplify = await amplify({ accessToken: decoded(settings.accessToken), idToken: decoded(settings.idToken) });
learnt.amplifyGuest = await amplify(null);
console.log(JSON.stringify(learnt));
process.exit(0);
