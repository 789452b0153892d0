use serde_json::{Map, Value};

use crate::numbers::whole_numbers;
use crate::{ModelError, Provided, ToolCall};

/// More than any honest answer has; what a stream can make us keep is bounded by these.
const MAX_CALLS: usize = 128;
const MAX_BYTES: usize = 1024 * 1024;
const MAX_ARGUMENT_BYTES: usize = 256 * 1024;
const MAX_OWN_BYTES: usize = 64 * 1024;

/// What stands for the name of a call that has none: it cannot be sent back without one.
const NAMELESS: &str = "unknown";

/// A piece of a call; what it does not say is empty.
#[derive(Debug, Default, Clone)]
pub(crate) struct CallPiece<'a> {
    /// The call's place in the answer.
    pub index: Option<u32>,
    pub id: &'a str,
    pub name: &'a str,
    /// More of the arguments, or all of them.
    pub arguments: &'a str,
    /// Members of the call which the provider wants back.
    pub own: Map<String, Value>,
}

/// Puts the tool calls of one answer together from their pieces.
#[derive(Debug)]
pub(crate) struct CallAssembler {
    prefix: String,
    /// Who makes the calls.
    origin: String,
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
    /// The piece of the arguments that came last: of some servers it is all of them once more.
    last: String,
    own: Map<String, Value>,
}

impl OpenCall {
    fn is_whole(&self) -> bool {
        object(&self.arguments).is_some()
    }
}

impl CallAssembler {
    /// `prefix`: what the ids of calls without one begin with; `origin`: who makes the calls.
    pub fn new(prefix: &str, origin: String) -> Self {
        Self { prefix: prefix.to_owned(), origin, open: Vec::new(), emitted_ids: Vec::new(), bytes: 0 }
    }

    /// Takes the next piece; its arguments continue those that came before.
    pub fn push(&mut self, piece: CallPiece<'_>) -> Result<(), ModelError> {
        self.add(piece, false)
    }

    /// Takes a piece that has all the arguments, in the place of those that came before.
    pub fn replace(&mut self, piece: CallPiece<'_>) -> Result<(), ModelError> {
        let anew = !piece.arguments.is_empty();
        self.add(piece, anew)
    }

    fn add(&mut self, piece: CallPiece<'_>, anew: bool) -> Result<(), ModelError> {
        let position = self.continues(&piece, anew);
        let CallPiece { index, id, name, arguments, own } = piece;
        let added = id.len().saturating_add(name.len()).saturating_add(arguments.len());
        self.bytes = self.bytes.saturating_add(added);
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
            add_name(call, name);
            if anew {
                self.bytes = self.bytes.saturating_sub(call.arguments.len());
                call.arguments.clear();
            }
            if call.arguments.len().saturating_add(arguments.len()) > MAX_ARGUMENT_BYTES {
                return Err(ModelError::ArgumentsTooLarge { limit: MAX_ARGUMENT_BYTES });
            }
            call.arguments.push_str(arguments);
            if !arguments.is_empty() && arguments.starts_with('{') {
                arguments.clone_into(&mut call.last);
            } else if !arguments.is_empty() {
                call.last.clear();
            }
            if !own.is_empty() {
                self.bytes = self.bytes.saturating_add(deputy_http::json::write(&own).len());
                merge(&mut call.own, own);
            }
        }
        if self.bytes > MAX_BYTES { Err(ModelError::Malformed) } else { Ok(()) }
    }

    /// Hands out what has been put together, in the order in which the calls began. `step`: what the provider wants back with all
    /// of them. What has neither name nor arguments is no call.
    pub fn take(&mut self, step: &mut Map<String, Value>) -> Vec<ToolCall> {
        let mut calls = Vec::new();
        for call in std::mem::take(&mut self.open) {
            if !call.name.trim().is_empty() || !call.arguments.trim().is_empty() {
                let step = std::mem::take(step);
                calls.push(self.close(call, step));
            }
        }
        calls
    }

    /// True once a call has been handed out.
    pub fn any_taken(&self) -> bool {
        !self.emitted_ids.is_empty()
    }

    /// Which open call a piece belongs to. By the API that is its index; servers that leave the index away, or number
    /// every call 0, send each call with its name in one piece.
    fn continues(&self, piece: &CallPiece<'_>, anew: bool) -> Option<usize> {
        let CallPiece { index, id, name, arguments, .. } = piece;
        if index.is_some() {
            let position = self.open.iter().rposition(|call| call.index == *index)?;
            let another = |call: &OpenCall| {
                let begun = !call.arguments.is_empty() && !call.is_whole();
                let other_id = !id.is_empty() && !call.id.is_empty() && call.id != *id;
                if name.is_empty() || begun || anew {
                    return false;
                }
                // Without ids: a name with new arguments, where the ones before are complete.
                let again =
                    call.is_whole() && (call.name != *name || (!arguments.is_empty() && call.arguments != *arguments));
                other_id || (again && (call.id.is_empty() || id.is_empty()))
            };
            return self.open.get(position).is_some_and(|call| !another(call)).then_some(position);
        }
        if !id.is_empty() {
            return self.open.iter().rposition(|call| call.id == *id);
        }
        if name.is_empty() { self.open.len().checked_sub(1) } else { None }
    }

    fn close(&mut self, call: OpenCall, step: Map<String, Value>) -> ToolCall {
        let position = self.emitted_ids.len();
        let usable = !call.id.is_empty() && !self.emitted_ids.contains(&call.id);
        let id = if usable { call.id.clone() } else { format!("{}_{position}", self.prefix) };
        self.emitted_ids.push(id.clone());
        let (mut arguments, mut arguments_error) = read_arguments(&call.arguments, &call.last);
        whole_numbers(&mut arguments);
        let nameless = call.name.trim().is_empty();
        if nameless {
            arguments_error = Some("The call does not say which tool it is for.".to_owned());
        }
        let name = if nameless { NAMELESS.to_owned() } else { call.name };
        let fits = deputy_http::json::write(&call.own).len() <= MAX_OWN_BYTES;
        let own = if fits { call.own } else { Map::new() };
        let provided = Provided { origin: self.origin.clone(), id: call.id, call: own, step };
        ToolCall { id, name, arguments, arguments_error, provided: Some(provided) }
    }
}

/// A name may come in pieces, be repeated, or grow from piece to piece. Once arguments have come it is complete.
fn add_name(call: &mut OpenCall, name: &str) {
    if name.is_empty() || call.name == name || !call.arguments.is_empty() {
        if call.name.is_empty() {
            call.name.push_str(name);
        }
        return;
    }
    if name.starts_with(&call.name) {
        call.name.clear();
    }
    call.name.push_str(name);
}

/// Later members count more; objects are merged.
fn merge(known: &mut Map<String, Value>, more: Map<String, Value>) {
    for (name, value) in more {
        match (known.get_mut(&name), value) {
            (Some(Value::Object(known)), Value::Object(more)) => merge(known, more),
            (_, value) => drop(known.insert(name, value)),
        }
    }
}

fn object(text: &str) -> Option<Value> {
    // Cheap first: this is asked for every piece of some servers.
    if !text.trim_end().ends_with('}') {
        return None;
    }
    serde_json::from_str::<Value>(text).ok().filter(Value::is_object)
}

/// The arguments, and what to tell the model when they are none. `last`: the last piece of them.
fn read_arguments(text: &str, last: &str) -> (Value, Option<String>) {
    let empty = Value::Object(Map::new());
    if matches!(text.trim(), "" | "null") {
        return (empty, None);
    }
    let found = match serde_json::from_slice::<Value>(text.as_bytes()) {
        Ok(value @ Value::Object(_)) => return (value, None),
        Ok(Value::Array(_)) => "an array was found".to_owned(),
        // Written twice over.
        Ok(Value::String(inner)) => match object(&inner) {
            Some(value) => return (value, None),
            None => "a string was found".to_owned(),
        },
        Ok(_) => "a number, true, false or null was found".to_owned(),
        Err(error) => match object(last) {
            // Each piece had all of them, or the last one had them once more.
            Some(value) if is_said_again(text, last) => return (value, None),
            _ => error.to_string(),
        },
    };
    (empty, Some(format!("The arguments must be one JSON object: {found}.")))
}

/// True when all of the text is said again in its last piece: a beginning of that piece stands before it.
fn is_said_again(text: &str, last: &str) -> bool {
    let Some(before) = text.strip_suffix(last) else { return false };
    // The piece before the last one is the beginning of the last one, however often it was said.
    !before.is_empty()
        && before.rmatch_indices('{').any(|(at, _)| before.get(at..).is_some_and(|part| last.starts_with(part)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn assemble(pieces: &[CallPiece<'_>]) -> Vec<ToolCall> {
        let mut assembler = CallAssembler::new("call_s1", "here".into());
        for piece in pieces {
            assembler.push(piece.clone()).unwrap();
        }
        assembler.take(&mut Map::new())
    }

    fn piece<'a>(index: u32, id: &'a str, name: &'a str, arguments: &'a str) -> CallPiece<'a> {
        CallPiece { index: Some(index), id, name, arguments, own: Map::new() }
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
            CallPiece { id, name, arguments, ..CallPiece::default() }
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
        assert_eq!(read_arguments(" ", ""), (json!({}), None));
        assert_eq!(read_arguments("null", ""), (json!({}), None));
        for wrong in ["[1]", "\"x\"", "1", "{\"a\":", "{} {}", "not json"] {
            let calls = assemble(&[piece(0, "a", "one", wrong)]);
            assert_eq!(calls[0].arguments, json!({}));
            assert!(calls[0].arguments_error.as_ref().unwrap().contains("JSON object: "), "{wrong}");
        }
    }

    #[test]
    fn arguments_that_are_said_whole_take_the_place_of_their_pieces() {
        let mut assembler = CallAssembler::new("c", "here".into());
        assembler.push(piece(0, "a", "one", "{\"x\":")).unwrap();
        assembler.replace(piece(0, "a", "one", "{\"x\":1}")).unwrap();
        assembler.replace(piece(0, "a", "one", "")).unwrap();
        assembler.replace(piece(2, "b", "two", "{}")).unwrap();
        let calls = assembler.take(&mut Map::new());
        assert_eq!(shown(&calls), [("a", "one", "{\"x\":1}".into()), ("b", "two", "{}".into())]);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let too_large = Err(ModelError::ArgumentsTooLarge { limit: MAX_ARGUMENT_BYTES });
        let whole = "x".repeat(MAX_ARGUMENT_BYTES);
        let mut assembler = CallAssembler::new("c", "here".into());
        assert_eq!(assembler.push(piece(0, "", "n", &whole)), Ok(()));
        assert_eq!(assembler.replace(piece(0, "", "", &whole)), Ok(()), "what is replaced is not counted");
        assert_eq!(assembler.push(piece(0, "", "", "x")), too_large);
        assert_eq!(CallAssembler::new("c", "here".into()).replace(piece(0, "", "n", &format!("{whole}x"))), too_large);

        let mut assembler = CallAssembler::new("c", "here".into());
        let results: Vec<_> = (0..4).map(|index| assembler.push(piece(index, "", "n", &whole))).collect();
        assert_eq!(results.iter().position(|result| *result == Err(ModelError::Malformed)), Some(3), "all together");

        let mut assembler = CallAssembler::new("c", "here".into());
        let results: Vec<_> =
            (0..=MAX_CALLS).map(|index| assembler.push(piece(u32::try_from(index).unwrap(), "", "n", ""))).collect();
        assert_eq!(results.iter().position(Result::is_err), Some(MAX_CALLS));
    }

    /// T10: pieces of names, calls that are all numbered 0 without ids, and what servers say twice.
    #[test]
    fn t10_names_in_pieces_and_calls_without_ids() {
        let names = |pieces: &[CallPiece<'_>]| {
            let calls = assemble(pieces);
            calls.iter().map(|call| format!("{} {}", call.name, call.arguments)).collect::<Vec<_>>()
        };
        let argument = "{\"x\":1}";
        let pieces = [
            piece(0, "a", "list", ""),
            piece(0, "", "Open", ""),
            piece(0, "", "Tasks", ""),
            piece(0, "", "", argument),
        ];
        assert_eq!(names(&pieces), ["listOpenTasks {\"x\":1}"]);
        let growing =
            [piece(0, "a", "list", ""), piece(0, "a", "listOpen", ""), piece(0, "a", "listOpenTasks", argument)];
        assert_eq!(names(&growing), ["listOpenTasks {\"x\":1}"]);
        let same_tool = [piece(0, "", "one", argument), piece(0, "", "one", "{\"x\":2}"), piece(0, "", "two", "{}")];
        assert_eq!(names(&same_tool), ["one {\"x\":1}", "one {\"x\":2}", "two {}"]);
        let in_pieces = [
            piece(0, "", "one", "{\"x\""),
            piece(0, "", "", ":1}"),
            piece(0, "", "two", "{\"y\""),
            piece(0, "", "", ":2}"),
        ];
        assert_eq!(names(&in_pieces), ["one {\"x\":1}", "two {\"y\":2}"]);
        let repeated = [piece(0, "", "one", argument), piece(0, "", "one", argument)];
        assert_eq!(names(&repeated), ["one {\"x\":1}"], "said again, not called again");
        let new_ids = [piece(0, "a", "one", "{\"x\""), piece(0, "b", "one", ":1}")];
        assert_eq!(names(&new_ids), ["one {\"x\":1}"], "an id of its own for every piece");
        let cumulative = [piece(0, "a", "one", "{\"x\""), piece(0, "a", "", "{\"x\":1"), piece(0, "a", "", argument)];
        assert_eq!(names(&cumulative), ["one {\"x\":1}"]);
        let twice_over = [piece(0, "a", "one", "\"{\\\"x\\\":1}\"")];
        assert_eq!(names(&twice_over), ["one {\"x\":1}"]);
        let nested = [piece(0, "a", "one", "{\"x\":"), piece(0, "", "", "{\"x\":1}"), piece(0, "", "", "}")];
        assert_eq!(names(&nested), ["one {\"x\":{\"x\":1}}"]);
    }

    /// T22: a call without a name is answered like any other slip; what is no call at all is nothing.
    #[test]
    fn t22_a_call_without_a_name_has_one_that_can_be_sent_back() {
        let calls = assemble(&[piece(0, "a", "", "{\"x\":1}"), piece(1, "b", "", "")]);
        assert_eq!(shown(&calls), [("a", NAMELESS, "{\"x\":1}".into())]);
        assert!(calls[0].arguments_error.is_some());
    }

    /// T5: members of the provider's own are kept with the call, whichever piece brings them; the step's with the first call.
    #[test]
    fn t05_own_members_are_kept() {
        let own = |value: Value| value.as_object().cloned().unwrap();
        let mut assembler = CallAssembler::new("c", "here".into());
        assembler.push(piece(0, "a", "one", "{}")).unwrap();
        assembler.push(CallPiece { own: own(json!({"extra": {"a": 1}})), ..piece(0, "a", "", "") }).unwrap();
        assembler.push(CallPiece { own: own(json!({"extra": {"b": 2}})), ..piece(0, "a", "", "") }).unwrap();
        assembler.push(piece(1, "", "two", "{}")).unwrap();
        let calls = assembler.take(&mut own(json!({"thought": "x"})));
        let provided: Vec<_> = calls.into_iter().filter_map(|call| call.provided).collect();
        let first = Provided {
            origin: "here".into(),
            id: "a".into(),
            call: own(json!({"extra": {"a": 1, "b": 2}})),
            step: own(json!({"thought": "x"})),
        };
        assert_eq!(provided, [first, Provided { origin: "here".into(), ..Provided::default() }]);
    }
}
