use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Object;
use super::annotations::Annotations;
use super::resource::{Resource, ResourceContents};

/// A piece of what a tool answers or a prompt says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Content {
    /// Text.
    Text {
        /// The text.
        text: String,
        /// For whom.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        annotations: Option<Annotations>,
        /// `_meta`
        #[serde(default, rename = "_meta", skip_serializing_if = "Option::is_none")]
        meta: Option<Object>,
    },
    /// A picture.
    Image {
        /// Base64.
        data: String,
        /// Media type.
        mime_type: String,
        /// For whom.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        annotations: Option<Annotations>,
        /// `_meta`
        #[serde(default, rename = "_meta", skip_serializing_if = "Option::is_none")]
        meta: Option<Object>,
    },
    /// Sound.
    Audio {
        /// Base64.
        data: String,
        /// Media type.
        mime_type: String,
        /// For whom.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        annotations: Option<Annotations>,
        /// `_meta`
        #[serde(default, rename = "_meta", skip_serializing_if = "Option::is_none")]
        meta: Option<Object>,
    },
    /// A resource that can be read.
    ResourceLink(Resource),
    /// A resource with what it holds.
    Resource {
        /// The resource.
        resource: ResourceContents,
        /// For whom.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        annotations: Option<Annotations>,
        /// `_meta`
        #[serde(default, rename = "_meta", skip_serializing_if = "Option::is_none")]
        meta: Option<Object>,
    },
    /// What is none of these, as it came.
    #[serde(untagged)]
    Other(Value),
}

impl Content {
    /// Text for everybody.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into(), annotations: None, meta: None }
    }

    /// A picture, in base64.
    pub fn image(data: impl Into<String>, mime_type: impl Into<String>) -> Self {
        Self::Image { data: data.into(), mime_type: mime_type.into(), annotations: None, meta: None }
    }

    /// Sound, in base64.
    pub fn audio(data: impl Into<String>, mime_type: impl Into<String>) -> Self {
        Self::Audio { data: data.into(), mime_type: mime_type.into(), annotations: None, meta: None }
    }

    /// A resource with what it holds.
    pub fn resource(resource: ResourceContents) -> Self {
        Self::Resource { resource, annotations: None, meta: None }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_kind_is_read_and_written_and_an_unknown_one_is_kept() {
        for value in [
            json!({ "type": "text", "text": "a", "annotations": { "audience": ["user"], "priority": 0.5 } }),
            json!({ "type": "image", "data": "AA==", "mimeType": "image/png" }),
            json!({ "type": "audio", "data": "AA==", "mimeType": "audio/wav", "_meta": { "a": 1 } }),
            json!({ "type": "resource_link", "uri": "test://a", "name": "a" }),
            json!({ "type": "resource", "resource": { "uri": "test://a", "mimeType": "text/plain", "text": "" } }),
            json!({ "type": "hologram", "light": 1 }),
        ] {
            let content: Content = serde_json::from_value(value.clone()).unwrap();
            assert_eq!(serde_json::to_value(&content).unwrap(), value);
            assert_eq!(matches!(content, Content::Other(_)), value["type"] == "hologram", "{value}");
        }
    }
}
