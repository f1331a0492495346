//! The plan of every statement: none reads a whole table. The texts are read from the source, so that a new one is
//! looked at as well.

use std::collections::BTreeMap;
use std::path::Path;

use cenote::store::{Database, Store};
use regex::Regex;
use sqlx::{AssertSqlSafe, Row as _};

use crate::support::app::unique;

/// Statements that may read a whole table, with the reason.
const EXCEPTIONS: [(&str, &str); 0] = [];

/// `file NAME` and text of every constant that holds a statement.
fn statements() -> BTreeMap<String, String> {
    let constant = Regex::new(r#"const ([A-Z_]+): &str =\s*"((?:[^"\\]|\\(?s:.))*)";"#).unwrap();
    let continued = Regex::new(r"\\\n\s*").unwrap();
    let mut found = BTreeMap::new();
    for (file, source) in sources() {
        for capture in constant.captures_iter(&source) {
            let text = continued.replace_all(&capture[2], "").into_owned();
            if ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"].iter().any(|verb| text.starts_with(verb)) {
                found.insert(format!("{file} {}", &capture[1]), text);
            }
        }
    }
    found
}

fn sources() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|ending| ending == "rs"));
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    files.map(|path| (name(&path), std::fs::read_to_string(&path).unwrap())).collect()
}

async fn sqlite() -> Store {
    let file = std::env::temp_dir().join(format!("cenote-test-{}.sqlite", unique()));
    Store::open(Database::Sqlite(&file)).await.unwrap()
}

/// The plan of `statement`; NULL stands for every parameter.
async fn plan(store: &Store, statement: &str) -> Vec<String> {
    let parameter = Regex::new(r"\$(\d+)").unwrap();
    let numbers = parameter.captures_iter(statement).map(|capture| capture[1].parse::<usize>().unwrap());
    let mut query = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}")));
    for _ in 0..numbers.max().unwrap_or(0) {
        query = query.bind(None::<String>);
    }
    let rows =
        query.fetch_all(&mut *store.read().await.unwrap()).await.unwrap_or_else(|fault| panic!("{statement}: {fault}"));
    rows.iter().map(|row| row.get("detail")).collect()
}

/// What the plan of `statement` reads whole.
async fn scans(store: &Store, statement: &str) -> Vec<String> {
    let details = plan(store, statement).await.into_iter();
    let is_of_table = |detail: &String| {
        let scanned = detail.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next());
        scanned.is_some_and(|name| name != "CONSTANT" && !statement.contains(&format!(") AS {name}")))
    };
    details.filter(is_of_table).collect()
}

#[actix_web::test]
async fn no_statement_reads_a_whole_table() {
    let store = sqlite().await;
    let statements = statements();
    assert!(statements.len() > 50, "only {} statements were found", statements.len());
    for (name, statement) in &statements {
        let found = scans(&store, statement).await;
        let is_exception = EXCEPTIONS.iter().any(|(known, _)| known == name);
        assert_eq!(!found.is_empty(), is_exception, "{name}: {found:?}\n{statement}");
    }
}

#[actix_web::test]
async fn a_statement_that_reads_a_whole_table_would_be_noticed() {
    let store = sqlite().await;
    let bad = [
        "SELECT sub FROM users WHERE username = $1",
        "SELECT u.sub FROM users AS u WHERE u.status = $1",
        "UPDATE families SET revoked_at = $1 WHERE revoked_at IS NULL",
        "DELETE FROM sessions WHERE auth_time < $1",
        "SELECT COUNT(*) FROM (SELECT 1 AS one FROM users WHERE status = $1) AS some_users",
        "SELECT f.id FROM clients AS c JOIN families AS f ON f.client_id = c.name",
        "DELETE FROM codes WHERE (pool_id, sub) IN (SELECT pool_id, sub FROM users WHERE enabled = $1)",
    ];
    for statement in bad {
        assert!(!scans(&store, statement).await.is_empty(), "{statement}");
    }
}

#[actix_web::test]
async fn no_statement_of_an_export_reads_a_whole_table() {
    let store = sqlite().await;
    let tables = cenote::store::transfer::tables(&store).await.unwrap();
    assert!(tables.len() > 12, "only {} tables were found", tables.len());
    for table in tables {
        for is_continued in [false, true] {
            let statement = table.select(is_continued);
            assert!(scans(&store, &statement).await.is_empty(), "{statement}");
        }
    }
}

#[actix_web::test]
async fn a_bearer_is_looked_up_without_the_row_of_the_family() {
    let statement = &statements()["users.rs BEARER"];
    let plan = plan(&sqlite().await, statement).await;
    for index in ["COVERING INDEX sqlite_autoindex_families_1", "INDEX families_revoked"] {
        assert!(plan.iter().any(|step| step.contains(index)), "{index}: {plan:?}");
    }
    assert_eq!(plan.iter().filter(|step| step.contains("families")).count(), 2, "{plan:?}");
}

#[test]
fn every_query_runs_a_constant_that_is_looked_at() {
    let call = Regex::new(r"sqlx::query\w*\(\s*([^)]*?)\s*\)").unwrap();
    let known: Vec<String> = statements().into_keys().collect();
    for (file, source) in sources() {
        for capture in call.captures_iter(&source) {
            let argument = &capture[1];
            let is_constant = known.contains(&format!("{file} {argument}"));
            let is_one_of_a_list = file == "housekeeping.rs" && argument == "statement";
            // Looked at by a test of their own, but for the one that reads the catalogue.
            let is_made_for_a_table = file == "transfer.rs";
            assert!(is_constant || is_one_of_a_list || is_made_for_a_table, "{file} runs {argument}");
        }
    }
}

#[actix_web::test]
async fn every_foreign_key_has_an_index_so_that_deleting_reads_no_whole_table() {
    let store = sqlite().await;
    let mut db = store.read().await.unwrap();
    let tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'";
    let tables = sqlx::query(tables).fetch_all(&mut *db).await.unwrap();
    let mut keys = 0;
    for table in tables.iter().map(|row| row.get::<String, _>("name")) {
        let list = format!("SELECT id, \"from\" AS name FROM pragma_foreign_key_list('{table}') ORDER BY id, seq");
        let mut wanted: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        for row in sqlx::query(AssertSqlSafe(list)).fetch_all(&mut *db).await.unwrap() {
            wanted.entry(row.get("id")).or_default().push(row.get("name"));
        }
        for columns in wanted.values() {
            keys += 1;
            let condition: Vec<_> = columns.iter().map(|column| format!("{column} = $1")).collect();
            let probe = format!("SELECT 1 FROM {table} WHERE {}", condition.join(" AND "));
            assert!(scans(&store, &probe).await.is_empty(), "{table} {columns:?}");
        }
    }
    assert!(keys > 8, "{keys} foreign keys were found");
}
