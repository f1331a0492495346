//! Cognito's own clients, unchanged but for their endpoint, against the real binary: `FULL_TESTS=1`. Their scripts
//! stand in `tests/clients`, each a list of steps that the client takes as an app would.

mod browser;
mod command_line;
mod node;
mod python;
mod record;
mod stage;
