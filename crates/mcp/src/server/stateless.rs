use base64ct::{Base64, Encoding as _};
use http::HeaderMap;
use serde_json::{Value, json};

use super::accept::Accepts;
use super::headers::{VERSION, one};
use super::offer::Client;
use crate::protocol::{
    ClientCapabilities, Implementation, LoggingLevel, Params, ProgressToken, Request, Revision, RpcError, code, meta,
    method,
};

/// A request of 2026-07-28 whose headers and `_meta` are as they have to be.
#[derive(Debug, Clone)]
pub struct StatelessRequest {
    /// The request.
    pub request: Request,
    /// Who asks.
    pub client: Client,
    /// In which forms the answer is taken.
    pub accepts: Accepts,
    /// From which level on log messages are wanted; none if absent.
    pub log_level: Option<LoggingLevel>,
    /// What the headers `Mcp-Param-…` say, by the rest of their names in lower case.
    pub(super) mirrored: Vec<(String, Option<String>)>,
}

impl StatelessRequest {
    /// Reads `_meta`, and compares the headers with the body (transport, "Server Validation").
    ///
    /// Errors: something is missing in `_meta` (-32602), a header is missing or says something else (-32020), the revision is not
    /// spoken (-32022). All are 400.
    pub(super) fn check(headers: &HeaderMap, request: Request, accepts: Accepts) -> Result<Self, RpcError> {
        let version = text(headers, VERSION)?;
        let names = meta_of(&request.params).ok_or_else(|| invalid("`_meta` is missing."))?;
        let Some(named) = names.get(meta::PROTOCOL_VERSION).and_then(Value::as_str) else {
            return Err(invalid("`_meta` has to have `io.modelcontextprotocol/protocolVersion`."));
        };
        match version {
            None => return Err(mismatch("`MCP-Protocol-Version` is missing.")),
            Some(version) if version != named => {
                return Err(mismatch("`MCP-Protocol-Version` is not the revision that `_meta` names."));
            }
            Some(_) => {}
        }
        if named != Revision::V2026_07_28.as_str() {
            return Err(unsupported(named));
        }
        let capabilities: ClientCapabilities = match names.get(meta::CLIENT_CAPABILITIES) {
            Some(capabilities @ Value::Object(_)) => deputy_http::json::read_value(capabilities)
                .map_err(|_| invalid("`io.modelcontextprotocol/clientCapabilities` cannot be read."))?,
            _ => return Err(invalid("`_meta` has to have `io.modelcontextprotocol/clientCapabilities`.")),
        };
        let implementation: Option<Implementation> = match names.get(meta::CLIENT_INFO) {
            Some(info) => Some(
                deputy_http::json::read_value(info)
                    .map_err(|_| invalid("`io.modelcontextprotocol/clientInfo` cannot be read."))?,
            ),
            None => None,
        };
        let log_level = match names.get(meta::LOG_LEVEL) {
            Some(level) => Some(
                deputy_http::json::read_value(level)
                    .map_err(|_| invalid("`io.modelcontextprotocol/logLevel` is no level."))?,
            ),
            None => None,
        };
        check_method_and_name(headers, &request)?;
        let client = Client { revision: Revision::V2026_07_28, capabilities, implementation };
        Ok(Self { client, accepts, log_level, mirrored: mirrored(headers), request })
    }

    /// By what the client asked to be told of progress.
    pub(super) fn progress_token(&self) -> Option<ProgressToken> {
        progress_token(&self.request.params)
    }
}

/// By what the sender of a request asked to be told of progress.
pub(super) fn progress_token(params: &Params) -> Option<ProgressToken> {
    ProgressToken::of(meta_of(params)?.get(meta::PROGRESS_TOKEN)?)
}

fn check_method_and_name(headers: &HeaderMap, request: &Request) -> Result<(), RpcError> {
    match text(headers, "mcp-method")? {
        None => return Err(mismatch("`Mcp-Method` is missing.")),
        Some(named) if named != request.method => {
            return Err(mismatch("`Mcp-Method` is not the method of the message."));
        }
        Some(_) => {}
    }
    let source = match request.method.as_str() {
        method::TOOLS_CALL | method::PROMPTS_GET => "name",
        method::RESOURCES_READ => "uri",
        _ => return Ok(()),
    };
    let Some(name) = request.params.get(source).and_then(Value::as_str) else {
        return Err(invalid(&format!("`{source}` is missing.")));
    };
    match text(headers, "mcp-name")? {
        None => Err(mismatch("`Mcp-Name` is missing.")),
        Some(header) if decode(header)? == name => Ok(()),
        Some(_) => Err(mismatch(&format!("`Mcp-Name` is not the `{source}` of the message."))),
    }
}

/// What the headers `Mcp-Param-…` say. A value that cannot be read is nothing: what no tool knows is not to be refused.
fn mirrored(headers: &HeaderMap) -> Vec<(String, Option<String>)> {
    let names = headers.keys().filter_map(|name| name.as_str().strip_prefix("mcp-param-"));
    let value = |name: &str| decode(text(headers, &format!("mcp-param-{name}")).ok()??).ok();
    names.map(|name| (name.to_owned(), value(name))).collect()
}

/// A value of `Mcp-Name` or `Mcp-Param-…`: as it is, or `=?base64?…?=`.
fn decode(value: &str) -> Result<String, RpcError> {
    let Some(encoded) = value.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?=")) else {
        return Ok(value.to_owned());
    };
    let bytes = Base64::decode_vec(encoded).map_err(|_| mismatch("A header is no base64."))?;
    String::from_utf8(bytes).map_err(|_| mismatch("A header is no base64 of text."))
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, RpcError> {
    one(headers, name).map_err(|problem| mismatch(&problem.to_string()))
}

pub(super) fn meta_of(params: &Params) -> Option<&Params> {
    params.get("_meta").and_then(Value::as_object)
}

fn mismatch(problem: &str) -> RpcError {
    RpcError::new(code::HEADER_MISMATCH, problem)
}

fn invalid(problem: &str) -> RpcError {
    RpcError::new(code::INVALID_PARAMS, problem)
}

/// The revision is none that is spoken.
pub(super) fn unsupported(requested: &str) -> RpcError {
    RpcError::new(code::UNSUPPORTED_PROTOCOL_VERSION, "This revision of the protocol is not spoken here.")
        .with_data(json!({ "supported": Revision::ALL, "requested": requested }))
}
