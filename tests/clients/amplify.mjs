// Owns what apps do with Amplify 6 outside a browser: node amplify.mjs BASE_URL
import { Amplify } from 'aws-amplify';
import {
  confirmResetPassword, confirmSignIn, confirmSignUp, confirmUserAttribute, deleteUser, deleteUserAttributes,
  fetchAuthSession, fetchMFAPreference, fetchUserAttributes, getCurrentUser, resetPassword, setUpTOTP, signIn, signOut,
  signUp, updateMFAPreference, updatePassword, updateUserAttributes, verifyTOTPSetup, autoSignIn, rememberDevice, fetchDevices,
} from 'aws-amplify/auth';
import { cognitoUserPoolsTokenProvider } from 'aws-amplify/auth/cognito';
import { ANOTHER, PASSWORD, Stage, equal, holds, run, totp } from './stage.mjs';

// Amplify names a device by the browser; Node has this object since version 21.
globalThis.navigator ??= { userAgent: 'Node.js' };
const stage = new Stage(process.argv[2]);

class Memory {
  values = new Map();
  async setItem(key, value) { this.values.set(key, value); }
  async getItem(key) { return this.values.get(key) ?? null; }
  async removeItem(key) { this.values.delete(key); }
  async clear() { this.values.clear(); }
}

// Amplify names a device after its browser; Node.js has no `navigator` before version 21.
globalThis.navigator ??= { userAgent: `Node.js/${process.version}` };

/// A fresh device that uses `pool`.
function use(pool) {
  Amplify.configure({ Auth: { Cognito: { userPoolId: pool.id, userPoolClientId: pool.client, userPoolEndpoint: stage.base } } });
  cognitoUserPoolsTokenProvider.setKeyValueStorage(new Memory());
}

const refused = async (promise, name, message) => {
  const fault = await promise.then(() => ({ name: 'nothing' }), fault => fault);
  equal([fault.name, fault.message], [name, message]);
};
const step = told => told.nextStep.signInStep;

const pool = await stage.pool();
await stage.user(pool.id, 'ana');

await run({
  async 'sign-in by SRP'() {
    use(pool);
    await refused(signIn({ username: 'ana', password: 'Wrong-Horse-1' }), 'NotAuthorizedException', 'Incorrect username or password.');
    equal(step(await signIn({ username: 'ana', password: PASSWORD })), 'DONE');
    const session = await fetchAuthSession();
    equal(session.tokens.idToken.payload.email, 'ana@example.com');
    equal((await getCurrentUser()).username, 'ana');
  },
  async 'a refresh, with rotation off and on'() {
    for (const client of [pool.client, await stage.client(pool.id, {
      ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'], RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
    })]) {
      use({ ...pool, client });
      await signIn({ username: 'ana', password: PASSWORD });
      const before = await fetchAuthSession();
      const after = await fetchAuthSession({ forceRefresh: true });
      holds(before.tokens.accessToken.toString() !== after.tokens.accessToken.toString(), 'the same token');
      await fetchAuthSession({ forceRefresh: true });
      await signOut();
    }
  },
  async 'sign-up and automatic sign-in'() {
    const choosing = { ...pool, client: await stage.client(pool.id, { ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_USER_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] }) };
    use(choosing);
    const made = await signUp({
      username: 'ben', password: PASSWORD,
      options: { userAttributes: { email: 'ben@example.com' }, autoSignIn: true },
    });
    equal([made.isSignUpComplete, made.nextStep.signUpStep], [false, 'CONFIRM_SIGN_UP']);
    const confirmed = await confirmSignUp({ username: 'ben', confirmationCode: await stage.code('ben@example.com') });
    equal(confirmed.nextStep.signUpStep, 'COMPLETE_AUTO_SIGN_IN');
    equal(step(await autoSignIn()), 'DONE');
    equal((await getCurrentUser()).username, 'ben');
  },
  async 'sign-in by choice of a first factor'() {
    const choosing = await stage.pool({
      PoolName: 'choice', Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } },
    }, { ExplicitAuthFlows: ['ALLOW_USER_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] });
    await stage.user(choosing.id, 'cora');
    use(choosing);
    const told = await signIn({ username: 'cora', options: { authFlowType: 'USER_AUTH' } });
    equal(step(told), 'CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION');
    holds(['EMAIL_OTP', 'PASSWORD', 'PASSWORD_SRP'].every(one => told.nextStep.availableChallenges.includes(one)), JSON.stringify(told));
    equal(step(await confirmSignIn({ challengeResponse: 'EMAIL_OTP' })), 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE');
    equal(step(await confirmSignIn({ challengeResponse: await stage.code('cora@example.com') })), 'DONE');
    await signOut();
    await signIn({ username: 'cora', options: { authFlowType: 'USER_AUTH', preferredChallenge: 'PASSWORD_SRP' }, password: PASSWORD });
    equal((await getCurrentUser()).username, 'cora');
    await signOut();
    const second = await signIn({ username: 'cora', options: { authFlowType: 'USER_AUTH', preferredChallenge: 'EMAIL_OTP' } });
    equal(step(second), 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE');
    await signOut();
  },
  async 'a forced change'() {
    use(pool);
    await stage.admin('AdminCreateUser', { UserPoolId: pool.id, Username: 'cleo', TemporaryPassword: PASSWORD, MessageAction: 'SUPPRESS' });
    equal(step(await signIn({ username: 'cleo', password: PASSWORD })), 'CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED');
    equal(step(await confirmSignIn({ challengeResponse: ANOTHER, options: { userAttributes: { name: 'Cleo' } } })), 'DONE');
    equal((await fetchUserAttributes()).name, 'Cleo');
  },
  async 'an authenticator app that the pool requires'() {
    const mfa = await stage.pool({ PoolName: 'totp' });
    await stage.admin('SetUserPoolMfaConfig', { UserPoolId: mfa.id, SoftwareTokenMfaConfiguration: { Enabled: true }, MfaConfiguration: 'ON' });
    await stage.user(mfa.id, 'dora');
    use(mfa);
    const told = await signIn({ username: 'dora', password: PASSWORD });
    equal(step(told), 'CONTINUE_SIGN_IN_WITH_TOTP_SETUP');
    const secret = told.nextStep.totpSetupDetails.sharedSecret;
    holds(told.nextStep.totpSetupDetails.getSetupUri('app').href.includes(secret), 'no address for the app');
    equal(step(await confirmSignIn({ challengeResponse: totp(secret, -1) })), 'DONE');
    await signOut();
    equal(step(await signIn({ username: 'dora', password: PASSWORD })), 'CONFIRM_SIGN_IN_WITH_TOTP_CODE');
    equal(step(await confirmSignIn({ challengeResponse: totp(secret) })), 'DONE');
    equal((await fetchMFAPreference()).preferred, 'TOTP');
  },
  async 'a choice of second factors'() {
    const mfa = await stage.pool({ PoolName: 'several' });
    await stage.admin('SetUserPoolMfaConfig', {
      UserPoolId: mfa.id, MfaConfiguration: 'OPTIONAL', SoftwareTokenMfaConfiguration: { Enabled: true },
      SmsMfaConfiguration: { SmsConfiguration: { SnsCallerArn: 'arn:aws:iam::123456789012:role/sms', ExternalId: 'x' } },
    });
    await stage.user(mfa.id, 'eve', { phone_number: '+12065550123', phone_number_verified: 'true' });
    use(mfa);
    await signIn({ username: 'eve', password: PASSWORD });
    const { sharedSecret } = await setUpTOTP();
    await verifyTOTPSetup({ code: totp(sharedSecret, -1) });
    await updateMFAPreference({ sms: 'ENABLED', totp: 'ENABLED' });
    await signOut();
    const told = await signIn({ username: 'eve', password: PASSWORD });
    equal([step(told), [...told.nextStep.allowedMFATypes].sort()], ['CONTINUE_SIGN_IN_WITH_MFA_SELECTION', ['SMS', 'TOTP']]);
    equal(step(await confirmSignIn({ challengeResponse: 'SMS' })), 'CONFIRM_SIGN_IN_WITH_SMS_CODE');
    equal(step(await confirmSignIn({ challengeResponse: await stage.code('+12065550123') })), 'DONE');
    await signOut();
  },
  async 'the password and the attributes'() {
    use(pool);
    await signIn({ username: 'ana', password: PASSWORD });
    await updatePassword({ oldPassword: PASSWORD, newPassword: ANOTHER });
    await updateUserAttributes({ userAttributes: { nickname: 'Annie', email: 'anna@example.com' } });
    await confirmUserAttribute({ userAttributeKey: 'email', confirmationCode: await stage.code('anna@example.com') });
    await deleteUserAttributes({ userAttributeKeys: ['nickname'] });
    const attributes = await fetchUserAttributes();
    equal([attributes.email, attributes.email_verified, attributes.nickname], ['anna@example.com', 'true', undefined]);
    await signOut();
    await resetPassword({ username: 'ana' });
    await confirmResetPassword({ username: 'ana', newPassword: PASSWORD, confirmationCode: await stage.code('anna@example.com') });
    equal(step(await signIn({ username: 'ana', password: PASSWORD })), 'DONE');
  },
  async 'a remembered device'() {
    const tracked = await stage.pool({ PoolName: 'devices', DeviceConfiguration: { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true } });
    await stage.user(tracked.id, 'finn');
    use(tracked);
    await signIn({ username: 'finn', password: PASSWORD });
    await rememberDevice();
    equal((await fetchDevices()).length, 1);
    await fetchAuthSession({ forceRefresh: true });
    await signOut();
    equal(step(await signIn({ username: 'finn', password: PASSWORD })), 'DONE');
    equal((await fetchDevices()).length, 1);
  },
  async 'the end'() {
    use(pool);
    await signIn({ username: 'ana', password: PASSWORD });
    await signOut({ global: true });
    await signIn({ username: 'ana', password: PASSWORD });
    await deleteUser();
    await refused(signIn({ username: 'ana', password: PASSWORD }), 'UserNotFoundException', 'User does not exist.');
  },
});
