//! The font: how wide its letters are, and as much of a text as fits.

use krilla::text::Font;
use ttf_parser::Face;

use super::refused;
use crate::error::Result;

/// `DejaVu` Sans Condensed 2.37: Latin, Cyrillic, signs of currencies.
const FONT: &[u8] = include_bytes!("../fonts/DejaVuSansCondensed.ttf");

pub(super) struct Letters {
    pub(super) font: Font,
    face: Face<'static>,
}

impl Letters {
    pub(super) fn new() -> Result<Self> {
        let font = Font::new(FONT.into(), 0).ok_or_else(|| refused("the font is broken"))?;
        let face = Face::parse(FONT, 0).map_err(|error| refused(&error.to_string()))?;
        Ok(Self { font, face })
    }

    /// In points.
    pub(super) fn width(&self, text: &str, size: f32) -> f32 {
        text.chars().map(|letter| self.advance(letter, size)).sum()
    }

    /// The text, or as much of it as fits.
    pub(super) fn cut(&self, text: &str, size: f32, width: f32) -> String {
        if self.width(text, size) <= width {
            return text.to_owned();
        }
        let mut kept = String::new();
        let mut taken = self.advance('…', size);
        for letter in text.chars() {
            taken += self.advance(letter, size);
            if taken > width {
                break;
            }
            kept.push(letter);
        }
        format!("{}…", kept.trim_end())
    }

    /// The text in lines, broken between words; what the last line has no room for is cut.
    pub(super) fn wrap(&self, text: &str, size: f32, width: f32, lines_max: usize) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let is_full = lines.len() == lines_max;
            match lines.last_mut() {
                Some(line) => {
                    let longer = format!("{line} {word}");
                    if is_full || self.width(&longer, size) <= width {
                        *line = longer;
                    } else {
                        lines.push(word.to_owned());
                    }
                }
                None => lines.push(word.to_owned()),
            }
        }
        lines
            .iter()
            .map(|line| self.cut(line, size, width))
            .collect()
    }

    /// A letter that the font has not stands as a box, as wide as glyph 0.
    fn advance(&self, letter: char, size: f32) -> f32 {
        let glyph = self.face.glyph_index(letter).unwrap_or_default();
        let units = self.face.glyph_hor_advance(glyph).unwrap_or_default();
        f32::from(units) * size / f32::from(self.face.units_per_em())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_has_the_letters_of_every_language_and_the_signs_of_currencies() {
        let letters = Letters::new().unwrap();
        let wanted = "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдеёжзийклмнопрстуфхцчшщъыьэюя\
            ĄĆĘŁŃÓŚŹŻąćęłńóśźż0123456789−–—…«»„”“→×÷%€₽£$·\u{a0}";
        let missing = |letter: &char| letters.face.glyph_index(*letter).is_none();
        let missing: Vec<char> = wanted.chars().filter(missing).collect();
        assert_eq!(missing, Vec::<char>::new());
    }

    #[test]
    fn what_does_not_fit_is_cut_and_says_so_however_long_it_is() {
        let letters = Letters::new().unwrap();
        assert_eq!(letters.cut("Źródła", 8.0, 100.0), "Źródła");
        for text in ["Источники переходов на сайт".to_owned(), "щ".repeat(5_000)]
        {
            let cut = letters.cut(&text, 8.0, 90.0);
            assert!(cut.ends_with('…') && cut.len() > 10, "{cut}");
            assert!(letters.width(&cut, 8.0) <= 90.0, "{cut}");
        }
        assert!(letters.width(&"щ".repeat(5_000), 8.0) > 20_000.0);
    }

    #[test]
    fn a_heading_goes_over_lines_at_its_words() {
        let letters = Letters::new().unwrap();
        let lines = letters.wrap("Стоимость лида, RUB", 8.0, 50.0, 3);
        assert_eq!(lines, ["Стоимость", "лида, RUB"]);
        let lines = letters.wrap("one two three four", 8.0, 22.0, 2);
        assert_eq!((lines.len(), &*lines[0]), (2, "one"));
        assert!(lines[1].ends_with('…'), "{lines:?}");
    }
}
