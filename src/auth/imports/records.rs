//! Owns the reading of an import file: its header, and what a record says about somebody. Values that look like
//! formulas are text like any other. It must not know how users are kept.

use crate::auth::newcomers::{Newcomer, family_of};
use crate::domain::pool::Pool;

/// The column of user names.
const USERNAME: &str = "cognito:username";
/// The column that asks for a code by text message.
const MFA_ENABLED: &str = "cognito:mfa_enabled";
/// The column of hashes, in files of jobs that name a hashing algorithm.
const PASSWORD_HASH: &str = "cognito:password_hash";
/// Stands for a comma that a backslash protects, while records are taken apart: Cognito's files may have either that
/// or quotes.
const PROTECTED_COMMA: char = '\u{1}';

/// The columns of a file.
pub struct Header(Vec<String>);

/// One record, or why it is none, with its line.
pub type Record = (i64, Result<Newcomer, String>);

/// The header of a pool's files (GetCSVHeader).
#[must_use]
pub fn header_of(pool: &Pool) -> Vec<String> {
    let attributes = pool.settings.schema.iter().map(|known| known.name.clone()).filter(|name| name != "sub");
    let (custom, standard): (Vec<String>, Vec<String>) = attributes.partition(|name| name.contains(':'));
    standard.into_iter().chain(custom).chain([MFA_ENABLED, USERNAME].map(str::to_owned)).collect()
}

impl Header {
    /// Reads the first record of a file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(pool: &Pool, content: &str, has_hashes: bool) -> Result<Self, String> {
        let mut reader = reader(content);
        let first = reader.records().next().and_then(Result::ok).ok_or("The CSV file has no header.")?;
        let names: Vec<String> = first.iter().map(|name| name.trim().to_owned()).collect();
        let mut wanted = header_of(pool);
        if has_hashes {
            wanted.push(PASSWORD_HASH.to_owned());
        }
        let is_twice = (1..names.len()).any(|place| names[..place].contains(&names[place]));
        let is_whole = wanted.iter().all(|name| names.contains(name));
        if is_twice || !is_whole || names.len() != wanted.len() {
            return Err("The header in the CSV file does not match the expected headers.".to_owned());
        }
        Ok(Self(names))
    }

    /// The records of a piece of the file; `is_first` where it begins with the header.
    #[must_use]
    pub fn records(&self, content: &str, (first_line, is_first): (i64, bool), family: Option<&str>) -> Vec<Record> {
        let protected = content.replace("\\,", &PROTECTED_COMMA.to_string());
        let mut reader = reader(&protected);
        let mut found = Vec::new();
        for record in reader.records().skip(usize::from(is_first)) {
            let Ok(record) = record else {
                found.push((first_line, Err("The record cannot be parsed.".to_owned())));
                continue;
            };
            let line = record.position().map_or(0, csv::Position::line);
            let line = first_line + i64::try_from(line).unwrap_or(i64::MAX).saturating_sub(1);
            if record.len() == 1 && record[0].trim().is_empty() {
                continue;
            }
            if record.len() != self.0.len() {
                found.push((line, Err("The number of columns does not match that of the header.".to_owned())));
                continue;
            }
            let values = record.iter().map(|value| value.trim().replace(PROTECTED_COMMA, ","));
            found.push((line, newcomer(self.0.iter().map(String::as_str).zip(values), family)));
        }
        found
    }
}

fn newcomer<'a>(values: impl Iterator<Item = (&'a str, String)>, family: Option<&str>) -> Result<Newcomer, String> {
    let mut new = Newcomer::default();
    for (name, value) in values {
        match name {
            USERNAME => new.username = value,
            MFA_ENABLED => new.has_text_message_factor = flag(name, &value)?,
            PASSWORD_HASH if value.is_empty() => {}
            PASSWORD_HASH if family_of(&value) == family => new.password_hash = Some(value),
            PASSWORD_HASH => return Err("The password hash does not fit the job's hashing algorithm.".to_owned()),
            "email_verified" | "phone_number_verified" => {
                let is_verified = flag(name, &value)?;
                new.attributes.insert(name.to_owned(), is_verified.to_string());
            }
            _ => _ = new.attributes.insert(name.to_owned(), value),
        }
    }
    Ok(new)
}

fn flag(name: &str, value: &str) -> Result<bool, String> {
    match value.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" | "" => Ok(false),
        _ => Err(format!("{name} must be true or false.")),
    }
}

/// A carriage return before the line feed is trimmed with the last value: as part of the terminator, it would make the
/// library count lines too low.
fn reader(content: &str) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .terminator(csv::Terminator::Any(b'\n'))
        .from_reader(content.as_bytes())
}
