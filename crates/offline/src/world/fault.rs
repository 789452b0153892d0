//! Faults that tests inject into any service.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Service;

/// An answer given instead of, or a delay put before, the real one.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The service it strikes.
    pub service: Service,
    /// The method; any when absent.
    #[serde(default)]
    pub method: Option<String>,
    /// Start of the path.
    #[serde(default)]
    pub path_prefix: String,
    /// A text in the body of the request; any body when absent.
    #[serde(default)]
    pub body_contains: Option<String>,
    /// Status of the answer; absent means that the request is only delayed.
    #[serde(default)]
    pub status: Option<u16>,
    /// Body of the answer: a text as it is, anything else as JSON.
    #[serde(default)]
    pub body: serde_json::Value,
    /// Further headers of the answer.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Whether it strikes after the request was carried out: its answer is lost, its effect is not.
    #[serde(default)]
    pub after: bool,
    /// Delay before the answer, in milliseconds.
    #[serde(default)]
    pub delay_ms: u64,
    /// Whether the connection is dropped without an answer.
    #[serde(default)]
    pub drop: bool,
    /// The chance that it strikes a request that fits; always when absent.
    #[serde(default)]
    pub probability: Option<f64>,
    /// Where its chances begin; the world's seed when absent.
    #[serde(default)]
    pub seed: Option<u64>,
    /// How many requests it strikes; absent means until the next reset.
    #[serde(default)]
    pub times: Option<u32>,
    /// State of its chances.
    #[serde(skip)]
    pub(super) drawn: u64,
}

impl Fault {
    /// Whether chance lets it strike this time; the same seed gives the same answers in the same order (SplitMix64).
    pub(super) fn draws(&mut self) -> bool {
        let Some(probability) = self.probability else { return true };
        self.drawn = self.drawn.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.drawn;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        // The upper 53 bits fill a float's precision.
        ((mixed >> 11) as f64 / (1_u64 << 53) as f64) < probability
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(seed: u64, probability: f64) -> Vec<bool> {
        let mut fault: Fault = serde_json::from_value(serde_json::json!({ "service": "tenant" })).unwrap();
        (fault.probability, fault.drawn) = (Some(probability), seed);
        (0..1000).map(|_| fault.draws()).collect()
    }

    #[test]
    fn chances_repeat_with_their_seed_and_keep_to_their_probability() {
        assert_eq!(drawn(7, 0.3), drawn(7, 0.3));
        assert_ne!(drawn(7, 0.3), drawn(8, 0.3));
        let struck = drawn(7, 0.3).into_iter().filter(|struck| *struck).count();
        assert!((250..350).contains(&struck), "{struck}");
        assert!(drawn(7, 1.0).into_iter().all(|struck| struck) && !drawn(7, 0.0).contains(&true));
    }
}
