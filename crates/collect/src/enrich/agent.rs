//! Browser, system and kind of device out of a user agent.

use base::{Agent, BotReason, Device};

use super::{AgentInfo, bots, uap};

pub(super) fn describe(user_agent: &str) -> AgentInfo {
    let bot = match user_agent {
        "" => Some(BotReason::NoUserAgent),
        _ if bots::is_bot(user_agent) => Some(BotReason::UserAgent),
        _ => None,
    };
    let (browser, os) = uap::families(user_agent);
    let agent = Agent {
        device: device(user_agent),
        browser,
        os,
    };
    AgentInfo { agent, bot }
}

/// Tablets first: many of them also claim to be phones or desktops.
fn device(user_agent: &str) -> Device {
    let has = |words: &[&str]| words.iter().any(|word| user_agent.contains(word));
    let android = user_agent.contains("Android");
    let mobile = user_agent.contains("Mobile");
    if has(&[
        "iPad", "Tablet", "tablet", "PlayBook", "Silk/", "Kindle", "SM-T", "Nexus 7", "Nexus 10",
    ]) || (android && !mobile && !has(&["TV", "Android Auto"]))
    {
        return Device::Tablet;
    }
    if mobile
        || android
        || has(&[
            "iPhone",
            "iPod",
            "Phone",
            "BlackBerry",
            "Opera Mini",
            "J2ME",
        ])
    {
        return if has(&["TV"]) {
            Device::Unknown
        } else {
            Device::Phone
        };
    }
    let desktop = [
        "Windows",
        "Macintosh",
        "X11",
        "CrOS",
        "Linux x86_64",
        "Linux i686",
    ];
    if has(&desktop) && !has(&["TV", "PlayStation", "Xbox"]) {
        return Device::Desktop;
    }
    Device::Unknown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(user_agent: &str, device: Device, browser: &str, os: &str, is_bot: bool) {
        let info = describe(user_agent);
        let actual = (
            info.agent.device,
            &*info.agent.browser,
            &*info.agent.os,
            info.bot.is_some(),
        );
        assert_eq!(actual, (device, browser, os, is_bot), "{user_agent}");
    }

    #[test]
    fn common_agents_are_described() {
        check(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
             Chrome/124.0.0.0 Safari/537.36",
            Device::Desktop,
            "Chrome",
            "Windows",
            false,
        );
        check(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, \
             like Gecko) Version/17.4 Mobile/15E148 Safari/604.1",
            Device::Phone,
            "Mobile Safari",
            "iOS",
            false,
        );
        check(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
             Chrome/122.0.0.0 YaBrowser/24.4.0.0 Safari/537.36",
            Device::Desktop,
            "Yandex Browser",
            "Windows",
            false,
        );
        check(
            "Mozilla/5.0 (Linux; Android 13; CUBOT X70) AppleWebKit/537.36 (KHTML, like Gecko) \
             Chrome/124.0.0.0 Mobile Safari/537.36",
            Device::Phone,
            "Chrome Mobile",
            "Android",
            false,
        );
    }

    #[test]
    fn machines_are_recognised() {
        for user_agent in [
            "",
            "curl/8.5.0",
            "Wget/1.21",
            "python-requests/2.31",
            "Go-http-client/2.0",
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
            "Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/120.0 Safari/537.36",
            "facebookexternalhit/1.1",
            "Mozilla/5.0 (compatible; some-new-crawler/1.0)",
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2)",
            "TelegramBot (like TwitterBot)",
        ] {
            assert!(describe(user_agent).bot.is_some(), "{user_agent}");
        }
    }
}
