//! Markdown as HTML: headings that can be linked to, links between the pages as they are served,
//! and nothing of what a page says taken for markup.

use std::collections::HashMap;

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html::push_html};

/// The page as HTML; `path` is its own, from which its links are followed.
pub(super) fn html(text: &str, path: &str) -> String {
    let mut events: Vec<Event<'_>> = Parser::new_ext(text, Options::ENABLE_TABLES)
        .map(|event| match event {
            Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
            other => other,
        })
        .collect();
    name_headings(&mut events);
    follow_links(&mut events, path);
    let mut html = String::with_capacity(text.len() * 2);
    push_html(&mut html, scrolling(events).into_iter());
    // Long lines of code scroll by themselves, also by the keyboard.
    html.replace("<pre>", "<pre tabindex=\"0\">")
}

/// The first heading.
pub(super) fn title(text: &str) -> &str {
    let line = text.lines().find_map(|line| line.strip_prefix("# "));
    line.unwrap_or_default().trim()
}

/// The first sentence that is no heading, as plain text.
pub(super) fn first_sentence(text: &str) -> String {
    let (mut said, mut is_inside) = (String::new(), false);
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Paragraph) => is_inside = true,
            Event::Text(text) | Event::Code(text) if is_inside => said += &text,
            Event::SoftBreak | Event::HardBreak if is_inside => said.push(' '),
            Event::End(TagEnd::Paragraph) => break,
            _ => {}
        }
    }
    match said.find(". ") {
        Some(end) => said[..=end].to_owned(),
        None => said,
    }
}

/// Text where markup is read.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '"' => safe += "&quot;",
            other => safe.push(other),
        }
    }
    safe
}

/// What a heading is called in links: its letters and digits, with hyphens for spaces.
pub(super) fn anchor(heading: &str) -> String {
    let lower = heading.trim().to_lowercase();
    let kept = lower.chars().filter_map(|letter| match letter {
        ' ' | '-' => Some('-'),
        '_' => Some('_'),
        letter => letter.is_alphanumeric().then_some(letter),
    });
    kept.collect()
}

/// Where several headings of a page are called alike, the later ones are numbered.
fn name_headings(events: &mut [Event<'_>]) {
    let mut known: HashMap<String, usize> = HashMap::new();
    for at in 0..events.len() {
        if !matches!(events[at], Event::Start(Tag::Heading { .. })) {
            continue;
        }
        let inside = events[at + 1..].iter();
        let inside = inside.take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))));
        let said: String = inside
            .filter_map(|event| match event {
                Event::Text(text) | Event::Code(text) => Some(&**text),
                _ => None,
            })
            .collect();
        let mut name = anchor(&said);
        let again = known.entry(name.clone()).or_default();
        if *again > 0 {
            name += &format!("-{again}");
        }
        *again += 1;
        if let Event::Start(Tag::Heading { id, level, .. }) = &mut events[at]
            && *level != HeadingLevel::H1
        {
            *id = Some(name.into());
        }
    }
}

/// Links between pages lead to pages; what is in the repository alone is said without a link.
fn follow_links(events: &mut Vec<Event<'_>>, path: &str) {
    let mut dropped = false;
    events.retain_mut(|event| match event {
        Event::Start(Tag::Link { dest_url, .. }) => {
            let target = served(dest_url, path);
            dropped = target.is_none();
            if let Some(target) = target {
                *dest_url = target;
            }
            !dropped
        }
        Event::End(TagEnd::Link) => !std::mem::take(&mut dropped),
        _ => true,
    });
}

/// The address of what a page links to, where it is served.
fn served<'l>(link: &str, path: &str) -> Option<CowStr<'l>> {
    if link.starts_with('#') || link.contains("://") {
        return Some(link.to_owned().into());
    }
    let (file, fragment) = link
        .split_once('#')
        .map_or((link, None), |(file, at)| (file, Some(at)));
    let mut folder: Vec<&str> = path.split('/').collect();
    folder.pop();
    for part in file.split('/') {
        match part {
            "." => {}
            // Above the folder of the pages.
            ".." => drop(folder.pop()?),
            part => folder.push(part),
        }
    }
    let page = folder.join("/");
    let page = super::Page::find(page.strip_suffix(".md")?)?;
    let fragment = fragment.map_or_else(String::new, |at| format!("#{at}"));
    Some(format!("/docs/{}{fragment}", page.path).into())
}

/// Wide tables scroll by themselves, also by the keyboard.
fn scrolling(events: Vec<Event<'_>>) -> Vec<Event<'_>> {
    let mut framed = Vec::with_capacity(events.len());
    for event in events {
        match event {
            Event::Start(Tag::Table(_)) => {
                framed.push(Event::Html("<div class=\"scroll\" tabindex=\"0\">".into()));
                framed.push(event);
            }
            Event::End(TagEnd::Table) => {
                framed.push(event);
                framed.push(Event::Html("</div>".into()));
            }
            other => framed.push(other),
        }
    }
    framed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_pages_and_what_is_not_served_is_said_alone() {
        let text =
            "[a](tracking.md#the-cookie) [b](../deploy/README.md) [c](#x) [d](https://d.example/)";
        let said = html(text, "imports");
        assert!(
            said.contains("<a href=\"/docs/tracking#the-cookie\">a</a> b "),
            "{said}"
        );
        assert!(said.contains("href=\"#x\"") && said.contains("href=\"https://d.example/\""));
        let below = html(
            "[up](../backups.md) [out](../../xtask/scale.mjs)",
            "operating/scale",
        );
        assert!(
            below.contains("href=\"/docs/backups\"") && !below.contains("xtask"),
            "{below}"
        );
    }

    #[test]
    fn headings_can_be_linked_to_and_markup_is_text() {
        let said = html(
            "# A\n\n## On which day?\n\n## On which day?\n\n<b>x</b>",
            "a",
        );
        assert!(
            said.contains("<h2 id=\"on-which-day\">") && said.contains("id=\"on-which-day-1\"")
        );
        assert!(said.contains("&lt;b&gt;x&lt;/b&gt;"), "{said}");
    }

    #[test]
    fn every_link_of_every_page_leads_to_a_heading_that_is_there() {
        let mut wrong = Vec::new();
        for group in super::super::GROUPS {
            for (path, ..) in group.entries() {
                let Some(page) = super::super::Page::find(path) else {
                    continue;
                };
                let said = html(&page.text, path);
                for link in said.split("href=\"").skip(1) {
                    let link = link.split('"').next().unwrap_or_default();
                    let Some((target, at)) = link.split_once('#') else {
                        continue;
                    };
                    let of = match target.strip_prefix("/docs/") {
                        Some(other) => html(&super::super::Page::find(other).unwrap().text, other),
                        None => said.clone(),
                    };
                    if !of.contains(&format!("id=\"{at}\"")) {
                        wrong.push(format!("{path}: {link}"));
                    }
                }
            }
        }
        assert_eq!(wrong, [""; 0]);
    }
}
