use deputy_error::Explained;
use deputy_fga::dsl::syntax::Header;
use deputy_fga::dsl::{DslProblem, LoadError, ModuleFile, PrintError, Sources, load, parse, parse_modules, print};
use deputy_fga::model::AuthorizationModel;
use serde_json::json;

use crate::model;

/// Everything that schema 1.1 has, in the form that is printed.
const LIBRARY: &str = r##"model
  schema 1.1

type person

type shelf-group/small.one
  relations
    define keeper: [person]
    define visitor: [person, person:*, shelf-group/small.one#keeper, person with open_hours] or keeper

type book
  relations
    define banned: [person]
    define borrower: ([person with open_hours] or keeper from shelf) but not banned
    define can_read: borrower and ((visitor from shelf but not banned) or reviewer)
    define reviewer: [person]
    define shelf: [shelf-group/small.one]

condition open_hours(marks: map<string>, now: timestamp, rooms: list<int>) {
  now < timestamp("2030-01-01T00:00:00Z") && marks["}"] == "#1"
    && 3 in rooms
}
"##;

#[test]
fn a_text_becomes_the_json_of_the_api() {
    let text = "model\n  schema 1.1\ntype user\ntype doc\n  relations\n    define parent: [doc]\n    \
                define can_view: [user, user:*] or can_view from parent";
    let expected = json!({
        "schema_version": "1.1",
        "type_definitions": [
            { "type": "user", "relations": {} },
            {
                "type": "doc",
                "relations": {
                    "parent": { "this": {} },
                    "can_view": { "union": { "child": [
                        { "this": {} },
                        { "tupleToUserset": {
                            "tupleset": { "relation": "parent" },
                            "computedUserset": { "relation": "can_view" },
                        } },
                    ] } },
                },
                "metadata": { "relations": {
                    "parent": { "directly_related_user_types": [{ "type": "doc" }] },
                    "can_view": { "directly_related_user_types": [{ "type": "user" }, { "type": "user", "wildcard": {} }] },
                } },
            },
        ],
    });
    assert_eq!(serde_json::to_value(model(text).unwrap()).unwrap(), expected);
}

#[test]
fn what_is_printed_is_what_was_read() {
    let library = model(LIBRARY).unwrap();
    assert_eq!(print(&library, Sources::Hidden).unwrap(), LIBRARY);
    assert_eq!(library.conditions["open_hours"].parameters["rooms"].to_string(), "list<int>");
}

/// Space, comments, and lists over several lines are the writer's.
#[test]
fn two_ways_to_write_one_model() {
    let neat = "model\n  schema 1.1\n\ntype user\n\ntype doc\n  relations\n    define a: [user, doc#b with c] or b\n    \
                define b: [user]\n\ncondition c(x: int) {\n  x < 1\n}\n";
    let wild = "# first\r\n\r\n model # x\r\n\tschema  1.1\r\n# y\r\ntype user   \r\ntype doc\r\nrelations\r\n\
                define a  :[\r\n  user,\r\n\tdoc#b with c # z\r\n ]  or\tb\r\n   # w\r\ndefine b:( [user] )\r\n\
                condition c(\r\n  x : int\r\n) {x < 1 // no\r\n}\r\n\r\n#end";
    assert_eq!(model(neat), model(wild));
    assert_eq!(print(&model(wild).unwrap(), Sources::Hidden).unwrap(), neat);
}

#[test]
fn keywords_that_may_be_names() {
    let text = "model\n  schema 1.2\ntype model\ntype type\n  relations\n    define schema: [model]\n    \
                define extend: schema\n    define relation: [type#extend]\n    define module: relation from schema";
    let read = model(text).unwrap();
    assert_eq!(read.schema_version, "1.2");
    assert_eq!(read.type_definitions[1].relations.len(), 4);
    assert!(model("model\n schema 1.1\ntype define").is_err());
    // In the head of a condition other words are reserved.
    let condition =
        "model\n schema 1.1\ntype user\ncondition with(from: int, or: string) {\n  from < 1 && or == \"\"\n}";
    assert_eq!(model(condition).unwrap().conditions["with"].parameters.len(), 2);
}

/// (text behind the header, line, column, part of the message)
const WRONG: &[(&str, usize, usize, &str)] = &[
    ("typ user", 3, 1, "here stands `typ`, expected `type` or `condition`"),
    ("type", 3, 5, "here stands the end, expected the name of a type"),
    ("type user extra", 3, 11, "expected a line break"),
    ("type user\n  relations", 4, 12, "expected `define`"),
    ("type user\n  relations\ntype doc", 5, 1, "expected `define`"),
    ("type user\n  define a: [user]", 4, 3, "expected `relations`, `type` or `condition`"),
    ("type doc\n relations\n  define a [user]", 5, 12, "here stands `[`, expected `:`"),
    ("type doc\n relations\n  define a: []", 5, 14, "here stands `]`, expected the name of a type"),
    ("type doc\n relations\n  define a: [user,]", 5, 19, "here stands `]`"),
    ("type doc\n relations\n  define a: [user:id]", 5, 19, "expected `*`"),
    ("type doc\n relations\n  define a: [user #m]", 5, 22, "here stands the end"),
    ("type doc\n relations\n  define a: [user with a.b]", 5, 24, "the name of a condition"),
    ("type doc\n relations\n  define a: b or c and d", 5, 20, "`and` after `or`: put one of the two into brackets"),
    ("type doc\n relations\n  define a: b but not c but not d", 5, 25, "`but not` after `but not`"),
    ("type doc\n relations\n  define a: b or [user]", 5, 18, "only at the beginning"),
    ("type doc\n relations\n  define a: (b or c", 5, 20, "expected `)` or an operator"),
    ("type doc\n relations\n  define a: (b)or c", 5, 16, "here stands `or`, expected a line break"),
    ("type doc\n relations\n  define a: b or(c)", 5, 17, "expected space"),
    ("type doc\n relations\n  define a: b or", 5, 17, "the end"),
    ("type doc\n relations\n  define a: b from", 5, 19, "the name of a relation"),
    ("type doc\n relations\n  define a: b\n  define a: c", 6, 10, "`a` is already defined in `doc`"),
    ("type doc\n relations\n  define and: b", 5, 10, "here stands `and`"),
    ("extend type doc", 3, 13, "only be used in a module"),
    ("condition c() {\n}", 3, 13, "here stands `)`, expected the name of a parameter"),
    ("condition c(x: any) {\n}", 3, 16, "here stands `any`"),
    ("condition c(x: list) {\n}", 3, 20, "expected `<`"),
    ("condition c(x: list<map>) {\n}", 3, 21, "here stands `map`"),
    ("condition c(int: int) {\n}", 3, 13, "here stands `int`"),
    ("condition c(x: int, x: int) {\n}", 3, 21, "`x` is already defined in the condition `c`"),
    ("condition c(x: int) {\n x < 1", 3, 21, "not closed"),
    ("condition c(x: string) {\n x == \"a\n}", 3, 24, "not closed"),
    ("condition c(x: int) {\n}\ncondition c(x: int) {\n}", 5, 11, "the condition `c` is already defined"),
    ("condition c(x: int) {\n}\ntype doc", 5, 1, "here stands `type`, expected `condition`"),
    ("type \u{e4}", 3, 6, "here stands `ä`"),
];

#[test]
fn an_error_says_where_and_what() {
    for (text, line, column, message) in WRONG {
        let text = format!("model\n  schema 1.1\n{text}");
        let errors = parse(&text).expect_err(&text);
        let error = errors.iter().next().unwrap();
        assert_eq!((error.at.line, error.at.column), (*line, *column), "{text}\n{error}");
        assert!(error.to_string().contains(message), "{text}\n{error}");
        assert!(errors.developer_fix().contains(&format!("line {line}, column {column}")), "{errors}");
    }
    for header in
        ["", "mod", "model schema 1.1", "model\n schema", "model\n schema 1", "module", "module a/b", "module a type b"]
    {
        assert!(parse(header).is_err(), "{header}");
    }
}

#[test]
fn all_that_is_defined_twice_is_said_at_once() {
    let text = "module m\nextend type a\nextend type a\n  relations\n    define x: y\n    define x: y\nextend type a\nnonsense";
    let errors = parse(text).unwrap_err();
    let lines: Vec<_> = errors.iter().map(|error| error.at.line).collect();
    assert_eq!(lines, [3, 6, 7, 8], "{errors}");
}

/// (text behind the header, line, column)
const MEANINGLESS: &[(&str, usize, usize)] = &[
    ("type user\ntype user", 4, 6),
    ("type doc\n relations\n  define a: b or\tc\n  define b: a2\n  define a2: [doc]", 5, 18),
    ("type doc\n relations\n  define a: [doc] or (b but not x from a)\n  define b: a", 5, 40),
    ("type doc\n relations\n  define up: [doc]\n  define a: [doc] or z from up", 6, 22),
    ("type doc\n relations\n  define up: [doc] or up2\n  define up2: [doc]\n  define a: up from up", 7, 21),
    ("type doc\n relations\n  define a: [doc, doc#z, doc]", 5, 19),
    ("type doc\n relations\n  define a: [doc, user with c]", 5, 19),
    ("type doc\n relations\n  define a: [doc, doc with c]", 5, 28),
    ("type doc\n relations\n  define a: a from up\n  define up: [doc]", 5, 10),
    ("type doc\n relations\n  define self: [doc]", 5, 10),
    ("type doc\n relations\n  define a: [doc with c]\ncondition c(x: int) {\n  # two\n  x <\n   1 + y\n}", 9, 8),
    ("type doc\n relations\n  define a: [doc with c]\ncondition c(x: int) { x + 1 }", 6, 23),
];

#[test]
fn a_model_that_means_nothing_is_refused_at_its_place() {
    for (text, line, column) in MEANINGLESS {
        let text = format!("model\n  schema 1.1\n{text}");
        let error = load(&text).expect_err(&text);
        let LoadError::Meaning { at, .. } = &error else { panic!("{text}\n{error}") };
        // A type error of an expression is somewhere in it.
        assert_eq!(at.line, *line, "{text}\n{error}");
        assert!(at.column == *column || error.to_string().contains("expression"), "{text}\n{error}");
        assert!(error.developer_fix().starts_with(&at.to_string()));
    }
    assert!(matches!(load("model\n  schema 1.1\ntyp"), Err(LoadError::Text(_))));
    let LoadError::Meaning { at, .. } = load("model\n  schema 1.3\ntype user").unwrap_err() else { panic!() };
    assert_eq!((at.line, at.column), (2, 10));
    assert!(load(LIBRARY).unwrap().has_type("book"));
}

/// A text must not overflow the stack.
#[test]
fn brackets_are_nested_only_so_deep() {
    let text = |depth: usize| {
        let (open, close) = ("(".repeat(depth), ")".repeat(depth));
        format!("model\n schema 1.1\ntype doc\n relations\n  define a: {open}b{close}")
    };
    assert!(parse(&text(64)).is_ok());
    for depth in [65, 200_000] {
        let errors = parse(&text(depth)).unwrap_err();
        assert!(matches!(errors.iter().next().unwrap().problem, DslProblem::TooDeep { limit: 64 }));
    }
}

const PEOPLE: ModuleFile<'static> = ModuleFile {
    name: "people.fga",
    text: "module people\n\ntype person\n  relations\n    define boss: [person]\n\ntype team\n",
};
const WIKI: ModuleFile<'static> = ModuleFile {
    name: "wiki.fga",
    text: "module wiki\n\nextend type team\n  relations\n    define writer: [person with short]\n\nextend type person\n  \
           relations\n    define pal: [person]\n\ntype page\n  relations\n    define author: writer from team\n    \
           define team: [team]\n\ncondition short(length: int) {\n  length < 9\n}\n",
};

#[test]
fn modules_are_put_together_and_shown_with_their_sources() {
    let whole = parse_modules(&[WIKI, PEOPLE], "1.2").unwrap();
    let shown = "model\n  schema 1.2\n\ntype person # module: people, file: people.fga\n  relations\n    \
                 define boss: [person]\n    define pal: [person] # extended by: module: wiki, file: wiki.fga\n\n\
                 type team # module: people, file: people.fga\n  relations\n    define writer: [person with short] \
                 # extended by: module: wiki, file: wiki.fga\n\ntype page # module: wiki, file: wiki.fga\n  relations\n    \
                 define author: writer from team\n    define team: [team]\n\ncondition short(length: int) {\n  \
                 length < 9\n} # module: wiki, file: wiki.fga\n";
    assert_eq!(print(&whole, Sources::Shown).unwrap(), shown);
    let team = whole.type_definitions.iter().find(|definition| &*definition.type_name == "team").unwrap();
    let metadata = team.metadata.as_ref().unwrap();
    assert_eq!((metadata.module.as_str(), metadata.relations["writer"].module.as_str()), ("people", "wiki"));
    assert!(matches!(parse(WIKI.text).unwrap().header, Header::Module { .. }));
}

#[test]
fn modules_that_do_not_fit_together() {
    let clash = ModuleFile {
        name: "clash.fga",
        text: "module clash\ntype person\nextend type nobody\nextend type person\n  relations\n    define boss: [team]\n\
               condition short(length: int) {\n  length < 9\n}",
    };
    let whole = ModuleFile { name: "whole.fga", text: "model\n  schema 1.2\ntype other" };
    let broken = ModuleFile { name: "broken.fga", text: "module broken\ntype" };
    let errors = parse_modules(&[PEOPLE, WIKI, clash, whole, broken], "1.2").unwrap_err();
    let shown: Vec<_> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "broken.fga, line 2, column 5: here stands the end, expected the name of a type",
            "clash.fga, line 2, column 6: the type `person` is already defined",
            "clash.fga, line 7, column 11: the condition `short` is already defined",
            "whole.fga, line 1, column 1: this is no module",
            "clash.fga, line 3, column 13: the type `nobody` that is extended does not exist",
            "clash.fga, line 6, column 12: `boss` is already defined in `person`",
        ]
    );
}

#[test]
fn what_the_language_cannot_say() {
    let with = |relation: serde_json::Value| -> AuthorizationModel {
        serde_json::from_value(json!({
            "schema_version": "1.1",
            "type_definitions": [{ "type": "doc", "relations": { "a": relation } }],
        }))
        .unwrap()
    };
    let (this, b) = (json!({ "this": {} }), json!({ "computedUserset": { "relation": "b" } }));
    let moved = print(&with(json!({ "union": { "child": [b, this] } })), Sources::Hidden).unwrap();
    assert!(moved.ends_with("define a: [] or b\n"), "{moved}");
    for relation in [
        json!({ "difference": { "base": b, "subtract": this } }),
        json!({ "union": { "child": [this, this] } }),
        json!({ "union": { "child": [] } }),
    ] {
        assert!(matches!(print(&with(relation), Sources::Hidden), Err(PrintError::Rewrite { .. })));
    }
    for (kind, generic) in [("ANY", json!([])), ("LIST", json!([])), ("MAP", json!([{ "type_name": "TYPE_NAME_ANY" }]))]
    {
        let model: AuthorizationModel = serde_json::from_value(json!({
            "schema_version": "1.1",
            "conditions": { "c": { "name": "c", "expression": "x", "parameters": {
                "x": { "type_name": format!("TYPE_NAME_{kind}"), "generic_types": generic },
            } } },
        }))
        .unwrap();
        let error = print(&model, Sources::Hidden).unwrap_err();
        assert!(
            matches!(error, PrintError::Parameter { .. }) && error.developer_fix().contains("`x` of `c`"),
            "{error}"
        );
    }
}
