//! The titles that columns go by, in English, Russian and Polish.

use super::{Confidence, Field, Kind, canonical};

/// The field that a title stands for in a kind of import.
pub(super) fn meaning(kind: Kind, title: &str) -> Option<(Field, Confidence)> {
    let sure = canonical(title);
    if sure.is_empty() {
        return None;
    }
    if let Some(found) = look_up(kind, &sure) {
        return Some(found);
    }
    let bare = canonical(bare(title));
    let likely = (bare != sure && !bare.is_empty())
        .then(|| look_up(kind, &bare))
        .flatten()?;
    Some((likely.0, likely.1.min(Confidence::Likely)))
}

/// A title without its unit, which follows a bracket or a comma: `Cost (PLN)`, `Koszt, zł`.
pub(super) fn bare(title: &str) -> &str {
    title.split(['(', '[', ',']).next().unwrap_or(title)
}

fn look_up(kind: Kind, canonical: &str) -> Option<(Field, Confidence)> {
    let own = match kind {
        Kind::Costs => COSTS,
        Kind::Leads => LEADS,
        Kind::Deals => DEALS,
        Kind::Payments => PAYMENTS,
        Kind::History => super::past_titles::HISTORY,
    };
    let common = COMMON
        .iter()
        .filter(|(field, _)| kind.fields().contains(field));
    own.iter().chain(common).find_map(|(field, titles)| {
        let known = |title: &&str| title.trim_end_matches(['~', '!']) == canonical;
        let found = titles.split_ascii_whitespace().find(known)?;
        let confidence = match found.chars().last() {
            Some('~') => Confidence::Weak,
            Some('!') => Confidence::Tag,
            _ => Confidence::Sure,
        };
        Some((*field, confidence))
    })
}

/// Fields and their titles as letters and digits alone; `~` marks a title that may mean other
/// things too, `!` one that names the tag of visits.
pub(super) type Titles = &'static [(Field, &'static str)];

const COMMON: Titles = &[
    (
        Field::Responsible,
        "responsible responsibleuser responsibleperson responsibleemail assignee assignedto \
         assigneeemail dealowner leadowner contactowner dealdealowner leadleadowner owneremail \
         owner~ manager~ salesperson ответственный ответственныйпользователь \
         ответственныйменеджер emailответственного почтаответственного менеджер~ \
         odpowiedzialny osobaodpowiedzialna opiekun opiekunklienta handlowiec właściciel~",
    ),
    (
        Field::Campaign,
        "campaign campaignname utmcampaign! кампания названиекампании рекламнаякампания \
         kampania nazwakampanii",
    ),
    (
        Field::AdGroup,
        "adgroup adgroupname adset adsetname utmgroup! группаобъявлений группа \
         названиегруппы названиегруппыобъявлений grupareklam nazwagrupyreklam zestawreklam \
         nazwazestawureklam",
    ),
    (
        Field::Ad,
        "ad adname utmcontent! creative объявление названиеобъявления заголовок reklama \
         nazwareklamy kreacja",
    ),
    (
        Field::Keyword,
        "keyword searchkeyword criterion criteria utmterm! ключевоеслово ключеваяфраза \
         фраза условиепоказа поисковоеключевоеслово słowokluczowe fraza",
    ),
    (
        Field::Source,
        "source utmsource! trafficsource источник źródło zrodlo",
    ),
    (Field::Medium, "medium utmmedium! канал типтрафика kanał"),
    (
        Field::Currency,
        "currency currencycode accountcurrencycode customercurrencycode валюта кодвалюты \
         waluta kodwaluty dealcurrency dealcurrencyofvalue",
    ),
    (
        Field::Phone,
        "phone phonenumber tel telephone mobile телефон номертелефона тел telefon \
         numertelefonu nrtelefonu workphone mobilephone personphone рабочийтелефон \
         рабочийтелефонконтакт мобильныйтелефон телефонконтакта telefonsłużbowy",
    ),
    (
        Field::Email,
        "email emailaddress mail почта электроннаяпочта адресэлпочты adresemail adresmail \
         workemail personemail рабочийemail рабочийemailконтакт emailконтакта служебныйemail",
    ),
    (
        Field::Name,
        "name fullname clientname customername contactname имя фио клиент контакт imię \
         imięinazwisko imieinazwisko klient maincontact primarycontact contactperson \
         dealcontactperson personname associatedcontact основнойконтакт контактноелицо \
         osobakontaktowa firstname~",
    ),
    (
        Field::Status,
        "status state leadstatus dealstatus orderstatus статус статусзаказа статуссделки \
         этап этапсделки stan statuszamówienia etap стадия стадиясделки стадиялида \
         stage~ dealstage~ leadstage~ etapszansy",
    ),
    (
        Field::Visit,
        "visit visitnumber visitid tlvisit номервизита визит numerwizyty wizyta",
    ),
];

const COSTS: Titles = &[
    (
        Field::Day,
        "day byday date reportdate datestart reportingstarts timeperiod gregoriandate stattimeday \
         segmentsdate дата день датаначалаотчетности начальнаядатаотчета data dzień dzien \
         początekraportowania rozpoczęcieraportowania początekraportu",
    ),
    (
        Field::LastDay,
        "lastday dateend datestop reportingends датаокончанияотчетности \
         конечнаядатаотчета koniecraportowania zakończenieraportowania koniecraportu",
    ),
    (
        Field::Platform,
        "platform adplatform adsystem площадка платформа рекламнаясистема platforma \
         systemreklamowy",
    ),
    (
        Field::Account,
        "account accountname accountid customerid customer login clientlogin аккаунт \
         логин кабинет konto nazwakonta idkonta",
    ),
    (Field::Campaign, "campaign campaignname"),
    (
        Field::CampaignId,
        "campaignid idcampaign идентификаторкампании номеркампании idкампании \
         кампании кампанииid idkampanii \
         identyfikatorkampanii numerkampanii",
    ),
    (
        Field::AdGroupId,
        "adgroupid adsetid идентификаторгруппыобъявлений номергруппы idгруппы \
         группы idгруппыобъявлений idgrupyreklam \
         identyfikatorgrupyreklam identyfikatorzestawureklam",
    ),
    (
        Field::AdId,
        "adid bannerid идентификаторобъявления номеробъявления idобъявления объявления idreklamy \
         identyfikatorreklamy",
    ),
    (
        Field::Impressions,
        "impressions impr shows показы показов metricsimpressions wyświetlenia wyśw \
         wyswietlenia odsłony",
    ),
    (
        Field::Clicks,
        "clicks click linkclicks metricsclicks клики кликов кликипоссылке переходы kliknięcia \
         klikniecia kliknięć kliknięcialinku",
    ),
    (
        Field::Cost,
        "cost costs totalcost spend spent spenttotal amountspent amount expense expenses \
         metricscostmicros \
         costmicros costinmicros расход расходы стоимость затраты сумма \
         суммазатрат потраченнаясумма потрачено потраченовсего списано koszt koszty wydatki \
         wydanakwota kwotawydana kwota",
    ),
    (
        Field::Vat,
        "vat vatamount tax ндс суммандс podatek kwotavat",
    ),
    (
        Field::Conversions,
        "conversions conv metricsconversions конверсии конверсий достиженияцелей konwersje \
         konwersji",
    ),
    (
        Field::ConversionValue,
        "convvalue conversionvalue conversionsvalue metricsconversionsvalue \
         totalconversionvalue revenue доход \
         ценностьконверсии ценностьконверсий ценностьконв wartośćkonwersji wartkonw przychód",
    ),
    (
        Field::VatIncluded,
        "vatincluded includesvat includevat taxincluded сндс ндсвключен включаяндс zvat \
         zawieravat vatwliczony",
    ),
];

const LEADS: Titles = &[
    (
        Field::ExternalId,
        "externalid leadid leadrecordid requestid номерзаявки idзаявки idлида idleada \
         numerzgłoszenia \
         id~ no~ номер~ numer~ идентификатор~",
    ),
    (
        Field::At,
        "at date datetime time timestamp created createdat createdon submittedat дата \
         датаивремя датасоздания создан время data dataiczas dataczas datautworzenia \
         utworzono createdate leadcreated",
    ),
    (
        Field::Message,
        "message comment comments note text сообщение комментарий текст примечание \
         wiadomość komentarz treść uwagi",
    ),
    (
        Field::ClickId,
        "clickid gclid yclid fbclid msclkid gclidyclid идентификаторклика idkliknięcia",
    ),
    (Field::Form, "form formname форма названиеформы formularz"),
    (
        Field::Page,
        "page pageurl url landingpage страница адресстраницы strona adresstrony",
    ),
];

const DEALS: Titles = &[
    (
        Field::ExternalId,
        "externalid dealid orderid ordernumber orderno order transactionid invoice \
         invoiceid recordid~ номерзаказа заказ idзаказа номерсделки idсделки сделка \
         numerzamówienia nrzamówienia zamówienie idzamówienia id~ no~ номер~ numer~ идентификатор~",
    ),
    (
        Field::Title,
        "title dealname dealtitle leadtitle ordername product item название названиесделки товар \
         tytuł nazwa produkt",
    ),
    (
        Field::Amount,
        "amount total sum price revenue ordertotal value dealvalue leadvalue budget~ sale~ \
         spend dollars сумма суммазаказа \
         бюджет стоимость выручка цена kwota wartość suma cena wartośćzamówienia przychód",
    ),
    (
        Field::CostOfGoods,
        "costofgoods cogs costprice purchasecost себестоимость закупка закупочнаяцена \
         kosztwłasny kosztzakupu koszttowaru",
    ),
    (
        Field::CreatedAt,
        "createdat created date orderdate dealdate createdon datetime дата датасоздания \
         датазаказа создан создана data datautworzenia datazamówienia utworzono createdate \
         dealdealcreated dealcreated begindate~ датаначала~",
    ),
    (
        Field::PaidAt,
        "paidat paid paymentdate paidon datepaid датаоплаты оплачен оплачено \
         datapłatności datazapłaty zapłacono opłacono wontime dealwontime closedate~ closedat~ \
         enddate~ датазакрытия~ датазавершения~ datazamknięcia~",
    ),
    (
        Field::LeadExternalId,
        "leadexternalid leadid lead idлида idзаявки номерзаявки idleada",
    ),
    (
        Field::Customer,
        "customer customerid clientid contactid associatedcontactids userid masterid \
         idклиента номерклиента \
         клиентid idклиент idklienta numerklienta",
    ),
];

const PAYMENTS: Titles = &[
    (
        Field::ExternalId,
        "externalid paymentid transactionid номерплатежа idплатежа idтранзакции \
         idpłatności numerpłatności idtransakcji id~ no~ номер~ numer~ идентификатор~",
    ),
    (
        Field::DealExternalId,
        "dealexternalid dealid orderid ordernumber order deal номерзаказа idзаказа заказ \
         номерсделки idсделки сделка numerzamówienia zamówienie idzamówienia",
    ),
    (
        Field::At,
        "at date datetime paidat paymentdate timestamp дата датаплатежа датаоплаты \
         датаивремя data datapłatności datazapłaty",
    ),
    (
        Field::Amount,
        "amount sum total value сумма суммаплатежа kwota wartość suma",
    ),
    (
        Field::PaymentKind,
        "kind type paymenttype transactiontype тип типплатежа видоперации typ rodzaj \
         typpłatności",
    ),
];
