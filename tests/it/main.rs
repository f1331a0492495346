//! The integration tests: the real server, driven as clients and people drive it. One binary on purpose:
//! every further one would be linked against the whole crate again.

mod browser;
mod command_line;
mod crash;
mod demo;
mod oauth;
mod peers;
mod smtp;
mod support;
