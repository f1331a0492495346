//! Owns how a moment is shown: in words for people, in RFC 3339 for the page's script, which knows the reader's zone.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

use crate::clock::Timestamp;

/// A moment.
#[derive(Debug)]
pub struct Moment {
    /// For people, in UTC.
    pub human: String,
    /// In RFC 3339.
    pub machine: String,
}

impl Moment {
    /// How `at` is shown.
    #[must_use]
    pub fn of(at: Timestamp) -> Self {
        let moment = OffsetDateTime::from_unix_timestamp(at.seconds()).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let clock = format_description!("[day] [month repr:short] [year], [hour]:[minute]:[second] UTC");
        Self { human: moment.format(clock).unwrap_or_default(), machine: moment.format(&Rfc3339).unwrap_or_default() }
    }
}
