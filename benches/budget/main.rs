//! Measures the performance budget and prints it as a table, the measured columns beside the targets. `cargo bench
//! --bench budget` runs all of it; `-- --quick` is a shorter run, `-- --only W2` a part of it.
//!
//! Every figure is the server's processor time for one request, from `/proc`, over sixteen keep-alive connections,
//! beside a floor server that does only the unavoidable cryptography (`floor`), in alternating rounds of which the
//! median counts. The unit S is one RSA-2048 signature, measured in the same run.

mod belongings;
mod cpu;
mod floor;
mod guarded;
mod load;
mod measure;
mod report;
mod seed;
mod server;
mod srp;
mod upstream;
mod workloads;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Parser;

use measure::Units;
use report::{Report, say};
use seed::Seeded;
use server::Server;
use workloads::WORKLOADS;

#[derive(Parser)]
struct Flags {
    /// Fewer rounds, fewer users, fewer tokens.
    #[arg(long)]
    quick: bool,
    /// Only these workloads, such as W2; may be given several times.
    #[arg(long)]
    only: Vec<String>,
    /// Be the floor server over this data folder.
    #[arg(long, hide = true)]
    floor: Option<PathBuf>,
    /// Be an API that takes the tokens of this issuer.
    #[arg(long, hide = true)]
    guarded: Option<String>,
    /// The port of what this program is besides.
    #[arg(long, hide = true, default_value_t = 0)]
    child_port: u16,
    /// What `cargo bench` passes to every program.
    #[arg(long, hide = true)]
    bench: bool,
}

/// How much to do.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Rounds whose median counts.
    pub rounds: usize,
    /// Work in a round, as a multiple of the quick run's.
    pub effort: usize,
    /// Users of the large pool.
    pub many_users: usize,
    /// Tokens after which memory is looked at.
    pub tokens: usize,
}

/// A run: what to measure with, and the servers.
pub struct Bench {
    /// How much to do.
    pub plan: Plan,
    /// The units.
    pub units: Units,
    /// The floor server.
    pub floor: Server,
    /// Cenote over [`Bench::seeded`].
    pub cenote: Server,
    /// A data folder with a thousand users.
    pub seeded: Seeded,
    /// Where more data folders can be made.
    pub folder: Folder,
    /// The table.
    pub report: Report,
}

/// A folder that goes away with its owner.
pub struct Folder(pub PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

const FEW_USERS: usize = 1000;

fn main() -> Result<()> {
    let flags = Flags::parse();
    if let Some(folder) = &flags.floor {
        return actix_web::rt::System::new().block_on(floor::serve(folder, flags.child_port));
    }
    if let Some(issuer) = &flags.guarded {
        return actix_web::rt::System::new().block_on(guarded::serve(issuer, flags.child_port));
    }
    let plan = if flags.quick {
        Plan { rounds: 3, effort: 1, many_users: 100_000, tokens: 10_000 }
    } else {
        Plan { rounds: 7, effort: 2, many_users: 1_000_000, tokens: 100_000 }
    };
    run(plan, &flags.only)
}

fn run(plan: Plan, only: &[String]) -> Result<()> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = Folder(target.join(format!("budget-{}", std::process::id())));
    say(&format!("Seeding {FEW_USERS} users"));
    let seeded = seed::seed_folder(&folder.0.join("few"), FEW_USERS)?;
    let (floor, cenote) = (Server::floor(&seeded.folder)?, Server::cenote(&seeded.folder)?);
    let units = Units::new()?;
    let mut bench = Bench { plan, units, floor, cenote, seeded, folder, report: Report::default() };
    for (name, title, workload) in WORKLOADS {
        if only.is_empty() || only.iter().any(|wanted| wanted.eq_ignore_ascii_case(name)) {
            say(&format!("{name} {title}"));
            workload(&mut bench).with_context(|| format!("{name} fails"))?;
        }
    }
    let signature = bench.units.signature()?;
    let preface = format!(
        "S, one RSA-2048 signature: {:.2} ms. CPU of the server for one request, {} alternating rounds, medians, {} \
         connections. Where RSA is unusually fast (S below 0.7 ms), targets in S ask more of everything else.",
        signature / 1000.0,
        plan.rounds,
        load::CONNECTIONS,
    );
    bench.report.finish(&target.with_file_name("budget.md"), &preface)
}
