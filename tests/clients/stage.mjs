// Owns what every client's script begins with: administrator's calls, the inbox, codes of authenticator apps, and a
// list of named steps that is run in order and told as JSON.
import { createHmac } from 'node:crypto';

export const PASSWORD = 'Correct-Horse-1';
export const ANOTHER = 'Another-Horse-2';

/// A running `cenote dev` at `base`.
export class Stage {
  constructor(base) {
    this.base = base;
  }

  /// An administrator's call; in development any signature will do.
  async admin(operation, body) {
    const answer = await fetch(`${this.base}/`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
        authorization: 'AWS4-HMAC-SHA256 Credential=any/20240101/us-east-1/cognito-idp/aws4_request, SignedHeaders=host, Signature=0',
      },
      body: JSON.stringify(body),
    });
    const told = await answer.json();
    if (!answer.ok) throw new Error(`${operation}: ${JSON.stringify(told)}`);
    return told;
  }

  /// A pool and a client for SRP and refresh; `pool` and `client` change their settings.
  async pool(pool = {}, client = {}) {
    const made = await this.admin('CreateUserPool', { PoolName: 'clients', AutoVerifiedAttributes: ['email'], ...pool });
    const id = made.UserPool.Id;
    return { id, client: await this.client(id, client) };
  }

  async client(pool, settings = {}) {
    const made = await this.admin('CreateUserPoolClient', {
      UserPoolId: pool,
      ClientName: 'app',
      ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH', 'ALLOW_USER_PASSWORD_AUTH'],
      ...settings,
    });
    return made.UserPoolClient.ClientId;
  }

  /// A confirmed user with a permanent password.
  async user(pool, name, attributes = {}) {
    const list = { email: `${name}@example.com`, email_verified: 'true', ...attributes };
    await this.admin('AdminCreateUser', {
      UserPoolId: pool,
      Username: name,
      MessageAction: 'SUPPRESS',
      UserAttributes: Object.entries(list).map(([Name, Value]) => ({ Name, Value })),
    });
    await this.admin('AdminSetUserPassword', { UserPoolId: pool, Username: name, Password: PASSWORD, Permanent: true });
    return name;
  }

  /// The newest six digits that were sent to `address`.
  async code(address) {
    for (let round = 0; round < 50; round += 1) {
      const messages = await (await fetch(`${this.base}/_cenote/inbox.json`)).json();
      const newest = messages.filter(message => message.to === address).at(-1);
      const code = newest?.text.match(/\b\d{6}\b/)?.[0];
      if (code && code !== this.lastCode) {
        this.lastCode = code;
        return code;
      }
      await new Promise(resolve => setTimeout(resolve, 100));
    }
    throw new Error(`no code for ${address}`);
  }
}

/// The code that an authenticator app shows for a base32 secret, `steps` steps of 30 seconds from now (RFC 6238).
export function totp(secret, steps = 0) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  let bits = '';
  for (const letter of secret.replace(/=+$/, '')) bits += alphabet.indexOf(letter).toString(2).padStart(5, '0');
  const key = Buffer.from(bits.match(/.{8}/g).map(byte => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + steps));
  const mac = createHmac('sha1', key).update(counter).digest();
  const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
  return String(number % 1000000).padStart(6, '0');
}

export function claims(token) {
  return JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
}

/// As JSON, the members of objects in one order.
const text = value => JSON.stringify(value, (_, part) => (
  part && typeof part === 'object' && !Array.isArray(part) ? Object.fromEntries(Object.entries(part).sort()) : part
));

export function equal(found, wanted) {
  if (text(found) !== text(wanted)) throw new Error(`${text(found)} is not ${text(wanted)}`);
}

export function holds(condition, words) {
  if (!condition) throw new Error(words);
}

/// Runs the steps in order; prints the names of those that went well, and fails at the first that does not.
export async function run(steps) {
  const done = [];
  for (const [name, step] of Object.entries(steps)) {
    try {
      await step();
    } catch (fault) {
      console.error(`${name}: ${fault?.name} ${fault?.stack ?? fault}\n${JSON.stringify(fault)}`);
      console.log(JSON.stringify({ done, failed: name }));
      process.exit(1);
    }
    done.push(name);
  }
  console.log(JSON.stringify({ done }));
  process.exit(0);
}
