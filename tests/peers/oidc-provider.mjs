// oidc-provider, a certified OpenID provider, with its own development pages: whatever name is typed signs in, with any
// password. Settings come as JSON in the first argument: the port, the metadata of the clients, and how clients may prove
// themselves.

import { Provider } from "oidc-provider";

const { port, clients, methods } = JSON.parse(process.argv[2]);
const people = {
  alice: {
    email: "alice@example.test",
    email_verified: true,
    name: "Alice Example",
    given_name: "Alice",
    family_name: "Example",
    phone_number: "+15555550100",
    phone_number_verified: true,
  },
};

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients,
  clientAuthMethods: methods,
  claims: {
    openid: ["sub"],
    email: ["email", "email_verified"],
    phone: ["phone_number", "phone_number_verified"],
    profile: ["name", "given_name", "family_name", "preferred_username"],
  },
  cookies: { keys: ["a key for the cookies of this test"] },
  features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  pkce: { required: () => true },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, preferred_username: id, name: id, email: `${id}@example.test`, ...people[id] }),
  }),
});
for (const event of ["server_error", "authorization.error", "grant.error", "userinfo.error"]) {
  provider.on(event, (_, fault) => console.error(event, fault.error, fault.error_description, fault.error_detail));
}
provider.listen(port, "127.0.0.1");
