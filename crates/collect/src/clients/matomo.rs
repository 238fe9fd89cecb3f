//! `GET` and `POST /matomo.php`: trackers of Matomo, one hit or many at a time.

use base::UnixMillis;
use http::{Method, StatusCode, header};
use serde_json::{Map, Value, json};

use super::table::{Field, MATOMO, Told, properties};
use super::{Batch, PAGE_VIEW, Repeats};
use crate::pixel::image;
use crate::{Collector, DropReason, Reply, Request, Sink};

/// Most hits of a bulk request.
const HITS_MAX: usize = 1_000;
/// Parameters that become properties of an event, by what they begin with.
const PROPERTIES: [&str; 6] = ["e_c", "e_n", "e_v", "dimension", "search", "ec_items"];

/// The hits of a request and the key that vouches for them.
struct Asked {
    hits: Vec<Value>,
    token: String,
    is_bulk: bool,
}

impl<S: Sink> Collector<S> {
    pub(super) async fn matomo_hit(&self, request: &Request<'_>, now: UnixMillis) -> Reply {
        let asked = match self.read_matomo(request) {
            Ok(asked) => asked,
            Err(reason) => return nothing_logged(reason),
        };
        let key = self.key_of(&asked.token, now);
        if let Some((_, grant)) = key {
            // Also what is refused of it, and says of no site, is the workspace's.
            request.tally.of(grant.workspace);
        }
        if asked.hits.len() > HITS_MAX {
            self.drop_event(request.tally, None, DropReason::TooLarge);
            return nothing_logged(DropReason::TooLarge);
        }
        if !asked.is_bulk && asked.hits.iter().any(|hit| !is_to_be_recorded(hit)) {
            self.drop_event(request.tally, None, DropReason::NotKept);
            return nothing_logged(DropReason::NotKept);
        }
        request.tally.bring(asked.hits.len());
        let mut told: Vec<Told> = asked.hits.iter().filter_map(read).collect();
        let left_out = self.leave_out(request, asked.hits.len() - told.len());
        if key.is_none() && !asked.token.is_empty() {
            let reason = DropReason::Unauthorised;
            self.drop_events(request.tally, None, reason, told.len());
            return super::not_kept(Reply::new(StatusCode::UNAUTHORIZED), reason);
        }
        if key.is_none() {
            // The number of an order can be guessed, and its place be taken.
            told.iter_mut().for_each(|one| one.set(Field::Id, ""));
        }
        let mut outcomes = match self.take_told(request, Batch { told, key }, now).await {
            Ok(outcomes) => outcomes,
            Err(reply) => return reply,
        };
        if let Some(reply) = outcomes.refused(Repeats::CountAgain) {
            return reply;
        }
        outcomes.left_out = left_out;
        let stored = outcomes.stored();
        let unknown = DropReason::UnknownSite.name();
        let reply = if asked.is_bulk {
            let told = json!({
                "status": "success",
                "tracked": stored,
                "invalid": asked.hits.len() - stored,
            });
            Reply::json(StatusCode::OK, told.to_string())
        } else if outcomes.why() == Some(unknown) {
            Reply::new(StatusCode::BAD_REQUEST)
        } else if asked.hits.iter().any(|hit| hit["send_image"] == "0") {
            Reply::new(StatusCode::NO_CONTENT)
        } else {
            image(Reply::new(StatusCode::OK))
        };
        outcomes.on(reply)
    }

    fn read_matomo(&self, request: &Request<'_>) -> Result<Asked, DropReason> {
        let is_json = request.body.trim_ascii_start().starts_with(b"{");
        if request.method == Method::POST && is_json {
            return self.read_bulk(request);
        }
        let body = match request.method {
            &Method::POST => std::str::from_utf8(request.body).unwrap_or_default(),
            _ => "",
        };
        let mut hit = parameters(request.query);
        hit.extend(parameters(body));
        let token = hit.get("token_auth").and_then(Value::as_str);
        Ok(Asked {
            token: token.unwrap_or_default().to_owned(),
            hits: vec![Value::Object(hit)],
            is_bulk: false,
        })
    }

    fn read_bulk(&self, request: &Request<'_>) -> Result<Asked, DropReason> {
        let mut body = self.client_json(request)?;
        let mut token = body["token_auth"].as_str().unwrap_or_default().to_owned();
        let Value::Array(requests) = body["requests"].take() else {
            self.drop_event(request.tally, None, DropReason::BadJson);
            return Err(DropReason::BadJson);
        };
        let hit = |request: Value| match request {
            Value::String(address) => {
                let query = address
                    .split_once('?')
                    .map_or(&*address, |(_, query)| query);
                Value::Object(parameters(query))
            }
            other => other,
        };
        let hits: Vec<Value> = requests.into_iter().map(hit).collect();
        // Some clients write the same token into each hit.
        let of_first = hits.first().and_then(|hit| hit["token_auth"].as_str());
        let of_first = of_first.unwrap_or_default();
        if token.is_empty() && hits.iter().all(|hit| hit["token_auth"] == of_first) {
            of_first.clone_into(&mut token);
        }
        Ok(Asked {
            hits,
            token,
            is_bulk: true,
        })
    }
}

fn parameters(query: &str) -> Map<String, Value> {
    url::form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
        .collect()
}

fn is_to_be_recorded(hit: &Value) -> bool {
    hit["rec"] == "1" || hit["rec"] == 1
}

/// `None` for what says nothing that is kept: a heartbeat, a piece of content that was seen, or a
/// hit that is not to be recorded.
fn read(hit: &Value) -> Option<Told> {
    let text = |name: &str| match &hit[name] {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    };
    let is_content = !text("c_n").is_empty() || !text("c_i").is_empty();
    if !is_to_be_recorded(hit) || !text("ping").is_empty() || is_content {
        return None;
    }
    let mut told = Told::read(MATOMO, hit);
    let goal = text("idgoal");
    let name = if !text("link").is_empty() {
        "outbound".to_owned()
    } else if !text("download").is_empty() {
        "download".to_owned()
    } else if !text("e_c").is_empty() {
        let action = told.get(Field::Name);
        action.to_owned()
    } else if !text("search").is_empty() {
        "search".to_owned()
    } else if goal == "0" {
        match text("ec_id").is_empty() {
            true => "cart".to_owned(),
            false => "order".to_owned(),
        }
    } else if !goal.is_empty() {
        format!("goal {goal}")
    } else {
        PAGE_VIEW.to_owned()
    };
    if goal.is_empty() || name == "cart" {
        told.set(Field::Amount, "");
    }
    if let Some(id) = Some(told.get(Field::Id)).filter(|id| !id.is_empty()) {
        let id = format!("order:{id}");
        told.set(Field::Id, id);
    }
    let is_own = !text("e_c").is_empty();
    told.set(Field::Name, name);
    if is_own {
        told.keep_own_name();
    }
    told.set(Field::At, time_of(told.get(Field::At)));
    if let Value::Object(all) = hit {
        let is_kept = |name: &str| PROPERTIES.iter().any(|known| name.starts_with(known));
        let kept = all.iter().filter(|(name, _)| is_kept(name));
        let kept = kept.map(|(name, value)| (name.clone(), value.clone()));
        told.properties = properties(&Value::Object(kept.collect()));
    }
    Some(told)
}

/// Seconds since 1970, or a day and time in UTC, as RFC 3339 or milliseconds.
fn time_of(text: &str) -> String {
    match text.parse::<i64>() {
        Ok(seconds) => seconds.saturating_mul(1_000).to_string(),
        Err(_) if text.is_empty() => String::new(),
        Err(_) => format!("{}Z", text.trim_end_matches('Z').replace(' ', "T")),
    }
}

fn nothing_logged(reason: DropReason) -> Reply {
    let reply = Reply::new(StatusCode::BAD_REQUEST)
        .with_static(header::CONTENT_TYPE, "text/plain; charset=utf-8")
        .with_body(reason.name().into());
    super::not_kept(reply, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_as_seconds_or_as_a_day() {
        assert_eq!(time_of("1767225600"), "1767225600000");
        assert_eq!(time_of("2026-01-01 00:00:00"), "2026-01-01T00:00:00Z");
        assert_eq!(time_of(""), "");
    }
}
