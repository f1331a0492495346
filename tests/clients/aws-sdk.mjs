// Owns what servers do with the AWS SDK for JavaScript and aws-jwt-verify: node aws-sdk.mjs BASE_URL ISSUER_BASE
import { createHmac } from 'node:crypto';
import * as sdk from '@aws-sdk/client-cognito-identity-provider';
import { CognitoJwtVerifier, JwtVerifier } from 'aws-jwt-verify';
import { ANOTHER, PASSWORD, Stage, equal, holds, run } from './stage.mjs';

const [base, issuerBase] = process.argv.slice(2);
const stage = new Stage(base);
const client = new sdk.CognitoIdentityProviderClient({
  endpoint: base, region: 'eu-central-1', credentials: { accessKeyId: 'any', secretAccessKey: 'any' }, maxAttempts: 1,
});
/// `call('ListUsers', {…})`.
const call = (name, input) => client.send(new sdk[`${name}Command`](input));
const refused = async (promise, exception, message) => {
  const fault = await promise.then(() => ({ name: 'nothing' }), fault => fault);
  equal([fault.name, fault.message], [exception, message]);
  holds(fault instanceof sdk[exception], `${fault.name} is not the SDK's class`);
  equal(fault.$metadata.httpStatusCode, 400);
};

const made = await call('CreateUserPool', {
  PoolName: 'sdk', UsernameAttributes: ['email'], AutoVerifiedAttributes: ['email'],
  Schema: [{ Name: 'tenant', AttributeDataType: 'String', Mutable: true, StringAttributeConstraints: { MinLength: '1', MaxLength: '20' } }],
});
const UserPoolId = made.UserPool.Id;
const app = (await call('CreateUserPoolClient', {
  UserPoolId, ClientName: 'server', GenerateSecret: true,
  ExplicitAuthFlows: ['ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
})).UserPoolClient;
const hash = name => createHmac('sha256', app.ClientSecret).update(name + app.ClientId).digest('base64');
let sub;
let tokens;

await run({
  async 'a pool of the region that was called'() {
    holds(UserPoolId.startsWith('eu-central-1_'), UserPoolId);
    equal(made.UserPool.Arn, `arn:aws:cognito-idp:eu-central-1:123456789012:userpool/${UserPoolId}`);
    holds(made.UserPool.CreationDate instanceof Date && Math.abs(made.UserPool.CreationDate - Date.now()) < 60000, 'no date');
    const shown = (await call('DescribeUserPool', { UserPoolId })).UserPool;
    const tenant = shown.SchemaAttributes.find(one => one.Name === 'custom:tenant');
    equal(tenant.StringAttributeConstraints, { MaxLength: '20', MinLength: '1' });
    await refused(call('DescribeUserPool', { UserPoolId: 'eu-central-1_Nobody' }), 'ResourceNotFoundException', 'User pool eu-central-1_Nobody does not exist.');
  },
  async 'users'() {
    const user = (await call('AdminCreateUser', {
      UserPoolId, Username: 'ana@example.com', MessageAction: 'SUPPRESS',
      UserAttributes: [{ Name: 'email', Value: 'ana@example.com' }, { Name: 'email_verified', Value: 'true' }, { Name: 'custom:tenant', Value: 'blue' }],
    })).User;
    sub = user.Attributes.find(one => one.Name === 'sub').Value;
    equal([user.Username, user.UserStatus, user.Enabled], [sub, 'FORCE_CHANGE_PASSWORD', true]);
    await refused(call('AdminCreateUser', { UserPoolId, Username: 'ana@example.com' }), 'UsernameExistsException', 'An account with the given email already exists.');
    await call('AdminSetUserPassword', { UserPoolId, Username: sub, Password: PASSWORD, Permanent: true });
    const found = await call('ListUsers', { UserPoolId, Filter: 'email = "ana@example.com"' });
    equal(found.Users.map(one => one.Username), [sub]);
    await call('AdminUpdateUserAttributes', { UserPoolId, Username: sub, UserAttributes: [{ Name: 'custom:tenant', Value: 'red' }] });
    const seen = await call('AdminGetUser', { UserPoolId, Username: 'ana@example.com' });
    equal(seen.UserAttributes.find(one => one.Name === 'custom:tenant').Value, 'red');
  },
  async 'pages of a list'() {
    for (let number = 0; number < 7; number += 1) {
      await call('AdminCreateUser', { UserPoolId, Username: `user${number}@example.com`, MessageAction: 'SUPPRESS' });
    }
    const names = [];
    for await (const page of sdk.paginateListUserPools({ client, pageSize: 1 }, { MaxResults: 1 })) names.push(...page.UserPools);
    holds(names.some(one => one.Id === UserPoolId), 'the pool is not listed');
    let [seen, PaginationToken] = [[], undefined];
    do {
      const page = await call('ListUsers', { UserPoolId, Limit: 3, PaginationToken });
      seen.push(...page.Users.map(one => one.Username));
      ({ PaginationToken } = page);
    } while (PaginationToken);
    equal([seen.length, new Set(seen).size], [8, 8]);
  },
  async 'groups'() {
    await call('CreateGroup', { UserPoolId, GroupName: 'admins', Precedence: 1, RoleArn: 'arn:aws:iam::123456789012:role/admins' });
    await call('AdminAddUserToGroup', { UserPoolId, GroupName: 'admins', Username: sub });
    equal((await call('ListUsersInGroup', { UserPoolId, GroupName: 'admins' })).Users.map(one => one.Username), [sub]);
    equal((await call('AdminListGroupsForUser', { UserPoolId, Username: sub })).Groups.map(one => one.GroupName), ['admins']);
    await refused(call('CreateGroup', { UserPoolId, GroupName: 'admins' }), 'GroupExistsException', 'A group with the name already exists.');
  },
  async 'tokens by the administrator'() {
    const answer = await call('AdminInitiateAuth', {
      UserPoolId, ClientId: app.ClientId, AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: 'ana@example.com', PASSWORD, SECRET_HASH: hash('ana@example.com') },
    });
    tokens = answer.AuthenticationResult;
    equal([tokens.TokenType, tokens.ExpiresIn], ['Bearer', 3600]);
    const again = await call('InitiateAuth', {
      ClientId: app.ClientId, AuthFlow: 'REFRESH_TOKEN_AUTH',
      AuthParameters: { REFRESH_TOKEN: tokens.RefreshToken, SECRET_HASH: hash(sub) },
    });
    equal(again.AuthenticationResult.RefreshToken, undefined);
    const third = await call('GetTokensFromRefreshToken', { RefreshToken: tokens.RefreshToken, ClientId: app.ClientId, ClientSecret: app.ClientSecret });
    holds(third.AuthenticationResult.AccessToken, 'no access token');
  },
  async 'aws-jwt-verify'() {
    const keys = await (await fetch(`${base}/${UserPoolId}/.well-known/jwks.json`)).json();
    const own = JwtVerifier.create([
      { issuer: `${issuerBase}/${UserPoolId}`, audience: app.ClientId, jwksUri: 'https://unused.example/jwks.json' },
    ]);
    own.cacheJwks(keys);
    equal((await own.verify(tokens.IdToken)).email, 'ana@example.com');
    if (issuerBase === 'https://cognito-idp.eu-central-1.amazonaws.com') {
      for (const tokenUse of ['id', 'access']) {
        const verifier = CognitoJwtVerifier.create({ userPoolId: UserPoolId, tokenUse, clientId: app.ClientId, groups: 'admins' });
        verifier.cacheJwks(keys);
        const token = tokenUse === 'id' ? tokens.IdToken : tokens.AccessToken;
        equal((await verifier.verify(token)).sub, sub);
        const other = tokenUse === 'id' ? tokens.AccessToken : tokens.IdToken;
        holds(await verifier.verify(other).then(() => false, () => true), 'the other token passed');
      }
    }
  },
  async 'the tokens at work'() {
    const me = await call('GetUser', { AccessToken: tokens.AccessToken });
    equal(me.Username, sub);
    await refused(call('ChangePassword', { AccessToken: tokens.AccessToken, PreviousPassword: 'Wrong-Horse-1', ProposedPassword: ANOTHER }), 'NotAuthorizedException', 'Incorrect username or password.');
    await call('RevokeToken', { Token: tokens.RefreshToken, ClientId: app.ClientId, ClientSecret: app.ClientSecret });
    await refused(call('GetUser', { AccessToken: tokens.AccessToken }), 'NotAuthorizedException', 'Access Token has been revoked');
  },
  async 'the settings of a pool'() {
    await call('AddCustomAttributes', { UserPoolId, CustomAttributes: [{ Name: 'level', AttributeDataType: 'Number' }] });
    await call('CreateResourceServer', { UserPoolId, Identifier: 'notes', Name: 'Notes', Scopes: [{ ScopeName: 'read', ScopeDescription: 'Read notes' }] });
    await call('UpdateResourceServer', { UserPoolId, Identifier: 'notes', Name: 'All notes', Scopes: [] });
    await call('CreateUserPoolDomain', { UserPoolId, Domain: 'sdk-domain' });
    equal((await call('DescribeUserPoolDomain', { Domain: 'sdk-domain' })).DomainDescription.UserPoolId, UserPoolId);
    await call('SetUICustomization', { UserPoolId, CSS: '.label-customizable { font-weight: 700; }' });
    equal((await call('GetUICustomization', { UserPoolId })).UICustomization.CSS, '.label-customizable { font-weight: 700; }');
    await call('TagResource', { ResourceArn: made.UserPool.Arn, Tags: { team: 'blue' } });
    equal((await call('ListTagsForResource', { ResourceArn: made.UserPool.Arn })).Tags, { team: 'blue' });
    holds((await call('GetCSVHeader', { UserPoolId })).CSVHeader.includes('cognito:username'), 'no user name');
    await call('DeleteUserPoolDomain', { UserPoolId, Domain: 'sdk-domain' });
    await call('DeleteUserPool', { UserPoolId });
  },
});
