//! Sealing: each value under a key of its own, which the master key wraps, bound to its place. A
//! value that was moved to another record, field or workspace does not open there.

use std::fmt;

use base::WorkspaceId;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::{Surroundings, surroundings};

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
/// Letters of a key's id: enough to tell keys apart, too few to tell anything of the key.
pub(crate) const ID_CHARS: usize = 16;

// Each use of the master key has a key of its own derived from it.
const WRAPPING: &str = "throughline 2026-11 secrets: wrapping of data keys";
const NAMING: &str = "throughline 2026-11 secrets: id of a master key";
const CHECKING: &str = "throughline 2026-11 secrets: check value of a master key";

/// The key that wraps the keys of all values. It is wiped from memory with its last owner, and
/// nothing shows it.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; KEY_BYTES]>);

/// Which master key it is: made from the key, and tells nothing of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyId(pub(crate) String);

/// Where a value belongs.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub table: &'a str,
    pub field: &'a str,
    pub row: i64,
    /// `None` for what belongs to a person.
    pub workspace: Option<WorkspaceId>,
}

/// A value as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct Sealed {
    pub(crate) wrapped_key: Vec<u8>,
    pub(crate) value: Vec<u8>,
}

/// A text that is no key, or a value that does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error("it is no key: a key is 64 hexadecimal digits, such as `openssl rand -hex 32` makes")]
    NoKey,
    #[error("the value does not open: it was changed or moved, or the key is another one")]
    DoesNotOpen,
}

impl MasterKey {
    #[must_use]
    pub fn random(surroundings: &dyn Surroundings) -> Self {
        Self(Zeroizing::new(surroundings::random(surroundings)))
    }

    /// Reads a key as [`MasterKey::to_text`] writes it; space around it does not matter.
    ///
    /// # Errors
    /// When the text is none.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let digits = text.trim().as_bytes();
        if digits.len() != 2 * KEY_BYTES {
            return Err(SealError::NoKey);
        }
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = 16 * digit(pair[0])? + digit(pair[1])?;
        }
        Ok(Self(key))
    }

    /// The key as it is kept in a file.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = Zeroizing::new(String::with_capacity(2 * KEY_BYTES));
        for byte in self.0.iter() {
            text.push(char::from(DIGITS[usize::from(byte >> 4)]));
            text.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
        text
    }

    #[must_use]
    pub fn id(&self) -> KeyId {
        let mut name = crate::audit::hexadecimal(&*self.derived(NAMING));
        name.truncate(ID_CHARS);
        KeyId(name)
    }

    /// What shows that a key is this one, and cannot be turned back into it.
    pub(crate) fn check_value(&self) -> [u8; KEY_BYTES] {
        *self.derived(CHECKING)
    }

    /// A key for one purpose, which tells nothing of this one.
    #[must_use]
    pub fn derived(&self, purpose: &str) -> Zeroizing<[u8; KEY_BYTES]> {
        Zeroizing::new(blake3::derive_key(purpose, &*self.0))
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "MasterKey({})", self.id())
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl Place<'_> {
    /// What a sealed value is bound to. Names of tables and fields hold no bar.
    fn bound(&self, part: &str) -> String {
        let Self {
            table, field, row, ..
        } = self;
        let workspace = self.workspace.map_or(0, |workspace| workspace.0);
        format!("{part}|{table}|{field}|{row}|{workspace}")
    }
}

/// Seals a value under a new key of its own.
pub(crate) fn seal(
    key: &MasterKey,
    place: Place<'_>,
    value: &[u8],
    surroundings: &dyn Surroundings,
) -> Result<Sealed, SealError> {
    let own: Zeroizing<[u8; KEY_BYTES]> = Zeroizing::new(surroundings::random(surroundings));
    Ok(Sealed {
        wrapped_key: wrap(key, place, &own, surroundings)?,
        value: encrypt(&own, &place.bound("value"), value, surroundings)?,
    })
}

pub(crate) fn open(
    key: &MasterKey,
    place: Place<'_>,
    sealed: &Sealed,
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let own = unwrap(key, place, &sealed.wrapped_key)?;
    decrypt(&own, &place.bound("value"), &sealed.value)
}

/// The value's key, wrapped by another master key; the value itself stays as it is sealed.
pub(crate) fn rewrap(
    from: &MasterKey,
    to: &MasterKey,
    place: Place<'_>,
    wrapped_key: &[u8],
    surroundings: &dyn Surroundings,
) -> Result<Vec<u8>, SealError> {
    let own = unwrap(from, place, wrapped_key)?;
    wrap(to, place, &own, surroundings)
}

fn wrap(
    key: &MasterKey,
    place: Place<'_>,
    own: &[u8; KEY_BYTES],
    surroundings: &dyn Surroundings,
) -> Result<Vec<u8>, SealError> {
    encrypt(
        &key.derived(WRAPPING),
        &place.bound("key"),
        own,
        surroundings,
    )
}

fn unwrap(
    key: &MasterKey,
    place: Place<'_>,
    wrapped: &[u8],
) -> Result<Zeroizing<[u8; KEY_BYTES]>, SealError> {
    let opened = decrypt(&key.derived(WRAPPING), &place.bound("key"), wrapped)?;
    let mut own = Zeroizing::new([0; KEY_BYTES]);
    if opened.len() != KEY_BYTES {
        return Err(SealError::DoesNotOpen);
    }
    own.copy_from_slice(&opened);
    Ok(own)
}

/// Nonce and ciphertext with its tag.
pub(super) fn encrypt(
    key: &[u8; KEY_BYTES],
    bound: &str,
    value: &[u8],
    surroundings: &dyn Surroundings,
) -> Result<Vec<u8>, SealError> {
    let nonce = surroundings::random::<NONCE_BYTES>(surroundings);
    let payload = Payload {
        msg: value,
        aad: bound.as_bytes(),
    };
    let cipher = XChaCha20Poly1305::new(&(*key).into());
    let text = cipher.encrypt(&XNonce::from(nonce), payload);
    let mut sealed = nonce.to_vec();
    sealed.extend(text.map_err(|_| SealError::DoesNotOpen)?);
    Ok(sealed)
}

pub(super) fn decrypt(
    key: &[u8; KEY_BYTES],
    bound: &str,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let (nonce, text) = sealed
        .split_first_chunk::<NONCE_BYTES>()
        .ok_or(SealError::DoesNotOpen)?;
    let payload = Payload {
        msg: text,
        aad: bound.as_bytes(),
    };
    let cipher = XChaCha20Poly1305::new(&(*key).into());
    let opened = cipher.decrypt(&XNonce::from(*nonce), payload);
    opened
        .map(Zeroizing::new)
        .map_err(|_| SealError::DoesNotOpen)
}

fn digit(letter: u8) -> Result<u8, SealError> {
    match letter {
        b'0'..=b'9' => Ok(letter - b'0'),
        b'a'..=b'f' => Ok(letter - b'a' + 10),
        b'A'..=b'F' => Ok(letter - b'A' + 10),
        _ => Err(SealError::NoKey),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::atomic::{AtomicU8, Ordering};

    use base::UnixMillis;
    use proptest::prelude::*;

    use super::*;

    /// Bytes that count up, so that no two are asked for alike.
    struct Counting(AtomicU8);

    impl Surroundings for Counting {
        fn now(&self) -> UnixMillis {
            UnixMillis(0)
        }

        fn fill(&self, bytes: &mut [u8]) {
            for byte in bytes {
                *byte = self.0.fetch_add(1, Ordering::Relaxed);
            }
        }

        fn free_bytes(&self, _: &Path) -> Option<u64> {
            None
        }
    }

    const PLACE: Place<'_> = Place {
        table: "users",
        field: "totp",
        row: 7,
        workspace: Some(WorkspaceId(3)),
    };

    fn key(byte: u8) -> MasterKey {
        MasterKey(Zeroizing::new([byte; KEY_BYTES]))
    }

    fn sealed(value: &[u8]) -> Sealed {
        seal(&key(1), PLACE, value, &Counting(AtomicU8::new(0))).unwrap()
    }

    #[test]
    fn a_value_opens_in_its_place_alone() {
        let sealed = sealed(b"secret");
        assert_eq!(
            *open(&key(1), PLACE, &sealed).unwrap(),
            b"secret".as_slice()
        );
        for elsewhere in [
            Place { row: 8, ..PLACE },
            Place {
                table: "sites",
                ..PLACE
            },
            Place {
                field: "key",
                ..PLACE
            },
            Place {
                workspace: Some(WorkspaceId(4)),
                ..PLACE
            },
            Place {
                workspace: None,
                ..PLACE
            },
        ] {
            let refused = open(&key(1), elsewhere, &sealed);
            assert_eq!(refused.unwrap_err(), SealError::DoesNotOpen);
        }
        let refused = open(&key(2), PLACE, &sealed);
        assert_eq!(refused.unwrap_err(), SealError::DoesNotOpen);
    }

    #[test]
    fn another_master_key_takes_the_value_over() {
        let random = Counting(AtomicU8::new(9));
        let earlier = sealed(b"secret");
        let wrapped_key = rewrap(&key(1), &key(2), PLACE, &earlier.wrapped_key, &random).unwrap();
        let later = Sealed {
            wrapped_key,
            value: earlier.value,
        };
        assert_eq!(*open(&key(2), PLACE, &later).unwrap(), b"secret".as_slice());
        assert!(open(&key(1), PLACE, &later).is_err());
    }

    #[test]
    fn a_key_is_read_as_it_was_written_and_shows_nothing_of_itself() {
        let key = MasterKey::parse(&"a5".repeat(32)).unwrap();
        let text = key.to_text();
        assert_eq!(*text, "a5".repeat(32));
        let again = MasterKey::parse(&format!(" {}\n", text.to_uppercase())).unwrap();
        assert_eq!(key.id(), again.id());
        assert!(!format!("{key:?}").contains("a5a5"));
        assert!(!text.contains(&key.id().0));
        for wrong in ["", "a5", &"g".repeat(64), &"a".repeat(65)] {
            assert_eq!(MasterKey::parse(wrong).unwrap_err(), SealError::NoKey);
        }
    }

    proptest! {
        #[test]
        fn no_bit_of_a_sealed_value_can_be_changed(
            value in proptest::collection::vec(any::<u8>(), 0..64),
            at in any::<proptest::sample::Index>(),
            bit in 0u8..8,
        ) {
            let whole = sealed(&value);
            prop_assert_eq!(&*open(&key(1), PLACE, &whole).unwrap(), &value);
            let mut changed = whole.clone();
            let place = at.index(changed.value.len());
            changed.value[place] ^= 1 << bit;
            prop_assert!(open(&key(1), PLACE, &changed).is_err());
            let mut changed = whole;
            let place = at.index(changed.wrapped_key.len());
            changed.wrapped_key[place] ^= 1 << bit;
            prop_assert!(open(&key(1), PLACE, &changed).is_err());
        }
    }
}
