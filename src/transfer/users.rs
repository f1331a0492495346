//! Owns bringing users along from elsewhere: a line of JSON each, with the hash of their password if there is one.

use std::io::BufRead;

use serde::Deserialize;

use super::TransferError;
use crate::auth::newcomers::{self, Checked, Newcomer};
use crate::cx::{Cx, PoolEntry};
use crate::domain::attribute::Attributes;
use crate::domain::ids::Sub;
use crate::domain::import_job::{Count, Fate};

/// Users that come in by one transaction.
const BATCH: usize = 200;
/// The longest line, in bytes.
const LONGEST_LINE: u64 = 256 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    username: String,
    #[serde(default)]
    attributes: Attributes,
    #[serde(default)]
    password_hash: Option<String>,
    #[serde(default)]
    groups: Vec<String>,
    #[serde(default)]
    disabled: bool,
    #[serde(default)]
    sms_mfa: bool,
}

/// Brings users into `pool`; `tell` gets a line of the report for each. Users that are there already are skipped, so
/// that the same file can be given again.
///
/// # Errors
/// When the file cannot be read or the database fails; the users reported so far are in.
pub async fn bring_along(
    cx: &Cx,
    pool: &std::sync::Arc<PoolEntry>,
    (mut file, mut tell): (impl BufRead, impl FnMut(&str)),
) -> Result<Count, TransferError> {
    let mut count = Count::default();
    let (mut batch, mut number) = (Vec::new(), 0_i64);
    loop {
        let line = read(&mut file)?;
        let is_end = line.is_none();
        if let Some(line) = line {
            number += 1;
            if !line.trim_ascii().is_empty() {
                batch.push((number, check(cx, pool, &line)));
            }
        }
        if batch.len() >= BATCH || is_end {
            for (line, fate) in keep(cx, pool, std::mem::take(&mut batch)).await? {
                count.add(&fate);
                tell(fate.report(line).trim_end());
            }
        }
        if is_end {
            return Ok(count);
        }
    }
}

/// The next line; one that is too long is cut, and so malformed.
fn read(file: &mut impl BufRead) -> Result<Option<Vec<u8>>, TransferError> {
    use std::io::Read as _;
    let failed = |cause: std::io::Error| TransferError::Refused(format!("The file cannot be read: {cause}."));
    let mut line = Vec::new();
    let read = file.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line).map_err(failed)?;
    if read as u64 == LONGEST_LINE && line.last() != Some(&b'\n') {
        file.skip_until(b'\n').map_err(failed)?;
    }
    Ok((read > 0).then_some(line))
}

fn check(cx: &Cx, pool: &PoolEntry, line: &[u8]) -> Result<Checked, String> {
    let line: Line = serde_json::from_slice(line).map_err(|fault| {
        // The parser's own text could quote a value.
        format!("The line is not understood at column {}.", fault.column())
    })?;
    let new = Newcomer {
        username: line.username,
        attributes: line.attributes,
        password_hash: line.password_hash,
        has_text_message_factor: line.sms_mfa,
        groups: line.groups,
        is_disabled: line.disabled,
    };
    newcomers::check(&pool.pool, new, (Sub(cx.random().uuid()), cx.now()))
}

type Numbered<T> = (i64, T);

async fn keep(
    cx: &Cx,
    pool: &std::sync::Arc<PoolEntry>,
    batch: Vec<Numbered<Result<Checked, String>>>,
) -> Result<Vec<Numbered<Fate>>, TransferError> {
    let pool = std::sync::Arc::clone(pool);
    let kept = cx.store.write(move |db| {
        Box::pin(async move {
            let mut fates = Vec::with_capacity(batch.len());
            for (line, checked) in batch {
                let fate = match checked {
                    Ok(checked) => newcomers::admit(db, &pool.pool, &checked).await?,
                    Err(reason) => Fate::Failed(reason),
                };
                fates.push((line, fate));
            }
            Ok(fates)
        })
    });
    Ok(kept.await?)
}
