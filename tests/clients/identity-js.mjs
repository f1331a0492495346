// Owns what apps do with amazon-cognito-identity-js: node identity-js.mjs BASE_URL
import cognito from 'amazon-cognito-identity-js';
import { ANOTHER, PASSWORD, Stage, claims, equal, holds, run, totp } from './stage.mjs';

const { AuthenticationDetails, CognitoRefreshToken, CognitoUser, CognitoUserAttribute, CognitoUserPool } = cognito;
const stage = new Stage(process.argv[2]);

/// Storage of one device; the library keeps tokens and device keys in it.
class Memory {
  values = new Map();
  setItem(key, value) { this.values.set(key, value); return value; }
  getItem(key) { return this.values.has(key) ? this.values.get(key) : null; }
  removeItem(key) { return this.values.delete(key); }
  clear() { this.values.clear(); }
}

function userOf(pool, name, storage = new Memory()) {
  const userPool = new CognitoUserPool({ UserPoolId: pool.id, ClientId: pool.client, endpoint: stage.base, Storage: storage });
  return new CognitoUser({ Username: name, Pool: userPool, Storage: storage });
}

/// `authenticateUser`, told as what was called back.
function signIn(user, password = PASSWORD, name = user.getUsername(), more = {}) {
  const details = new AuthenticationDetails({ Username: name, Password: password, ...more });
  return new Promise(resolve => {
    user.authenticateUser(details, callbacks(resolve));
  });
}

function callbacks(resolve) {
  const told = kind => (...values) => resolve({ kind, values });
  return {
    onSuccess: (session, necessary) => resolve({ kind: 'success', session, necessary }),
    onFailure: fault => resolve({ kind: 'failure', fault }),
    newPasswordRequired: told('newPassword'),
    mfaRequired: told('mfa'),
    totpRequired: told('totp'),
    mfaSetup: told('mfaSetup'),
    selectMFAType: told('selectMfa'),
    customChallenge: told('custom'),
  };
}

/// A method whose last argument is a Node callback.
const call = (target, method, ...values) => new Promise((resolve, reject) => {
  target[method](...values, (fault, value) => (fault ? reject(fault) : resolve(value)));
});
/// A method whose last argument is an object with onSuccess and onFailure.
const ask = (target, method, ...values) => new Promise((resolve, reject) => {
  target[method](...values, { onSuccess: resolve, onFailure: reject, inputVerificationCode: resolve });
});
const refused = async (promise, name, message) => {
  const fault = await promise.then(() => ({ name: 'nothing' }), fault => fault);
  equal([fault.name, fault.message], [name, message]);
};
const signedIn = async (user, ...more) => {
  const told = await signIn(user, ...more);
  holds(told.kind === 'success', `${told.kind} ${told.fault}`);
  return told.session;
};

const pool = await stage.pool();
const attributes = list => Object.fromEntries(list.map(one => [one.getName(), one.getValue()]));

await run({
  async 'the guide'() {
    await stage.user(pool.id, 'ana');
    const result = await signedIn(userOf(pool, 'ana'));
    const access = claims(result.getAccessToken().getJwtToken());
    equal([access.token_use, access.username, access.client_id], ['access', 'ana', pool.client]);
    equal(claims(result.idToken.jwtToken).email, 'ana@example.com');
    holds(result.isValid(), 'the session is not valid');
  },
  async 'a wrong password'() {
    const { fault } = await signIn(userOf(pool, 'ana'), 'Wrong-Horse-1');
    equal([fault.name, fault.code, fault.message], ['NotAuthorizedException', 'NotAuthorizedException', 'Incorrect username or password.']);
  },
  async 'somebody unknown'() {
    const { fault } = await signIn(userOf(pool, 'nobody'));
    equal([fault.name, fault.message], ['UserNotFoundException', 'User does not exist.']);
  },
  async 'somebody unknown where nobody may know'() {
    const hiding = { ...pool, client: await stage.client(pool.id, { PreventUserExistenceErrors: 'ENABLED' }) };
    const { fault } = await signIn(userOf(hiding, 'nobody'));
    equal([fault.name, fault.message], ['NotAuthorizedException', 'Incorrect username or password.']);
  },
  async 'sign-up'() {
    const user = userOf(pool, 'ben');
    const email = new CognitoUserAttribute({ Name: 'email', Value: 'ben@example.com' });
    const made = await call(user.pool, 'signUp', 'ben', PASSWORD, [email], null);
    equal([made.userConfirmed, made.codeDeliveryDetails], [false, { AttributeName: 'email', DeliveryMedium: 'EMAIL', Destination: 'b***@e***' }]);
    const early = await signIn(user);
    equal([early.fault.name, early.fault.message], ['UserNotConfirmedException', 'User is not confirmed.']);
    await stage.code('ben@example.com');
    await call(user, 'resendConfirmationCode');
    await refused(call(user, 'confirmRegistration', '000000', true), 'CodeMismatchException', 'Invalid verification code provided, please try again.');
    equal(await call(user, 'confirmRegistration', await stage.code('ben@example.com'), true), 'SUCCESS');
    equal(claims((await signedIn(user)).getIdToken().getJwtToken()).sub, made.userSub);
  },
  async 'a forced change'() {
    await stage.admin('AdminCreateUser', {
      UserPoolId: pool.id, Username: 'cleo', TemporaryPassword: PASSWORD, MessageAction: 'SUPPRESS',
      UserAttributes: [{ Name: 'email', Value: 'cleo@example.com' }],
    });
    const user = userOf(pool, 'cleo');
    const told = await signIn(user);
    equal([told.kind, told.values[0].email, told.values[1]], ['newPassword', 'cleo@example.com', []]);
    const weak = await new Promise(resolve => user.completeNewPasswordChallenge('short', {}, callbacks(resolve)));
    equal(weak.fault.name, 'InvalidPasswordException');
    const again = userOf(pool, 'cleo');
    await signIn(again);
    const done = await new Promise(resolve => again.completeNewPasswordChallenge(ANOTHER, { name: 'Cleo' }, callbacks(resolve)));
    holds(done.kind === 'success', `${done.fault}`);
    await signedIn(userOf(pool, 'cleo'), ANOTHER);
  },
  async 'an authenticator app'() {
    const mfa = await stage.pool({ PoolName: 'totp' });
    await stage.admin('SetUserPoolMfaConfig', { UserPoolId: mfa.id, SoftwareTokenMfaConfiguration: { Enabled: true }, MfaConfiguration: 'OPTIONAL' });
    await stage.user(mfa.id, 'dora');
    const user = userOf(mfa, 'dora');
    await signedIn(user);
    const secret = await new Promise((resolve, reject) => user.associateSoftwareToken({ associateSecretCode: resolve, onFailure: reject }));
    const verify = code => new Promise((resolve, reject) => user.verifySoftwareToken(code, 'phone', { onSuccess: resolve, onFailure: reject }));
    const wrong = String((Number(totp(secret)) + 1) % 1000000).padStart(6, '0');
    await refused(verify(wrong), 'EnableSoftwareTokenMFAException', 'Code mismatch');
    equal((await verify(totp(secret, -1))).Status, 'SUCCESS');
    await call(user, 'setUserMfaPreference', null, { PreferredMfa: true, Enabled: true });
    const data = await call(user, 'getUserData', );
    equal([data.PreferredMfaSetting, data.UserMFASettingList], ['SOFTWARE_TOKEN_MFA', ['SOFTWARE_TOKEN_MFA']]);
    const next = userOf(mfa, 'dora');
    const told = await signIn(next);
    equal([told.kind, told.values[0]], ['totp', 'SOFTWARE_TOKEN_MFA']);
    const answer = code => new Promise(resolve => next.sendMFACode(code, callbacks(resolve), 'SOFTWARE_TOKEN_MFA'));
    const bad = await answer(wrong === totp(secret) ? '000000' : wrong);
    equal(bad.fault.name, 'CodeMismatchException');
    const good = await answer(totp(secret));
    holds(good.kind === 'success', `${good.fault}`);
  },
  async 'text messages as second factor'() {
    const mfa = await stage.pool({ PoolName: 'sms', SmsConfiguration: { SnsCallerArn: 'arn:aws:iam::123456789012:role/sms', ExternalId: 'x' } });
    await stage.admin('SetUserPoolMfaConfig', {
      UserPoolId: mfa.id, MfaConfiguration: 'OPTIONAL', SoftwareTokenMfaConfiguration: { Enabled: true },
      SmsMfaConfiguration: { SmsConfiguration: { SnsCallerArn: 'arn:aws:iam::123456789012:role/sms', ExternalId: 'x' } },
    });
    await stage.user(mfa.id, 'eve', { phone_number: '+12065550123', phone_number_verified: 'true' });
    const user = userOf(mfa, 'eve');
    await signedIn(user);
    await call(user, 'setUserMfaPreference', { PreferredMfa: true, Enabled: true }, null);
    const next = userOf(mfa, 'eve');
    const told = await signIn(next);
    equal([told.kind, told.values[1].CODE_DELIVERY_DELIVERY_MEDIUM, told.values[1].CODE_DELIVERY_DESTINATION], ['mfa', 'SMS', '+*******0123']);
    const code = await stage.code('+12065550123');
    const good = await new Promise(resolve => next.sendMFACode(code, callbacks(resolve)));
    holds(good.kind === 'success', `${good.fault}`);
  },
  async 'a remembered device'() {
    const tracked = await stage.pool({ PoolName: 'devices', DeviceConfiguration: { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true } });
    await stage.user(tracked.id, 'finn');
    const phone = new Memory();
    const user = userOf(tracked, 'finn', phone);
    const first = await signIn(user);
    holds(first.kind === 'success', `${first.fault}`);
    equal(first.necessary, true);
    await ask(user, 'setDeviceStatusRemembered');
    const seen = await ask(user, 'getDevice');
    holds(seen.Device.DeviceKey.startsWith('us-east-1_'), JSON.stringify(seen));
    equal((await ask(user, 'listDevices', 10, null)).Devices.length, 1);
    const again = userOf(tracked, 'finn', phone);
    const second = await signIn(again);
    holds(second.kind === 'success', `${second.fault}`);
    equal(claims(second.session.getAccessToken().getJwtToken()).device_key, seen.Device.DeviceKey);
    await call(again, 'refreshSession', second.session.getRefreshToken());
    await ask(again, 'forgetDevice');
    const third = await signIn(userOf(tracked, 'finn', phone));
    holds(third.kind === 'success', `a forgotten device: ${third.fault}`);
  },
  async 'a forgotten password'() {
    const user = userOf(pool, 'ana');
    await ask(user, 'forgotPassword');
    const code = await stage.code('ana@example.com');
    await refused(ask(user, 'confirmPassword', code === '000000' ? '000001' : '000000', ANOTHER), 'CodeMismatchException', 'Invalid verification code provided, please try again.');
    await ask(user, 'confirmPassword', code, ANOTHER);
    await signedIn(userOf(pool, 'ana'), ANOTHER);
  },
  async 'a changed password'() {
    const user = userOf(pool, 'ana');
    await signedIn(user, ANOTHER);
    await refused(call(user, 'changePassword', 'Wrong-Horse-1', PASSWORD), 'NotAuthorizedException', 'Incorrect username or password.');
    equal(await call(user, 'changePassword', ANOTHER, PASSWORD), 'SUCCESS');
    await signedIn(userOf(pool, 'ana'));
  },
  async 'attributes'() {
    const user = userOf(pool, 'ana');
    await signedIn(user);
    const nickname = new CognitoUserAttribute({ Name: 'nickname', Value: 'Annie' });
    await call(user, 'updateAttributes', [nickname]);
    equal(attributes(await call(user, 'getUserAttributes')).nickname, 'Annie');
    await call(user, 'deleteAttributes', ['nickname']);
    equal(attributes(await call(user, 'getUserAttributes')).nickname, undefined);
    await call(user, 'updateAttributes', [new CognitoUserAttribute({ Name: 'email', Value: 'anna@example.com' })]);
    equal(attributes(await call(user, 'getUserAttributes')).email_verified, 'false');
    await stage.code('anna@example.com');
    await ask(user, 'getAttributeVerificationCode', 'email');
    await ask(user, 'verifyAttribute', 'email', await stage.code('anna@example.com'));
    equal(attributes(await call(user, 'getUserAttributes')).email_verified, 'true');
  },
  async 'a refresh'() {
    const user = userOf(pool, 'ana');
    const session = await signedIn(user);
    const token = new CognitoRefreshToken({ RefreshToken: session.getRefreshToken().getToken() });
    const renewed = await call(user, 'refreshSession', token);
    equal(claims(renewed.getIdToken().getJwtToken()).sub, claims(session.getIdToken().getJwtToken()).sub);
    holds(renewed.getAccessToken().getJwtToken() !== session.getAccessToken().getJwtToken(), 'the same token');
  },
  async 'the end of all sessions'() {
    const [user, other] = [userOf(pool, 'ana'), userOf(pool, 'ana')];
    await signedIn(user);
    await signedIn(other);
    equal(await ask(user, 'globalSignOut'), 'SUCCESS');
    await refused(call(other, 'getUserAttributes'), 'NotAuthorizedException', 'Access Token has been revoked');
  },
  async 'a user who leaves'() {
    const user = userOf(pool, 'ben');
    await signedIn(user);
    equal(await call(user, 'deleteUser'), 'SUCCESS');
    equal((await signIn(userOf(pool, 'ben'))).fault.name, 'UserNotFoundException');
  },
});
