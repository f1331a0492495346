//! The identity pools API: one file per family, as for user pools.

mod constraints;
mod developer;
mod identities;
mod pools;
mod roles;
mod tags;
mod tokens;
mod wire;

use super::operation::Entry;

/// Every operation of the identity pools API, by family.
pub static FAMILIES: &[&[Entry]] = &[
    pools::OPERATIONS,
    identities::OPERATIONS,
    tokens::OPERATIONS,
    developer::OPERATIONS,
    roles::OPERATIONS,
    tags::OPERATIONS,
];
