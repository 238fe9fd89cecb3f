//! Referrers that only exist to be seen in reports.

use domain::source::without_www;

/// Hosts that are known for made-up visits; each also covers its subdomains.
const SPAM_HOSTS: &[&str] = &[
    "semalt.com",
    "buttons-for-website.com",
    "buttons-for-your-website.com",
    "best-seo-offer.com",
    "best-seo-solution.com",
    "darodar.com",
    "econom.co",
    "ilovevitaly.com",
    "ilovevitaly.ru",
    "priceg.com",
    "hulfingtonpost.com",
    "blackhatworth.com",
    "o-o-6-o-o.com",
    "o-o-8-o-o.com",
    "social-buttons.com",
    "simple-share-buttons.com",
    "free-share-buttons.com",
    "free-social-buttons.com",
    "floating-share-buttons.com",
    "event-tracking.com",
    "get-free-traffic-now.com",
    "traffic2money.com",
    "trafficmonetize.org",
    "4webmasters.org",
    "100dollars-seo.com",
    "seo-platform.com",
    "success-seo.com",
    "videos-for-your-business.com",
    "googlsucks.com",
    "guardlink.org",
    "rankings-analytics.com",
    "website-analyzer.info",
    "bestwebsitesawards.com",
    "cenoval.ru",
    "iskalko.ru",
    "kambasoft.com",
    "savetubevideo.com",
    "make-money-online.com",
    "7makemoneyonline.com",
    "humanorightswatch.org",
    "cenokos.ru",
    "sharebutton.net",
    "adcash.top",
    "ranksonic.info",
    "resellerclub.top",
    "uptime.ovh",
    "monetizationking.net",
    "trafers.com",
    "vodkoved.ru",
    "sanjosestartups.com",
];

/// Whether a referrer's host is a known spammer.
pub(crate) fn is_spam(referrer_host: &str) -> bool {
    let mut rest = without_www(referrer_host);
    while !rest.is_empty() {
        if SPAM_HOSTS.contains(&rest) {
            return true;
        }
        rest = rest.split_once('.').map_or("", |(_, parent)| parent);
    }
    false
}
