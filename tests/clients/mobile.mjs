// Owns what the iOS and Android SDKs send that the others do not, replayed from what their public sources do:
// node mobile.mjs BASE_URL
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { SrpClient, deviceVerifier, timestamp } from './srp.mjs';
import { ANOTHER, PASSWORD, Stage, claims, equal, holds, run, totp } from './stage.mjs';

const stage = new Stage(process.argv[2]);

/// Calls an operation without a signature, as a phone does.
async function call(operation, body) {
  const answer = await fetch(`${stage.base}/`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `AWSCognitoIdentityProviderService.${operation}` },
    body: JSON.stringify(body),
  });
  const told = await answer.json();
  return answer.ok ? told : { fault: told.__type, message: told.message };
}

const hash = (app, name) => createHmac('sha256', app.secret).update(name + app.id).digest('base64');

/// A phone with the app: its user's name, its device key once it has one.
class Phone {
  constructor(pool, app, name) {
    Object.assign(this, { pool, app, name, poolName: pool.slice(pool.indexOf('_') + 1) });
  }

  /// USERNAME, SECRET_HASH and DEVICE_KEY come along in every answer.
  common() {
    return {
      USERNAME: this.name,
      ...(this.app.secret && { SECRET_HASH: hash(this.app, this.name) }),
      ...(this.device && { DEVICE_KEY: this.device.key }),
    };
  }

  answer(challenge, responses = {}) {
    return call('RespondToAuthChallenge', {
      ClientId: this.app.id, ChallengeName: challenge.ChallengeName, Session: challenge.Session,
      ChallengeResponses: { ...responses, ...this.common() },
      UserContextData: { EncodedData: 'bm90aGluZw==' },
    });
  }

  async signIn(password = PASSWORD) {
    const srp = new SrpClient();
    const first = await call('InitiateAuth', {
      ClientId: this.app.id, AuthFlow: 'USER_SRP_AUTH', AuthParameters: { SRP_A: srp.publicA, ...this.common() },
    });
    if (first.fault) return first;
    equal(first.ChallengeName, 'PASSWORD_VERIFIER');
    const parameters = first.ChallengeParameters;
    // Later answers name the user as the challenge does; the proof has the name for SRP.
    this.name = parameters.USERNAME;
    const claim = srp.claim({ group: this.poolName, user: parameters.USER_ID_FOR_SRP, password, parameters });
    return this.answer(first, claim);
  }

  async proveDevice(challenge) {
    equal(challenge.ChallengeName, 'DEVICE_SRP_AUTH');
    const srp = new SrpClient();
    const next = await this.answer(challenge, { SRP_A: srp.publicA });
    equal(next.ChallengeName, 'DEVICE_PASSWORD_VERIFIER');
    const { group, key: user, password } = this.device;
    return this.answer(next, srp.claim({ group, user, password, parameters: next.ChallengeParameters }));
  }

  async confirmDevice(result, password) {
    const { DeviceKey: key, DeviceGroupKey: group } = result.NewDeviceMetadata;
    const told = await call('ConfirmDevice', {
      AccessToken: result.AccessToken, DeviceKey: key, DeviceName: 'phone',
      DeviceSecretVerifierConfig: deviceVerifier({ group, key, password }),
    });
    this.device = { key, group, password };
    return told;
  }

  refresh(token) {
    return call('InitiateAuth', {
      ClientId: this.app.id, AuthFlow: 'REFRESH_TOKEN_AUTH',
      // Both SDKs put the client secret itself where other flows have a hash.
      AuthParameters: {
        REFRESH_TOKEN: token, ...(this.app.secret && { SECRET_HASH: this.app.secret }),
        ...(this.device && { DEVICE_KEY: this.device.key }),
      },
    });
  }
}

async function poolWithSecret(settings = {}) {
  const made = await stage.admin('CreateUserPool', { PoolName: 'mobile', AutoVerifiedAttributes: ['email'], ...settings });
  const client = await stage.admin('CreateUserPoolClient', {
    UserPoolId: made.UserPool.Id, ClientName: 'phone', GenerateSecret: true,
    ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
  });
  return [made.UserPool.Id, { id: client.UserPoolClient.ClientId, secret: client.UserPoolClient.ClientSecret }];
}

const [pool, app] = await poolWithSecret();

await run({
  async 'the date as the phones write it'() {
    equal(timestamp(new Date(Date.UTC(2024, 0, 2, 3, 4, 5))), 'Tue Jan 2 03:04:05 UTC 2024');
  },
  async 'sign-in with a secret, then a refresh with the secret in clear'() {
    await stage.user(pool, 'ana');
    const phone = new Phone(pool, app, 'ana');
    const told = await phone.signIn();
    const result = told.AuthenticationResult;
    equal(claims(result.IdToken)['cognito:username'], 'ana');
    const renewed = await phone.refresh(result.RefreshToken);
    equal(claims(renewed.AuthenticationResult.AccessToken).origin_jti, claims(result.AccessToken).origin_jti);
    holds((await call('GetUser', { AccessToken: renewed.AuthenticationResult.AccessToken })).Username === 'ana', 'not ana');
  },
  async 'sign-in by an address'() {
    const [byAddress, client] = await poolWithSecret({ UsernameAttributes: ['email'] });
    await stage.user(byAddress, 'bea@example.com', { email: 'bea@example.com' });
    const phone = new Phone(byAddress, client, 'bea@example.com');
    const told = await phone.signIn();
    const access = claims(told.AuthenticationResult.AccessToken);
    equal([access.username, phone.name.length > 0], [access.sub, true]);
    holds((await phone.refresh(told.AuthenticationResult.RefreshToken)).AuthenticationResult, 'no refresh');
  },
  async 'a wrong password, and an old clock'() {
    equal((await new Phone(pool, app, 'ana').signIn('Wrong-Horse-1')).message, 'Incorrect username or password.');
    const phone = new Phone(pool, app, 'ana');
    const srp = new SrpClient();
    const first = await call('InitiateAuth', { ClientId: app.id, AuthFlow: 'USER_SRP_AUTH', AuthParameters: { SRP_A: srp.publicA, ...phone.common() } });
    const time = timestamp(new Date(Date.now() - 3600_000));
    const parameters = first.ChallengeParameters;
    const claim = srp.claim({ group: phone.poolName, user: parameters.USER_ID_FOR_SRP, password: PASSWORD, parameters, time });
    equal((await phone.answer(first, claim)).fault, 'NotAuthorizedException');
  },
  async 'a weak password, then a good one, in one session'() {
    await stage.admin('AdminCreateUser', { UserPoolId: pool, Username: 'cleo', TemporaryPassword: PASSWORD, MessageAction: 'SUPPRESS' });
    const phone = new Phone(pool, app, 'cleo');
    const challenge = await phone.signIn();
    equal(challenge.ChallengeName, 'NEW_PASSWORD_REQUIRED');
    equal((await phone.answer(challenge, { NEW_PASSWORD: 'short' })).fault, 'InvalidPasswordException');
    const done = await phone.answer(challenge, { NEW_PASSWORD: ANOTHER, 'userAttributes.name': 'Cleo' });
    equal(claims(done.AuthenticationResult.IdToken).name, 'Cleo');
  },
  async 'devices, with the passwords of both kinds of phone'() {
    const [tracked, client] = await poolWithSecret({ DeviceConfiguration: { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: false } });
    await stage.admin('SetUserPoolMfaConfig', { UserPoolId: tracked, SoftwareTokenMfaConfiguration: { Enabled: true }, MfaConfiguration: 'OPTIONAL' });
    for (const [name, password] of [['ios', randomUUID().toUpperCase()], ['android', randomBytes(40).toString('base64')]]) {
      await stage.user(tracked, name);
      const phone = new Phone(tracked, client, name);
      const first = (await phone.signIn()).AuthenticationResult;
      holds(/^us-east-1_[0-9a-f-]{36}$/.test(first.NewDeviceMetadata.DeviceKey), JSON.stringify(first.NewDeviceMetadata));
      equal((await phone.confirmDevice(first, password)).UserConfirmationNecessary, false);
      const { SecretCode } = await call('AssociateSoftwareToken', { AccessToken: first.AccessToken });
      await call('VerifySoftwareToken', { AccessToken: first.AccessToken, UserCode: totp(SecretCode, -1) });
      await call('SetUserMFAPreference', { AccessToken: first.AccessToken, SoftwareTokenMfaSettings: { Enabled: true, PreferredMfa: true } });
      // The remembered device stands for the second factor.
      const second = await phone.proveDevice(await phone.signIn());
      const access = claims(second.AuthenticationResult.AccessToken);
      equal(access.device_key, phone.device.key);
      equal(second.AuthenticationResult.NewDeviceMetadata, undefined);
      holds((await phone.refresh(second.AuthenticationResult.RefreshToken)).AuthenticationResult, 'no refresh');
      const without = await call('InitiateAuth', {
        ClientId: client.id, AuthFlow: 'REFRESH_TOKEN_AUTH',
        AuthParameters: { REFRESH_TOKEN: second.AuthenticationResult.RefreshToken, SECRET_HASH: client.secret },
      });
      equal([without.fault, without.message], ['NotAuthorizedException', 'Invalid Refresh Token']);
      // A wrong device password does not.
      const right = phone.device.password;
      phone.device.password = 'another';
      equal((await phone.proveDevice(await phone.signIn())).fault, 'NotAuthorizedException');
      phone.device.password = right;
      // A device that is gone: the phones match this very text, forget the key and begin again.
      await call('ForgetDevice', { AccessToken: second.AuthenticationResult.AccessToken, DeviceKey: phone.device.key });
      const gone = await phone.signIn();
      equal([gone.fault, gone.message], ['ResourceNotFoundException', 'Device does not exist.']);
      phone.device = undefined;
      equal((await phone.signIn()).ChallengeName, 'SOFTWARE_TOKEN_MFA');
    }
  },
  async 'an authenticator app that is set up at sign-in'() {
    const [mfa, client] = await poolWithSecret();
    await stage.admin('SetUserPoolMfaConfig', { UserPoolId: mfa, SoftwareTokenMfaConfiguration: { Enabled: true }, MfaConfiguration: 'ON' });
    await stage.user(mfa, 'dora');
    const phone = new Phone(mfa, client, 'dora');
    const challenge = await phone.signIn();
    equal([challenge.ChallengeName, challenge.ChallengeParameters.MFAS_CAN_SETUP], ['MFA_SETUP', '["SOFTWARE_TOKEN_MFA"]']);
    const associated = await call('AssociateSoftwareToken', { Session: challenge.Session });
    const wrong = String((Number(totp(associated.SecretCode)) + 7) % 1000000).padStart(6, '0');
    const verify = code => call('VerifySoftwareToken', { Session: associated.Session, UserCode: code, FriendlyDeviceName: 'my phone' });
    equal((await verify(wrong)).fault, 'EnableSoftwareTokenMFAException');
    // The same session again, as the iOS SDK does.
    const verified = await verify(totp(associated.SecretCode, -1));
    equal(verified.Status, 'SUCCESS');
    const done = await phone.answer({ ChallengeName: 'MFA_SETUP', Session: verified.Session });
    holds(done.AuthenticationResult, JSON.stringify(done));
    const again = await phone.signIn();
    equal([again.ChallengeName, again.ChallengeParameters.FRIENDLY_DEVICE_NAME], ['SOFTWARE_TOKEN_MFA', 'my phone']);
    equal((await phone.answer(again, { SOFTWARE_TOKEN_MFA_CODE: wrong })).fault, 'CodeMismatchException');
    holds((await phone.answer(again, { SOFTWARE_TOKEN_MFA_CODE: totp(associated.SecretCode) })).AuthenticationResult, 'not in');
  },
  async 'a choice of second factors, with what iOS shows'() {
    const [mfa, client] = await poolWithSecret();
    await stage.admin('SetUserPoolMfaConfig', {
      UserPoolId: mfa, MfaConfiguration: 'OPTIONAL', SoftwareTokenMfaConfiguration: { Enabled: true },
      SmsMfaConfiguration: { SmsConfiguration: { SnsCallerArn: 'arn:aws:iam::123456789012:role/sms', ExternalId: 'x' } },
    });
    await stage.user(mfa, 'eve', { phone_number: '+12065550123', phone_number_verified: 'true' });
    const phone = new Phone(mfa, client, 'eve');
    const { AccessToken } = (await phone.signIn()).AuthenticationResult;
    const { SecretCode } = await call('AssociateSoftwareToken', { AccessToken });
    await call('VerifySoftwareToken', { AccessToken, UserCode: totp(SecretCode, -1), FriendlyDeviceName: 'my phone' });
    await call('SetUserMFAPreference', { AccessToken, SMSMfaSettings: { Enabled: true }, SoftwareTokenMfaSettings: { Enabled: true } });
    const challenge = await phone.signIn();
    equal(challenge.ChallengeName, 'SELECT_MFA_TYPE');
    const { MFAS_CAN_CHOOSE, CODE_DELIVERY_DESTINATION, FRIENDLY_DEVICE_NAME } = challenge.ChallengeParameters;
    equal(JSON.parse(MFAS_CAN_CHOOSE).sort(), ['SMS_MFA', 'SOFTWARE_TOKEN_MFA']);
    equal([CODE_DELIVERY_DESTINATION, FRIENDLY_DEVICE_NAME], ['+*******0123', 'my phone']);
    const sms = await phone.answer(challenge, { ANSWER: 'SMS_MFA' });
    equal(sms.ChallengeName, 'SMS_MFA');
    holds((await phone.answer(sms, { SMS_MFA_CODE: await stage.code('+12065550123') })).AuthenticationResult, 'not in');
  },
});
