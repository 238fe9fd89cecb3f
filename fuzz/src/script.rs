//! Bytes read as decisions, for targets whose input is a course of events.

/// What is left of the bytes. Behind their end everything is zero.
pub(crate) struct Script<'a>(&'a [u8]);

impl<'a> Script<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn byte(&mut self) -> u8 {
        match self.0 {
            [first, rest @ ..] => {
                self.0 = rest;
                *first
            }
            [] => 0,
        }
    }

    /// A number below `bound`, which is not zero.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let number = u32::from_le_bytes([0; 4].map(|_: u8| self.byte()));
        usize::try_from(number).unwrap() % bound
    }
}
