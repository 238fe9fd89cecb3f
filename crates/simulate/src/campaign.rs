//! Where the shop's visitors come from: campaigns, and the sources nobody pays for.

use crate::cost::CostFile;

/// A campaign, or an untagged source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Campaign {
    /// Names it in the truth.
    pub key: &'static str,
    pub tags: Tags,
    pub groups: &'static [Group],
    /// The parameter with the platform's click id; empty where there is none.
    pub click_id: &'static str,
    /// The referring address; empty where none is sent.
    pub referrer: &'static str,
    pub landing: &'static str,
    /// The click link that its visitors come through.
    pub link: Option<ShortLink>,
    pub run: Run,
    pub cost: Option<ClickPrice>,
}

/// UTM tags just as the shop's people wrote them; empty text is no tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tags {
    pub source: &'static str,
    pub medium: &'static str,
    pub campaign: &'static str,
}

/// An ad group with its ad and its keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    pub name: &'static str,
    pub ad: &'static str,
    /// Empty outside search.
    pub keyword: &'static str,
}

/// A click link of the shop; it leads to the campaign's landing with the campaign's tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShortLink {
    pub slug: &'static str,
    pub name: &'static str,
}

/// When a campaign runs, and what comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run {
    /// All year, with a share of the traffic.
    Always {
        weight: u64,
        leads_per_mille: u64,
        returning_per_mille: u64,
    },
    /// Only in the last full month, with exactly so many visits and leads.
    LastMonth { visits: u64, leads: u64 },
}

/// What a click costs, and where its bill comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClickPrice {
    pub file: CostFile,
    /// Without VAT.
    pub kopecks: i64,
    pub impressions_per_click: u64,
}

/// Every campaign and source, in a fixed order.
#[must_use]
pub fn campaigns() -> &'static [Campaign] {
    &CAMPAIGNS
}

const CAMPAIGNS: [Campaign; 30] = [
    // The worked examples: 100 × 150, 300 × 45 and 50 × 600 roubles.
    Campaign {
        click_id: "gclid",
        landing: "/sunglasses",
        run: Run::LastMonth {
            visits: 100,
            leads: 9,
        },
        cost: price(CostFile::GoogleAds, 15_000, 24),
        ..tagged("sunglasses", ["google", "cpc", "sunglasses"], &SUNGLASSES)
    },
    Campaign {
        click_id: "yclid",
        landing: "/lenses",
        run: Run::LastMonth {
            visits: 300,
            leads: 16,
        },
        cost: price(CostFile::YandexDirect, 4_500, 18),
        ..tagged("lenses", ["yandex", "cpc", "lenses"], &LENSES)
    },
    Campaign {
        click_id: "gclid",
        landing: "/glasses",
        run: Run::LastMonth {
            visits: 50,
            leads: 11,
        },
        cost: price(CostFile::GoogleAds, 60_000, 55),
        ..tagged(
            "diamond_glasses",
            ["google", "cpc", "diamond_glasses"],
            &DIAMOND,
        )
    },
    // Search.
    Campaign {
        click_id: "gclid",
        run: always(60, 42, 150),
        cost: price(CostFile::GoogleAds, 1_800, 9),
        ..tagged("google_brand", ["google", "cpc", "brand"], &BRAND)
    },
    Campaign {
        click_id: "gclid",
        landing: "/glasses",
        run: always(90, 20, 120),
        cost: price(CostFile::GoogleAds, 4_200, 21),
        ..tagged("google_generic", ["google", "cpc", "generic"], &GENERIC)
    },
    // A slip of the hand: the bill says google / cpc, the landings say otherwise.
    Campaign {
        landing: "/frames",
        run: always(16, 18, 100),
        cost: price(CostFile::GoogleAds, 3_500, 23),
        ..tagged("frames_autumn", ["gogle", "cpc ", "frames_autumn"], &FRAMES)
    },
    Campaign {
        click_id: "yclid",
        run: always(70, 45, 150),
        cost: price(CostFile::YandexDirect, 1_500, 8),
        ..tagged("yandex_brand", ["yandex", "cpc", "brand"], &BRAND)
    },
    Campaign {
        click_id: "yclid",
        landing: "/frames",
        run: always(110, 22, 120),
        cost: price(CostFile::YandexDirect, 3_800, 19),
        ..tagged("yandex_generic", ["yandex", "cpc", "generic"], &GENERIC)
    },
    Campaign {
        click_id: "yclid",
        landing: "/sale",
        run: always(30, 18, 600),
        cost: price(CostFile::YandexDirect, 1_200, 140),
        ..tagged(
            "yandex_retargeting",
            ["yandex", "cpc", "retargeting"],
            &BANNERS,
        )
    },
    // Nobody ever loads the bill of this one.
    Campaign {
        click_id: "msclkid",
        run: always(10, 20, 100),
        ..tagged("bing_generic", ["bing", "cpc", "generic"], &GENERIC)
    },
    // Social.
    Campaign {
        click_id: "rb_clickid",
        landing: "/frames",
        run: always(60, 10, 150),
        cost: price(CostFile::Vk, 2_200, 90),
        ..tagged("vk_frames", ["vk", "cpc", "vk_frames"], &BANNERS)
    },
    Campaign {
        click_id: "rb_clickid",
        landing: "/sale",
        run: always(30, 17, 100),
        cost: price(CostFile::Vk, 2_000, 70),
        ..tagged("vk_quiz", ["vk", "cpc", "vk_quiz"], &BANNERS)
    },
    Campaign {
        click_id: "fbclid",
        landing: "/sunglasses",
        run: always(40, 8, 120),
        cost: price(CostFile::Meta, 2_800, 80),
        ..tagged(
            "meta_lookalike",
            ["facebook", "paid_social", "lookalike"],
            &BANNERS,
        )
    },
    Campaign {
        run: always(25, 9, 300),
        ..untagged("vk_organic", "https://vk.com/")
    },
    Campaign {
        landing: "/sale",
        link: link("channel", "Messenger channel"),
        run: always(20, 14, 500),
        ..tagged("channel", ["telegram", "social", "channel_posts"], &POSTS)
    },
    // E-mail.
    Campaign {
        run: always(45, 26, 750),
        ..tagged("club_news", ["newsletter", "email", "club_news"], &LETTERS)
    },
    Campaign {
        landing: "/sale",
        run: always(12, 40, 850),
        ..tagged(
            "abandoned_basket",
            ["newsletter", "email", "abandoned_basket"],
            &LETTERS,
        )
    },
    // Partners.
    Campaign {
        landing: "/sale",
        run: always(35, 15, 200),
        ..tagged("cashback", ["admitad", "affiliate", "cashback"], &PARTNERS)
    },
    Campaign {
        landing: "/blog/how-to-choose-a-frame",
        link: link("blogger", "Style bloggers"),
        run: always(18, 12, 150),
        ..tagged(
            "bloggers",
            ["bloggers", "affiliate", "style_blogs"],
            &PARTNERS,
        )
    },
    // Search results, direct, referrals, assistants.
    Campaign {
        run: always(120, 13, 250),
        ..untagged("seo_google", "https://www.google.com/")
    },
    Campaign {
        run: always(160, 14, 250),
        ..untagged("seo_yandex", "https://yandex.ru/")
    },
    Campaign {
        run: always(14, 10, 150),
        ..untagged("seo_bing", "https://www.bing.com/")
    },
    Campaign {
        run: always(150, 16, 600),
        ..untagged("direct", "")
    },
    Campaign {
        run: always(26, 22, 150),
        ..untagged("maps", "https://2gis.ru/moscow/firm/7")
    },
    Campaign {
        run: always(14, 12, 100),
        ..untagged("reviews", "https://otzovik.com/reviews/")
    },
    Campaign {
        run: always(12, 24, 150),
        ..untagged("chatgpt", "https://chatgpt.com/")
    },
    Campaign {
        run: always(5, 22, 120),
        ..untagged("perplexity", "https://www.perplexity.ai/")
    },
    // Offline, as far as it brings people to the site.
    Campaign {
        landing: "/stores",
        link: link("metro", "Leaflet in the metro"),
        run: always(10, 20, 100),
        ..tagged(
            "metro_leaflet",
            ["leaflet", "qr", "metro_leaflet"],
            &LEAFLETS,
        )
    },
    Campaign {
        landing: "/clinic",
        run: always(6, 25, 100),
        ..tagged("store_window", ["store", "qr", "store_window"], &LEAFLETS)
    },
    Campaign {
        landing: "/lenses",
        link: link("receipt", "Code on the receipt"),
        run: always(12, 30, 850),
        ..tagged("receipt", ["receipt", "qr", "come_again"], &LEAFLETS)
    },
];

const SUNGLASSES: [Group; 3] = [
    group("polarised", "summer_sale", "polarised sunglasses"),
    group("aviator", "summer_sale", "aviator sunglasses"),
    group("brands", "new_brands", "designer sunglasses"),
];
const LENSES: [Group; 3] = [
    group("daily", "free_delivery", "daily contact lenses"),
    group("monthly", "free_delivery", "monthly contact lenses"),
    group("coloured", "try_a_colour", "coloured contact lenses"),
];
const DIAMOND: [Group; 2] = [
    group("gift", "by_the_jeweller", "glasses with diamonds"),
    group("luxury", "by_the_jeweller", "luxury frames"),
];
const BRAND: [Group; 2] = [
    group("brand_name", "official_site", "optics store"),
    group("brand_address", "stores_nearby", "optics store address"),
];
const GENERIC: [Group; 5] = [
    group("glasses", "eye_test_free", "buy glasses"),
    group("frames", "500_frames", "glasses frames"),
    group("progressive", "two_pairs", "progressive glasses"),
    group("children", "children_first", "glasses for children"),
    group("eye_test", "eye_test_free", "eye test near me"),
];
const FRAMES: [Group; 2] = [
    group("titanium", "autumn", "titanium frames"),
    group("acetate", "autumn", "acetate frames"),
];
const BANNERS: [Group; 3] = [
    group("women_25_45", "carousel_1", ""),
    group("men_25_45", "carousel_2", ""),
    group("parents", "video_1", ""),
];
const LETTERS: [Group; 2] = [
    group("subscribers", "top_button", ""),
    group("customers", "picture", ""),
];
const POSTS: [Group; 2] = [
    group("news", "new_frames", ""),
    group("sale", "last_pairs", ""),
];
const PARTNERS: [Group; 3] = [
    group("pub_1042", "", ""),
    group("pub_2210", "", ""),
    group("pub_3387", "", ""),
];
const LEAFLETS: [Group; 1] = [group("moscow", "leaflet", "")];

const fn tagged(key: &'static str, tags: [&'static str; 3], groups: &'static [Group]) -> Campaign {
    let [source, medium, campaign] = tags;
    let tags = Tags {
        source,
        medium,
        campaign,
    };
    Campaign {
        tags,
        groups,
        ..untagged(key, "")
    }
}

const fn untagged(key: &'static str, referrer: &'static str) -> Campaign {
    Campaign {
        key,
        tags: Tags {
            source: "",
            medium: "",
            campaign: "",
        },
        groups: &[],
        click_id: "",
        referrer,
        landing: "/",
        link: None,
        run: always(0, 0, 0),
        cost: None,
    }
}

const fn link(slug: &'static str, name: &'static str) -> Option<ShortLink> {
    Some(ShortLink { slug, name })
}

const fn group(name: &'static str, ad: &'static str, keyword: &'static str) -> Group {
    Group { name, ad, keyword }
}

const fn always(weight: u64, leads_per_mille: u64, returning_per_mille: u64) -> Run {
    Run::Always {
        weight,
        leads_per_mille,
        returning_per_mille,
    }
}

const fn price(file: CostFile, kopecks: i64, impressions_per_click: u64) -> Option<ClickPrice> {
    Some(ClickPrice {
        file,
        kopecks,
        impressions_per_click,
    })
}
