// Owns a page that signs in at the hosted pages with Amplify, as its guide has it; esbuild makes one file of it. The
// pool, the client and the pool's domain come with the page's address and are remembered for the way back.
import { Amplify } from 'aws-amplify';
import { fetchAuthSession, getCurrentUser, signInWithRedirect, signOut } from 'aws-amplify/auth';
import 'aws-amplify/auth/enable-oauth-listener';
import { Hub } from 'aws-amplify/utils';

const given = Object.fromEntries(new URLSearchParams(location.search));
if (given.pool) localStorage.setItem('settings', JSON.stringify(given));
const settings = JSON.parse(localStorage.getItem('settings'));
const tell = told => { document.getElementById('told').textContent = JSON.stringify(told); };

async function show() {
  const { tokens } = await fetchAuthSession();
  tell({ username: (await getCurrentUser()).username, email: tokens.idToken.payload.email, scope: tokens.accessToken.payload.scope });
}

Hub.listen('auth', ({ payload }) => {
  if (payload.event === 'signInWithRedirect') show();
  if (payload.event === 'signInWithRedirect_failure') tell({ failed: String(payload.data?.error) });
});

Amplify.configure({
  Auth: {
    Cognito: {
      userPoolId: settings.pool,
      userPoolClientId: settings.client,
      userPoolEndpoint: `https://${settings.domain}`,
      loginWith: {
        oauth: {
          domain: settings.domain,
          scopes: ['openid', 'email', 'profile', 'aws.cognito.signin.user.admin'],
          redirectSignIn: [`${location.origin}/`],
          redirectSignOut: [`${location.origin}/`],
          responseType: 'code',
        },
      },
    },
  },
});

document.getElementById('in').addEventListener('click', () => signInWithRedirect());
document.getElementById('out').addEventListener('click', () => signOut());
getCurrentUser().then(show, () => { if (!location.search.includes('code=')) tell({ nobody: true }); });
