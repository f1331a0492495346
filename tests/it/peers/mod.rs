//! Clients that others wrote, as they are installed on this machine: `FULL_TESTS=1`.

mod apache;
mod boto3;
mod identity;
mod openid_client;
