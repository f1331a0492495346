//! Owns the import: the whole file is read and checked first, so that a damaged one changes nothing; then its rows are
//! kept some hundred at a time, each time with how far it got. An import that was interrupted goes on there when it is
//! run again; until it is done, its pools are not whole and no app should be let in.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use super::{Counts, Line, TransferError, VERSION, secrets};
use crate::crypto::sealed_stream::{FileSecret, OpeningReader};
use crate::cx::{Cx, new_signing_keys};
use crate::domain::ids::{ClientId, PoolId};
use crate::store;
use crate::store::transfer::{Row, Table};

/// Rows that are kept by one transaction.
const BATCH: usize = 250;
/// Rows between two lines of the log.
const PROGRESS: u64 = 100_000;
/// The longest line: no row is larger.
const LONGEST_LINE: u64 = 16 * 1024 * 1024;

struct Manifest {
    pools: Vec<PoolId>,
    has_signing_keys: bool,
}

/// Brings the pools of a file in, with the ids that they had.
///
/// # Errors
/// One sentence; nothing was changed unless it says that the database failed.
pub async fn import(cx: &Cx, file: &Path, secret: &FileSecret) -> Result<Counts, TransferError> {
    let tables = store::transfer::tables(&cx.store).await?;
    let mut check = Lines::open(file, secret)?;
    let name = format!("import/{}", check.reader.get_ref().salt);
    let mut db = cx.store.read().await?;
    let done = store::settings::fact(&mut db, &name).await?.and_then(|text| text.parse::<u64>().ok());
    drop(db);
    let (manifest, counts) = check_whole(cx, &tables, (&mut check, done.is_some())).await?;
    let mut lines = Lines::open(file, secret)?;
    lines.next()?;
    let mut keeping = Keeping { cx, name, kept: 0, done: done.unwrap_or(0), batch: Vec::new() };
    while let Some(Line::Row { table, mut row }) = lines.next()? {
        let Some(table) = tables.iter().find(|known| known.name == table) else { continue };
        secrets::seal(cx, &table.name, &mut row).map_err(|column| lines.content(format!("{column} is malformed")))?;
        keeping.take((table.clone(), row)).await?;
    }
    keeping.flush().await?;
    finish(cx, (&keeping.name, manifest)).await?;
    Ok(counts)
}

/// Reads the whole file: it is authentic, whole, fits the tables, and nothing of it is there yet.
async fn check_whole(
    cx: &Cx,
    tables: &[Table],
    (lines, is_resumed): (&mut Lines<'_>, bool),
) -> Result<(Manifest, Counts), TransferError> {
    let Some(Line::Manifest { version, pools, has_signing_keys, .. }) = lines.next()? else {
        return Err(lines.content("it does not begin as an export does"));
    };
    if version != VERSION {
        return Err(lines.content(format!("it has version {version}, this program reads {VERSION}")));
    }
    for pool in pools.iter().filter(|_| !is_resumed) {
        if store::pools::by_id(&mut *cx.store.read().await?, pool).await?.is_some() {
            return Err(TransferError::Refused(format!("The user pool {pool} is there already. Nothing was changed.")));
        }
    }
    let mut counts = Counts::new();
    loop {
        match lines.next()? {
            Some(Line::Row { table, row }) => {
                check_row(cx, tables, (&table, &row, &pools)).await.map_err(|problem| lines.content(problem))?;
                if table == "clients" && !is_resumed {
                    refuse_known_client(cx, &row).await?;
                }
                *counts.entry(table).or_default() += 1;
            }
            Some(Line::End { counts: wanted }) if wanted == counts && lines.next()?.is_none() => {
                return Ok((Manifest { pools, has_signing_keys }, counts));
            }
            _ => return Err(lines.content("it does not end as an export does")),
        }
    }
}

async fn check_row(cx: &Cx, tables: &[Table], (name, row, pools): (&str, &Row, &[PoolId])) -> Result<(), String> {
    let table = tables.iter().find(|table| table.name == name);
    let table = table.ok_or_else(|| format!("this version knows no table {name}"))?;
    if !table.fits(row) {
        return Err(format!("a row of {name} does not fit this version"));
    }
    let owner = row.get(table.owner()).and_then(serde_json::Value::as_str).unwrap_or_default();
    if !pools.iter().any(|pool| pool.as_str() == owner) {
        return Err(format!("a row of {name} belongs to no pool of the file"));
    }
    secrets::seal(cx, name, &mut row.clone()).map_err(|column| format!("{name}.{column} is malformed"))
}

async fn refuse_known_client(cx: &Cx, row: &Row) -> Result<(), TransferError> {
    let id = row.get("id").and_then(serde_json::Value::as_str).and_then(ClientId::parse);
    let Some(id) = id else { return Err(TransferError::Refused("A client id of the file is malformed.".to_owned())) };
    if store::clients::by_id(&mut *cx.store.read().await?, &id).await?.is_some() {
        return Err(TransferError::Refused(format!("The app client {id} is there already. Nothing was changed.")));
    }
    Ok(())
}

/// Rows on their way into the database.
struct Keeping<'a> {
    cx: &'a Cx,
    name: String,
    /// Rows seen so far.
    kept: u64,
    /// Rows that an earlier run kept.
    done: u64,
    batch: Vec<(Table, Row)>,
}

impl Keeping<'_> {
    async fn take(&mut self, row: (Table, Row)) -> Result<(), TransferError> {
        self.kept += 1;
        if self.kept.is_multiple_of(PROGRESS) {
            tracing::info!(rows = self.kept, "importing");
        }
        if self.kept <= self.done {
            return Ok(());
        }
        self.batch.push(row);
        if self.batch.len() >= BATCH { self.flush().await } else { Ok(()) }
    }

    async fn flush(&mut self) -> Result<(), TransferError> {
        let (batch, name, kept) = (std::mem::take(&mut self.batch), self.name.clone(), self.kept.to_string());
        let kept = self.cx.store.write(move |db| {
            Box::pin(async move {
                for (table, row) in &batch {
                    table.insert(db, row).await?;
                }
                store::settings::set_fact(db, &name, &kept).await
            })
        });
        Ok(kept.await?)
    }
}

/// Gives keys to pools that came without, forgets how far the import got, and tells running servers.
async fn finish(cx: &Cx, (name, manifest): (&str, Manifest)) -> Result<(), TransferError> {
    let mut made = Vec::new();
    for pool in manifest.pools.iter().filter(|_| !manifest.has_signing_keys) {
        made.push((pool.clone(), new_signing_keys(cx, pool, cx.now()).await?));
    }
    let name = name.to_owned();
    let finished = cx.store.write(move |db| {
        Box::pin(async move {
            for (pool, keys) in &made {
                for key in keys {
                    store::signing_keys::insert(db, pool, key).await?;
                }
            }
            store::settings::forget_fact(db, &name).await?;
            store::settings::bump(db).await
        })
    });
    finished.await?;
    cx.directory.forget();
    Ok(())
}

/// The lines of a file.
struct Lines<'a> {
    path: &'a Path,
    reader: BufReader<OpeningReader<BufReader<File>>>,
}

impl<'a> Lines<'a> {
    fn open(path: &'a Path, secret: &FileSecret) -> Result<Self, TransferError> {
        let file = File::open(path).map_err(|cause| TransferError::File(path.to_owned(), cause))?;
        let opened = OpeningReader::begin(BufReader::new(file), secret);
        let opened = opened.map_err(|cause| TransferError::Content(path.to_owned(), cause.to_string()))?;
        Ok(Self { path, reader: BufReader::new(opened) })
    }

    fn next(&mut self) -> Result<Option<Line>, TransferError> {
        use std::io::Read as _;
        let mut line = Vec::new();
        let read = self.reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line);
        if read.map_err(|cause| self.content(cause.to_string()))? == 0 {
            return Ok(None);
        }
        serde_json::from_slice(&line).map(Some).map_err(|_| self.content("a line is malformed"))
    }

    fn content(&self, problem: impl Into<String>) -> TransferError {
        TransferError::Content(self.path.to_owned(), problem.into())
    }
}
