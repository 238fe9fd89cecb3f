//! The key of back-ups, and sealing with it. Each use has a key of its own derived from it.

use std::fmt;

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::name::{PieceId, hexadecimal};
use crate::place::Machine;

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
/// Letters of a key's id: enough to tell keys apart, too few to tell anything of the key.
const ID_CHARS: usize = 16;

const NAMING: &str = "throughline 2026-11 back-ups: names of pieces";
const SEALING: &str = "throughline 2026-11 back-ups: sealing of objects";
const TELLING: &str = "throughline 2026-11 back-ups: id of a key";

/// What opens the back-ups of a place. It is wiped from memory when it is dropped.
#[derive(Clone)]
pub struct Key {
    naming: Zeroizing<[u8; KEY_BYTES]>,
    sealing: Zeroizing<[u8; KEY_BYTES]>,
    id: KeyId,
}

/// The key that is written with, and those of before it: what they sealed is still read.
#[derive(Debug, Clone)]
pub struct Keys {
    pub current: Key,
    pub earlier: Vec<Key>,
}

impl From<Key> for Keys {
    fn from(current: Key) -> Self {
        Self {
            current,
            earlier: Vec::new(),
        }
    }
}

impl Keys {
    /// The newest first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.current).chain(&self.earlier)
    }

    pub(crate) fn has(&self, id: &str) -> bool {
        self.all().any(|key| key.id.0 == id)
    }
}

/// Which key it is: made from the key, and tells nothing of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyId(pub String);

impl Key {
    /// Derives what is needed from the key that the operator keeps.
    #[must_use]
    pub fn new(kept: &[u8; KEY_BYTES]) -> Self {
        let derived = |purpose| Zeroizing::new(blake3::derive_key(purpose, kept));
        let mut id = hexadecimal(&*derived(TELLING));
        id.truncate(ID_CHARS);
        Self {
            naming: derived(NAMING),
            sealing: derived(SEALING),
            id: KeyId(id),
        }
    }

    #[must_use]
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    /// The name of a piece. Without the key nobody can tell whether a file that they have is there.
    pub(crate) fn name(&self, piece: &[u8]) -> PieceId {
        PieceId(*blake3::keyed_hash(&self.naming, piece).as_bytes())
    }

    /// Seals what an object holds, bound to the object's name.
    pub(crate) fn seal(&self, name: &str, text: &[u8], machine: &dyn Machine) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE_BYTES];
        machine.fill(&mut nonce);
        let aad = name.as_bytes();
        let sealed = self
            .cipher()
            .encrypt(&XNonce::from(nonce), Payload { msg: text, aad });
        let mut object = nonce.to_vec();
        object.extend(sealed.ok()?);
        Some(object)
    }

    /// What an object holds; `None` where it was changed, cut off or put under another name.
    pub(crate) fn open(&self, name: &str, object: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = object.split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload {
            msg: sealed,
            aad: name.as_bytes(),
        };
        self.cipher().decrypt(&XNonce::from(*nonce), payload).ok()
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&(*self.sealing).into())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Key({})", self.id)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}
