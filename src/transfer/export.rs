//! Owns the export: every row of some pools, read from one snapshot page by page, written as it is read.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use super::{Counts, Line, TransferError, VERSION, secrets};
use crate::crypto::sealed_stream::{FileSecret, SealingWriter};
use crate::cx::Cx;
use crate::domain::ids::PoolId;
use crate::store;
use crate::store::Db;
use crate::store::transfer::{Row, Table};

/// Rows that are in memory at once.
const PAGE: i64 = 1000;
/// Rows between two lines of the log.
const PROGRESS: u64 = 100_000;

/// What to export.
pub struct Export<'a> {
    /// The pools; none means all.
    pub pools: Vec<PoolId>,
    /// Whether their signing keys go along.
    pub has_signing_keys: bool,
    /// The file, which must not be there yet.
    pub file: &'a Path,
    /// What seals it.
    pub secret: &'a FileSecret,
}

type Output = SealingWriter<BufWriter<File>>;

/// Writes pools to a file that only the owner can read; what goes wrong leaves none behind.
///
/// # Errors
/// One sentence.
pub async fn export(cx: &Cx, export: Export<'_>) -> Result<Counts, TransferError> {
    let path = export.file.to_owned();
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
    let file = file.map_err(|cause| TransferError::File(path.clone(), cause))?;
    let written = write(cx, export, file).await;
    if written.is_err() {
        drop(fs::remove_file(&path));
    }
    written
}

async fn write(cx: &Cx, export: Export<'_>, file: File) -> Result<Counts, TransferError> {
    let failed = |cause| TransferError::File(export.file.to_owned(), cause);
    let mut output = SealingWriter::begin(BufWriter::new(file), export.secret, cx.random().bytes()).map_err(failed)?;
    let tables = store::transfer::tables(&cx.store).await?;
    let mut db = store::transfer::snapshot(&cx.store).await?;
    let pools = pools(&mut db, export.pools).await?;
    let has_signing_keys = export.has_signing_keys;
    let manifest = Line::Manifest { version: VERSION, made_at: cx.now(), pools: pools.clone(), has_signing_keys };
    put(&mut output, &manifest).map_err(failed)?;
    let mut counts = Counts::new();
    for table in tables.iter().filter(|table| has_signing_keys || table.name != "signing_keys") {
        for pool in &pools {
            let mut after: Option<Row> = None;
            loop {
                let rows = table.page(&mut db, (pool, after.as_ref()), PAGE).await?;
                let Some(last) = rows.last() else { break };
                after = Some(last.clone());
                for row in rows {
                    put(&mut output, &line(cx, table, row)?).map_err(failed)?;
                    count(&mut counts, &table.name);
                }
            }
        }
    }
    store::transfer::release(db).await?;
    put(&mut output, &Line::End { counts: counts.clone() }).map_err(failed)?;
    let file = output.finish().and_then(|buffer| buffer.into_inner().map_err(std::io::IntoInnerError::into_error));
    file.and_then(|file| file.sync_all()).map_err(failed)?;
    Ok(counts)
}

fn line(cx: &Cx, table: &Table, mut row: Row) -> Result<Line, TransferError> {
    secrets::open(cx, &table.name, &mut row).map_err(|column| {
        TransferError::Refused(format!("{}.{column} does not open: is the master key the right one?", table.name))
    })?;
    Ok(Line::Row { table: table.name.clone(), row })
}

/// The pools that were asked for, or all.
async fn pools(db: &mut Db, asked: Vec<PoolId>) -> Result<Vec<PoolId>, TransferError> {
    for pool in &asked {
        if store::pools::by_id(db, pool).await?.is_none() {
            return Err(TransferError::Refused(format!("There is no user pool {pool}.")));
        }
    }
    if !asked.is_empty() {
        return Ok(asked);
    }
    let mut all: Vec<PoolId> = Vec::new();
    loop {
        let after = all.last().map_or(String::new(), ToString::to_string);
        let more = store::pools::ids(db, &after, PAGE).await?;
        if more.is_empty() {
            break;
        }
        all.extend(more);
    }
    if all.is_empty() { Err(TransferError::Refused("There is no user pool.".to_owned())) } else { Ok(all) }
}

fn count(counts: &mut Counts, table: &str) {
    let known = counts.entry(table.to_owned()).or_default();
    *known += 1;
    if known.is_multiple_of(PROGRESS) {
        tracing::info!(table, rows = *known, "exporting");
    }
}

fn put(output: &mut Output, line: &Line) -> std::io::Result<()> {
    serde_json::to_writer(&mut *output, line)?;
    output.write_all(b"\n")
}
