//! Owns files that are sealed as a whole: cut into chunks, each encrypted and authenticated with its place and with
//! whether it is the last (the STREAM construction), so that a chunk that was changed, moved, repeated or cut off is
//! noticed. It must not know what is inside. AES-256-GCM under a key of the file's own.

use std::io::{self, BufRead, Read, Write};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::digest::hkdf_sha256;

const MAGIC: &str = "CENOTE SEALED FILE 1";
const CHUNK: usize = 64 * 1024;
const TAG: usize = 16;
const SALT: usize = 32;
/// scrypt's N = 2^17, r = 8, p = 1 (OWASP Password Storage Cheat Sheet); fixed, so that no file can ask for more.
const LOG_N: u8 = 17;

/// What opens a file.
pub enum FileSecret {
    /// Words that a person chose.
    Passphrase(Zeroizing<Vec<u8>>),
    /// Random bytes out of a file.
    Key(Zeroizing<Vec<u8>>),
}

/// Writes a sealed file.
pub struct SealingWriter<W> {
    inner: W,
    key: LessSafeKey,
    header: Vec<u8>,
    buffer: Vec<u8>,
    number: u64,
}

/// Reads a sealed file; what it gives is authentic, and its end is the file's true end.
pub struct OpeningReader<R> {
    inner: R,
    key: LessSafeKey,
    header: Vec<u8>,
    buffer: Vec<u8>,
    place: usize,
    number: u64,
    is_last: bool,
    /// The file's salt, by which it is told from others.
    pub salt: String,
}

impl FileSecret {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Passphrase(_) => "passphrase",
            Self::Key(_) => "key",
        }
    }

    fn derive(&self, salt: &[u8]) -> io::Result<LessSafeKey> {
        let key = match self {
            Self::Key(key) => Zeroizing::new(hkdf_sha256(salt, key, &[b"sealed-file:key"])),
            Self::Passphrase(words) => {
                let mut slow = Zeroizing::new([0; 32]);
                let params = scrypt::Params::new(LOG_N, 8, 1).map_err(io::Error::other)?;
                scrypt::scrypt(words, salt, &params, slow.as_mut_slice()).map_err(io::Error::other)?;
                Zeroizing::new(hkdf_sha256(salt, slow.as_slice(), &[b"sealed-file:passphrase"]))
            }
        };
        Ok(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_slice()).map_err(io::Error::other)?))
    }
}

impl<W: Write> SealingWriter<W> {
    /// Begins a file; `salt` must be random.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(mut inner: W, secret: &FileSecret, salt: [u8; SALT]) -> io::Result<Self> {
        let header = format!("{MAGIC} {} {}\n", secret.kind(), URL_SAFE_NO_PAD.encode(salt)).into_bytes();
        inner.write_all(&header)?;
        Ok(Self { inner, key: secret.derive(&salt)?, header, buffer: Vec::with_capacity(CHUNK), number: 0 })
    }

    /// Ends the file and gives back what it was written to. Without it the file does not open.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.seal(true)?;
        self.inner.flush()?;
        Ok(self.inner)
    }

    fn seal(&mut self, is_last: bool) -> io::Result<()> {
        let mut chunk = std::mem::replace(&mut self.buffer, Vec::with_capacity(CHUNK));
        let aad = Aad::from(&self.header);
        let sealed = self.key.seal_in_place_append_tag(nonce(self.number, is_last), aad, &mut chunk);
        sealed.map_err(io::Error::other)?;
        self.number += 1;
        self.inner.write_all(&chunk)
    }
}

impl<W: Write> Write for SealingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.buffer.len() == CHUNK {
            self.seal(false)?;
        }
        let taken = bytes.len().min(CHUNK - self.buffer.len());
        self.buffer.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<R: BufRead> OpeningReader<R> {
    /// Reads the beginning of a file.
    ///
    /// # Errors
    /// When it is no such file, or needs another kind of secret.
    pub fn begin(mut inner: R, secret: &FileSecret) -> io::Result<Self> {
        let mut header = Vec::new();
        inner.by_ref().take(256).read_until(b'\n', &mut header)?;
        let strange = || io::Error::other("it is no sealed file of this version of Cenote");
        let line = std::str::from_utf8(&header).map_err(|_| strange())?;
        let rest = line.strip_prefix(MAGIC).and_then(|rest| rest.strip_suffix('\n')).ok_or_else(strange)?;
        let words: Vec<&str> = rest.split_whitespace().collect();
        let [kind, salt] = words[..] else { return Err(strange()) };
        if kind != secret.kind() {
            return Err(io::Error::other(format!("it was sealed with a {kind}")));
        }
        let bytes = URL_SAFE_NO_PAD.decode(salt).map_err(|_| strange())?;
        if bytes.len() != SALT {
            return Err(strange());
        }
        let (salt, key) = (salt.to_owned(), secret.derive(&bytes)?);
        Ok(Self { inner, key, header, buffer: Vec::new(), place: 0, number: 0, is_last: false, salt })
    }

    fn open(&mut self) -> io::Result<()> {
        let mut chunk = Vec::with_capacity(CHUNK + TAG);
        self.inner.by_ref().take((CHUNK + TAG) as u64).read_to_end(&mut chunk)?;
        self.is_last = self.inner.fill_buf()?.is_empty();
        let aad = Aad::from(&self.header);
        let opened = self.key.open_in_place(nonce(self.number, self.is_last), aad, &mut chunk);
        let damaged = |_| io::Error::other("it is damaged or cut off, or the secret is not the one it was sealed with");
        let length = opened.map_err(damaged)?.len();
        chunk.truncate(length);
        (self.buffer, self.place, self.number) = (chunk, 0, self.number + 1);
        Ok(())
    }
}

impl<R: BufRead> Read for OpeningReader<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        while self.place == self.buffer.len() {
            if self.is_last {
                return Ok(0);
            }
            self.open()?;
        }
        let given = bytes.len().min(self.buffer.len() - self.place);
        bytes[..given].copy_from_slice(&self.buffer[self.place..self.place + given]);
        self.place += given;
        Ok(given)
    }
}

fn nonce(number: u64, is_last: bool) -> Nonce {
    let mut bytes = [0; 12];
    bytes[3..11].copy_from_slice(&number.to_be_bytes());
    bytes[11] = u8::from(is_last);
    Nonce::assume_unique_for_key(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> FileSecret {
        FileSecret::Key(Zeroizing::new(vec![7; 32]))
    }

    fn sealed(content: &[u8]) -> Vec<u8> {
        let mut writer = SealingWriter::begin(Vec::new(), &key(), [1; SALT]).unwrap();
        writer.write_all(content).unwrap();
        writer.finish().unwrap()
    }

    fn opened(file: &[u8], secret: &FileSecret) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        OpeningReader::begin(file, secret)?.read_to_end(&mut content)?;
        Ok(content)
    }

    #[test]
    fn what_was_sealed_opens() {
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK] {
            let content = vec![5; length];
            assert_eq!(opened(&sealed(&content), &key()).unwrap(), content, "{length}");
        }
    }

    #[test]
    fn a_file_that_was_changed_cut_or_shuffled_does_not_open() {
        let file = sealed(&vec![5; 3 * CHUNK]);
        let start = file.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        for place in [0, 25, start, start + CHUNK, file.len() - 1] {
            let mut changed = file.clone();
            changed[place] ^= 1;
            assert!(opened(&changed, &key()).is_err(), "byte {place}");
        }
        for length in [0, start, start + 1, start + CHUNK + TAG, file.len() - 1, file.len() - CHUNK - TAG] {
            assert!(opened(&file[..length], &key()).is_err(), "length {length}");
        }
        let whole = CHUNK + TAG;
        let mut shuffled = file[..start].to_vec();
        for number in [1, 0, 2] {
            shuffled
                .extend_from_slice(&file[start + number * whole..][..whole.min(file.len() - start - number * whole)]);
        }
        assert!(opened(&shuffled, &key()).is_err());
        assert!(opened(&[file.as_slice(), b"x"].concat(), &key()).is_err());
        assert!(opened(&file, &FileSecret::Key(Zeroizing::new(vec![8; 32]))).is_err());
        assert!(opened(&file, &FileSecret::Passphrase(Zeroizing::new(vec![7; 32]))).is_err());
    }
}
