//! Metrics of traffic.

use crate::catalogue::{Direction, Formula, Group, Measure, Metric, Unit, Words};

pub(crate) const METRICS: &[Metric] = &[
    Metric {
        key: "impressions",
        group: Group::Traffic,
        unit: Unit::Count,
        direction: Direction::Neutral,
        digits: 0,
        formula: Formula::Sum(&[(1, Measure::Impressions)]),
        formula_text: Words::new(
            "sum of reported impressions",
            "сумма показов из отчётов",
            "suma zgłoszonych wyświetleń",
        ),
        title: Words::new("Impressions", "Показы", "Wyświetlenia"),
        short: Words::new("Impr.", "Показы", "Wyśw."),
        definition: Words::new(
            "How often ads were shown, as the platforms report.",
            "Сколько раз показана реклама, по отчётам площадок.",
            "Ile razy wyświetlono reklamy, według raportów platform.",
        ),
    },
    Metric {
        key: "clicks",
        group: Group::Traffic,
        unit: Unit::Count,
        direction: Direction::Up,
        digits: 0,
        formula: Formula::Sum(&[(1, Measure::AdClicks), (1, Measure::UnreportedClicks)]),
        formula_text: Words::new(
            "reported clicks + clicks of our links on days and campaigns without reported ones",
            "клики из отчётов + клики наших ссылок за дни и кампании, где отчётов о кликах нет",
            "zgłoszone kliknięcia + kliknięcia naszych linków z dni i kampanii bez zgłoszonych",
        ),
        title: Words::new("Clicks", "Клики", "Kliknięcia"),
        short: Words::new("Clicks", "Клики", "Klik."),
        definition: Words::new(
            "Clicks as platforms report them; where a platform reported none for a source and \
             campaign on a day, the clicks that our links counted there. No click counts \
             twice.",
            "Клики по отчётам площадок; где по источнику и кампании за день площадка кликов \
             не сообщила — клики, посчитанные нашими ссылками. Ни один клик не считается \
             дважды.",
            "Kliknięcia według platform; gdy platforma nie podała ich dla źródła i kampanii w \
             danym dniu — kliknięcia policzone przez nasze linki. Żadne nie liczy się dwa \
             razy.",
        ),
    },
    Metric {
        key: "ad_clicks",
        group: Group::Traffic,
        unit: Unit::Count,
        direction: Direction::Up,
        digits: 0,
        formula: Formula::Sum(&[(1, Measure::AdClicks)]),
        formula_text: Words::new(
            "sum of reported clicks",
            "сумма кликов из отчётов",
            "suma zgłoszonych kliknięć",
        ),
        title: Words::new(
            "Ad clicks (platform)",
            "Клики (площадка)",
            "Kliknięcia (platforma)",
        ),
        short: Words::new("Ad clicks", "Клики пл.", "Klik. plat."),
        definition: Words::new(
            "Clicks as the ad platforms report them.",
            "Клики по отчётам рекламных площадок.",
            "Kliknięcia według raportów platform reklamowych.",
        ),
    },
    Metric {
        key: "tracked_clicks",
        group: Group::Traffic,
        unit: Unit::Count,
        direction: Direction::Up,
        digits: 0,
        formula: Formula::Sum(&[(1, Measure::TrackedClicks)]),
        formula_text: Words::new(
            "count of redirects through click links",
            "число переходов через ссылки-трекеры",
            "liczba przekierowań przez linki śledzące",
        ),
        title: Words::new("Tracked clicks", "Клики по ссылкам", "Kliknięcia linków"),
        short: Words::new("Tracked", "По ссылкам", "Linki"),
        definition: Words::new(
            "Redirects through the workspace's click links.",
            "Переходы через ссылки-трекеры.",
            "Przekierowania przez linki śledzące.",
        ),
    },
    Metric {
        key: "visits",
        group: Group::Traffic,
        unit: Unit::Count,
        direction: Direction::Up,
        digits: 0,
        formula: Formula::Sum(&[(1, Measure::Visits), (1, Measure::PastVisits)]),
        formula_text: Words::new("count of visits", "число визитов", "liczba wizyt"),
        title: Words::new("Visits", "Визиты", "Wizyty"),
        short: Words::new("Visits", "Визиты", "Wizyty"),
        definition: Words::new(
            "Visits to the sites; a visit ends after 30 minutes without activity.",
            "Визиты на сайты; визит кончается после 30 минут бездействия.",
            "Wizyty w witrynach; wizyta kończy się po 30 minutach bezczynności.",
        ),
    },
    Metric {
        key: "visitors",
        group: Group::Traffic,
        unit: Unit::Count,
        direction: Direction::Up,
        digits: 0,
        formula: Formula::Sum(&[(1, Measure::Visitors), (1, Measure::PastVisitors)]),
        formula_text: Words::new(
            "distinct visitors",
            "разные посетители",
            "różni odwiedzający",
        ),
        title: Words::new("Visitors", "Посетители", "Odwiedzający"),
        short: Words::new("Visitors", "Посетители", "Odwiedz."),
        definition: Words::new(
            "Different visitors of the period, counted exactly; of imported days, those of each \
             day added up.",
            "Разные посетители за период, точный подсчёт; за загруженные дни — сумма по дням.",
            "Różni odwiedzający w okresie, policzeni dokładnie; z dni zaimportowanych — suma \
             po dniach.",
        ),
    },
    Metric {
        key: "page_views",
        group: Group::Traffic,
        unit: Unit::Count,
        direction: Direction::Up,
        digits: 0,
        formula: Formula::Sum(&[(1, Measure::PageViews), (1, Measure::PastPageViews)]),
        formula_text: Words::new(
            "count of page views",
            "число просмотров страниц",
            "liczba odsłon",
        ),
        title: Words::new("Page views", "Просмотры страниц", "Odsłony"),
        short: Words::new("Views", "Просмотры", "Odsłony"),
        definition: Words::new(
            "Pages seen, also without a reload.",
            "Просмотренные страницы, в том числе без перезагрузки.",
            "Obejrzane strony, także bez przeładowania.",
        ),
    },
    Metric {
        key: "events",
        group: Group::Traffic,
        unit: Unit::Count,
        direction: Direction::Up,
        digits: 0,
        formula: Formula::Sum(&[(1, Measure::Events), (1, Measure::PastEvents)]),
        formula_text: Words::new(
            "count of custom events",
            "число собственных событий",
            "liczba własnych zdarzeń",
        ),
        title: Words::new("Events", "События", "Zdarzenia"),
        short: Words::new("Events", "События", "Zdarz."),
        definition: Words::new(
            "Custom and revenue events.",
            "Собственные события и события с выручкой.",
            "Zdarzenia własne i z przychodem.",
        ),
    },
    Metric {
        key: "form_submits",
        group: Group::Traffic,
        unit: Unit::Count,
        direction: Direction::Up,
        digits: 0,
        formula: Formula::Sum(&[(1, Measure::FormSubmits)]),
        formula_text: Words::new(
            "count of submitted forms",
            "число отправленных форм",
            "liczba wysłanych formularzy",
        ),
        title: Words::new("Form submissions", "Отправки форм", "Wysłane formularze"),
        short: Words::new("Forms", "Формы", "Formularze"),
        definition: Words::new(
            "Forms that were sent on the sites.",
            "Формы, отправленные на сайтах.",
            "Formularze wysłane w witrynach.",
        ),
    },
    Metric {
        key: "outbound_clicks",
        group: Group::Traffic,
        unit: Unit::Count,
        direction: Direction::Up,
        digits: 0,
        formula: Formula::Sum(&[(1, Measure::OutboundClicks)]),
        formula_text: Words::new(
            "count of clicks on links to other sites",
            "число кликов по ссылкам на другие сайты",
            "liczba kliknięć w linki do innych witryn",
        ),
        title: Words::new(
            "Outbound clicks",
            "Переходы на другие сайты",
            "Wyjścia na inne witryny",
        ),
        short: Words::new("Outbound", "Переходы", "Wyjścia"),
        definition: Words::new(
            "Clicks on links that lead to other sites.",
            "Клики по ссылкам, ведущим на другие сайты.",
            "Kliknięcia w linki prowadzące do innych witryn.",
        ),
    },
    Metric {
        key: "downloads",
        group: Group::Traffic,
        unit: Unit::Count,
        direction: Direction::Up,
        digits: 0,
        formula: Formula::Sum(&[(1, Measure::Downloads)]),
        formula_text: Words::new(
            "count of downloaded files",
            "число скачанных файлов",
            "liczba pobranych plików",
        ),
        title: Words::new("Downloads", "Скачивания", "Pobrania"),
        short: Words::new("Downloads", "Скач.", "Pobrania"),
        definition: Words::new(
            "Clicks on links to files.",
            "Клики по ссылкам на файлы.",
            "Kliknięcia w linki do plików.",
        ),
    },
    Metric {
        key: "event_visitors",
        group: Group::Traffic,
        unit: Unit::Count,
        direction: Direction::Up,
        digits: 0,
        formula: Formula::Sum(&[(1, Measure::EventVisitors)]),
        formula_text: Words::new(
            "distinct visitors with an event",
            "разные посетители с событием",
            "różni odwiedzający ze zdarzeniem",
        ),
        title: Words::new(
            "Visitors with events",
            "Посетители с событием",
            "Odwiedzający ze zdarzeniem",
        ),
        short: Words::new("Ev. visitors", "Пос. с соб.", "Odw. ze zd."),
        definition: Words::new(
            "Different visitors of whom an event of your own came, however often it came.",
            "Разные посетители, от которых пришло собственное событие, сколько бы раз оно ни \
             приходило.",
            "Różni odwiedzający, od których przyszło własne zdarzenie, bez względu na to, ile \
             razy.",
        ),
    },
    Metric {
        key: "event_revenue",
        group: Group::Traffic,
        unit: Unit::Money,
        direction: Direction::Up,
        digits: 2,
        formula: Formula::Sum(&[(1, Measure::EventRevenue)]),
        formula_text: Words::new(
            "revenue of events in the reporting currency",
            "выручка событий в валюте отчётов",
            "przychód zdarzeń w walucie raportów",
        ),
        title: Words::new("Event revenue", "Выручка событий", "Przychód zdarzeń"),
        short: Words::new("Event rev.", "Выр. соб.", "Przych. zd."),
        definition: Words::new(
            "Money that the pages told with their events, in the reporting currency only and \
             apart from deals and payments: an order may be told by both.",
            "Деньги, о которых страницы сообщили событиями: только в валюте отчётов и отдельно \
             от сделок и платежей, ведь один заказ может прийти и оттуда, и отсюда.",
            "Pieniądze, o których strony powiedziały zdarzeniami: tylko w walucie raportów i \
             osobno od szans i płatności, bo to samo zamówienie może przyjść z obu stron.",
        ),
    },
    Metric {
        key: "bounces",
        group: Group::Traffic,
        unit: Unit::Count,
        direction: Direction::Down,
        digits: 0,
        formula: Formula::Sum(&[(1, Measure::Bounces), (1, Measure::PastBounces)]),
        formula_text: Words::new(
            "count of visits without a second action",
            "число визитов без второго действия",
            "liczba wizyt bez drugiego działania",
        ),
        title: Words::new("Bounces", "Отказы", "Odrzucenia"),
        short: Words::new("Bounces", "Отказы", "Odrz."),
        definition: Words::new(
            "Visits that showed no second action.",
            "Визиты без второго действия.",
            "Wizyty bez drugiego działania.",
        ),
    },
    Metric {
        key: "bounce_rate",
        group: Group::Traffic,
        unit: Unit::Percent,
        direction: Direction::Down,
        digits: 2,
        formula: Formula::Ratio {
            top: &[(1, Measure::Bounces), (1, Measure::PastBounces)],
            bottom: &[(1, Measure::Visits), (1, Measure::PastBounceable)],
            ten: 2,
            divisor: 1,
        },
        formula_text: Words::same("bounces / visits"),
        title: Words::new("Bounce rate", "Доля отказов", "Współczynnik odrzuceń"),
        short: Words::new("Bounce %", "Отказы %", "Odrz. %"),
        definition: Words::new(
            "Share of visits without a second action.",
            "Доля визитов без второго действия.",
            "Udział wizyt bez drugiego działania.",
        ),
    },
    Metric {
        key: "pages_per_visit",
        group: Group::Traffic,
        unit: Unit::Ratio,
        direction: Direction::Up,
        digits: 2,
        formula: Formula::Ratio {
            top: &[(1, Measure::PageViews), (1, Measure::PastPagedViews)],
            bottom: &[(1, Measure::Visits), (1, Measure::PastPaged)],
            ten: 0,
            divisor: 1,
        },
        formula_text: Words::same("page_views / visits"),
        title: Words::new("Pages per visit", "Глубина просмотра", "Strony na wizytę"),
        short: Words::new("Pages/visit", "Глубина", "Strony/wiz."),
        definition: Words::new(
            "Page views for each visit.",
            "Просмотров страниц на визит.",
            "Odsłony przypadające na wizytę.",
        ),
    },
    Metric {
        key: "engaged_time",
        group: Group::Traffic,
        unit: Unit::Duration,
        direction: Direction::Up,
        digits: 0,
        formula: Formula::Sum(&[(1, Measure::EngagedMs)]),
        formula_text: Words::new(
            "sum of time in view",
            "сумма времени на виду",
            "suma czasu widoczności",
        ),
        title: Words::new("Engaged time", "Время активности", "Czas zaangażowania"),
        short: Words::new("Engaged", "Актив.", "Zaang."),
        definition: Words::new(
            "Time that pages were in view, in seconds.",
            "Время, пока страницы были на виду, в секундах.",
            "Czas, gdy strony były widoczne, w sekundach.",
        ),
    },
    Metric {
        key: "avg_engaged_time",
        group: Group::Traffic,
        unit: Unit::Duration,
        direction: Direction::Up,
        digits: 1,
        formula: Formula::Ratio {
            top: &[(1, Measure::EngagedMs)],
            bottom: &[(1, Measure::Visits)],
            ten: 0,
            divisor: 1,
        },
        formula_text: Words::same("engaged_time / visits"),
        title: Words::new(
            "Engaged time per visit",
            "Время активности на визит",
            "Czas zaangażowania na wizytę",
        ),
        short: Words::new("Time/visit", "Время/визит", "Czas/wiz."),
        definition: Words::new(
            "Seconds that pages were in view for each visit.",
            "Секунды на виду в расчёте на визит.",
            "Sekundy widoczności stron na wizytę.",
        ),
    },
    Metric {
        key: "avg_visit_duration",
        group: Group::Traffic,
        unit: Unit::Duration,
        direction: Direction::Up,
        digits: 1,
        formula: Formula::Ratio {
            top: &[(1, Measure::LastedMs), (1, Measure::PastLastedMs)],
            bottom: &[(1, Measure::Visits), (1, Measure::PastTimed)],
            ten: 0,
            divisor: 1,
        },
        formula_text: Words::new(
            "sum of the time from the first to the last thing in each visit ÷ visits",
            "сумма времени от первого до последнего события каждого визита ÷ визиты",
            "suma czasu od pierwszego do ostatniego zdarzenia każdej wizyty ÷ wizyty",
        ),
        title: Words::new(
            "Visit duration",
            "Длительность визита",
            "Czas trwania wizyty",
        ),
        short: Words::new("Duration", "Длит.", "Czas trw."),
        definition: Words::new(
            "Seconds from the first to the last thing that is known of a visit, on average: page \
             views, events and reports of time in view. A visit with one of them alone lasted no \
             time. It belongs to the day on which the visit began.",
            "Секунды от первого до последнего известного события визита, в среднем: просмотры, \
             события и отчёты о времени на виду. Визит с единственным событием длился ноль \
             секунд. Относится к дню, когда визит начался.",
            "Sekundy od pierwszego do ostatniego znanego zdarzenia wizyty, średnio: odsłony, \
             zdarzenia i raporty o czasie widoczności. Wizyta z jednym z nich trwała zero sekund. \
             Należy do dnia, w którym wizyta się zaczęła.",
        ),
    },
    Metric {
        key: "avg_scroll_depth",
        group: Group::Traffic,
        unit: Unit::Percent,
        direction: Direction::Up,
        digits: 1,
        formula: Formula::Ratio {
            top: &[(1, Measure::ScrollPercent)],
            bottom: &[(1, Measure::ScrolledPages)],
            ten: 0,
            divisor: 1,
        },
        formula_text: Words::new(
            "sum of the deepest scroll of each page in each visit ÷ pages with a reported depth",
            "сумма самой глубокой прокрутки каждой страницы визита ÷ страницы с известной глубиной",
            "suma najgłębszych przewinięć stron w wizytach ÷ strony ze znaną głębokością",
        ),
        title: Words::new("Scroll depth", "Глубина прокрутки", "Głębokość przewijania"),
        short: Words::new("Scroll", "Прокрутка", "Przewijanie"),
        definition: Words::new(
            "How far down a page was seen on average, in percent of its height, as our tracker \
             reports it. A page counts once a visit, with the deepest point reached. Pages \
             without a report (pixel, server events, logs) do not count.",
            "До какого места страницу видели в среднем, в процентах её высоты, по данным нашего \
             счётчика. Страница считается один раз за визит, по самой глубокой точке. Страницы \
             без таких данных (пиксель, события с сервера, логи) не считаются.",
            "Jak daleko w dół strona była widziana średnio, w procentach jej wysokości, według \
             naszego skryptu. Strona liczy się raz na wizytę, z najgłębszym punktem. Strony bez \
             takich danych (piksel, zdarzenia z serwera, logi) się nie liczą.",
        ),
    },
];
