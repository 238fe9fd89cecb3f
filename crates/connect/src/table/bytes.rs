//! From bytes to text: unpacking, encoding detection and streaming decoding.

use std::io::{self, Chain, Cursor, Read};

use encoding_rs::{
    CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1250, WINDOWS_1251,
};
use flate2::read::MultiGzDecoder;

use super::{ENCODING_SAMPLE_BYTES, TABLE_BYTES_MAX, TableError};

const CHUNK_BYTES: usize = 64 * 1024;

type Peeked<R> = Chain<Cursor<Vec<u8>>, R>;

enum Unpacked<R> {
    Plain(Peeked<R>),
    Gz(Box<MultiGzDecoder<Peeked<R>>>),
}

/// The text of a file, a chunk at a time, in UTF-8 whatever it was.
pub(super) struct Text<R> {
    source: Chain<Cursor<Vec<u8>>, Unpacked<R>>,
    encoding: &'static Encoding,
    decoder: Decoder,
    bytes_read: u64,
    ended: bool,
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(reader) => reader.read(buffer),
            Self::Gz(reader) => reader.read(buffer),
        }
    }
}

impl<R: Read> Text<R> {
    pub(super) fn open(reader: R) -> Result<Self, TableError> {
        let mut unpacked = unpack(reader)?;
        let head = read_up_to(&mut unpacked, ENCODING_SAMPLE_BYTES)?;
        if head.starts_with(b"PK\x03\x04") || head.starts_with(b"\xD0\xCF\x11\xE0") {
            return Err(match unpacked {
                Unpacked::Gz(_) => TableError::PackedWorkbook,
                Unpacked::Plain(_) => TableError::Workbook,
            });
        }
        let encoding = detect(&head);
        let source = Cursor::new(head).chain(unpacked);
        let decoder = encoding.new_decoder_with_bom_removal();
        Ok(Self {
            source,
            encoding,
            decoder,
            bytes_read: 0,
            ended: false,
        })
    }

    pub(super) fn encoding(&self) -> &'static str {
        self.encoding.name()
    }

    /// Appends the next part of the text; `false` at the end. Wrong bytes become U+FFFD.
    pub(super) fn read_into(&mut self, text: &mut String) -> Result<bool, TableError> {
        if self.ended {
            return Ok(false);
        }
        let mut chunk = [0; CHUNK_BYTES];
        let count = self.source.read(&mut chunk)?;
        self.ended = count == 0;
        self.bytes_read += u64::try_from(count).unwrap_or(u64::MAX);
        if self.bytes_read > TABLE_BYTES_MAX {
            return Err(TableError::TooLarge);
        }
        let mut left = &chunk[..count];
        loop {
            let room = self
                .decoder
                .max_utf8_buffer_length(left.len())
                .unwrap_or(CHUNK_BYTES * 4);
            text.reserve(room);
            let (result, used, _) = self.decoder.decode_to_string(left, text, self.ended);
            left = &left[used..];
            if result == CoderResult::InputEmpty {
                return Ok(true);
            }
        }
    }
}

fn unpack<R: Read>(mut reader: R) -> Result<Unpacked<R>, TableError> {
    let magic = read_up_to(&mut reader, 2)?;
    let packed = magic == [0x1f, 0x8b];
    let peeked = Cursor::new(magic).chain(reader);
    Ok(if packed {
        Unpacked::Gz(Box::new(MultiGzDecoder::new(peeked)))
    } else {
        Unpacked::Plain(peeked)
    })
}

fn read_up_to(reader: &mut impl Read, bytes_max: usize) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX);
    reader.take(limit).read_to_end(&mut head)?;
    Ok(head)
}

/// A byte order mark decides; then valid UTF-8; then zero bytes in every other place; then
/// whether the letters beyond ASCII stand in runs (Russian) or among Latin ones (Polish).
fn detect(head: &[u8]) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(head) {
        return encoding;
    }
    let zeros = |offset: usize| {
        head.iter()
            .skip(offset)
            .step_by(2)
            .filter(|b| **b == 0)
            .count()
    };
    let (even, odd) = (zeros(0), zeros(1));
    // Ten per cent is far above what a table of text holds by accident.
    if (even.max(odd)) * 10 > head.len() {
        return if odd > even { UTF_16LE } else { UTF_16BE };
    }
    match std::str::from_utf8(head) {
        Ok(_) => UTF_8,
        // A letter cut in two by the end of the sample.
        Err(error) if error.error_len().is_none() => UTF_8,
        Err(_) => single_byte(head),
    }
}

fn single_byte(head: &[u8]) -> &'static Encoding {
    let (mut in_runs, mut among_latin) = (0_usize, 0_usize);
    for pair in head.windows(2) {
        match (pair[0], pair[1]) {
            (0xC0..=0xFF, 0xC0..=0xFF) => in_runs += 1,
            (high, low) | (low, high) if high >= 0x80 && low.is_ascii_alphabetic() => {
                among_latin += 1;
            }
            _ => {}
        }
    }
    if among_latin > in_runs {
        WINDOWS_1250
    } else {
        WINDOWS_1251
    }
}
