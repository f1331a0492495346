//! The `cenote` program.

fn main() {}
