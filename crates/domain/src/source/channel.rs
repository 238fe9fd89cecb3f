//! The GA4-style default channel group of a traffic tuple, with AI assistants beside it.
//!
//! The rules stand in their published order; the first that fits wins. All comparisons ignore
//! case.

use std::borrow::Cow;

use super::Category;

/// Why a tuple may count as paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaidBy {
    /// Only the medium can say so.
    Medium,
    /// The source's own auto-tagging put a click id on the landing.
    ClickId,
    /// The source names an advertising account.
    Advertising,
}

/// The parts of a tuple that decide its channel.
#[derive(Debug, Clone, Copy)]
pub struct Tags<'a> {
    /// Canonical name of the source.
    pub source: &'a str,
    pub category: Option<Category>,
    pub medium: &'a str,
    pub campaign: &'a str,
    pub paid_by: PaidBy,
}

const SOCIAL_MEDIA: [&str; 6] = [
    "social",
    "social-network",
    "social-media",
    "sm",
    "social network",
    "social media",
];
const DISPLAY_MEDIA: [&str; 5] = ["display", "banner", "expandable", "interstitial", "cpm"];
const EMAIL_WORDS: [&str; 5] = ["email", "e-mail", "e_mail", "e mail", "newsletter"];

/// The channel's stable snake-case name.
#[must_use]
pub fn default_channel(tags: &Tags<'_>) -> &'static str {
    let (source, medium) = (lower(tags.source), lower(tags.medium));
    let campaign = lower(tags.campaign);
    paid_channel(tags, &medium, &campaign)
        .unwrap_or_else(|| unpaid_channel(tags.category, &source, &medium, &campaign))
}

fn paid_channel(tags: &Tags<'_>, medium: &str, campaign: &str) -> Option<&'static str> {
    if campaign.contains("cross-network") {
        return Some("cross_network");
    }
    let by_medium = is_paid_medium(medium);
    let paid = by_medium || tags.paid_by != PaidBy::Medium;
    let shopping = tags.category == Some(Category::Shopping) || is_shopping_campaign(campaign);
    match tags.category {
        _ if shopping && by_medium => Some("paid_shopping"),
        Some(Category::Search) if paid => Some("paid_search"),
        Some(Category::Social) if paid => Some("paid_social"),
        Some(Category::Video) if paid => Some("paid_video"),
        _ if DISPLAY_MEDIA.contains(&medium) => Some("display"),
        _ if paid => Some("paid_other"),
        _ => None,
    }
}

fn unpaid_channel(
    category: Option<Category>,
    source: &str,
    medium: &str,
    campaign: &str,
) -> &'static str {
    if category == Some(Category::Shopping) || is_shopping_campaign(campaign) {
        return "organic_shopping";
    }
    if category == Some(Category::Social) || SOCIAL_MEDIA.contains(&medium) {
        return "organic_social";
    }
    if category == Some(Category::Video) || medium.contains("video") {
        return "organic_video";
    }
    if category == Some(Category::Assistant) {
        return "ai_assistants";
    }
    if category == Some(Category::Search) || medium == "organic" {
        return "organic_search";
    }
    let email = EMAIL_WORDS.contains(&source) || EMAIL_WORDS.contains(&medium);
    if email || category == Some(Category::Email) {
        return "email";
    }
    match medium {
        "affiliate" => return "affiliates",
        "audio" => return "audio",
        _ if source == "sms" || medium == "sms" => return "sms",
        _ => {}
    }
    let pushed = medium.ends_with("push") || medium.contains("mobile");
    if pushed || medium.contains("notification") || source == "firebase" {
        return "mobile_push";
    }
    let referral = matches!(medium, "referral" | "app" | "link") || !source.is_empty();
    if referral { "referral" } else { "direct" }
}

/// `^(.*cp.*|ppc|retargeting|paid.*)$`
fn is_paid_medium(medium: &str) -> bool {
    medium.contains("cp") || matches!(medium, "ppc" | "retargeting") || medium.starts_with("paid")
}

/// `^(.*(([^a-df-z]|^)shop|shopping).*)$`: "eshop" fits, "workshop" does not.
fn is_shopping_campaign(campaign: &str) -> bool {
    let bytes = campaign.as_bytes();
    campaign.contains("shopping")
        || campaign.match_indices("shop").any(|(at, _)| {
            let before = at.checked_sub(1).and_then(|index| bytes.get(index));
            before.is_none_or(|byte| !matches!(byte, b'a'..=b'd' | b'f'..=b'z'))
        })
}

fn lower(text: &str) -> Cow<'_, str> {
    if text.is_ascii() && !text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.to_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::super::channel_of_tags;

    fn check(source: &str, medium: &str, campaign: &str, channel: &str) {
        let actual = channel_of_tags(source, medium, campaign);
        assert_eq!(actual, channel, "{source} / {medium} / {campaign}");
    }

    #[test]
    fn paid_rules_stand_in_their_order() {
        check("google", "cpc", "Sale Cross-Network", "cross_network");
        check("google", "cpc", "eshop", "paid_shopping");
        check("ebay", "PPC", "", "paid_shopping");
        check("google", "cpc", "workshop", "paid_search");
        check("Yandex", "CPC", "", "paid_search");
        check("adwords", "", "", "paid_search");
        check("facebook", "paid-social", "", "paid_social");
        check("youtube", "cpv-cpm", "", "paid_video");
        check("youtube", "cpm", "", "paid_video");
        check("somewhere", "cpm", "", "display");
        check("somewhere", "Banner", "", "display");
        check("somewhere", "tcp-banner", "", "paid_other");
        check("somewhere", "retargeting", "", "paid_other");
    }

    #[test]
    fn unpaid_rules_stand_in_their_order() {
        check("amazon", "", "", "organic_shopping");
        check("", "", "spring shopping", "organic_shopping");
        check("vk", "", "", "organic_social");
        check("x.example", "social", "", "organic_social");
        check("youtube", "", "", "organic_video");
        check("x.example", "videoclip", "", "organic_video");
        check("chatgpt", "", "", "ai_assistants");
        check("bing", "", "", "organic_search");
        check("x.example", "organic", "", "organic_search");
        check("newsletter", "", "", "email");
        check("x.example", "E-Mail", "", "email");
        check("x.example", "affiliate", "", "affiliates");
        check("x.example", "audio", "", "audio");
        check("sms", "", "", "sms");
        check("x.example", "web-push", "", "mobile_push");
        check("firebase", "", "", "mobile_push");
        check("x.example", "", "", "referral");
        check("", "referral", "", "referral");
        check("", "", "", "direct");
    }
}
