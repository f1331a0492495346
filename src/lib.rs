//! Cenote: a user pool that you run yourself. The layer map stands in `docs/architecture.md`.

pub mod api;
pub mod app;
pub mod auth;
mod background;
pub mod cli;
pub mod clock;
pub mod config;
pub mod crypto;
pub mod cx;
pub mod demo;
pub mod dev;
pub mod domain;
pub mod error;
pub mod federation;
pub mod http;
pub mod mail;
pub mod notice;
pub mod oauth;
pub mod outside;
pub mod random;
pub mod simulated;
pub mod sms;
pub mod store;
pub mod transfer;
pub mod web;
