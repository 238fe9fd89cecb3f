//! The dimensions.

use crate::catalogue::{Dimension, DimensionGroup, DimensionKind, Words};

/// The drill-down of the product, from the top.
pub const HIERARCHY: [&str; 6] = ["channel", "source", "campaign", "ad_group", "ad", "keyword"];

/// All dimensions, in the order of the chooser.
pub const DIMENSIONS: &[Dimension] = &[
    Dimension {
        key: "channel",
        kind: DimensionKind::Channel,
        group: DimensionGroup::Traffic,
        title: Words::new("Channel", "Канал", "Kanał"),
        definition: Words::new(
            "Top channel that the rules put the traffic into.",
            "Канал верхнего уровня, в который правила отнесли трафик.",
            "Kanał najwyższego poziomu, do którego reguły przypisały ruch.",
        ),
    },
    Dimension {
        key: "subchannel",
        kind: DimensionKind::Subchannel,
        group: DimensionGroup::Traffic,
        title: Words::new("Subchannel", "Подканал", "Podkanał"),
        definition: Words::new(
            "The deepest channel that a rule named, below the top channel.",
            "Самый глубокий канал из правила, ниже канала верхнего уровня.",
            "Najgłębszy kanał wskazany przez regułę, poniżej kanału najwyższego poziomu.",
        ),
    },
    label(
        "source",
        Words::new("Source", "Источник", "Źródło"),
        Words::new(
            "Who sent the visitor, with spellings put together.",
            "Кто привёл посетителя; разные написания объединены.",
            "Kto przysłał odwiedzającego; różne pisownie są połączone.",
        ),
    ),
    raw(
        "medium",
        "medium",
        Words::new("Medium", "Тип трафика", "Medium"),
        Words::new(
            "utm_medium as tagged, or what the referrer implies.",
            "utm_medium из метки или по рефереру.",
            "utm_medium z tagu lub wynikające z odsyłającego.",
        ),
    ),
    label(
        "campaign",
        Words::new("Campaign", "Кампания", "Kampania"),
        Words::new(
            "Campaign of the ad platform or of the tag.",
            "Кампания рекламной площадки или из метки.",
            "Kampania platformy reklamowej lub z tagu.",
        ),
    ),
    label(
        "ad_group",
        Words::new("Ad group", "Группа объявлений", "Grupa reklam"),
        Words::new(
            "Group of ads within the campaign.",
            "Группа объявлений внутри кампании.",
            "Grupa reklam w kampanii.",
        ),
    ),
    label(
        "ad",
        Words::new("Ad", "Объявление", "Reklama"),
        Words::new(
            "The ad that was clicked.",
            "Объявление, по которому перешли.",
            "Kliknięta reklama.",
        ),
    ),
    label(
        "keyword",
        Words::new("Keyword", "Ключевое слово", "Słowo kluczowe"),
        Words::new(
            "Keyword that the ad was shown for.",
            "Ключевая фраза, по которой показано объявление.",
            "Słowo kluczowe, dla którego wyświetlono reklamę.",
        ),
    ),
    raw(
        "default_channel",
        "default_channel",
        Words::new(
            "Default channel group",
            "Группа каналов по умолчанию",
            "Domyślna grupa kanałów",
        ),
        Words::new(
            "Group by general rules, before the workspace's own.",
            "Группа по общим правилам, до правил рабочей области.",
            "Grupa według ogólnych reguł, przed regułami przestrzeni roboczej.",
        ),
    ),
    raw("utm_source", "source", Words::same("utm_source"), AS_TAGGED),
    raw(
        "utm_campaign",
        "campaign",
        Words::same("utm_campaign"),
        AS_TAGGED,
    ),
    raw("utm_content", "ad", Words::same("utm_content"), AS_TAGGED),
    raw("utm_term", "keyword", Words::same("utm_term"), AS_TAGGED),
    raw("utm_group", "ad_group", Words::same("utm_group"), AS_TAGGED),
    raw(
        "click_id",
        "click_id",
        Words::new(
            "Kind of click id",
            "Вид идентификатора клика",
            "Rodzaj identyfikatora kliknięcia",
        ),
        Words::new(
            "Which platform's click id came along: gclid, yclid …",
            "Чей идентификатор клика пришёл: gclid, yclid …",
            "Identyfikator której platformy przyszedł: gclid, yclid …",
        ),
    ),
    raw(
        "referrer",
        "referrer",
        Words::new("Referrer", "Реферер", "Odsyłający"),
        Words::new(
            "Host of the page that linked here.",
            "Хост страницы со ссылкой.",
            "Host strony z odnośnikiem.",
        ),
    ),
    Dimension {
        key: "landing_page",
        kind: DimensionKind::LandingPage,
        group: DimensionGroup::Page,
        title: Words::new("Landing page", "Страница входа", "Strona wejścia"),
        definition: Words::new(
            "First page of the visit; of a lead, first page of its visit.",
            "Первая страница визита; у заявки — первая страница её визита.",
            "Pierwsza strona wizyty; dla leada — pierwsza strona jego wizyty.",
        ),
    },
    Dimension {
        key: "page",
        kind: DimensionKind::Page,
        group: DimensionGroup::Page,
        title: Words::new("Page", "Страница", "Strona"),
        definition: Words::new(
            "Page that was seen; visits count for their first page.",
            "Просмотренная страница; визиты относятся к первой.",
            "Obejrzana strona; wizyty liczą się do pierwszej.",
        ),
    },
    Dimension {
        key: "exit_page",
        kind: DimensionKind::ExitPage,
        group: DimensionGroup::Page,
        title: Words::new("Exit page", "Страница выхода", "Strona wyjścia"),
        definition: Words::new(
            "Page that was seen last in the visit; leads and costs have none.",
            "Последняя просмотренная страница визита; у лидов и расходов её нет.",
            "Ostatnia obejrzana strona wizyty; leady i koszty jej nie mają.",
        ),
    },
    named(
        "event",
        &["event", "revenue"],
        Words::new("Event", "Событие", "Zdarzenie"),
        Words::new(
            "Name of a custom event; visits, leads and costs have none.",
            "Имя собственного события; у визитов, заявок и расходов его нет.",
            "Nazwa własnego zdarzenia; wizyty, leady i koszty jej nie mają.",
        ),
    ),
    Dimension {
        key: "property_names",
        kind: DimensionKind::PropertyNames,
        group: DimensionGroup::Page,
        title: Words::new(
            "Properties of the event",
            "Параметры события",
            "Właściwości zdarzenia",
        ),
        definition: Words::new(
            "Names of the properties that an event came with, in order, with commas between them.",
            "Имена параметров, с которыми пришло событие, по порядку через запятую.",
            "Nazwy właściwości, z którymi przyszło zdarzenie, po kolei, oddzielone przecinkami.",
        ),
    },
    Dimension {
        key: "property",
        kind: DimensionKind::Property,
        group: DimensionGroup::Page,
        title: Words::new(
            "Property value",
            "Значение параметра",
            "Wartość właściwości",
        ),
        definition: Words::new(
            "What an event says of the property that the question names; unknown where the \
             question names none.",
            "Значение параметра события, названного в вопросе; неизвестно, если он не назван.",
            "Wartość właściwości zdarzenia wskazanej w pytaniu; nieznana, gdy jej nie wskazano.",
        ),
    },
    Dimension {
        key: "search_term",
        kind: DimensionKind::SearchTerm,
        group: DimensionGroup::Page,
        title: Words::new("Site search", "Поиск на сайте", "Wyszukiwanie w witrynie"),
        definition: Words::new(
            "What was looked for on the site, in small letters, as the address of the page of \
             results or an event tells it.",
            "Что искали на сайте, строчными буквами: по адресу страницы результатов или из \
             события.",
            "Czego szukano w witrynie, małymi literami: z adresu strony wyników lub ze zdarzenia.",
        ),
    },
    named(
        "outbound_link",
        &["outbound"],
        Words::new("Outbound link", "Внешняя ссылка", "Link wychodzący"),
        Words::new(
            "Address on another site that was clicked; only outbound clicks have it.",
            "Адрес на другом сайте, по которому перешли; есть только у переходов наружу.",
            "Kliknięty adres w innej witrynie; mają go tylko wyjścia na inne witryny.",
        ),
    ),
    named(
        "download",
        &["download"],
        Words::new("Downloaded file", "Скачанный файл", "Pobrany plik"),
        Words::new(
            "Address of the file; only downloads have it.",
            "Адрес файла; есть только у скачиваний.",
            "Adres pliku; mają go tylko pobrania.",
        ),
    ),
    visitor(
        "country",
        Words::new("Country", "Страна", "Kraj"),
        Words::new(
            "Country of the network address.",
            "Страна по сетевому адресу.",
            "Kraj adresu sieciowego.",
        ),
    ),
    visitor(
        "device",
        Words::new("Device", "Устройство", "Urządzenie"),
        Words::new(
            "Desktop, phone or tablet.",
            "Компьютер, телефон или планшет.",
            "Komputer, telefon lub tablet.",
        ),
    ),
    visitor(
        "browser",
        Words::new("Browser", "Браузер", "Przeglądarka"),
        Words::new(
            "Browser without its version.",
            "Браузер без версии.",
            "Przeglądarka bez wersji.",
        ),
    ),
    visitor(
        "os",
        Words::new("Operating system", "Операционная система", "System"),
        Words::new(
            "Operating system without its version.",
            "Операционная система без версии.",
            "System operacyjny bez wersji.",
        ),
    ),
    Dimension {
        key: "site",
        kind: DimensionKind::Site,
        group: DimensionGroup::Page,
        title: Words::new("Site", "Сайт", "Witryna"),
        definition: Words::new(
            "Site that collected the visit.",
            "Сайт, собравший визит.",
            "Witryna, która zebrała wizytę.",
        ),
    },
    Dimension {
        key: "link",
        kind: DimensionKind::Link,
        group: DimensionGroup::Traffic,
        title: Words::new("Click link", "Ссылка-трекер", "Link śledzący"),
        definition: Words::new(
            "Click link that was followed.",
            "Ссылка, по которой перешли.",
            "Kliknięty link.",
        ),
    },
    Dimension {
        key: "platform",
        kind: DimensionKind::Platform,
        group: DimensionGroup::Cost,
        title: Words::new("Ad platform", "Рекламная площадка", "Platforma reklamowa"),
        definition: Words::new(
            "Where the cost came from; only costs have it.",
            "Откуда пришёл расход; есть только у расходов.",
            "Skąd pochodzi koszt; mają ją tylko koszty.",
        ),
    },
    Dimension {
        key: "lead_status",
        kind: DimensionKind::LeadStatus,
        group: DimensionGroup::Lead,
        title: Words::new("Lead status", "Статус лида", "Status leada"),
        definition: Words::new(
            "What the lead is now, also of the deals and money that came of it: a sale while one \
             of its deals is paid and not returned in full; clicks, visits and costs have none.",
            "Текущий статус лида, в том числе для его сделок и денег: продажа, пока одна из его \
             сделок оплачена и не возвращена целиком; у кликов, визитов и расходов его нет.",
            "Czym lead jest teraz, także dla jego szans i pieniędzy: sprzedażą, dopóki któraś z \
             jego szans jest opłacona i niezwrócona w całości; kliknięcia, wizyty i koszty go \
             nie mają.",
        ),
    },
];

const AS_TAGGED: Words = Words::new(
    "The tag exactly as it came.",
    "Метка в точности как пришла.",
    "Tag dokładnie tak, jak przyszedł.",
);

const fn label(key: &'static str, title: Words, definition: Words) -> Dimension {
    let kind = DimensionKind::Label(key);
    Dimension {
        key,
        kind,
        group: DimensionGroup::Traffic,
        title,
        definition,
    }
}

const fn raw(
    key: &'static str,
    column: &'static str,
    title: Words,
    definition: Words,
) -> Dimension {
    let kind = DimensionKind::Raw(column);
    Dimension {
        key,
        kind,
        group: DimensionGroup::Raw,
        title,
        definition,
    }
}

const fn visitor(key: &'static str, title: Words, definition: Words) -> Dimension {
    let kind = DimensionKind::Visitor(key);
    Dimension {
        key,
        kind,
        group: DimensionGroup::Visitor,
        title,
        definition,
    }
}

const fn named(
    key: &'static str,
    kinds: &'static [&'static str],
    title: Words,
    definition: Words,
) -> Dimension {
    let kind = DimensionKind::Named(kinds);
    Dimension {
        key,
        kind,
        group: DimensionGroup::Page,
        title,
        definition,
    }
}
