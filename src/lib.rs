//! Cenote: a user pool that you run yourself. The layer map stands in `docs/architecture.md`.

pub mod clock;
pub mod config;
pub mod http;
pub mod mail;
pub mod notice;
pub mod random;
pub mod web;
