/// The API by which a model is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ModelApi {
    /// Chat completions, which most providers and servers speak.
    #[default]
    ChatCompletions,
    /// OpenAI's Responses API.
    Responses,
    /// Anthropic's Messages API.
    Anthropic,
    /// Google's Gemini API.
    Gemini,
    /// Workers AI, by its binding or by its HTTP API.
    WorkersAi,
}

impl ModelApi {
    /// The API of that name, as settings write it: `completions` (or `chat_completions`, `chat`), `responses`, `anthropic`, `gemini`,
    /// `workers-ai`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "completions" | "chat_completions" | "chat" => Some(Self::ChatCompletions),
            "responses" => Some(Self::Responses),
            "anthropic" => Some(Self::Anthropic),
            "gemini" => Some(Self::Gemini),
            "workers-ai" => Some(Self::WorkersAi),
            _ => None,
        }
    }

    /// Its name, as settings write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ChatCompletions => "completions",
            Self::Responses => "responses",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::WorkersAi => "workers-ai",
        }
    }

    /// Where it is spoken when nothing else is said; empty for Workers AI, which is bound to the Worker.
    pub fn default_base_url(self) -> &'static str {
        match self {
            Self::ChatCompletions | Self::Responses => "https://api.openai.com/v1",
            Self::Anthropic => "https://api.anthropic.com/v1",
            Self::Gemini => "https://generativelanguage.googleapis.com/v1beta",
            Self::WorkersAi => "",
        }
    }

    /// The header that has the key; `Authorization: Bearer` where there is none of its own.
    pub(crate) fn key_header(self) -> Option<&'static str> {
        match self {
            Self::Anthropic => Some("x-api-key"),
            Self::Gemini => Some("x-goog-api-key"),
            Self::ChatCompletions | Self::Responses | Self::WorkersAi => None,
        }
    }
}
