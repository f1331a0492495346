//! Owns the connections that reads take turns on. SQLite's are kept here and not in sqlx's pool, which pings every
//! connection that comes back: a second trip to the connection's thread, as dear as the read itself. The first free
//! one is taken, so that its page cache stays warm and those of the others stay small. It must not know what is read.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyPool};
use tokio::sync::{Mutex, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

use super::Db;
use crate::error::Error;

/// The longest that a reader waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where readers get a connection.
#[derive(Clone)]
pub enum Readers {
    /// A fixed number of connections (SQLite).
    Kept(Arc<Kept>),
    /// A pool that replaces broken connections (PostgreSQL).
    Pool(AnyPool),
}

/// Connections that stay open.
pub struct Kept {
    connections: Vec<Arc<Mutex<Db>>>,
    turns: Arc<Semaphore>,
}

/// A connection to read from. A read that is given up half-way leaves it usable: the connection's thread finishes the
/// statement before it takes the next one.
pub enum Reader {
    /// One of those that stay open. The connection is free again before its turn is.
    Kept(OwnedMutexGuard<Db>, OwnedSemaphorePermit),
    /// One of a pool.
    Pooled(PoolConnection<Any>),
}

impl Readers {
    /// Takes turns on `connections`.
    pub fn keep(connections: Vec<Db>) -> Self {
        let turns = Arc::new(Semaphore::new(connections.len()));
        let connections = connections.into_iter().map(|connection| Arc::new(Mutex::new(connection))).collect();
        Self::Kept(Arc::new(Kept { connections, turns }))
    }

    /// A connection, as soon as one is free.
    ///
    /// # Errors
    /// When none becomes free in time, or all are closed.
    pub async fn take(&self) -> Result<Reader, Error> {
        match self {
            Self::Kept(kept) => kept.take().await,
            Self::Pool(pool) => Ok(Reader::Pooled(pool.acquire().await?)),
        }
    }

    /// Lets nobody read any more, after those who are reading.
    pub async fn close(&self) {
        match self {
            Self::Kept(kept) => {
                let everyone = u32::try_from(kept.connections.len()).unwrap_or(u32::MAX);
                drop(kept.turns.acquire_many(everyone).await);
                kept.turns.close();
            }
            Self::Pool(pool) => pool.close().await,
        }
    }
}

impl Kept {
    async fn take(&self) -> Result<Reader, Error> {
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn.map_err(|_| Error::internal("no connection to read from became free"))?;
        let turn = turn.map_err(Error::internal)?;
        let free = self.connections.iter().find_map(|connection| Arc::clone(connection).try_lock_owned().ok());
        let free = free.ok_or_else(|| Error::internal("more turns than connections to read from"))?;
        Ok(Reader::Kept(free, turn))
    }
}

impl Deref for Reader {
    type Target = Db;

    fn deref(&self) -> &Db {
        match self {
            Self::Kept(connection, _) => connection,
            Self::Pooled(connection) => connection,
        }
    }
}

impl DerefMut for Reader {
    fn deref_mut(&mut self) -> &mut Db {
        match self {
            Self::Kept(connection, _) => connection,
            Self::Pooled(connection) => connection,
        }
    }
}
