//! Cenote: a user pool that you run yourself. The layer map stands in `docs/architecture.md`.

pub mod api;
pub mod auth;
pub mod clock;
pub mod config;
pub mod crypto;
pub mod cx;
pub mod domain;
pub mod error;
pub mod http;
pub mod mail;
pub mod notice;
pub mod random;
pub mod store;
