//! All integration tests, as one binary: they share one build and one link. Each module is one subject; the real
//! server is driven as clients and people drive it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so by failing")]
#![allow(
    clippy::needless_pass_by_value,
    clippy::print_stdout,
    reason = "tests read better with JSON values in place, and say what they skip"
)]

mod api;
mod architecture;
mod browser;
mod command_line;
mod crash;
mod demo;
mod federation;
mod oauth;
mod pages;
mod peers;
mod providers;
mod resilience;
mod security;
mod smtp;
mod store;
mod support;
mod text_messages;
mod transfer;
