//! Owns a copy of every log line, at the most talkative level, of all servers in the process. Lines of other tests are
//! among them, so only words that no other test uses can be looked for.

use std::io::{self, Write};
use std::sync::{Mutex, Once, PoisonError};

use tracing_subscriber::EnvFilter;

static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static STARTED: Once = Once::new();

struct Copy;

impl Write for Copy {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Starts the copy; lines from before are not in it.
pub fn record() {
    STARTED.call_once(|| {
        let filter = EnvFilter::new("trace,h2=off,hyper=off,hyper_util=off,reqwest=off,html5ever=off,selectors=off");
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(|| Copy).init();
    });
}

/// Everything that was logged since [`record`].
pub fn recorded() -> String {
    String::from_utf8_lossy(&LINES.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
}
