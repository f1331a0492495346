//! What an attacker must not manage: guessing, finding out who exists, reading secrets, wearing the server out.

mod enumeration;
mod foreign_hashes;
mod half_keys;
mod limits;
mod lockout;
mod secrets;
mod web_sites;
