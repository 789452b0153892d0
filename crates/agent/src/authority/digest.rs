use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// SHA-256 over tool name, canonical input and account: what a permit, a confirmation and an approval are bound to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(String);

impl Digest {
    /// Every part is length-prefixed, so no two different calls share a digest.
    pub fn of(tool: &str, input: &Value, account: &str) -> Self {
        let mut hash = Sha256::new();
        let mut written = String::new();
        canonical(input, &mut written);
        for part in [tool, &written, account] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        Self(Base64UrlUnpadded::encode_string(&hash.finalize()))
    }

    /// The whole digest, base64url.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Up to here a float holds every whole number.
const WHOLE: f64 = 9_007_199_254_740_992.0;

/// JSON with sorted keys, whatever order the map behind `Value` keeps.
fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort_unstable();
            out.push('{');
            for (index, key) in keys.into_iter().enumerate() {
                separate(index, out);
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                canonical(map.get(key).unwrap_or(&Value::Null), out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                separate(index, out);
                canonical(item, out);
            }
            out.push(']');
        }
        // A whole number is written as one, however the model wrote it: 3.0 is 3 (JSON Schema, 6.1.1).
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < WHOLE => {
                out.push_str(&format!("{float:.0}"));
            }
            _ => out.push_str(&number.to_string()),
        },
        scalar => out.push_str(&scalar.to_string()),
    }
}

fn separate(index: usize, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_changed_byte_is_another_digest() {
        let base = Digest::of("buy", &json!({"qty": 3, "ticker": "GOOGL"}), "a");
        assert_eq!(base, Digest::of("buy", &json!({"ticker": "GOOGL", "qty": 3}), "a"), "key order does not matter");
        assert_eq!(base, Digest::of("buy", &json!({"ticker": "GOOGL", "qty": 3.0}), "a"), "3.0 is 3");
        for other in [
            Digest::of("buy", &json!({"qty": 3.5, "ticker": "GOOGL"}), "a"),
            Digest::of("buy", &json!({"qty": 4, "ticker": "GOOGL"}), "a"),
            Digest::of("buy", &json!({"qty": "3", "ticker": "GOOGL"}), "a"),
            Digest::of("buyx", &json!({"qty": 3, "ticker": "GOOGL"}), "a"),
            Digest::of("buy", &json!({"qty": 3, "ticker": "GOOGL"}), "b"),
        ] {
            assert_ne!(base, other);
        }
    }
}
