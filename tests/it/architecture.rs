//! Owns the rules of the source tree: who may import whom, who may name which library, how long a file may be, how
//! it begins. It reads text only; it must not know what the code does.

use std::fs;
use std::path::{Path, PathBuf};

/// The modules from the bottom to the top, each with what it may use of this crate; it may always use itself.
/// A line names only lines above it, so every import points downward. `crypto::digest` allows that module and no
/// other of `crypto`. The same table stands in `docs/architecture.md`.
const LAYERS: &[(&str, &[&str])] = &[
    ("clock", &[]),
    ("random", &[]),
    ("http", &[]),
    ("config", &[]),
    ("crypto", &[]),
    ("domain", &["clock"]),
    ("error", &["domain"]),
    ("sms", &["clock", "http", "config", "crypto::sigv4"]),
    ("mail", &["clock", "sms"]),
    ("notice", &["clock", "mail"]),
    ("store", &["clock", "domain", "error"]),
    ("outside", &["clock", "random", "http", "mail"]),
    ("federation", &["clock", "random", "http", "crypto", "domain", "outside"]),
    (
        "cx",
        &["clock", "random", "http", "config", "crypto", "domain", "error", "mail", "store", "outside", "federation"],
    ),
    ("auth", &["clock", "random", "crypto", "domain", "error", "mail", "notice", "store", "federation", "cx"]),
    ("oauth", &["clock", "crypto", "domain", "error", "store", "cx", "auth"]),
    ("api", &["clock", "crypto::digest", "domain", "error", "mail", "store", "federation", "cx", "auth"]),
    (
        "web",
        &[
            "clock",
            "crypto::digest",
            "crypto::sigv4",
            "domain",
            "error",
            "mail",
            "store::sessions::Session",
            "federation::Arrival",
            "federation::Departure",
            "federation::FederationFault",
            "federation::Pending",
            "cx",
            "auth",
            "oauth",
            "api",
        ],
    ),
    ("demo", &["clock", "random", "http", "config"]),
    ("simulated", &["clock", "random", "crypto"]),
    ("background", &["error", "store", "cx", "auth"]),
    ("app", &["clock", "random", "config", "crypto::tls_certificate", "error", "store", "cx", "web", "background"]),
    ("dev", &["error", "store", "cx", "api"]),
    ("transfer", &["clock", "crypto::sealed_stream", "domain", "error", "store", "cx", "auth"]),
    (
        "cli",
        &[
            "clock",
            "random",
            "http",
            "config",
            "crypto::sealed_stream",
            "domain::ids::PoolId",
            "mail",
            "sms",
            "cx",
            "demo",
            "simulated",
            "app",
            "dev",
            "transfer",
        ],
    ),
];

/// Libraries that shape the code around them, each with the modules that may name it.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("sqlx", &["store"]),
    ("actix_web", &["web", "demo", "simulated", "background", "app", "cli", "main"]),
    ("askama", &["web", "demo", "simulated", "notice"]),
    ("figment", &["config"]),
    ("clap", &["cli", "main"]),
    ("openidconnect", &["demo", "federation"]),
    ("argon2", &["crypto"]),
    ("jsonwebtoken", &["crypto", "demo", "federation"]),
    ("openssl", &["crypto"]),
    ("webauthn_rs_core", &["crypto"]),
];

const LONGEST_FILE: usize = 400;

#[test]
fn the_source_tree_keeps_its_rules() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    assert!(files.len() > 100, "only {} files under {}", files.len(), root.display());
    let faults: Vec<String> = files
        .iter()
        .flat_map(|file| {
            let path = file.strip_prefix(&root).unwrap().to_str().unwrap();
            violations(path, &fs::read_to_string(file).unwrap())
        })
        .collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn the_layer_table_points_downward() {
    for (position, (module, allowed)) in LAYERS.iter().enumerate() {
        for path in *allowed {
            let below = path.split("::").next().unwrap();
            assert!(LAYERS[..position].iter().any(|(name, _)| *name == below), "{module} → {path} is not downward");
        }
    }
}

#[test]
fn the_layer_table_of_the_documentation_is_this_one() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md");
    let document = fs::read_to_string(file).unwrap();
    for (module, allowed) in LAYERS {
        let list = allowed.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ");
        let cell = if list.is_empty() { "nothing of ours".to_owned() } else { list };
        let row = format!("| `{module}` | {cell} |");
        assert!(document.contains(&row), "docs/architecture.md lacks the row\n{row}");
    }
}

/// Files that break the rules, each with the word that the complaint must contain; an empty word wants none.
const SAMPLES: &[(&str, &str, &str)] = &[
    ("store/users.rs", "//! A.\nuse crate::auth::tokens;\n", "auth::tokens"),
    ("domain/user.rs", "//! A.\nuse crate::{clock::Timestamp, store::{self, Db}};\n", "store::Db"),
    ("domain/user.rs", "//! A.\nuse crate::{\n    clock::Timestamp,\n    cx::Cx,\n};\n", "cx::Cx"),
    ("oauth/token.rs", "//! A.\nfn a() { crate::web::pages::show(); }\n", "web::pages::show"),
    ("oauth/token.rs", "//! A.\nuse super::super::api::find;\n", "api::find"),
    ("clock.rs", "//! A.\nuse super::cx::Cx;\n", "cx::Cx"),
    ("api/groups.rs", "//! A.\nuse crate::crypto::jwt;\n", "crypto::jwt"),
    ("api/groups.rs", "//! A.\nuse crate::oauth::token;\n", "oauth::token"),
    ("web/api.rs", "//! A.\nuse crate::store::users;\n", "store::users"),
    ("web/api.rs", "//! A.\nfn a() { sqlx::query(\"SELECT 1\"); }\n", "sqlx"),
    ("auth/sign_in.rs", "//! A.\nuse actix_web::HttpResponse;\n", "actix_web"),
    ("demo/routes.rs", "//! A.\nuse crate::crypto::seal;\n", "crypto::seal"),
    ("surprise.rs", "//! A.\n", "no line"),
    ("api/groups.rs", "use crate::cx::Cx;\n", "first line"),
    ("domain/user.rs", "//! See [`crate::web`].\n// crate::web, sqlx\nuse crate::clock::Timestamp;\n", ""),
    ("notice.rs", "//! A.\nmod tests {\n    use super::*;\n}\n", ""),
    ("api/groups.rs", "//! A.\nuse super::wire;\nuse crate::crypto::digest;\nuse crate::cx::{Cx, Mode};\n", ""),
];

#[test]
fn a_file_that_breaks_a_rule_is_caught() {
    for (path, text, word) in SAMPLES {
        let faults = violations(path, text);
        if word.is_empty() {
            assert_eq!(faults, Vec::<String>::new(), "{path}");
        } else {
            assert!(faults.iter().any(|fault| fault.contains(word)), "{path}: {word}: {faults:?}");
        }
    }
    let long = format!("//! A.\n{}", "\n".repeat(LONGEST_FILE));
    assert!(violations("clock.rs", &long)[0].contains("401 lines"));
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// What is wrong with the file at `path`, seen from `src`.
fn violations(path: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let lines = text.lines().count();
    if lines > LONGEST_FILE {
        faults.push(format!("{path}: {lines} lines, at most {LONGEST_FILE} are allowed"));
    }
    if !text.starts_with("//! ") {
        faults.push(format!("{path}: the first line must start with //! and say what the file owns"));
    }
    let module = path.split('/').next().unwrap_or(path).trim_end_matches(".rs");
    let code = without_comments(text);
    for (library, allowed) in LIBRARIES {
        if !allowed.contains(&module) && after(&code, library).any(|rest| rest.starts_with("::")) {
            faults.push(format!("{path}: `{library}` may be named in {allowed:?} only"));
        }
    }
    match LAYERS.iter().find(|(name, _)| *name == module) {
        Some((_, allowed)) => {
            let forbidden = paths(path, &code).into_iter().filter(|path| !is_allowed(path, (module, allowed)));
            faults.extend(forbidden.map(|used| format!("{path}: `{module}` may not use `crate::{used}`")));
        }
        None if matches!(module, "lib" | "main") => {}
        None => faults.push(format!("{path}: `{module}` has no line in the layer table")),
    }
    faults
}

fn is_allowed(used: &str, (module, allowed): (&str, &[&str])) -> bool {
    let is_within =
        |outer: &str| used.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"));
    is_within(module) || allowed.iter().any(|path| is_within(path))
}

fn without_comments(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// What follows each whole word `word`.
fn after<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = &'a str> {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    code.match_indices(word).filter_map(move |(start, _)| {
        let is_whole = !code[..start].ends_with(is_part) && !code[start + word.len()..].starts_with(is_part);
        is_whole.then(|| &code[start + word.len()..])
    })
}

/// Every path into this crate, without its `crate::`. Climbing by `super::` up to the root counts as well.
fn paths(file: &str, code: &str) -> Vec<String> {
    let depth = file.split('/').filter(|part| *part != "mod.rs").count();
    let climb = "super::".repeat(depth);
    let from_root = after(code, "crate").filter_map(|rest| rest.strip_prefix("::"));
    let mut paths: Vec<String> = from_root.flat_map(|rest| tree(rest).0).collect();
    let climbed = code.match_indices(&climb).flat_map(|(start, _)| tree(&code[start + climb.len()..]).0);
    let is_module = |path: &String| LAYERS.iter().any(|(name, _)| path.split("::").next() == Some(*name));
    paths.extend(climbed.filter(is_module));
    paths
}

/// The paths of the use tree that `code` begins with, and what follows it: `a::{self, b::c}` is `a` and `a::b::c`.
fn tree(code: &str) -> (Vec<String>, &str) {
    if let Some(mut rest) = code.strip_prefix('{') {
        let mut paths = Vec::new();
        loop {
            rest = rest.trim_start_matches([',', ' ', '\n']);
            if rest.is_empty() || rest.starts_with('}') {
                return (paths, rest.strip_prefix('}').unwrap_or(rest));
            }
            let (branch, following) = tree(rest);
            let is_stuck = following.len() == rest.len();
            paths.extend(branch);
            rest = if is_stuck { "" } else { following };
        }
    }
    let end = code.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(code.len());
    let (name, rest) = code.split_at(end);
    let Some(below) =
        rest.strip_prefix("::").filter(|below| below.starts_with(|c: char| c.is_alphabetic() || c == '{'))
    else {
        let renamed = rest.strip_prefix(" as ").map_or(rest, |rest| tree(rest).1);
        return (vec![name.to_owned()], renamed);
    };
    let (branches, rest) = tree(below);
    let join = |branch: String| if branch == "self" { name.to_owned() } else { format!("{name}::{branch}") };
    (branches.into_iter().map(join).collect(), rest)
}
