use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Object, Resource};

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

/// What a resource holds: text or bytes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceContents {
    /// Address of the resource.
    pub uri: String,
    /// Media type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// Text, unless there is `blob`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blob: Option<String>,
    /// `_meta`
    #[serde(default, rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Object>,
}

impl ResourceContents {
    /// Text at that address.
    pub fn text(uri: impl Into<String>, mime_type: impl Into<String>, text: impl Into<String>) -> Self {
        Self { uri: uri.into(), mime_type: Some(mime_type.into()), text: Some(text.into()), ..Self::default() }
    }

    /// Bytes at that address, in base64.
    pub fn blob(uri: impl Into<String>, mime_type: impl Into<String>, blob: impl Into<String>) -> Self {
        Self { uri: uri.into(), mime_type: Some(mime_type.into()), blob: Some(blob.into()), ..Self::default() }
    }
}

/// For whom something is, how much it matters. Hints of who sends it, not to be relied on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Annotations {
    /// For whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<Vec<Role>>,
    /// From 0 to 1, which is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<f64>,
    /// ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
}

/// Who speaks, or for whom something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The user.
    User,
    /// The model.
    Assistant,
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
