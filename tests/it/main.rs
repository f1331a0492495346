//! The integration tests: the real server, driven as clients and people drive it. One binary on purpose:
//! every further one would be linked against the whole crate again.

mod oauth;
mod pages;
mod resilience;
mod store;
mod support;
