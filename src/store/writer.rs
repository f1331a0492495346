//! Owns SQLite's single writer: a queue whose jobs share transactions, so that one `fsync` serves many callers.
//! Each job runs inside a savepoint of its own: its fault undoes its changes and nobody else's. A lone statement needs
//! none while nothing else is written.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use sqlx::{AnyPool, Executor as _};
use tokio::sync::{Mutex, mpsc, oneshot};

use super::{Db, Statement};
use crate::error::Error;

/// Jobs that may wait; further callers are told to slow down.
const LONGEST_QUEUE: usize = 1024;
/// Jobs that one commit may serve.
const LARGEST_GROUP: usize = 64;

/// How writes reach the database.
#[derive(Clone)]
pub enum Writer {
    /// Through one queue (SQLite).
    Queue(Queue),
    /// Each in a transaction of its own (PostgreSQL).
    Direct(AnyPool),
}

/// The end of the queue that callers hold, and the connection that it leads to.
#[derive(Clone)]
pub struct Queue {
    jobs: mpsc::Sender<Job>,
    connection: Arc<Mutex<Db>>,
}

/// What tells the caller how it ended, once the commit's fate is known.
type Report = Box<dyn FnOnce(Result<(), String>) + Send>;

type Work = Box<dyn for<'c> FnOnce(&'c mut Db) -> BoxFuture<'c, (bool, Report)> + Send>;

enum Job {
    Write(Work),
    Finish(oneshot::Sender<()>),
}

impl Writer {
    /// Starts the queue over `connection`, on a thread of its own: one that waits for nothing but the queue and the
    /// connection is woken more cheaply than one that also serves requests. It ends with the last caller.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn queue(connection: Db) -> Result<Self, Error> {
        let (sender, receiver) = mpsc::channel(LONGEST_QUEUE);
        let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(Error::internal)?;
        let writer = std::thread::Builder::new().name("cenote-writer".to_owned());
        let connection = Arc::new(Mutex::new(connection));
        let shared = Arc::clone(&connection);
        writer.spawn(move || runtime.block_on(serve(&shared, receiver))).map_err(Error::internal)?;
        Ok(Self::Queue(Queue { jobs: sender, connection }))
    }
}

impl Queue {
    /// Runs `work` and answers after its commit.
    pub async fn run<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Db) -> BoxFuture<'c, Result<T, Error>> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let job: Work = Box::new(move |db| {
            Box::pin(async move {
                let outcome = AssertUnwindSafe(work(db)).catch_unwind().await;
                let outcome = outcome.unwrap_or_else(|_| Err(Error::internal("a write panicked")));
                let is_ok = outcome.is_ok();
                let report: Report = Box::new(move |commit| {
                    let told = outcome.and_then(|value| commit.map(|()| value).map_err(Error::internal));
                    drop(sender.send(told));
                });
                (is_ok, report)
            })
        });
        self.jobs.try_send(Job::Write(job)).map_err(|fault| match fault {
            mpsc::error::TrySendError::Full(_) => Error::TooManyRequests,
            mpsc::error::TrySendError::Closed(_) => Error::internal("the database is closed"),
        })?;
        receiver.await.map_err(Error::internal)?
    }

    /// Runs `statement` and answers after its commit how many rows it changed. Where nothing is being written there is no
    /// commit to share: SQLite commits the statement by itself.
    pub async fn execute(&self, statement: Statement) -> Result<u64, Error> {
        if let Ok(mut connection) = self.connection.try_lock() {
            return execute(&mut connection, statement).await;
        }
        self.run(move |db| Box::pin(execute(db, statement))).await
    }

    /// Waits until everything queued so far is committed.
    pub async fn finish(&self) {
        let (sender, receiver) = oneshot::channel();
        if self.jobs.send(Job::Finish(sender)).await.is_ok() {
            drop(receiver.await);
        }
    }
}

async fn execute(db: &mut Db, statement: Statement) -> Result<u64, Error> {
    Ok(statement.0.execute(db).await?.rows_affected())
}

async fn serve(connection: &Mutex<Db>, mut jobs: mpsc::Receiver<Job>) {
    while let Some(job) = jobs.recv().await {
        let mut connection = connection.lock().await;
        match job {
            Job::Finish(done) => _ = done.send(()),
            Job::Write(work) => commit_group(&mut connection, work, &mut jobs).await,
        }
    }
}

/// Runs `first` and what else waits in one transaction.
async fn commit_group(db: &mut Db, first: Work, jobs: &mut mpsc::Receiver<Job>) {
    let mut reports = Vec::new();
    let mut finish = None;
    let mut next = Some(first);
    let mut fate = control(db, "BEGIN IMMEDIATE; SAVEPOINT job").await;
    while let Some(work) = next.take() {
        if fate.is_ok() {
            let (is_ok, report) = work(db).await;
            reports.push(report);
            let close =
                if is_ok { "RELEASE job; SAVEPOINT job" } else { "ROLLBACK TO job; RELEASE job; SAVEPOINT job" };
            if reports.len() < LARGEST_GROUP {
                next = take_work(jobs, &mut finish);
            }
            if next.is_some() || !is_ok {
                fate = control(db, close).await;
            }
        } else {
            // The transaction is lost; the job must not run outside it, and dropping it tells its caller.
            drop(work);
        }
    }
    if fate.is_ok() {
        fate = control(db, "COMMIT").await;
    }
    if fate.is_err() {
        // After a failed commit (a full disk) SQLite may still hold the transaction open.
        drop(control(db, "ROLLBACK").await);
    }
    for report in reports {
        report(fate.clone());
    }
    if let Some(done) = finish {
        _ = done.send(());
    }
}

fn take_work(jobs: &mut mpsc::Receiver<Job>, finish: &mut Option<oneshot::Sender<()>>) -> Option<Work> {
    match jobs.try_recv() {
        Ok(Job::Write(work)) => Some(work),
        Ok(Job::Finish(done)) => {
            *finish = Some(done);
            None
        }
        Err(_) => None,
    }
}

async fn control(db: &mut Db, statements: &'static str) -> Result<(), String> {
    db.execute(sqlx::raw_sql(statements)).await.map(|_| ()).map_err(|cause| cause.to_string())
}
