//! Cenote: a user pool that you run yourself. The layer map stands in `docs/architecture.md`.

pub mod clock;
pub mod config;
pub mod demo;
pub mod http;
pub mod mail;
pub mod random;
