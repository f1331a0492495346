//! Owns the servers under test: child processes that are started, awaited and ended. It must not know what is asked of
//! them.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::cpu;
use crate::load::{Connection, get};

/// The longest that a start may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running child.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// From its start to its first answer.
    pub started_in: Duration,
    child: Child,
}

impl Server {
    /// Starts Cenote on a data folder that holds `cenote.toml`; its log goes to a file beside it.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn cenote(folder: &Path) -> Result<Self> {
        let port = free_port()?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_cenote"));
        command.arg("serve").arg("--config").arg(folder.join("cenote.toml")).arg("--port").arg(port.to_string());
        Self::start(&mut command, (port, "/readyz"), &folder.join("cenote.log"))
    }

    /// Starts a development server on a data folder of its own, which may ask providers on this machine.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn development(folder: &Path) -> Result<Self> {
        let port = free_port()?;
        fs::create_dir_all(folder)?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_cenote"));
        command.args(["dev", "--no-demo", "--no-providers", "--port", &port.to_string(), "--data"]).arg(folder);
        Self::start(&mut command, (port, "/readyz"), &folder.with_extension("log"))
    }

    /// Starts the floor server: this program again, over the database and with the key in `folder`.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn floor(folder: &Path) -> Result<Self> {
        let port = free_port()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("--floor").arg(folder).arg("--child-port").arg(port.to_string());
        Self::start(&mut command, (port, "/static"), &folder.join("floor.log"))
    }

    /// Starts an API that takes the tokens of `issuer`: this program again; its log goes into `folder`.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn guarded(issuer: &str, folder: &Path) -> Result<Self> {
        let port = free_port()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("--guarded").arg(issuer).arg("--child-port").arg(port.to_string());
        Self::start(&mut command, (port, "/"), &folder.join("guarded.log"))
    }

    /// Its processor time so far.
    ///
    /// # Errors
    /// When it has ended.
    pub fn processor_time(&self) -> Result<Duration> {
        cpu::of_process(self.child.id())
    }

    /// Its memory.
    ///
    /// # Errors
    /// When it has ended.
    pub fn memory(&self) -> Result<cpu::Memory> {
        cpu::memory(self.child.id())
    }

    fn start(command: &mut Command, (port, path): (u16, &str), log: &Path) -> Result<Self> {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let started = Instant::now();
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(log)?).spawn()?;
        let mut server = Self { address, started_in: Duration::ZERO, child };
        let request = get(path, "");
        while started.elapsed() < PATIENCE {
            let answer = Connection::open(address).and_then(|mut connection| connection.expect(&request, 200));
            if answer.is_ok() {
                server.started_in = started.elapsed();
                return Ok(server);
            }
            if server.child.try_wait()?.is_some() {
                break;
            }
            thread::sleep(Duration::from_millis(1));
        }
        bail!("{command:?} does not answer:\n{}", fs::read_to_string(log)?);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
