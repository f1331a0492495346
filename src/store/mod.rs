//! Owns the database: opening, migrating, reading, writing. One SQL text serves SQLite and PostgreSQL; all that
//! differs between them stands in this file and in [`writer`]. It must not know rules, nor the clock.
//!
//! Reads take a connection from a pool. Writes are closures: on SQLite they go through one queue that commits
//! groups, on PostgreSQL each is a transaction. A lone statement is a transaction by itself. Both are answered after the
//! commit, never before.

pub mod allowances;
pub mod attempts;
pub mod auth_events;
pub mod authorization_codes;
pub mod brandings;
pub mod clients;
pub mod codes;
pub mod devices;
pub mod domains;
pub mod earlier_passwords;
pub mod factors;
pub mod families;
pub mod groups;
pub mod housekeeping;
pub mod identities;
pub mod identity_pools;
pub mod identity_providers;
pub mod import_jobs;
pub mod issuer_keys;
pub mod passkeys;
pub mod pending_attributes;
pub mod pool_identities;
pub mod pools;
mod readers;
pub mod resource_servers;
pub mod sessions;
pub mod settings;
pub mod signing_keys;
pub mod terms;
pub mod tracking;
pub mod transfer;
pub mod ui_customizations;
pub mod upstream_sessions;
pub mod user_search;
pub mod users;
mod writer;

use std::path::Path;
use std::time::Duration;

use futures_util::future::BoxFuture;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions, AnyRow};
use sqlx::{Connection as _, Executor as _, Row as _};

use crate::clock::Timestamp;
use crate::error::Error;
pub use readers::Reader;
use readers::Readers;
use writer::Writer;

/// A database connection, inside a transaction or not.
pub type Db = sqlx::AnyConnection;

/// A statement that holds its values.
type Bound = sqlx::query::Query<'static, sqlx::Any, sqlx::any::AnyArguments>;

/// One statement with its values, which is a transaction by itself.
pub struct Statement(Bound);

/// What every new SQLite connection is told: write-ahead log, every commit on disk, foreign keys, patience.
const SQLITE_PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
     PRAGMA busy_timeout = 5000; PRAGMA cache_size = -8000; PRAGMA mmap_size = 0";
/// What the connections of [`Store::read_mapped`] are told besides.
const SQLITE_MAPPING: &str = "PRAGMA mmap_size = 2147418112";
/// Readers of either kind on SQLite.
const SQLITE_READERS: usize = 4;
/// Connections to PostgreSQL.
const POSTGRES_CONNECTIONS: u32 = 16;

/// Which database to open.
#[derive(Clone, Copy)]
pub enum Database<'a> {
    /// A file, made when missing.
    Sqlite(&'a Path),
    /// A `postgres://` address.
    Postgres(&'a str),
}

/// The open database.
#[derive(Clone)]
pub struct Store {
    readers: Readers,
    mapped_readers: Readers,
    writer: Writer,
}

impl Store {
    /// Opens the database and brings it up to date.
    ///
    /// # Errors
    /// When the database cannot be reached or a migration fails.
    pub async fn open(database: Database<'_>) -> Result<Self, Error> {
        sqlx::any::install_default_drivers();
        match database {
            Database::Sqlite(file) => open_sqlite(file).await,
            Database::Postgres(address) => open_postgres(address).await,
        }
    }

    /// A connection to read from.
    ///
    /// # Errors
    /// When none becomes free in time.
    pub async fn read(&self) -> Result<Reader, Error> {
        self.readers.take().await
    }

    /// A connection to read from for what is asked many times between two commits, as tokens are looked up. On SQLite it
    /// reads where the kernel has the file, which spares a copy of every page, but must find it anew after each commit.
    ///
    /// # Errors
    /// When none becomes free in time.
    pub async fn read_mapped(&self) -> Result<Reader, Error> {
        self.mapped_readers.take().await
    }

    /// Runs `work` in a transaction and answers once it is committed. A fault rolls its changes back.
    ///
    /// # Errors
    /// The fault of `work`, or of the commit.
    pub async fn write<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Db) -> BoxFuture<'c, Result<T, Error>> + Send + 'static,
    {
        match &self.writer {
            Writer::Queue(queue) => queue.run(work).await,
            Writer::Direct(pool) => {
                let mut transaction = pool.begin().await?;
                let value = work(&mut transaction).await?;
                transaction.commit().await?;
                Ok(value)
            }
        }
    }

    /// Runs one statement, committed, and answers how many rows it changed: [`Store::write`] costs two more trips to the
    /// database, to begin and to commit.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn execute(&self, statement: Statement) -> Result<u64, Error> {
        match &self.writer {
            Writer::Queue(queue) => queue.execute(statement).await,
            Writer::Direct(pool) => Ok(statement.0.execute(pool).await?.rows_affected()),
        }
    }

    /// Whether one write begins after another's end, so that it sees all that was written (SQLite).
    #[must_use]
    pub const fn writes_in_turn(&self) -> bool {
        self.is_sqlite()
    }

    /// Whether this is SQLite.
    pub(crate) const fn is_sqlite(&self) -> bool {
        matches!(self.writer, Writer::Queue(_))
    }

    /// Whether the database answers.
    pub async fn is_ready(&self) -> bool {
        let Ok(mut connection) = self.readers.take().await else { return false };
        connection.ping().await.is_ok()
    }

    /// Waits for what is under way and closes all connections.
    pub async fn close(&self) {
        if let Writer::Queue(queue) = &self.writer {
            queue.finish().await;
        }
        self.readers.close().await;
        self.mapped_readers.close().await;
    }
}

async fn open_sqlite(file: &Path) -> Result<Store, Error> {
    let address = format!("sqlite://{}?mode=rwc", file.display());
    let options: AnyConnectOptions = address.parse()?;
    let mut connection = sqlite_connection(&options).await?;
    migrate(&mut connection).await?;
    let (mut readers, mut mapped) = (Vec::with_capacity(SQLITE_READERS), Vec::with_capacity(SQLITE_READERS));
    for _ in 0..SQLITE_READERS {
        readers.push(sqlite_connection(&options).await?);
        let mut reader = sqlite_connection(&options).await?;
        reader.execute(sqlx::raw_sql(SQLITE_MAPPING)).await?;
        mapped.push(reader);
    }
    let writer = Writer::queue(connection)?;
    Ok(Store { readers: Readers::keep(readers), mapped_readers: Readers::keep(mapped), writer })
}

async fn sqlite_connection(options: &AnyConnectOptions) -> Result<Db, Error> {
    let mut connection = Db::connect_with(options).await?;
    connection.execute(sqlx::raw_sql(SQLITE_PRAGMAS)).await?;
    Ok(connection)
}

async fn open_postgres(address: &str) -> Result<Store, Error> {
    let options: AnyConnectOptions = address.parse()?;
    let pool = AnyPoolOptions::new()
        .max_connections(POSTGRES_CONNECTIONS)
        .min_connections(1)
        .test_before_acquire(false)
        .acquire_timeout(Duration::from_secs(10))
        .connect_with(options)
        .await?;
    let mut connection = pool.acquire().await?;
    migrate(&mut connection).await?;
    drop(connection);
    let readers = Readers::Pool(pool.clone());
    Ok(Store { readers: readers.clone(), mapped_readers: readers, writer: Writer::Direct(pool) })
}

async fn migrate(connection: &mut Db) -> Result<(), Error> {
    sqlx::migrate!("src/store/migrations").run(connection).await.map_err(Error::internal)
}

impl From<sqlx::Error> for Error {
    fn from(cause: sqlx::Error) -> Self {
        Self::internal(cause)
    }
}

/// The text of a column.
fn text(row: &AnyRow, column: &str) -> Result<String, Error> {
    Ok(row.try_get(column)?)
}

/// The text of a column that may be NULL.
fn optional_text(row: &AnyRow, column: &str) -> Result<Option<String>, Error> {
    Ok(row.try_get(column)?)
}

/// The number of a column.
fn number(row: &AnyRow, column: &str) -> Result<i64, Error> {
    Ok(row.try_get(column)?)
}

/// The number of a column that may be NULL.
fn optional_number(row: &AnyRow, column: &str) -> Result<Option<i64>, Error> {
    Ok(row.try_get(column)?)
}

/// The moment in a column.
fn moment(row: &AnyRow, column: &str) -> Result<Timestamp, Error> {
    Ok(Timestamp(number(row, column)?))
}

/// A value kept as JSON text in a column.
fn document<T: serde::de::DeserializeOwned>(row: &AnyRow, column: &str) -> Result<T, Error> {
    serde_json::from_str(&text(row, column)?).map_err(Error::internal)
}

/// `value` as the JSON text of a column.
fn to_document<T: serde::Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(Error::internal)
}
