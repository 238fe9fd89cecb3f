//! Files as the banks publish them, and what is wrong with some.

use std::io::Write as _;

use encoding_rs::{ISO_8859_2, WINDOWS_1250, WINDOWS_1251};
use proptest::prelude::*;

use super::*;

/// `day from/to units for nominal` of every rate.
fn lines(file: &RatesFile) -> Vec<String> {
    let line = |rate: &QuotedRate| {
        let QuotedRate {
            day,
            from,
            to,
            units,
            nominal,
        } = rate;
        format!("{day} {from}/{to} {units} for {nominal}")
    };
    file.rates.iter().map(line).collect()
}

fn check(bytes: &[u8], bank: Bank, want: &[&str]) {
    let file = read(bytes).unwrap();
    assert_eq!(file.bank, bank);
    assert_eq!(file.faults, []);
    assert_eq!(lines(&file), want);
}

fn faults(text: &str) -> Vec<(u64, &'static str, &'static str)> {
    let file = read(text.as_bytes()).unwrap();
    let fault = |fault: &RateFault| (fault.row, fault.field, fault.code);
    file.faults.iter().map(fault).collect()
}

/// One stored file in an archive.
fn zipped(name: &str, content: &[u8]) -> Vec<u8> {
    let mut checksum = flate2::Crc::new();
    checksum.update(content);
    let (sum, length) = (checksum.sum(), u32::try_from(content.len()).unwrap());
    let short = |value: usize| u16::try_from(value).unwrap().to_le_bytes();
    let mut common = Vec::new();
    for part in [20_u16, 0, 0, 0, 0] {
        common.extend_from_slice(&part.to_le_bytes());
    }
    for part in [sum, length, length] {
        common.extend_from_slice(&part.to_le_bytes());
    }
    common.extend_from_slice(&short(name.len()));
    common.extend_from_slice(&[0, 0]);
    let mut archive = [b"PK\x03\x04", common.as_slice(), name.as_bytes(), content].concat();
    let at = archive.len();
    archive.extend_from_slice(b"PK\x01\x02\x14\x00");
    archive.extend_from_slice(&common);
    archive.extend_from_slice(&[0; 14]);
    archive.extend_from_slice(name.as_bytes());
    let directory = archive.len() - at;
    archive.extend_from_slice(b"PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00");
    for part in [directory, at] {
        archive.extend_from_slice(&u32::try_from(part).unwrap().to_le_bytes());
    }
    archive.extend_from_slice(&[0, 0]);
    archive
}

const ECB_DAY: &str = "Date, USD, JPY, ISK, \n20 November 2026, 1.0567, 163.10, N/A, \n";
const ECB_HISTORY: &str = "Date,USD,JPY,CYP,\n2026-11-20,1.0567,163.1,N/A,\n\
     2007-12-31,1.4721,164.93,0.585274,\n";
const ECB_XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope
 xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" 
 xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
  <gesmes:subject>Reference rates</gesmes:subject>
  <gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>
  <Cube>
    <Cube time='2026-11-20'>
    <Cube currency='USD' rate='1.0567'/>
    <Cube currency='JPY' rate='163.10'/></Cube>
    <Cube time='2026-11-19'><Cube currency='USD' rate='1.0601'/></Cube>
  </Cube>
</gesmes:Envelope>"#;

#[test]
fn the_ecb_quotes_the_euro_in_other_currencies() {
    let day = [
        "2026-11-20 EUR/USD 1.0567 for 1",
        "2026-11-20 EUR/JPY 163.10 for 1",
    ];
    check(ECB_DAY.as_bytes(), Bank::Ecb, &day);
    check(
        &zipped("eurofxref.csv", ECB_DAY.as_bytes()),
        Bank::Ecb,
        &day,
    );
    let history = [
        "2026-11-20 EUR/USD 1.0567 for 1",
        "2026-11-20 EUR/JPY 163.1 for 1",
        "2007-12-31 EUR/USD 1.4721 for 1",
        "2007-12-31 EUR/JPY 164.93 for 1",
        "2007-12-31 EUR/CYP 0.585274 for 1",
    ];
    check(ECB_HISTORY.as_bytes(), Bank::Ecb, &history);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(ECB_HISTORY.as_bytes()).unwrap();
    check(&packed.finish().unwrap(), Bank::Ecb, &history);
    let days = [day[0], day[1], "2026-11-19 EUR/USD 1.0601 for 1"];
    check(ECB_XML.as_bytes(), Bank::Ecb, &days);
}

const NBP_CSV: &str = "data;1USD;100HUF;10000IDR;nr tabeli;pełny numer tabeli;\n\
     ;dolar amerykański;forint (Węgry);rupia indonezyjska;;;\n\
     20261119;4,0512;1,0623;2,5512;224;224/A/NBP/2026;\n\
     20261120;4,0498;1,0601;;225;225/A/NBP/2026;\n\
     ;;;;;;\n\
     kod ISO;USD;HUF;IDR;;;\n\
     nazwa waluty;dolar amerykański;forint (Węgry);rupia indonezyjska;;;\n\
     liczba jednostek;1;100;10000;;;\n";
const NBP_FILE: &str = r#"<?xml version="1.0" encoding="ISO-8859-2"?>
<tabela_kursow typ="A" uid="26a225"><numer_tabeli>225/A/NBP/2026</numer_tabeli>
<data_publikacji>2026-11-20</data_publikacji>
<pozycja><nazwa_waluty>bat (Tajlandia)</nazwa_waluty>
<przelicznik>1</przelicznik>
<kod_waluty>THB</kod_waluty><kurs_sredni>0,1173</kurs_sredni></pozycja>
<pozycja><nazwa_waluty>forint (Węgry)</nazwa_waluty>
<przelicznik>100</przelicznik>
<kod_waluty>HUF</kod_waluty><kurs_sredni>1,0601</kurs_sredni></pozycja>
</tabela_kursow>"#;

#[test]
fn the_nbp_quotes_others_in_zlotys_for_so_many_units() {
    let rows = [
        "2026-11-19 USD/PLN 4.0512 for 1",
        "2026-11-19 HUF/PLN 1.0623 for 100",
        "2026-11-19 IDR/PLN 2.5512 for 10000",
        "2026-11-20 USD/PLN 4.0498 for 1",
        "2026-11-20 HUF/PLN 1.0601 for 100",
    ];
    check(&WINDOWS_1250.encode(NBP_CSV).0, Bank::Nbp, &rows);
    check(NBP_CSV.as_bytes(), Bank::Nbp, &rows);
    let day = [
        "2026-11-20 THB/PLN 0.1173 for 1",
        "2026-11-20 HUF/PLN 1.0601 for 100",
    ];
    check(&ISO_8859_2.encode(NBP_FILE).0, Bank::Nbp, &day);
}

#[test]
fn the_nbps_interface_is_read_as_json_and_xml() {
    let tables = r#"[{"table":"A","no":"225/A/NBP/2026","effectiveDate":"2026-11-20","rates":[
        {"currency":"dolar \"USA\"","code":"USD","mid":4.0498},
        {"currency":"rupia","code":"IDR","mid":0.00025512}]}]"#;
    let exact = [
        "2026-11-20 USD/PLN 4.0498 for 1",
        "2026-11-20 IDR/PLN 0.00025512 for 1",
    ];
    check(tables.as_bytes(), Bank::Nbp, &exact);
    let series = r#"{"table":"A","currency":"dolar","code":"USD","rates":[
        {"no":"224/A/NBP/2026","effectiveDate":"2026-11-19","mid":4.0512},
        {"no":"225/A/NBP/2026","effectiveDate":"2026-11-20","mid":4.0498}]}"#;
    let days = [
        "2026-11-19 USD/PLN 4.0512 for 1",
        "2026-11-20 USD/PLN 4.0498 for 1",
    ];
    check(series.as_bytes(), Bank::Nbp, &days);
    let xml = "<ArrayOfExchangeRatesTable><ExchangeRatesTable><Table>A</Table><No>225</No>\
         <EffectiveDate>2026-11-20</EffectiveDate><Rates><Rate><Currency>dolar</Currency>\
         <Code>USD</Code><Mid>4.0498</Mid></Rate></Rates></ExchangeRatesTable>\
         </ArrayOfExchangeRatesTable>";
    check(xml.as_bytes(), Bank::Nbp, &exact[..1]);
    let xml = "<ExchangeRatesSeries><Table>A</Table><Currency>dolar</Currency><Code>USD</Code>\
         <Rates><Rate><No>1</No><EffectiveDate>2026-11-19</EffectiveDate><Mid>4.0512</Mid></Rate>\
         <Rate><No>2</No><EffectiveDate>2026-11-20</EffectiveDate><Mid>4.0498</Mid></Rate></Rates>\
         </ExchangeRatesSeries>";
    check(xml.as_bytes(), Bank::Nbp, &days);
}

const CBR_DAY: &str = r#"<?xml version="1.0" encoding="windows-1251"?>
<ValCurs Date="21.11.2026"
 name="Foreign Currency Market">
<Valute ID="R01010"><NumCode>036</NumCode>
<CharCode>AUD</CharCode>
<Nominal>1</Nominal>
<Name>Австралийский доллар</Name>
<Value>52,8744</Value><VunitRate>52,8744</VunitRate></Valute>
<Valute ID="R01150"><NumCode>704</NumCode>
<CharCode>VND</CharCode>
<Nominal>10000</Nominal>
<Name>Вьетнамских донгов</Name>
<Value>33,0412</Value><VunitRate>0,00330412</VunitRate></Valute></ValCurs>"#;
const CBR_DAYS: &str = r#"<?xml version="1.0" encoding="windows-1251"?>
<ValCurs ID="R01235"
 DateRange1="19.11.2026" DateRange2="20.11.2026"
 name="Foreign Currency Market Dynamic">
<Record Date="19.11.2026" Id="R01235">
<Nominal>1</Nominal><Value>81,1305</Value></Record>
<Record Date="20.11.2026" Id="R01235">
<Nominal>1</Nominal><Value>80,9448</Value></Record></ValCurs>"#;

#[test]
fn the_cbr_quotes_others_in_roubles_and_names_them_by_its_numbers() {
    let day = [
        "2026-11-21 AUD/RUB 52.8744 for 1",
        "2026-11-21 VND/RUB 33.0412 for 10000",
    ];
    check(&WINDOWS_1251.encode(CBR_DAY).0, Bank::Cbr, &day);
    let days = [
        "2026-11-19 USD/RUB 81.1305 for 1",
        "2026-11-20 USD/RUB 80.9448 for 1",
    ];
    check(&WINDOWS_1251.encode(CBR_DAYS).0, Bank::Cbr, &days);
}

#[test]
fn a_wrong_rate_is_named_by_row_and_field_and_the_others_are_read() {
    let csv = "Date,USD,JPY,\n2026-11-20,1.05x,163.1,\n2026-13-20,1.06,N/A,\n2026-11-18,0,1,\n";
    let wanted = [
        (2, "rate", "not_above_zero"),
        (3, "date", "bad_date"),
        (4, "rate", "not_above_zero"),
    ];
    assert_eq!(faults(csv), wanted);
    assert_eq!(read(csv.as_bytes()).unwrap().rates.len(), 2);
    let unknown = CBR_DAYS.replace("ID=\"R01235\"", "ID=\"R99999\"");
    assert_eq!(faults(&unknown)[0], (1, "currency", "bad_currency"));
    let none = CBR_DAY.replace(">10000<", ">0<");
    assert_eq!(faults(&none), [(2, "nominal", "out_of_range")]);
    let own = CBR_DAY.replace(">AUD<", ">RUB<");
    assert_eq!(faults(&own), [(1, "currency", "same_currency")]);
}

#[test]
fn what_is_no_banks_file_is_refused() {
    let refused = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
    let unknown = "the file is none that the ECB, the NBP or the CBR publishes its rates in";
    assert_eq!(refused(b"Day,Cost\n2026-11-20,1\n"), unknown);
    assert_eq!(refused(b"Date,Cost\n2026-11-20,1\n"), unknown);
    assert_eq!(
        refused(b"Date,Campaign,CPC,USD\n2026-11-20,A,1,2\n"),
        unknown
    );
    assert_eq!(refused(b"Date,CPC,CTR\n2026-11-20,1,2\n"), unknown);
    assert_eq!(refused(b"<html><body/></html>"), unknown);
    assert_eq!(refused(b"[1, 2]"), unknown);
    let sells = NBP_FILE.replace("typ=\"A\"", "typ=\"C\"");
    assert!(refused(sells.as_bytes()).starts_with("table C says"));
    assert!(refused(&CBR_DAY.as_bytes()[..400]).starts_with("the file is damaged"));
    assert!(refused(br#"[{"table":"A","rates":[{"mid":1"#).starts_with("the file is damaged"));
    assert_eq!(refused(b""), "the file holds no table");
    assert_eq!(refused(b"Date,USD\n"), "the file holds no table");
}

#[test]
fn a_day_with_slashes_is_a_fault_as_nobody_knows_its_month() {
    let csv = "Date,USD\n3/4/2026,1.05\n20 November 2026,1.06\n";
    assert_eq!(faults(csv), [(2, "date", "bad_date")]);
    assert_eq!(read(csv.as_bytes()).unwrap().rates.len(), 1);
}

#[test]
fn files_made_to_harm_are_refused_before_they_take_memory_or_time() {
    let many = format!(
        "{{\"table\":\"A\",\"rates\":[{}{{}}]}}",
        "{},".repeat(1_900_000)
    );
    assert!(matches!(
        read(many.as_bytes()),
        Err(RatesFileError::TooMany)
    ));
    let wide = format!("Date,USD{}\n", ",".repeat(1_000_000));
    assert!(matches!(
        read(wide.as_bytes()),
        Err(RatesFileError::UnknownBank)
    ));
    let names: String = (0..100_000)
        .map(|number| format!(" a{number}=\"\""))
        .collect();
    let twice = " a99999=\"\"".repeat(500_000);
    let tag = format!("<ValCurs{names}{twice}></ValCurs>");
    assert!(matches!(
        read(tag.as_bytes()),
        Err(RatesFileError::Packed(TableError::Empty))
    ));
    let long = vec![b' '; 17 << 20];
    assert!(matches!(
        read(&long),
        Err(RatesFileError::Packed(TableError::TooLarge))
    ));
}

proptest! {
    #[test]
    fn no_bytes_panic_and_every_rate_is_one(bytes: Vec<u8>, at in 0_usize..400, with: u8) {
        let _ = read(&bytes);
        for text in [ECB_DAY, ECB_XML, NBP_CSV, NBP_FILE, CBR_DAY, CBR_DAYS] {
            let mut bent = text.as_bytes().to_vec();
            let at = at % bent.len();
            bent[at] = with;
            if let Ok(file) = read(&bent) {
                for rate in file.rates {
                    prop_assert!(Rate::quoted(&rate.units, rate.nominal).is_ok());
                }
            }
        }
    }
}
