//! The titles of other tools' days: Plausible, Google Analytics and Matomo.

use super::Field;
use super::titles::Titles;

/// Beside what all kinds of files know; what stands here goes first.
pub(super) const HISTORY: Titles = &[
    (
        Field::Day,
        "date day yearmonthdate дата день data dzień dzien",
    ),
    (
        Field::Visitors,
        "visitors uniquevisitors nbuniqvisitors totalusers activeusers~ users~ uniqueusers \
         посетители уникальныепосетители всегопользователей пользователи~ активныепользователи~ \
         odwiedzający unikalniodwiedzający użytkownicyłącznie użytkownicy~ aktywniużytkownicy~",
    ),
    (
        Field::Visits,
        "visits sessions nbvisits entrances~ exits~ визиты сеансы посещения wizyty sesje",
    ),
    (
        Field::PageViews,
        "pageviews views nbpageviews screenpageviews nbactions~ actions~ просмотры \
         просмотрыстраниц действия~ odsłony wyświetlenia wyświetleniastron akcje~",
    ),
    (Field::Bounces, "bounces bouncecount отказы odrzucenia"),
    (
        Field::BounceRate,
        "bouncerate показательотказов доляотказов współczynnikodrzuceń",
    ),
    (
        Field::VisitSeconds,
        "visitseconds visitduration sumvisitlength totaltimespentbyvisitors",
    ),
    (
        Field::AverageSeconds,
        "averageseconds averagesessionduration avgsessionduration avgvisitduration avgtimeonsite \
         средняядлительностьсеанса средняяпродолжительностьсеанса średniczastrwaniasesji",
    ),
    (
        Field::Events,
        "events eventcount количествособытий liczbazdarzeń",
    ),
    (
        Field::SourceMedium,
        "sessionsourcemedium sourcemedium firstusersourcemedium источникканал \
         źródłomedium źródłomediumsesji",
    ),
    (
        Field::Source,
        "source sessionsource firstusersource utmsource~",
    ),
    (
        Field::Medium,
        "utmmedium medium sessionmedium firstusermedium",
    ),
    (
        Field::Campaign,
        "utmcampaign campaign sessioncampaign firstusercampaign",
    ),
    (Field::Ad, "utmcontent"),
    (Field::Keyword, "utmterm"),
    (Field::Referrer, "referrer"),
    (Field::Host, "hostname host"),
    (
        Field::Page,
        "page pagepath pagepathandscreenclass pagepathquerystringandscreenclass~ страница \
         strona",
    ),
    (
        Field::LandingPage,
        "entrypage landingpage landingpagequerystring",
    ),
    (Field::ExitPage, "exitpage"),
    (
        Field::Country,
        "countryid countrycode country~ страна~ kraj~",
    ),
    (
        Field::Device,
        "device devicecategory категорияустройства kategoriaurządzenia",
    ),
    (Field::Browser, "browser браузер przeglądarka"),
    (
        Field::System,
        "operatingsystem os операционнаясистема systemoperacyjny",
    ),
    (Field::Event, "event eventname name~"),
];
