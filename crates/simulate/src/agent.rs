//! What people's and crawlers' browsers call themselves, and where they are.

use crate::dice::Dice;

const BROWSERS: [&str; 12] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
     Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
     Chrome/140.0.0.0 YaBrowser/25.10.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like \
     Gecko) Version/18.6 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
     Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 \
     (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_7 like Mac OS X) AppleWebKit/605.1.15 \
     (KHTML, like Gecko) Version/17.7 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) \
     Chrome/141.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 14; SM-A556E) AppleWebKit/537.36 (KHTML, like Gecko) \
     Chrome/140.0.0.0 YaBrowser/25.10.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 13; SAMSUNG SM-S911B) AppleWebKit/537.36 (KHTML, like \
     Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 14; M2101K6G) AppleWebKit/537.36 (KHTML, like Gecko) \
     Chrome/139.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like \
     Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
];
const BROWSERS_WEIGHTS: [u64; 12] = [190, 110, 35, 55, 15, 150, 40, 180, 90, 50, 60, 25];

const CRAWLERS: [&str; 7] = [
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; \
     +https://openai.com/gptbot)",
    "python-requests/2.32.3",
];

/// The first two bytes of networks: mostly Russia, then Belarus, Kazakhstan, Poland and Germany.
const NETWORKS: [[u8; 2]; 16] = [
    [95, 24],
    [95, 25],
    [95, 26],
    [178, 140],
    [178, 141],
    [5, 228],
    [46, 138],
    [77, 37],
    [109, 252],
    [188, 32],
    [213, 87],
    [176, 59],
    [37, 214],
    [2, 72],
    [83, 0],
    [91, 0],
];
const NETWORKS_WEIGHTS: [u64; 16] = [
    100, 100, 80, 90, 80, 90, 80, 60, 60, 60, 50, 50, 20, 15, 10, 8,
];

/// A browser, and the address it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Agent {
    pub(crate) name: &'static str,
    pub(crate) address: [u8; 4],
}

/// A person's own device at home.
pub(crate) fn person(seed: u64) -> Agent {
    let mut dice = Dice::of(&[seed, 11]);
    let [first, second] = NETWORKS[dice.weighted(&NETWORKS_WEIGHTS)];
    let address = [first, second, byte(&mut dice), byte(&mut dice)];
    Agent {
        name: BROWSERS[dice.weighted(&BROWSERS_WEIGHTS)],
        address,
    }
}

/// A crawler in its data centre.
pub(crate) fn crawler(dice: &mut Dice) -> Agent {
    let name = dice.pick(&CRAWLERS);
    Agent {
        name,
        address: [66, 249, 64 + byte(dice) % 16, byte(dice)],
    }
}

/// From 1 to 254.
fn byte(dice: &mut Dice) -> u8 {
    u8::try_from(dice.between(1, 254)).unwrap_or(1)
}
