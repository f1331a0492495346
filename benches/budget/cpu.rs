//! Owns what the kernel says of processor time and memory (`proc(5)`). It must not know whose they are.

use std::collections::HashMap;
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
    /// Resident now; what is mapped several times, as the database's file is, counts once.
    pub resident: f64,
    /// The most that was ever resident.
    pub peak: f64,
}

/// The memory of a process.
///
/// # Errors
/// When there is no such process.
pub fn memory(pid: u32) -> Result<Memory> {
    let status = read(pid, "status")?;
    let peak = status.lines().find_map(|line| kibibytes(line, "VmHWM:")).context("/proc/<pid>/status")?;
    Ok(Memory { resident: resident(&read(pid, "smaps")?) / 1024.0, peak: peak / 1024.0 })
}

/// KiB that are resident, of the mappings in `smaps`: the most of those of one place in one file, all of the others.
fn resident(smaps: &str) -> f64 {
    let mut mappings: HashMap<String, f64> = HashMap::new();
    let mut place = String::new();
    for line in smaps.lines() {
        let fields: Vec<&str> = line.split_whitespace().collect();
        if let [addresses, _, offset, _, _, file @ ..] = fields.as_slice() {
            let is_of_file = file.first().is_some_and(|path| path.starts_with('/'));
            place = if is_of_file { format!("{file:?} {offset}") } else { (*addresses).to_owned() };
        }
        if let Some(size) = kibibytes(line, "Rss:") {
            let most = mappings.entry(place.clone()).or_default();
            *most = most.max(size);
        }
    }
    mappings.values().sum()
}

fn kibibytes(line: &str, name: &str) -> Option<f64> {
    line.strip_prefix(name)?.trim().trim_end_matches(" kB").parse().ok()
}

fn read(pid: u32, file: &str) -> Result<String> {
    fs::read_to_string(format!("/proc/{pid}/{file}")).context("the process has ended")
}
