//! Owns the OAuth and OpenID Connect protocol: authorization requests, grants, user info, revocation, logout,
//! discovery. It takes parsed values and returns values; it must not know actix or HTML.
//!
//! An authorization request lives in the URL: every step of a sign-in parses and checks it again with the same
//! ordered list ([`checks`]), so no anonymous request writes to the database and there are no dead login pages.

pub mod authorize;
pub mod checks;
pub mod client_authentication;
pub mod discovery;
pub mod grants;
pub mod logout;
pub mod parameters;
pub mod registration;
pub mod revoke;
pub mod token;
pub mod userinfo;
