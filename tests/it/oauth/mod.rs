//! The OAuth and OpenID Connect endpoints, as a relying party sees them.

mod authorize;
mod claims;
mod client_authentication;
mod code_flow;
mod discovery;
mod forgeries;
mod key_rotation;
mod logout;
mod prompts;
mod refresh;
mod registration;
mod revoke;
mod token;
mod userinfo;
