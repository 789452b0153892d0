use http::HeaderMap;
use http::header::{ACCEPT, CONTENT_TYPE};

/// In which forms a client takes an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Accepts {
    /// One JSON object.
    pub json: bool,
    /// Server-sent events.
    pub events: bool,
}

impl Accepts {
    /// Reads `Accept` (RFC 9110, 12.5.1). Without one everything is taken.
    pub fn of(headers: &HeaderMap) -> Self {
        let ranges: Vec<String> = headers
            .get_all(ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter(|range| !is_refused(range))
            .map(media_type)
            .collect();
        let takes = |kind: &str, all: &str| {
            ranges.is_empty() || ranges.iter().any(|range| range == kind || range == all || range == "*/*")
        };
        Self { json: takes("application/json", "application/*"), events: takes("text/event-stream", "text/*") }
    }
}

/// True for a body that is JSON.
pub fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| media_type(kind) == "application/json")
}

fn media_type(text: &str) -> String {
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// `q=0`
fn is_refused(range: &str) -> bool {
    let weight = range.split(';').skip(1).find_map(|parameter| parameter.trim().strip_prefix("q="));
    weight.and_then(|weight| weight.trim().parse::<f32>().ok()) == Some(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(values: &[&str]) -> (bool, bool) {
        let headers = values.iter().map(|value| (ACCEPT, value.parse().unwrap())).collect();
        let Accepts { json, events } = Accepts::of(&headers);
        (json, events)
    }

    #[test]
    fn what_a_client_takes() {
        assert_eq!(accepts(&[]), (true, true));
        assert_eq!(accepts(&["application/json, text/event-stream"]), (true, true));
        assert_eq!(accepts(&["application/json", "text/event-stream; charset=utf-8"]), (true, true));
        assert_eq!(accepts(&["*/*"]), (true, true));
        assert_eq!(accepts(&["Application/JSON"]), (true, false));
        assert_eq!(accepts(&["text/event-stream, application/json;q=0"]), (false, true));
        assert_eq!(accepts(&["text/html"]), (false, false));
    }
}
