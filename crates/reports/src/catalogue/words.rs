//! A text in every language of the product.

use crate::context::Language;

/// The same text in English, Russian and Polish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    pub en: &'static str,
    pub ru: &'static str,
    pub pl: &'static str,
}

impl Words {
    #[must_use]
    pub const fn new(en: &'static str, ru: &'static str, pl: &'static str) -> Self {
        Self { en, ru, pl }
    }

    /// For abbreviations that are the same everywhere.
    #[must_use]
    pub const fn same(text: &'static str) -> Self {
        Self {
            en: text,
            ru: text,
            pl: text,
        }
    }

    #[must_use]
    pub fn get(&self, language: Language) -> &'static str {
        match language {
            Language::En => self.en,
            Language::Ru => self.ru,
            Language::Pl => self.pl,
        }
    }
}
