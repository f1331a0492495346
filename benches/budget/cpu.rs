//! Owns what the kernel says of processor time and memory (`proc(5)`). It must not know whose they are.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// Clock ticks a second, as `/proc/<pid>/stat` counts: 100 on every Linux that Rust runs on.
const TICKS_PER_SECOND: u64 = 100;

/// Processor time, user and system, that a process and all of its threads have used so far, in steps of 10 ms.
///
/// # Errors
/// When there is no such process.
pub fn of_process(pid: u32) -> Result<Duration> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).context("the process has ended")?;
    // The second field is the program's name in parentheses and may hold anything.
    let (_, fields) = text.rsplit_once(") ").context("/proc/<pid>/stat")?;
    let ticks: u64 = fields.split(' ').skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Ok(Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND))
}

/// Processor time that the calling thread has used so far, in nanoseconds.
///
/// # Errors
/// When the kernel keeps no such account.
pub fn of_this_thread() -> Result<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").context("/proc/thread-self/schedstat")?;
    let used = text.split(' ').next().context("/proc/thread-self/schedstat")?;
    Ok(Duration::from_nanos(used.parse()?))
}

/// Memory of a process, in MiB.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// Resident now, each page counted once: the database's file is mapped several times.
    pub resident: f64,
    /// The most that was ever resident.
    pub peak: f64,
}

/// The memory of a process: its proportional set size, and the peak of what is resident.
///
/// # Errors
/// When there is no such process.
pub fn memory(pid: u32) -> Result<Memory> {
    Ok(Memory { resident: mebibytes(pid, ("smaps_rollup", "Pss:"))?, peak: mebibytes(pid, ("status", "VmHWM:"))? })
}

fn mebibytes(pid: u32, (file, name): (&str, &str)) -> Result<f64> {
    let text = fs::read_to_string(format!("/proc/{pid}/{file}")).context("the process has ended")?;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let kibibytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kibibytes.map(|kibibytes| kibibytes / 1024.0).with_context(|| format!("/proc/<pid>/{file}"))
}
