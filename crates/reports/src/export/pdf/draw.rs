//! Puts what was laid out into a document.

use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule, Paint, Stroke};
use krilla::surface::Surface;
use krilla::text::TextDirection;
use krilla::{Document, SerializeSettings};

use super::layout::{Bar, Colour, PAGE_HEIGHT, PAGE_WIDTH, Page, Text, Weight};
use super::letters::Letters;
use super::refused;
use crate::error::Result;

/// How much thicker the lines of bold letters are, in points.
const BOLD: f32 = 0.3;

pub(super) fn draw(
    letters: &Letters,
    pages: &[Page],
    title: &str,
    settings: SerializeSettings,
) -> Result<Vec<u8>> {
    let mut document = Document::new_with(settings);
    document.set_metadata(Metadata::new().title(title.to_owned()));
    for each in pages {
        let size = PageSettings::from_wh(PAGE_WIDTH, PAGE_HEIGHT);
        let size = size.ok_or_else(|| refused("a page has no size"))?;
        let mut page = document.start_page_with(size);
        let mut surface = page.surface();
        for one in &each.bars {
            bar(&mut surface, one);
        }
        for one in &each.texts {
            text(&mut surface, letters, one);
        }
        surface.finish();
        page.finish();
    }
    document
        .finish()
        .map_err(|error| refused(&format!("{error:?}")))
}

fn bar(surface: &mut Surface<'_>, bar: &Bar) {
    let mut path = PathBuilder::new();
    path.move_to(bar.left, bar.top);
    path.line_to(bar.left + bar.width, bar.top);
    path.line_to(bar.left + bar.width, bar.top + bar.height);
    path.line_to(bar.left, bar.top + bar.height);
    path.close();
    let Some(path) = path.finish() else {
        return;
    };
    surface.set_stroke(None);
    surface.set_fill(Some(filled(bar.colour)));
    surface.draw_path(&path);
}

fn text(surface: &mut Surface<'_>, letters: &Letters, text: &Text) {
    surface.set_fill(Some(filled(text.colour)));
    surface.set_stroke(match text.weight {
        Weight::Plain => None,
        Weight::Bold => Some(Stroke {
            paint: paint(text.colour),
            width: BOLD,
            ..Stroke::default()
        }),
    });
    surface.draw_text(
        Point::from_xy(text.left, text.base),
        letters.font.clone(),
        text.size,
        &text.text,
        false,
        TextDirection::LeftToRight,
    );
}

fn filled(colour: Colour) -> Fill {
    Fill {
        paint: paint(colour),
        opacity: NormalizedF32::ONE,
        rule: FillRule::default(),
    }
}

fn paint([red, green, blue]: Colour) -> Paint {
    rgb::Color::new(red, green, blue).into()
}
