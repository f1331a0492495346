//! Owns which passwords are known from breaches: those of a file in the format in which Have I Been Pwned publishes
//! them, or, without one, a list of the commonest. The file is searched where it lies, for it has tens of gigabytes.

use std::cmp::Ordering;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};

use super::PasswordWorkers;
use crate::crypto::digest::hex;
use crate::crypto::hash::Hash;
use crate::error::Error;

/// The commonest passwords in lower case, sorted, one a line.
const COMMON: &str = include_str!("common_passwords.txt");
/// The characters of a SHA-1 hash.
const HASH_LENGTH: usize = 40;
/// More than two lines of such a file.
const WINDOW: usize = 256;

/// The passwords that are known from breaches.
#[derive(Debug, Clone)]
pub enum CompromisedPasswords {
    /// The commonest, whatever their case.
    Common(Vec<&'static str>),
    /// Those whose SHA-1 hash stands in a sorted file.
    File(Arc<File>),
}

impl CompromisedPasswords {
    /// The commonest.
    #[must_use]
    pub fn common() -> Self {
        Self::Common(COMMON.lines().collect())
    }

    /// Those of a file of sorted lines `HASH:COUNT`.
    ///
    /// # Errors
    /// When it cannot be read, or does not begin with a SHA-1 hash.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        line_from(&file, 0)?.ok_or_else(malformed)?;
        Ok(Self::File(Arc::new(file)))
    }

    /// Whether `password` is among them. A file that cannot be read any more is a fault for the log and keeps nobody
    /// from signing in.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`] when too many wait for a worker.
    pub async fn contains(&self, workers: &PasswordWorkers, password: &SecretString) -> Result<bool, Error> {
        match self {
            Self::Common(known) => Ok(known.binary_search(&password.expose_secret().to_lowercase().as_str()).is_ok()),
            Self::File(file) => {
                let (file, password) = (Arc::clone(file), password.clone());
                let found = workers.run(move || {
                    let hash = hex(&Hash::Sha1.digest(password.expose_secret().as_bytes()));
                    search(&file, hash.to_ascii_uppercase().as_bytes())
                });
                Ok(found.await?.unwrap_or_else(|cause| {
                    tracing::error!(%cause, "the file of compromised passwords cannot be read");
                    false
                }))
            }
        }
    }
}

/// Whether a line of the file begins with `hash`. Every look halves the bytes in which the line could begin.
fn search(file: &File, hash: &[u8]) -> io::Result<bool> {
    let (mut low, mut high) = (0, file.metadata()?.len());
    while low < high {
        let middle = low.midpoint(high);
        let Some(line) = line_from(file, middle)?.filter(|line| line.begin < high) else {
            high = middle;
            continue;
        };
        match line.hash.as_slice().cmp(hash) {
            Ordering::Equal => return Ok(true),
            Ordering::Less => low = line.end,
            Ordering::Greater => high = middle,
        }
    }
    Ok(false)
}

/// A line of the file.
struct Line {
    begin: u64,
    /// Where the next one begins.
    end: u64,
    hash: Vec<u8>,
}

/// The first line that begins at `place` or after it.
fn line_from(file: &File, place: u64) -> io::Result<Option<Line>> {
    // A line begins at `place` where the byte before it ends one.
    let from = place.saturating_sub(1);
    let mut window = [0; WINDOW];
    let length = read_at(file, &mut window, from)?;
    let window = &window[..length];
    let end_of_line = |start: usize| {
        let rest = window.get(start..).unwrap_or_default();
        rest.iter().position(|byte| *byte == b'\n').map(|offset| start + offset + 1)
    };
    let is_whole = length < WINDOW;
    let begin = match (place, end_of_line(0)) {
        (0, _) => 0,
        (_, Some(begin)) => begin,
        (_, None) if is_whole => return Ok(None),
        (_, None) => return Err(malformed()),
    };
    if begin == length {
        return Ok(None);
    }
    let end = end_of_line(begin).or_else(|| is_whole.then_some(length)).ok_or_else(malformed)?;
    let hash = window.get(begin..begin + HASH_LENGTH).filter(|hash| hash.iter().all(u8::is_ascii_hexdigit));
    let hash = hash.ok_or_else(malformed)?.to_ascii_uppercase();
    let is_longer = window.get(begin + HASH_LENGTH).is_some_and(u8::is_ascii_alphanumeric);
    if is_longer {
        return Err(malformed());
    }
    Ok(Some(Line { begin: from + begin as u64, end: from + end as u64, hash }))
}

fn read_at(file: &File, window: &mut [u8], from: u64) -> io::Result<usize> {
    let mut length = 0;
    while length < window.len() {
        match file.read_at(&mut window[length..], from + length as u64) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(fault) if fault.kind() == ErrorKind::Interrupted => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(length)
}

fn malformed() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "it is not a file of sorted lines HASH:COUNT with SHA-1 hashes")
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    /// A file with these contents, which nothing but its handle leads to.
    fn file(contents: &str) -> File {
        let path = std::env::temp_dir().join(format!("cenote-test-hashes-{:p}-{}", contents, std::process::id()));
        File::create(&path).unwrap().write_all(contents.as_bytes()).unwrap();
        let file = File::open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        file
    }

    fn hash(number: u32) -> String {
        hex(&Hash::Sha1.digest(&number.to_be_bytes())).to_ascii_uppercase()
    }

    #[test]
    fn every_line_of_a_file_is_found_and_nothing_else() {
        for (count, ending) in [(0, "\n"), (1, "\n"), (2, "\r\n"), (3, "\n"), (1000, "\r\n")] {
            let mut lines: Vec<_> =
                (0..count).map(|number| format!("{}:{}{ending}", hash(number), number * 7)).collect();
            lines.sort();
            let file = file(&lines.concat());
            for number in 0..count {
                assert!(search(&file, hash(number).as_bytes()).unwrap(), "{number} of {count}");
            }
            for number in count..count + 50 {
                assert!(!search(&file, hash(number).as_bytes()).unwrap(), "{number} of {count}");
            }
        }
    }

    #[test]
    fn a_last_line_needs_no_end() {
        let mut lines = [hash(1), hash(2)];
        lines.sort();
        let file = file(&lines.join("\n"));
        assert!(search(&file, hash(1).as_bytes()).unwrap() && search(&file, hash(2).as_bytes()).unwrap());
    }

    #[test]
    fn what_is_no_such_file_is_refused() {
        for contents in ["password\n", "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8A0:3\n", &"A".repeat(300)] {
            assert!(line_from(&file(contents), 0).is_err(), "{contents}");
        }
    }

    #[test]
    fn the_commonest_are_sorted_and_in_lower_case() {
        let known: Vec<_> = COMMON.lines().collect();
        assert!(known.is_sorted() && known.iter().all(|word| word.to_lowercase() == *word));
    }
}
