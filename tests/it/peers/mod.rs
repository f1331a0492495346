//! Clients that others wrote, as they are installed on this machine: `FULL_TESTS=1`.

mod apache;
mod openid_client;
