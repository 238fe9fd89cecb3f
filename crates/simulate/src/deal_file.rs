//! Old deals as a CRM exports them.

use base::{Day, DayRange, Money, UnixMillis};
use csv::WriterBuilder;

use crate::cost_file::{Upload, finish};
use crate::plan::Plan;

impl Plan {
    /// The deals that came of the leads of some days, as one exported table; `None` without any.
    ///
    /// # Errors
    /// When a row cannot be written, which a table in memory never refuses.
    pub fn deal_file(&self, range: DayRange) -> Result<Option<Upload>, csv::Error> {
        let mut out = WriterBuilder::new().delimiter(b';').from_writer(Vec::new());
        out.write_record([
            "ID",
            "Название сделки",
            "Этап сделки",
            "Бюджет",
            "Себестоимость",
            "Дата создания",
            "Дата оплаты",
            "Телефон",
            "Email",
            "ID заявки",
        ])?;
        let mut rows = 0;
        for deal in range.days().flat_map(|day| self.deals(day)) {
            rows += 1;
            out.write_record([
                &deal.external_id,
                deal.title,
                deal.status.title(),
                &comma(deal.amount),
                &comma(deal.cost_of_goods),
                &self.local(deal.created_at),
                &deal.paid_at.map(|at| self.local(at)).unwrap_or_default(),
                &deal.phone,
                &deal.email,
                &deal.lead_external_id,
            ])?;
        }
        let mut bytes = "\u{feff}".as_bytes().to_vec();
        bytes.extend(finish(out)?);
        let name = format!("deals-{}-{}.csv", range.first, range.last);
        let upload = Upload {
            name,
            content_type: "text/csv",
            bytes,
            rows,
        };
        Ok((rows > 0).then_some(upload))
    }

    /// The first day whose leads' deals come by the door instead of by a file.
    #[must_use]
    pub fn deals_by_door_from(&self) -> Day {
        self.range().last.plus_days(-90).max(self.range().first)
    }

    /// `05.11.2026 14:03:59` on the shop's clock.
    fn local(&self, at: UnixMillis) -> String {
        let stamp = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
        let local = self.zone().jiff().to_datetime(stamp);
        local.strftime("%d.%m.%Y %H:%M:%S").to_string()
    }
}

fn comma(amount: Money) -> String {
    amount.decimal().replace('.', ",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;

    #[test]
    fn a_file_has_the_crms_header_and_local_times() {
        let scenario = Scenario {
            events: 30_000,
            ..Scenario::year(3, String::new())
        };
        let now = UnixMillis::parse_rfc3339("2026-11-22T10:00:00Z").unwrap();
        let plan = Plan::new(&scenario, now);
        let upload = plan.deal_file(plan.range()).unwrap().unwrap();
        let text = String::from_utf8(upload.bytes).unwrap();
        assert!(text.starts_with("\u{feff}ID;Название сделки;Этап сделки;Бюджет;"));
        assert_eq!(
            u64::try_from(text.lines().count()).unwrap(),
            upload.rows + 1
        );
        let deal = plan
            .range()
            .days()
            .find_map(|day| plan.deals(day).next())
            .unwrap();
        let row = text.lines().nth(1).unwrap();
        assert!(row.starts_with(&deal.external_id) && row.ends_with(&deal.lead_external_id));
        assert!(row.contains(&plan.local(deal.created_at)));
        assert_eq!(plan.local(UnixMillis(0)), "01.01.1970 03:00:00");
    }
}
