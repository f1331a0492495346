//! The store, function by function, on SQLite or on PostgreSQL: what each does once, what many do at once, and that
//! no statement reads a whole table.

mod conformance;
mod passkeys;
mod plans;
mod races;
mod samples;
mod tokens;
mod users;
mod writer;
