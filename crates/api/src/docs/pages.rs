//! Which pages there are, and in which order a reader meets them.

use std::borrow::Cow;

use rust_embed::RustEmbed;

use super::{REFERENCE, markdown};

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../docs"]
#[include = "*.md"]
#[include = "operating/*.md"]
#[include = "tutorials/*.md"]
#[exclude = "decisions/*"]
struct Files;

/// Pages that belong together.
pub(super) struct Group {
    pub(super) title: &'static str,
    /// Paths without the ending.
    pages: &'static [&'static str],
}

pub(super) const GROUPS: &[Group] = &[
    Group {
        title: "Begin",
        pages: &[
            "tutorials/first-site",
            "tutorials/first-costs",
            "tutorials/first-lead",
            "tutorial",
            "tracking",
            "clients",
            "imports",
            "conversions",
        ],
    },
    Group {
        title: "Numbers",
        pages: &[
            "metrics",
            "custom-metrics",
            "analytics",
            "views",
            "reconciliation",
        ],
    },
    Group {
        title: "People and programs",
        pages: &[
            "roles", "reach", "sign-in", "webhooks", "requests", REFERENCE,
        ],
    },
    Group {
        title: "Operate",
        pages: &[
            "operating",
            "operating/nodes",
            "operating/scale",
            "backups",
            "export",
            "upgrading",
        ],
    },
    Group {
        title: "Trust",
        pages: &["privacy", "register", "security"],
    },
];

/// One page as it is written.
pub(super) struct Page {
    pub(super) path: &'static str,
    pub(super) title: String,
    pub(super) text: Cow<'static, str>,
}

impl Page {
    pub(super) fn find(path: &str) -> Option<Self> {
        let all = GROUPS.iter().flat_map(|group| group.pages);
        let path = all.copied().find(|known| *known == path)?;
        let text = match Files::get(&format!("{path}.md"))?.data {
            Cow::Borrowed(bytes) => Cow::Borrowed(std::str::from_utf8(bytes).ok()?),
            Cow::Owned(bytes) => Cow::Owned(String::from_utf8(bytes).ok()?),
        };
        let title = markdown::title(&text).to_owned();
        Some(Self { path, title, text })
    }
}

impl Group {
    /// Path, title and first sentence of each page.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'static str, String, String)> {
        self.pages.iter().filter_map(|path| match *path {
            REFERENCE => {
                let about = "Every address, what it takes and what it answers.";
                Some((REFERENCE, "API reference".to_owned(), about.to_owned()))
            }
            path => {
                let page = Page::find(path)?;
                Some((path, page.title, markdown::first_sentence(&page.text)))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_of_the_folder_has_its_place() {
        let mut placed: Vec<_> = GROUPS.iter().flat_map(|group| group.pages).collect();
        placed.retain(|path| **path != REFERENCE);
        placed.sort();
        let mut there: Vec<_> = Files::iter().collect();
        there.sort();
        let there: Vec<_> = there
            .iter()
            .filter_map(|name| name.strip_suffix(".md"))
            .collect();
        assert_eq!(placed.into_iter().copied().collect::<Vec<_>>(), there);
    }

    #[test]
    fn every_page_has_a_title_and_says_what_it_is_about() {
        for group in GROUPS {
            for (path, title, about) in group.entries() {
                assert!(
                    !title.is_empty() && about.ends_with(['.', '!', '?']),
                    "{path}: {about}"
                );
            }
            assert_eq!(group.entries().count(), group.pages.len());
        }
    }
}
