//! Owns the sign-in engine, shared by the API and the hosted pages: who somebody is, what must still be proven,
//! which tokens that earns. Answers are values; it must not know actix, JSON shapes or templates.
//!
//! A password sign-in: [`sign_in::by_password()`] looks the user up, refuses a locked account, lets a worker check the
//! password, and answers `Done` or `Challenge`. Whoever acts on `Done` does so in a transaction that first calls
//! [`sign_in::Authenticated::accept`]: a guess that raced a lock is refused there.

pub mod access;
pub mod account;
pub mod administration;
pub mod allowances;
pub mod attributes;
pub mod change_password;
pub mod codes;
pub mod credential;
pub mod derived_tokens;
pub mod device;
pub mod federated;
pub mod imports;
pub mod key_rotation;
pub mod looks;
pub mod mfa;
pub mod newcomers;
pub mod passkey;
pub mod recovery;
pub mod refresh;
pub mod session;
pub mod sign_in;
pub mod sign_up;
pub mod software_token;
pub mod threat_protection;
pub mod tokens;
pub mod tracking;
pub mod user_list;
pub mod verification;
