//! Owns what the run tells: lines while it goes on, the table at the end.

use std::fs;
use std::path::Path;

use anyhow::Result;

/// Whether a target is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Met,
    /// It is not.
    Missed,
    /// There is no target.
    None,
}

/// One line of the table.
pub struct Row {
    /// The workload.
    pub workload: String,
    /// What the floor server took.
    pub floor: String,
    /// The target.
    pub target: String,
    /// What Cenote took.
    pub measured: String,
    /// Whether that is good enough.
    pub verdict: Verdict,
}

/// The table so far.
#[derive(Default)]
pub struct Report(Vec<Row>);

impl Verdict {
    /// Whether `measured` stays within `target`.
    pub fn at_most(measured: f64, target: f64) -> Self {
        if measured <= target { Self::Met } else { Self::Missed }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Missed => "**missed**",
            Self::None => "–",
        }
    }
}

impl Report {
    /// Adds a line and says it.
    pub fn add(&mut self, row: Row) {
        say(&format!(
            "  {}: {} (floor {}, target {}) {}",
            row.workload,
            row.measured,
            row.floor,
            row.target,
            row.verdict.text()
        ));
        self.0.push(row);
    }

    /// Says the table and writes it to `file`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn finish(&self, file: &Path, preface: &str) -> Result<()> {
        let mut text = format!("# Performance budget, measured\n\n{preface}\n\n");
        text.push_str("| workload | floor, measured | target | measured | verdict |\n|---|---|---|---|---|\n");
        for row in &self.0 {
            let Row { workload, floor, target, measured, verdict } = row;
            text.push_str(&format!("| {workload} | {floor} | {target} | {measured} | {} |\n", verdict.text()));
        }
        fs::write(file, &text)?;
        say(&format!("\n{text}\nWritten to {}", file.display()));
        Ok(())
    }
}

/// Says a line.
#[expect(clippy::print_stdout, reason = "a program that reports on the terminal")]
pub fn say(line: &str) {
    println!("{line}");
}
