//! The demo site against the real pool: sessions under load, over time, after their end, and with a pool in trouble.

mod at_work;
mod endings;
mod renewal;
mod stage;
mod trouble;
