//! Owns cutting an uploaded file into pieces of whole records while it arrives, so that no file is ever in memory
//! whole. A line break inside quotes ends no record (RFC 4180 §2). It must not know what records say.

use crate::store::import_jobs::Piece;

/// The largest file, in bytes (Cognito's limit).
const LARGEST_FILE: usize = 100 * 1024 * 1024;
/// The longest record, in bytes (Cognito's limit, counted in characters).
const LONGEST_RECORD: usize = 64 * 1024;
/// Records of a file, its header included (Cognito's limit).
const MOST_RECORDS: usize = 500_001;
/// A piece ends with the first record after so many bytes.
const PIECE: usize = 32 * 1024;
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFault {
    /// Too many bytes or records, or a record that is too long.
    TooLarge,
    /// It is not text in UTF-8, or holds a NUL.
    NotText,
    /// It ends inside quotes, or is empty.
    Cut,
}

/// Cuts a file.
#[derive(Default)]
pub struct Splitter {
    pending: Vec<u8>,
    scanned: usize,
    /// Where the last whole record of `pending` ends.
    whole: usize,
    record_start: usize,
    is_quoted: bool,
    total: usize,
    records: usize,
    lines: i64,
    number: i64,
}

impl Splitter {
    /// Takes the next bytes; gives the pieces that are whole now.
    ///
    /// # Errors
    /// [`FileFault`].
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Piece>, FileFault> {
        self.total += bytes.len();
        if self.total > LARGEST_FILE {
            return Err(FileFault::TooLarge);
        }
        self.pending.extend_from_slice(bytes);
        let mut pieces = Vec::new();
        while self.scanned < self.pending.len() {
            let byte = self.pending[self.scanned];
            self.scanned += 1;
            match byte {
                0 => return Err(FileFault::NotText),
                b'"' => self.is_quoted = !self.is_quoted,
                b'\n' if !self.is_quoted => {
                    self.end_record()?;
                    if self.whole >= PIECE {
                        pieces.push(self.cut()?);
                    }
                }
                _ if self.scanned - self.record_start > LONGEST_RECORD => return Err(FileFault::TooLarge),
                _ => {}
            }
        }
        Ok(pieces)
    }

    /// The last piece, if there is one.
    ///
    /// # Errors
    /// [`FileFault`].
    pub fn finish(mut self) -> Result<Option<Piece>, FileFault> {
        if self.is_quoted || self.total == 0 {
            return Err(FileFault::Cut);
        }
        if self.scanned > self.record_start {
            self.end_record()?;
        }
        if self.whole == 0 { Ok(None) } else { self.cut().map(Some) }
    }

    fn end_record(&mut self) -> Result<(), FileFault> {
        self.records += 1;
        self.whole = self.scanned;
        self.record_start = self.scanned;
        if self.records > MOST_RECORDS { Err(FileFault::TooLarge) } else { Ok(()) }
    }

    fn cut(&mut self) -> Result<Piece, FileFault> {
        let rest = self.pending.split_off(self.whole);
        let mut bytes = std::mem::replace(&mut self.pending, rest);
        (self.scanned, self.whole, self.record_start) = (self.scanned - self.whole, 0, 0);
        if self.number == 0 && bytes.starts_with(BYTE_ORDER_MARK) {
            bytes.drain(..BYTE_ORDER_MARK.len());
        }
        let content = String::from_utf8(bytes).map_err(|_| FileFault::NotText)?;
        let piece = Piece { number: self.number, first_line: self.lines + 1, content };
        self.number += 1;
        self.lines += i64::try_from(piece.content.matches('\n').count()).unwrap_or(i64::MAX);
        Ok(piece)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &[u8], step: usize) -> Result<Vec<Piece>, FileFault> {
        let mut splitter = Splitter::default();
        let mut pieces = Vec::new();
        for bytes in text.chunks(step) {
            pieces.extend(splitter.push(bytes)?);
        }
        pieces.extend(splitter.finish()?);
        Ok(pieces)
    }

    #[test]
    fn pieces_are_whole_records_however_the_bytes_arrive() {
        let record = format!("\"a \"\"quoted\"\"\nbreak\",ä{}\r\n", "x".repeat(500));
        let file = record.repeat(200);
        for step in [1, 7, 4096, file.len()] {
            let pieces = split(file.as_bytes(), step).unwrap();
            assert!(pieces.len() > 2);
            assert_eq!(pieces.iter().map(|piece| piece.content.as_str()).collect::<String>(), file);
            let mut line = 1;
            for piece in &pieces {
                assert!(piece.content.starts_with("\"a ") && piece.content.ends_with("x\r\n"));
                assert_eq!(piece.first_line, line);
                line += i64::try_from(piece.content.matches('\n').count()).unwrap();
            }
        }
    }

    #[test]
    fn hostile_files_are_refused() {
        assert_eq!(split(b"", 1).err(), Some(FileFault::Cut));
        assert_eq!(split(b"a,\"b", 1).err(), Some(FileFault::Cut));
        assert_eq!(split(b"a\0b", 1).err(), Some(FileFault::NotText));
        assert_eq!(split(b"a\xff\xfe\n", 1).err(), Some(FileFault::NotText));
        assert_eq!(split(&vec![b'x'; LONGEST_RECORD + 2], 4096).err(), Some(FileFault::TooLarge));
        assert_eq!(split(&b"\n".repeat(MOST_RECORDS + 1), 65536).err(), Some(FileFault::TooLarge));
        let quoted = [b"\"".as_slice(), &vec![b'\n'; LONGEST_RECORD + 2]].concat();
        assert_eq!(split(&quoted, 4096).err(), Some(FileFault::TooLarge));
    }
}
