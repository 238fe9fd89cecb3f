//! How a group of entries looks in a segment: a header with a checksum, then length-led entries.

use std::io;

/// Bytes of a group's header.
pub(crate) const HEADER_BYTES: usize = 24;
const MAGIC: u32 = 0x31_4a_4c_54;
const LENGTH_BYTES: usize = 4;

/// Largest body of one group; also bounds what a reader holds at a time.
pub(crate) const GROUP_BYTES_MAX: usize = 8 << 20;

/// What a group's header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    /// Counts up by one through all segments of a journal.
    pub(crate) group: u64,
    pub(crate) body_bytes: usize,
    crc: u32,
}

impl Header {
    /// `None` where no group starts here.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        if word(bytes, 0)? != MAGIC {
            return None;
        }
        let body_bytes = usize::try_from(word(bytes, 4)?).ok()?;
        let low = u64::from(word(bytes, 8)?);
        let high = u64::from(word(bytes, 12)?);
        let crc = word(bytes, 16)?;
        let fits = (LENGTH_BYTES..=GROUP_BYTES_MAX).contains(&body_bytes);
        fits.then_some(Self {
            group: (high << 32) | low,
            body_bytes,
            crc,
        })
    }

    pub(crate) fn fits(&self, body: &[u8]) -> bool {
        body.len() == self.body_bytes && checksum(self.group, body) == self.crc
    }
}

/// Writes the header of `buffer`, whose first [`HEADER_BYTES`] were left free.
pub(crate) fn seal(buffer: &mut [u8], group: u64) {
    let (header, body) = buffer.split_at_mut(HEADER_BYTES);
    let body_bytes = u32::try_from(body.len()).unwrap_or(u32::MAX);
    header[0..4].copy_from_slice(&MAGIC.to_le_bytes());
    header[4..8].copy_from_slice(&body_bytes.to_le_bytes());
    header[8..16].copy_from_slice(&group.to_le_bytes());
    header[16..20].copy_from_slice(&checksum(group, body).to_le_bytes());
    header[20..24].fill(0);
}

/// Adds one entry to a group's buffer.
pub(crate) fn push_entry(buffer: &mut Vec<u8>, entry: &[u8]) {
    let length = u32::try_from(entry.len()).unwrap_or(u32::MAX);
    buffer.extend_from_slice(&length.to_le_bytes());
    buffer.extend_from_slice(entry);
}

/// The entries of a checked body.
pub(crate) fn entries(mut body: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut entries = Vec::new();
    while !body.is_empty() {
        let length = usize::try_from(word(body, 0)?).ok()?;
        let entry = body.get(LENGTH_BYTES..LENGTH_BYTES + length)?;
        entries.push(entry.to_vec());
        body = &body[LENGTH_BYTES + length..];
    }
    Some(entries)
}

/// Puts other bytes in the place of entries of a segment's groups, filled with zeros to the same
/// length, and seals their groups again. Returns how many were replaced.
pub(crate) fn replace_entries(
    bytes: &mut [u8],
    replacement: &mut impl FnMut(&[u8]) -> Option<Vec<u8>>,
) -> io::Result<u64> {
    let broken = || io::Error::other("a group is damaged");
    let mut replaced = 0;
    let mut rest = bytes;
    while !rest.is_empty() {
        let header = Header::parse(rest).ok_or_else(broken)?;
        let (group, after) = rest
            .split_at_mut_checked(HEADER_BYTES + header.body_bytes)
            .ok_or_else(broken)?;
        if !header.fits(&group[HEADER_BYTES..]) {
            return Err(broken());
        }
        let found = replace_in_body(&mut group[HEADER_BYTES..], replacement)?;
        if found > 0 {
            seal(group, header.group);
        }
        replaced += found;
        rest = after;
    }
    Ok(replaced)
}

fn replace_in_body(
    mut body: &mut [u8],
    replacement: &mut impl FnMut(&[u8]) -> Option<Vec<u8>>,
) -> io::Result<u64> {
    let mut replaced = 0;
    while !body.is_empty() {
        let length = word(body, 0).and_then(|length| usize::try_from(length).ok());
        let (entry, after) = length
            .and_then(|length| body[LENGTH_BYTES..].split_at_mut_checked(length))
            .ok_or_else(|| io::Error::other("an entry is damaged"))?;
        if let Some(new) = replacement(entry) {
            let (head, tail) = entry
                .split_at_mut_checked(new.len())
                .ok_or_else(|| io::Error::other("a replacement is longer than its entry"))?;
            head.copy_from_slice(&new);
            tail.fill(0);
            replaced += 1;
        }
        body = after;
    }
    Ok(replaced)
}

/// Bytes that an entry takes in a group.
pub(crate) fn entry_bytes(entry: &[u8]) -> usize {
    LENGTH_BYTES + entry.len()
}

fn checksum(group: u64, body: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&group.to_le_bytes()), body)
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let word = bytes.get(at..at + 4)?;
    Some(u32::from_le_bytes(word.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_sealed_group_reads_back(
            group: u64,
            items in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 1..20),
        ) {
            let mut buffer = vec![0; HEADER_BYTES];
            for item in &items {
                push_entry(&mut buffer, item);
            }
            seal(&mut buffer, group);
            let header = Header::parse(&buffer).unwrap();
            prop_assert_eq!(header.group, group);
            prop_assert!(header.fits(&buffer[HEADER_BYTES..]));
            prop_assert_eq!(entries(&buffer[HEADER_BYTES..]).unwrap(), items);
        }

        #[test]
        fn a_flipped_bit_is_noticed(at in 0_usize..60, bit in 0_u8..8) {
            let mut buffer = vec![0; HEADER_BYTES];
            push_entry(&mut buffer, &[7; 40]);
            seal(&mut buffer, 9);
            if (20..24).contains(&at) {
                return Ok(());
            }
            buffer[at] ^= 1 << bit;
            let intact = Header::parse(&buffer)
                .is_some_and(|header| header.group == 9 && header.fits(&buffer[HEADER_BYTES..]));
            prop_assert!(!intact);
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let _ = Header::parse(&bytes);
            let _ = entries(&bytes);
        }
    }
}
