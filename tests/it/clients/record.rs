//! Owns the comparison of what a client called with what `docs/compatibility.md` says that it calls: the server counts
//! its calls by operation.

use std::collections::BTreeSet;

use regex::Regex;

use crate::support::Program;

/// Fails unless the program was asked for exactly the operations that the table names `client` for; of what a script
/// prepared by itself, `is_the_clients` tells the client's own calls apart.
pub async fn are_documented(program: &Program, client: &str, is_the_clients: impl Fn(&str) -> bool) {
    let metrics = program.get(&format!("{}/metrics", program.base)).await.text;
    let counter = Regex::new(r#"cenote_api_calls_total\{operation="(\w+)"\}"#).unwrap();
    let counted: BTreeSet<_> = counter.captures_iter(&metrics).map(|found| found[1].to_owned()).collect();
    let counted: BTreeSet<_> = counted.into_iter().filter(|name| is_the_clients(name)).collect();
    let row = Regex::new(r"(?m)^\| `(\w+)` \| ([^|]*) \|").unwrap();
    let table = include_str!("../../../docs/compatibility.md");
    let rows = row.captures_iter(table).filter(|row| row[2].split(", ").any(|name| name.trim() == client));
    let told: BTreeSet<_> = rows.map(|row| row[1].to_owned()).collect();
    let missing: Vec<_> = counted.difference(&told).collect();
    let invented: Vec<_> = told.difference(&counted).collect();
    assert!(
        missing.is_empty() && invented.is_empty(),
        "{client}: not in the table {missing:?}; not called {invented:?}"
    );
}

/// Whether an app calls the operation, and no administrator.
pub fn is_an_apps(operation: &str) -> bool {
    let entry = cenote::api::USER_POOLS.find(operation);
    entry.is_some_and(|entry| entry.access != cenote::api::operation::Access::Admin)
}
