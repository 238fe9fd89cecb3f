//! What a visitor reads whose form was not taken: a short page, not a problem for programs.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::{holds, text};
use crate::problem::Problem;

const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
     frame-ancestors 'none'";

/// The words of the page in one language.
struct Words {
    language: &'static str,
    title: &'static str,
    /// Something in the form is wrong.
    check: &'static str,
    too_many: &'static str,
    too_large: &'static str,
    /// The server is not able to take it now.
    later: &'static str,
    /// The form itself is at fault, which its visitor cannot mend.
    broken: &'static str,
    name: &'static str,
    phone: &'static str,
    email: &'static str,
    message: &'static str,
}

const ENGLISH: Words = Words {
    language: "en",
    title: "Your form was not sent",
    check: "Please go back and check what you filled in.",
    too_many: "Too many forms came from your network. Please wait a minute, go back and try again.",
    too_large: "The text is too long. Please go back and shorten it.",
    later: "This cannot be taken in just now. Please go back and try again in a minute.",
    broken: "Something is wrong with this form. Please contact the site in another way.",
    name: "Name",
    phone: "Phone",
    email: "E-mail",
    message: "Message",
};

const RUSSIAN: Words = Words {
    language: "ru",
    title: "Форма не отправлена",
    check: "Вернитесь назад и проверьте, что вы заполнили.",
    too_many: "Из вашей сети пришло слишком много форм. Подождите минуту, вернитесь назад и \
        отправьте ещё раз.",
    too_large: "Текст слишком длинный. Вернитесь назад и сократите его.",
    later: "Сейчас принять форму не получается. Вернитесь назад и отправьте ещё раз через минуту.",
    broken: "С этой формой что-то не так. Свяжитесь с сайтом другим способом.",
    name: "Имя",
    phone: "Телефон",
    email: "Эл. почта",
    message: "Сообщение",
};

const POLISH: Words = Words {
    language: "pl",
    title: "Formularz nie został wysłany",
    check: "Wróć i sprawdź, co zostało wpisane.",
    too_many: "Z Twojej sieci przyszło zbyt wiele formularzy. Odczekaj minutę, wróć i spróbuj \
        ponownie.",
    too_large: "Tekst jest za długi. Wróć i skróć go.",
    later: "Nie można teraz przyjąć formularza. Wróć i spróbuj ponownie za minutę.",
    broken: "Z tym formularzem jest coś nie tak. Skontaktuj się ze stroną w inny sposób.",
    name: "Imię",
    phone: "Telefon",
    email: "E-mail",
    message: "Wiadomość",
};

/// Answers a refusal as its sender reads it: a page for a browser that sent the form by itself,
/// the problem for a script.
pub(super) fn answer(problem: Problem, headers: &HeaderMap) -> Response {
    if !is_browser(headers) {
        return problem.into_response();
    }
    let page = page(&problem, words(headers));
    let mut response = problem.into_response();
    *response.body_mut() = page.into();
    let answer = response.headers_mut();
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    answer.insert(header::CONTENT_TYPE, html);
    let policy = HeaderValue::from_static(POLICY);
    answer.insert(header::CONTENT_SECURITY_POLICY, policy);
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn is_browser(headers: &HeaderMap) -> bool {
    let is_form = text(headers, &header::CONTENT_TYPE)
        .is_none_or(|kind| !kind.to_ascii_lowercase().contains("json"));
    is_form && holds(headers, &header::ACCEPT, "text/html")
}

/// The first language that the browser wants and we have.
fn words(headers: &HeaderMap) -> &'static Words {
    let wanted = text(headers, &header::ACCEPT_LANGUAGE).unwrap_or_default();
    let tags = wanted.split(',').filter_map(|part| part.split(';').next());
    let mut known = tags.filter_map(|tag| {
        let language = tag.trim().split('-').next().unwrap_or_default();
        let all = [&ENGLISH, &RUSSIAN, &POLISH].into_iter();
        all.into_iter()
            .find(|words| words.language.eq_ignore_ascii_case(language))
    });
    known.next().unwrap_or(&ENGLISH)
}

fn page(problem: &Problem, words: &Words) -> String {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_REQUEST);
    let said = match status {
        StatusCode::UNPROCESSABLE_ENTITY => words.check,
        StatusCode::TOO_MANY_REQUESTS => words.too_many,
        StatusCode::PAYLOAD_TOO_LARGE => words.too_large,
        status if status.is_server_error() => words.later,
        _ => words.broken,
    };
    let named = |field: &str| match field {
        "name" => words.name.to_owned(),
        "phone" => words.phone.to_owned(),
        "email" => words.email.to_owned(),
        "message" => words.message.to_owned(),
        other => escaped(other),
    };
    let fields: String = problem
        .errors
        .iter()
        .map(|error| format!("<li>{}</li>", named(&error.field)))
        .collect();
    format!(
        "<!doctype html><html lang=\"{language}\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <style>body{{font:1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:4rem auto;\
         padding:0 1rem;color-scheme:light dark}}</style>\
         <h1>{title}</h1><p>{said}</p><ul>{fields}</ul></html>\n",
        language = words.language,
        title = words.title,
    )
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use app::AppError;

    use super::*;

    fn headers(pairs: &[(header::HeaderName, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter().cloned();
        pairs
            .map(|(name, value)| (name, HeaderValue::from_static(value)))
            .collect()
    }

    fn check(accepted: &'static str, language: &str) {
        let headers = headers(&[(header::ACCEPT_LANGUAGE, accepted)]);
        assert_eq!(words(&headers).language, language, "{accepted}");
    }

    #[test]
    fn the_page_is_in_the_first_known_language_of_the_browser() {
        check("pl-PL,pl;q=0.9,en;q=0.8", "pl");
        check("de-DE, RU;q=0.5", "ru");
        check("de", "en");
        check("", "en");
    }

    #[test]
    fn a_page_names_the_wrong_fields_and_holds_no_markup_of_the_sender() {
        let problem = Problem::from(AppError::invalid("phone", "bad", "no number"));
        assert!(page(&problem, &POLISH).contains("<li>Telefon</li>"));
        let problem = Problem::from(AppError::invalid("<b>\"", "bad", "odd"));
        assert!(page(&problem, &ENGLISH).contains("<li>&lt;b&gt;&quot;</li>"));
    }

    #[test]
    fn scripts_read_the_problem_and_browsers_the_page() {
        let kind_of = |sent: HeaderMap| {
            let problem = Problem::from(AppError::invalid("phone", "bad", "no number"));
            let response = answer(problem, &sent);
            assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
            response.headers()[header::CONTENT_TYPE].clone()
        };
        let browser = (header::ACCEPT, "text/html,*/*;q=0.8");
        let alone = headers(std::slice::from_ref(&browser));
        assert_eq!(kind_of(alone), "text/html; charset=utf-8");
        let script = headers(&[browser, (header::CONTENT_TYPE, "application/json")]);
        assert_eq!(kind_of(script), "application/problem+json");
        assert_eq!(kind_of(HeaderMap::new()), "application/problem+json");
    }
}
