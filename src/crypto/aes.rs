//! Owns opening AES ciphertexts that others made, in the layouts of XML Encryption 1.1 §5.2: the initial vector first,
//! then the ciphertext, then (GCM) the tag.
//! It must not know what is inside. Nothing of ours is encrypted here; see `seal`.

use openssl::symm::{Cipher, Crypter, Mode, decrypt_aead};

const BLOCK: usize = 16;
const GCM_VECTOR: usize = 12;
const GCM_TAG: usize = 16;

/// How AES was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AesMode {
    /// Cipher block chaining. Not authenticated: whatever comes out is still the sender's word only.
    Cbc,
    /// Galois counter mode.
    Gcm,
}

/// The plaintext of `message`, or nothing if anything at all is wrong with it. `key` has 16 or 32 bytes.
#[must_use]
pub fn decrypt(mode: AesMode, key: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    match mode {
        AesMode::Cbc => decrypt_cbc(key, message),
        AesMode::Gcm => decrypt_gcm(key, message),
    }
}

fn decrypt_gcm(key: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    let cipher = match key.len() {
        16 => Cipher::aes_128_gcm(),
        32 => Cipher::aes_256_gcm(),
        _ => return None,
    };
    let (vector, rest) = message.split_at_checked(GCM_VECTOR)?;
    let (ciphertext, tag) = rest.split_at_checked(rest.len().checked_sub(GCM_TAG)?)?;
    decrypt_aead(cipher, key, Some(vector), &[], ciphertext, tag).ok()
}

/// The padding's last byte says its length; the others may be anything (XML Encryption 1.1 §5.2).
fn decrypt_cbc(key: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    let cipher = match key.len() {
        16 => Cipher::aes_128_cbc(),
        32 => Cipher::aes_256_cbc(),
        _ => return None,
    };
    let (vector, ciphertext) = message.split_at_checked(BLOCK)?;
    let mut crypter = Crypter::new(cipher, Mode::Decrypt, key, Some(vector)).ok()?;
    crypter.pad(false);
    let mut plaintext = vec![0; ciphertext.len() + BLOCK];
    let mut length = crypter.update(ciphertext, &mut plaintext).ok()?;
    length += crypter.finalize(&mut plaintext[length..]).ok()?;
    plaintext.truncate(length);
    let padding = usize::from(*plaintext.last()?);
    let kept = (1..=BLOCK).contains(&padding).then(|| plaintext.len().checked_sub(padding))??;
    plaintext.truncate(kept);
    Some(plaintext)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encrypt_cbc(padded: &[u8]) -> Vec<u8> {
        let mut crypter = Crypter::new(Cipher::aes_128_cbc(), Mode::Encrypt, &[1; 16], Some(&[2; 16])).unwrap();
        crypter.pad(false);
        let mut message = vec![0; padded.len() + BLOCK];
        let length = crypter.update(padded, &mut message).unwrap();
        message.truncate(length);
        [[2; 16].as_slice(), &message].concat()
    }

    #[test]
    fn only_the_last_byte_of_the_padding_counts() {
        let padded = b"thirteen byte\xaa\xbb\x03";
        assert_eq!(decrypt(AesMode::Cbc, &[1; 16], &encrypt_cbc(padded)).as_deref(), Some(&padded[..13]));
    }

    #[test]
    fn bad_padding_length_or_key_opens_nothing() {
        for last in [0, 17, 255] {
            let mut padded = [9; 16];
            padded[15] = last;
            assert_eq!(decrypt(AesMode::Cbc, &[1; 16], &encrypt_cbc(&padded)), None, "{last}");
        }
        for message in [&[][..], &[0; 15], &[0; 16], &[0; 20]] {
            assert_eq!(decrypt(AesMode::Cbc, &[1; 16], message), None);
            assert_eq!(decrypt(AesMode::Gcm, &[1; 16], message), None);
        }
        assert_eq!(decrypt(AesMode::Cbc, &[1; 24], &encrypt_cbc(&[1; 16])), None);
        assert_eq!(decrypt(AesMode::Gcm, &[1; 24], &[0; 64]), None);
    }
}
