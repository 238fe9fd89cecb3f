//! Cost files, byte for byte as the platforms give them out.

use base::{Day, DayRange};
use csv::{QuoteStyle, Writer, WriterBuilder};

use crate::cost::{CostFile, CostRow};
use crate::plan::Plan;

/// A file to upload, and how its costs are to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    pub name: String,
    pub content_type: &'static str,
    pub bytes: Vec<u8>,
    /// Rows of data.
    pub rows: u64,
}

impl CostFile {
    /// How visits of this platform's ads are tagged: source, medium, platform.
    #[must_use]
    pub fn tags(self) -> [&'static str; 3] {
        match self {
            Self::GoogleAds => ["google", "cpc", "google_ads"],
            Self::YandexDirect => ["yandex", "cpc", "yandex_direct"],
            Self::Vk => ["vk", "cpc", "vk_ads"],
            Self::Meta => ["facebook", "paid_social", "meta_ads"],
        }
    }
}

impl Plan {
    /// A platform's file for a range of days; `None` where nothing was spent.
    ///
    /// # Errors
    /// When a row cannot be written, which a table in memory never refuses.
    pub fn cost_file(&self, file: CostFile, range: DayRange) -> Result<Option<Upload>, csv::Error> {
        let rows: Vec<CostRow> = range.days().flat_map(|day| self.costs(file, day)).collect();
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
            return Ok(None);
        };
        let days = (first.day, last.day);
        let bytes = match file {
            CostFile::GoogleAds => google_ads(&rows, days)?,
            CostFile::YandexDirect => yandex_direct(&rows, days)?,
            CostFile::Vk => cp1251(&vk(&rows)?),
            CostFile::Meta => meta(&rows)?,
        };
        let (name, content_type) = match file {
            CostFile::GoogleAds => ("google-ads", "text/csv"),
            CostFile::YandexDirect => ("yandex-direct", "text/tab-separated-values"),
            CostFile::Vk => ("vk", "text/csv"),
            CostFile::Meta => ("meta", "text/csv"),
        };
        let ending = if file == CostFile::YandexDirect {
            "tsv"
        } else {
            "csv"
        };
        Ok(Some(Upload {
            name: format!("{name}-{}-{}.{ending}", days.0, days.1),
            content_type,
            bytes,
            rows: u64::try_from(rows.len()).unwrap_or_default(),
        }))
    }
}

/// A title, the dates, the header, the rows, the totals.
fn google_ads(rows: &[CostRow], days: (Day, Day)) -> Result<Vec<u8>, csv::Error> {
    let mut out = table(b',', QuoteStyle::Necessary);
    out.write_record(["Campaign performance by day"])?;
    out.write_record([format!("{} - {}", american(days.0), american(days.1))])?;
    out.write_record([
        "Campaign",
        "Ad group",
        "Day",
        "Ad name",
        "Search keyword",
        "Currency code",
        "Impr.",
        "Clicks",
        "Cost",
    ])?;
    for row in rows {
        out.write_record([
            row.campaign.tags.campaign,
            row.group.name,
            &row.day.to_string(),
            row.group.ad,
            row.group.keyword,
            "RUB",
            &row.impressions.to_string(),
            &row.clicks.to_string(),
            &row.cost.decimal(),
        ])?;
    }
    let [impressions, clicks, cost] = totals(rows);
    for title in ["Total: Campaigns", "Total: Account"] {
        out.write_record([title, "", "", "", "", "RUB", &impressions, &clicks, &cost])?;
    }
    finish(out)
}

/// The report service's TSV: its name in quotes, the header, the rows, their count.
fn yandex_direct(rows: &[CostRow], days: (Day, Day)) -> Result<Vec<u8>, csv::Error> {
    let mut out = table(b'\t', QuoteStyle::Never);
    out.write_record([format!("\"Campaigns by day ({} - {})\"", days.0, days.1)])?;
    out.write_record([
        "Date",
        "CampaignId",
        "CampaignName",
        "AdGroupName",
        "AdName",
        "Criterion",
        "Impressions",
        "Clicks",
        "Cost",
    ])?;
    for row in rows {
        out.write_record([
            row.day.to_string().as_str(),
            &campaign_id(row.campaign.key),
            row.campaign.tags.campaign,
            row.group.name,
            row.group.ad,
            if row.group.keyword.is_empty() {
                "--"
            } else {
                row.group.keyword
            },
            &row.impressions.to_string(),
            &row.clicks.to_string(),
            &row.cost.decimal(),
        ])?;
    }
    out.write_record([format!("Total rows: {}", rows.len())])?;
    finish(out)
}

/// As a spreadsheet in Russia saves it: semicolons, decimal commas, a totals row.
fn vk(rows: &[CostRow]) -> Result<String, csv::Error> {
    let mut out = table(b';', QuoteStyle::Necessary);
    let header = [
        "Дата",
        "Кампания",
        "Группа объявлений",
        "Объявление",
        "Показы",
        "Клики",
        "Потрачено, руб.",
    ];
    out.write_record(header)?;
    for row in rows {
        out.write_record([
            &row.day.date().strftime("%d.%m.%Y").to_string(),
            row.campaign.tags.campaign,
            row.group.name,
            row.group.ad,
            &row.impressions.to_string(),
            &row.clicks.to_string(),
            &row.cost.decimal().replace('.', ","),
        ])?;
    }
    let [impressions, clicks, cost] = totals(rows);
    out.write_record([
        "Итого",
        "",
        "",
        "",
        &impressions,
        &clicks,
        &cost.replace('.', ","),
    ])?;
    Ok(String::from_utf8_lossy(&finish(out)?).into_owned())
}

/// A table with a byte order mark and the currency in the header.
fn meta(rows: &[CostRow]) -> Result<Vec<u8>, csv::Error> {
    let mut out = table(b',', QuoteStyle::Always);
    out.write_record([
        "Day",
        "Campaign name",
        "Ad set name",
        "Ad name",
        "Impressions",
        "Link clicks",
        "Amount spent (RUB)",
    ])?;
    for row in rows {
        out.write_record([
            &row.day.to_string(),
            row.campaign.tags.campaign,
            row.group.name,
            row.group.ad,
            &row.impressions.to_string(),
            &row.clicks.to_string(),
            &row.cost.decimal(),
        ])?;
    }
    let mut bytes = "\u{feff}".as_bytes().to_vec();
    bytes.extend(finish(out)?);
    Ok(bytes)
}

fn table(delimiter: u8, quotes: QuoteStyle) -> Writer<Vec<u8>> {
    // Title rows are shorter than the others.
    WriterBuilder::new()
        .delimiter(delimiter)
        .quote_style(quotes)
        .flexible(true)
        .from_writer(Vec::new())
}

pub(crate) fn finish(out: Writer<Vec<u8>>) -> Result<Vec<u8>, csv::Error> {
    out.into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))
}

/// Impressions, clicks and cost of all rows.
fn totals(rows: &[CostRow]) -> [String; 3] {
    let cost = rows.iter().map(|row| row.cost.micros).sum();
    let currency = rows
        .first()
        .map_or_else(crate::shop::currency, |row| row.cost.currency);
    [
        rows.iter()
            .map(|row| row.impressions)
            .sum::<u64>()
            .to_string(),
        rows.iter().map(|row| row.clicks).sum::<u64>().to_string(),
        base::Money::new(cost, currency).decimal(),
    ]
}

fn american(day: Day) -> String {
    day.date().strftime("%B %-d, %Y").to_string()
}

/// Eight digits that stay the campaign's own.
fn campaign_id(key: &str) -> String {
    let parts: Vec<u64> = key.bytes().map(u64::from).collect();
    (10_000_000 + crate::dice::mix(&parts) % 90_000_000).to_string()
}

/// Windows-1251: ASCII and Cyrillic letters; anything else becomes a question mark.
fn cp1251(text: &str) -> Vec<u8> {
    let byte = |letter: char| match letter {
        '\0'..='\x7f' => u8::try_from(letter).unwrap_or(b'?'),
        'А'..='я' => u8::try_from(u32::from(letter) - 0x410 + 0xc0).unwrap_or(b'?'),
        'Ё' => 0xa8,
        'ё' => 0xb8,
        _ => b'?',
    };
    text.chars().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use base::UnixMillis;

    use super::*;
    use crate::scenario::Scenario;

    fn file(file: CostFile) -> Upload {
        let scenario = Scenario {
            events: 30_000,
            days: 70,
            ..Scenario::year(3, String::new())
        };
        let now = UnixMillis::parse_rfc3339("2026-11-22T10:00:00Z").unwrap();
        let plan = Plan::new(&scenario, now);
        plan.cost_file(file, plan.range()).unwrap().unwrap()
    }

    fn lines(upload: &Upload) -> Vec<String> {
        let text = String::from_utf8_lossy(&upload.bytes).into_owned();
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_google_file_has_a_title_dates_a_header_and_totals() {
        let upload = file(CostFile::GoogleAds);
        let lines = lines(&upload);
        assert_eq!(upload.name, "google-ads-2026-09-14-2026-11-21.csv");
        assert_eq!(lines[0], "Campaign performance by day");
        assert_eq!(lines[1], "\"September 14, 2026 - November 21, 2026\"");
        assert!(lines[2].starts_with("Campaign,Ad group,Day,"));
        assert_eq!(u64::try_from(lines.len()).unwrap(), upload.rows + 5);
        assert!(lines[lines.len() - 1].starts_with("Total: Account,,,,,RUB,"));
        let sunglasses = lines.iter().filter(|line| line.starts_with("sunglasses,"));
        let cents = |line: &String| line.rsplit(',').next().unwrap().replace('.', "");
        let spent: i64 = sunglasses
            .map(|line| cents(line).parse::<i64>().unwrap())
            .sum();
        assert_eq!(spent, 1_500_000);
    }

    #[test]
    fn a_direct_file_is_tab_separated_and_counts_its_rows() {
        let upload = file(CostFile::YandexDirect);
        let lines = lines(&upload);
        assert_eq!(lines[0], "\"Campaigns by day (2026-09-14 - 2026-11-21)\"");
        assert!(lines[1].starts_with("Date\tCampaignId\tCampaignName\t"));
        assert!(
            lines[2..lines.len() - 1]
                .iter()
                .all(|line| line.split('\t').count() == 9)
        );
        assert_eq!(
            lines[lines.len() - 1],
            format!("Total rows: {}", upload.rows)
        );
    }

    #[test]
    fn a_social_file_is_in_the_code_page_and_with_the_commas_of_its_country() {
        let upload = file(CostFile::Vk);
        assert!(std::str::from_utf8(&upload.bytes).is_err());
        // "Дата;"
        assert!(upload.bytes.starts_with(&[0xc4, 0xe0, 0xf2, 0xe0, b';']));
        let row = upload.bytes.split(|byte| *byte == b'\n').nth(1).unwrap();
        let row = String::from_utf8_lossy(row).into_owned();
        assert!(row.starts_with("14.09.2026;vk_frames;"), "{row}");
        let decimals = row.rsplit(',').next().unwrap().trim();
        assert_eq!(decimals.len(), 2, "{row}");
        let meta = file(CostFile::Meta);
        assert!(meta.bytes.starts_with("\u{feff}\"Day\",".as_bytes()));
    }
}
