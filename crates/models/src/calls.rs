use serde_json::Value;

use crate::{ModelError, ToolCall};

/// More than any honest answer has; what a stream can make us keep is bounded by these three.
const MAX_CALLS: usize = 128;
const MAX_BYTES: usize = 1024 * 1024;
const MAX_ARGUMENT_BYTES: usize = 256 * 1024;

/// A piece of a call; what it does not say is empty.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct CallPiece<'a> {
    /// The call's place in the answer.
    pub index: Option<u32>,
    pub id: &'a str,
    pub name: &'a str,
    /// More of the arguments, or all of them.
    pub arguments: &'a str,
}

/// Puts the tool calls of one answer together from their pieces.
#[derive(Debug)]
pub(crate) struct CallAssembler {
    prefix: String,
    open: Vec<OpenCall>,
    emitted_ids: Vec<String>,
    bytes: usize,
}

#[derive(Debug, Default)]
struct OpenCall {
    index: Option<u32>,
    id: String,
    name: String,
    arguments: String,
}

impl CallAssembler {
    /// `prefix`: what the ids of calls without one begin with.
    pub fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned(), open: Vec::new(), emitted_ids: Vec::new(), bytes: 0 }
    }

    /// Takes the next piece; its arguments continue those that came before.
    pub fn push(&mut self, piece: CallPiece<'_>) -> Result<(), ModelError> {
        self.add(piece, false)
    }

    /// Takes a piece that has all the arguments, in the place of those that came before.
    pub fn replace(&mut self, piece: CallPiece<'_>) -> Result<(), ModelError> {
        self.add(piece, !piece.arguments.is_empty())
    }

    fn add(&mut self, piece: CallPiece<'_>, anew: bool) -> Result<(), ModelError> {
        let CallPiece { index, id, name, arguments } = piece;
        let added = id.len().saturating_add(name.len()).saturating_add(arguments.len());
        self.bytes = self.bytes.saturating_add(added);
        let position = self.continues(index, id, name);
        if position.is_none() {
            if self.open.len().saturating_add(self.emitted_ids.len()) >= MAX_CALLS {
                return Err(ModelError::Malformed);
            }
            self.open.push(OpenCall { index, ..OpenCall::default() });
        }
        let call = match position {
            Some(position) => self.open.get_mut(position),
            None => self.open.last_mut(),
        };
        if let Some(call) = call {
            // Some providers repeat id and name in every piece.
            if call.id.is_empty() {
                call.id.push_str(id);
            }
            if call.name.is_empty() {
                call.name.push_str(name);
            }
            if anew {
                self.bytes = self.bytes.saturating_sub(call.arguments.len());
                call.arguments.clear();
            }
            if call.arguments.len().saturating_add(arguments.len()) > MAX_ARGUMENT_BYTES {
                return Err(ModelError::ArgumentsTooLarge { limit: MAX_ARGUMENT_BYTES });
            }
            call.arguments.push_str(arguments);
        }
        if self.bytes > MAX_BYTES { Err(ModelError::Malformed) } else { Ok(()) }
    }

    /// Hands out what has been put together, in the order in which the calls began.
    pub fn take(&mut self) -> Vec<ToolCall> {
        let mut calls = Vec::new();
        for call in std::mem::take(&mut self.open) {
            calls.push(self.close(call));
        }
        calls
    }

    /// True once a call has been handed out.
    pub fn any_taken(&self) -> bool {
        !self.emitted_ids.is_empty()
    }

    /// Which open call a piece belongs to. By the API that is its index; servers that leave the index away, or number
    /// every call 0, send each call with its name in one piece.
    fn continues(&self, index: Option<u32>, id: &str, name: &str) -> Option<usize> {
        if index.is_some() {
            let position = self.open.iter().rposition(|call| call.index == index)?;
            let another = |call: &OpenCall| !name.is_empty() && !id.is_empty() && !call.id.is_empty() && call.id != id;
            return self.open.get(position).is_some_and(|call| !another(call)).then_some(position);
        }
        if !id.is_empty() {
            return self.open.iter().rposition(|call| call.id == id);
        }
        if name.is_empty() { self.open.len().checked_sub(1) } else { None }
    }

    fn close(&mut self, call: OpenCall) -> ToolCall {
        let position = self.emitted_ids.len();
        let usable = !call.id.is_empty() && !self.emitted_ids.contains(&call.id);
        let id = if usable { call.id } else { format!("{}_{position}", self.prefix) };
        self.emitted_ids.push(id.clone());
        let (arguments, arguments_error) = read_arguments(&call.arguments);
        ToolCall { arguments_error, ..ToolCall::new(id, call.name, arguments) }
    }
}

/// The arguments, and what to tell the model when they are none.
fn read_arguments(text: &str) -> (Value, Option<String>) {
    let empty = Value::Object(serde_json::Map::new());
    if text.trim().is_empty() {
        return (empty, None);
    }
    let found = match serde_json::from_slice::<Value>(text.as_bytes()) {
        Ok(value @ Value::Object(_)) => return (value, None),
        Ok(Value::Array(_)) => "an array was found".to_owned(),
        Ok(Value::String(_)) => "a string was found".to_owned(),
        Ok(_) => "a number, true, false or null was found".to_owned(),
        Err(error) => error.to_string(),
    };
    (empty, Some(format!("The arguments must be one JSON object: {found}.")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn assemble(pieces: &[CallPiece<'_>]) -> Vec<ToolCall> {
        let mut assembler = CallAssembler::new("call_s1");
        for piece in pieces {
            assembler.push(*piece).unwrap();
        }
        assembler.take()
    }

    fn piece<'a>(index: u32, id: &'a str, name: &'a str, arguments: &'a str) -> CallPiece<'a> {
        CallPiece { index: Some(index), id, name, arguments }
    }

    fn shown(calls: &[ToolCall]) -> Vec<(&str, &str, String)> {
        calls.iter().map(|call| (call.id.as_str(), call.name.as_str(), call.arguments.to_string())).collect()
    }

    #[test]
    fn pieces_are_joined_by_index_even_when_mixed() {
        let calls = assemble(&[
            piece(0, "a", "one", "{\"x\""),
            piece(1, "b", "two", ""),
            piece(0, "", "", ":1}"),
            piece(1, "", "", "{}"),
        ]);
        assert_eq!(shown(&calls), [("a", "one", "{\"x\":1}".into()), ("b", "two", "{}".into())]);
    }

    #[test]
    fn a_repeated_id_and_name_is_no_new_call() {
        let calls = assemble(&[piece(0, "a", "one", "{"), piece(0, "a", "one", "}")]);
        assert_eq!(shown(&calls), [("a", "one", "{}".into())]);
    }

    #[test]
    fn calls_that_are_all_numbered_zero_or_not_at_all_stay_apart() {
        let calls = assemble(&[piece(0, "a", "one", "{}"), piece(0, "b", "one", "{}")]);
        assert_eq!(shown(&calls), [("a", "one", "{}".into()), ("b", "one", "{}".into())]);
        fn unnumbered<'a>(id: &'a str, name: &'a str, arguments: &'a str) -> CallPiece<'a> {
            CallPiece { index: None, id, name, arguments }
        }
        let calls = assemble(&[unnumbered("a", "one", "{}"), unnumbered("b", "two", "{"), unnumbered("", "", "}")]);
        assert_eq!(shown(&calls), [("a", "one", "{}".into()), ("b", "two", "{}".into())]);
        let calls = assemble(&[unnumbered("", "one", "{}"), unnumbered("", "two", "{}")]);
        assert_eq!(shown(&calls), [("call_s1_0", "one", "{}".into()), ("call_s1_1", "two", "{}".into())]);
    }

    #[test]
    fn an_id_that_is_missing_or_used_twice_is_replaced() {
        let calls = assemble(&[piece(0, "x", "one", ""), piece(1, "x", "two", ""), piece(2, "", "three", "")]);
        assert_eq!(calls.iter().map(|call| call.id.as_str()).collect::<Vec<_>>(), ["x", "call_s1_1", "call_s1_2"]);
    }

    #[test]
    fn arguments_that_are_no_object_are_explained() {
        assert_eq!(read_arguments(" "), (json!({}), None));
        for wrong in ["[1]", "\"{}\"", "1", "null", "{\"a\":", "{} {}", "not json"] {
            let calls = assemble(&[piece(0, "a", "one", wrong)]);
            assert_eq!(calls[0].arguments, json!({}));
            assert!(calls[0].arguments_error.as_ref().unwrap().contains("JSON object: "), "{wrong}");
        }
    }

    #[test]
    fn arguments_that_are_said_whole_take_the_place_of_their_pieces() {
        let mut assembler = CallAssembler::new("c");
        assembler.push(piece(0, "a", "one", "{\"x\":")).unwrap();
        assembler.replace(piece(0, "a", "one", "{\"x\":1}")).unwrap();
        assembler.replace(piece(0, "a", "one", "")).unwrap();
        assembler.replace(piece(2, "b", "two", "{}")).unwrap();
        let calls = assembler.take();
        assert_eq!(shown(&calls), [("a", "one", "{\"x\":1}".into()), ("b", "two", "{}".into())]);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let too_large = Err(ModelError::ArgumentsTooLarge { limit: MAX_ARGUMENT_BYTES });
        let whole = "x".repeat(MAX_ARGUMENT_BYTES);
        let mut assembler = CallAssembler::new("c");
        assert_eq!(assembler.push(piece(0, "", "n", &whole)), Ok(()));
        assert_eq!(assembler.replace(piece(0, "", "", &whole)), Ok(()), "what is replaced is not counted");
        assert_eq!(assembler.push(piece(0, "", "", "x")), too_large);
        assert_eq!(CallAssembler::new("c").replace(piece(0, "", "n", &format!("{whole}x"))), too_large);

        let mut assembler = CallAssembler::new("c");
        let results: Vec<_> = (0..4).map(|index| assembler.push(piece(index, "", "n", &whole))).collect();
        assert_eq!(results.iter().position(|result| *result == Err(ModelError::Malformed)), Some(3), "all together");

        let mut assembler = CallAssembler::new("c");
        let results: Vec<_> =
            (0..=MAX_CALLS).map(|index| assembler.push(piece(u32::try_from(index).unwrap(), "", "n", ""))).collect();
        assert_eq!(results.iter().position(Result::is_err), Some(MAX_CALLS));
    }
}
