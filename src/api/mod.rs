//! Owns the JSON API.

pub mod operation;

use operation::Entry;

/// All operations by family.
pub static FAMILIES: &[&[Entry]] = &[];
