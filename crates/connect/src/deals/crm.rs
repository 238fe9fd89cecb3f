//! Deals and leads as CRMs export them, told by their titles alone.

use super::*;
use crate::leads::LeadPlan;
use crate::table::Table;

fn options() -> RecordOptions {
    RecordOptions {
        date_order: None,
        status_groups: Default::default(),
        columns: Default::default(),
        currency: "RUB".parse().unwrap(),
        time_zone: "Europe/Moscow".into(),
        default_country: "RU".into(),
        source_label: String::new(),
        sheet: None,
        site: None,
        tool: None,
    }
}

/// Id, title, status, amount, days of creation and payment, name, contact.
fn check_deals(file: &str, wanted: &[&str]) {
    let mut table = Table::open(file.as_bytes()).unwrap();
    let sample = table.sample(10).unwrap();
    let mut plan = DealPlan::new(table.layout(), &options(), &sample).unwrap();
    let shown = table.map(|row| {
        let deal = plan.read(&row.unwrap()).unwrap();
        let paid = deal.paid.map(UnixMillis::rfc3339);
        let contact = deal.phone.as_ref().map(Phone::as_str);
        format!(
            "{} | {} | {} | {} | {} | {} | {} | {}",
            deal.external_id,
            deal.title,
            deal.status,
            deal.amount,
            &deal.created.rfc3339()[..16],
            paid.as_deref().map_or("-", |at| &at[..16]),
            deal.name,
            contact
                .or(deal.email.as_ref().map(Email::as_str))
                .unwrap_or("-"),
        )
    });
    assert_eq!(shown.collect::<Vec<_>>(), wanted, "{file}");
}

#[test]
fn amo_in_russian_and_kommo_in_english() {
    check_deals(
        "ID;Название сделки;Компания;Основной контакт;Ответственный;Этап сделки;Воронка;Бюджет;\
         Дата создания;Кем создана;Дата редактирования;Дата закрытия;Теги;Рабочий телефон\n\
         101;Очки;ООО Свет;Анна;Олег;Успешно реализовано;Продажи;15000;01.11.2026 12:30:00;Олег;\
         03.11.2026 10:00:00;02.11.2026 18:00:00;vip;+7 916 123-45-67\n\
         102;Линзы;;Пётр;Олег;Переговоры;Продажи;500;13.11.2026 12:30:00;Олег;\
         13.11.2026 10:00:00;не закрыта;;8 916 123-45-68\n",
        &[
            "101 | Очки | Успешно реализовано | 15000.00 RUB | 2026-11-01T09:30 | \
             2026-11-02T15:00 | Анна | +79161234567",
            "102 | Линзы | Переговоры | 500.00 RUB | 2026-11-13T09:30 | - | Пётр | +79161234568",
        ],
    );
    check_deals(
        "ID,Lead title,Main contact,Responsible user,Lead status,Lead value,Created at,Closed at,\
         Work phone\n\
         7,Frames,Anna,Oleg,Closed - won,120.50,13.11.2026 12:30:00,14.11.2026 12:30:00,\
         +79161234567\n",
        &[
            "7 | Frames | Closed - won | 120.50 RUB | 2026-11-13T09:30 | 2026-11-14T09:30 | Anna | \
           +79161234567",
        ],
    );
}

#[test]
fn bitrix_in_russian_names_its_currency_by_a_word() {
    check_deals(
        "ID;Название сделки;Стадия сделки;Сумма;Валюта;Контакт;Рабочий телефон;Ответственный;\
         Дата создания;Дата завершения\n\
         5;Очки;Сделка успешна;1500,50;Российский рубль;Анна;+79161234567;Олег;\
         13.11.2026 09:00:00;14.11.2026\n\
         6;Линзы;Новая;20,00;Доллар США;Пётр;+79161234568;Олег;13.11.2026 09:00:00;\n",
        &[
            "5 | Очки | Сделка успешна | 1500.50 RUB | 2026-11-13T06:00 | 2026-11-13T21:00 | \
             Анна | +79161234567",
            "6 | Линзы | Новая | 20.00 USD | 2026-11-13T06:00 | - | Пётр | +79161234568",
        ],
    );
}

#[test]
fn hubspot_and_pipedrive() {
    check_deals(
        "Record ID,Deal Name,Deal Stage,Pipeline,Close Date,Deal owner,Amount,Create Date,\
         Associated Contact,Email\n\
         9001,Frames,closedwon,Sales,2026-11-14 10:00,Oleg,120.50,2026-11-13 09:00,Anna,\
         anna@mail.example\n",
        &[
            "9001 | Frames | closedwon | 120.50 RUB | 2026-11-13T06:00 | 2026-11-14T07:00 | Anna | \
           anna@mail.example",
        ],
    );
    check_deals(
        "Deal - ID,Deal - Title,Deal - Value,Deal - Currency of Value,Deal - Stage,Deal - Status,\
         Deal - Deal created,Deal - Won time,Deal - Contact person,Person - Phone\n\
         33,Frames,120.50,EUR,Negotiation,Won,2026-11-13 09:00:00,2026-11-14 10:00:00,Anna,\
         +79161234567\n",
        &[
            "33 | Frames | Won | 120.50 EUR | 2026-11-13T06:00 | 2026-11-14T07:00 | Anna | \
           +79161234567",
        ],
    );
}

#[test]
fn leads_of_bitrix() {
    let file = "ID;Стадия;Название лида;Контактное лицо;Рабочий телефон;Источник;Дата создания\n\
        8;В работе;Звонок;Анна;+79161234567;vk;13.11.2026 09:00:00\n";
    let mut table = Table::open(file.as_bytes()).unwrap();
    let sample = table.sample(10).unwrap();
    let plan = LeadPlan::new(table.layout(), &options(), &sample).unwrap();
    let lead = plan.read(&table.next().unwrap().unwrap()).unwrap();
    assert_eq!(lead.external_id.as_deref(), Some("8"));
    assert_eq!(lead.status, domain::lead::LeadStatus::Working);
    assert_eq!((lead.name.as_str(), lead.status_word), ("Анна", None));
    assert_eq!(lead.phone.unwrap().as_str(), "+79161234567");
    assert_eq!(lead.declared.unwrap().source, "vk");
}
