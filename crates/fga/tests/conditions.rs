//! Conditions: what they say, what is refused when the model is written, and that nothing makes them panic or go on for ever.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests"
)]

use std::collections::BTreeMap;

use deputy_fga::CompiledCondition;
use deputy_fga::cel::{DEFAULT_BUDGET, EvaluationProblem, Program, Type, Value, parse_duration, parse_timestamp};
use deputy_fga::model::{Condition, ParameterKind, ParameterType};
use serde_json::{Value as Json, json};

fn condition(expression: &str, parameters: &[(&str, &str)]) -> Condition {
    let parameters = parameters.iter().map(|(name, kind)| ((*name).to_owned(), parameter(kind))).collect();
    Condition { name: "c".into(), expression: expression.to_owned(), parameters, metadata: None }
}

/// `list<string>` and so on.
fn parameter(kind: &str) -> ParameterType {
    let (outer, inner) = match kind.split_once('<') {
        Some((outer, inner)) => (outer, Some(inner.strip_suffix('>').expect("closed"))),
        None => (kind, None),
    };
    let name = format!("TYPE_NAME_{}", outer.to_uppercase());
    let type_name: ParameterKind = serde_json::from_value(json!(name)).expect("a type");
    ParameterType { type_name, generic_types: inner.map(parameter).into_iter().collect() }
}

fn ask(expression: &str, parameters: &[(&str, &str)], context: &Json) -> Result<bool, String> {
    let condition = CompiledCondition::compile(&condition(expression, parameters)).expect(expression);
    condition.holds(context.as_object(), None, DEFAULT_BUDGET)
}

fn constant(expression: &str) -> Result<bool, EvaluationProblem> {
    Program::compile(expression, &BTreeMap::new()).expect(expression).evaluate(&BTreeMap::new(), DEFAULT_BUDGET)
}

#[test]
fn expressions_that_hold() {
    for expression in [
        "1 + 2 * 3 == 7 && -9223372036854775808 < 0 && 7 % 3 == 1 && -7 / 2 == -3",
        "0x1F == 31 && 2u + 3u == 5u && 1.5e3 == 1500.0 && .5 == 0.5",
        "'a' + \"b\" == 'ab' && r'\\n' == '\\\\n' && '\\x41\\u00e9\\101' == 'AéA' && '''a'b''' == \"a'b\"",
        "b'abc' == bytes('abc') && size(b'\\xff') == 1 && size('é') == 1 && 'é'.size() == 1",
        "true || 1 / 0 == 1",
        "1 / 0 == 1 || true",
        "!(false && 1 / 0 == 1) && !(1 / 0 == 1 && false)",
        "2 > 1 ? true : 1 / 0 == 1",
        "[1, 2, 3][1] == 2 && 2 in [1, 2] && !(5 in []) && [1] + [2] == [1, 2]",
        "{'a': 1}['a'] == 1 && {'a': 1}.a == 1 && 'a' in {'a': 1} && has({'a': 1}.a) && !has({'a': 1}.b)",
        "[1, 2, 3].all(x, x > 0) && [1, 2].exists(x, x == 2) && [1, 2].exists_one(x, x > 1)",
        "[1, 2, 3].filter(x, x > 1).map(x, x * 2) == [4, 6] && [1, 2, 3].map(x, x > 1, x * 2) == [4, 6]",
        "[0, 1].exists(x, 1 / x == 1) && ![1, 0].all(x, 1 / x == 0)",
        "[[1, 2], [3]].all(l, l.exists(x, x > 1))",
        "{'a': 1, 'b': 2}.all(k, k in ['a', 'b'])",
        "'hello'.startsWith('he') && 'hello'.endsWith('lo') && 'hello'.contains('ell') && 'hello'.matches('^h.*o$')",
        "matches('abc', '[0-9]') == false && 'k8s'.matches('\\\\d')",
        "int('42') == 42 && uint(7) == 7u && double(1) == 1.0 && string(1.5) == '1.5' && int(3.9) == 3 && bool('true')",
        "duration('1h30m') == duration('90m') && duration('1h').getMinutes() == 60 && duration('1ms') < duration('1s')",
        "timestamp('2026-01-31T10:00:00Z') + duration('24h') == timestamp('2026-02-01T10:00:00Z')",
        "timestamp('2026-01-31T23:30:00Z').getDate('+01:00') == 1 && timestamp('2026-02-01T00:00:00Z').getDayOfWeek() == 0",
        "timestamp('2026-03-01T00:00:00Z') - timestamp('2026-02-28T00:00:00Z') == duration('24h')",
        "string(duration('1.5s')) == '1.5s' && timestamp(0) == timestamp('1970-01-01T00:00:00Z')",
        "ipaddress('10.1.2.3').in_cidr('10.0.0.0/8') && !ipaddress('11.0.0.1').in_cidr('10.0.0.0/8')",
        "ipaddress('::ffff:10.0.0.1') == ipaddress('10.0.0.1') && ipaddress('2001:db8::1').in_cidr('2001:db8::/32')",
        "ipaddress('1.2.3.4').in_cidr('0.0.0.0/0') && !ipaddress('1.2.3.4').in_cidr('::/0')",
        "dyn(1) == dyn(1u) && dyn(1) == dyn(1.0) && dyn(1) != dyn('1') && dyn(1) < dyn(1.5)",
        "timestamp('2026-01-01T00:00:00Z') != null // a remark\n && true",
    ] {
        assert_eq!(constant(expression), Ok(true), "{expression}");
    }
}

#[test]
fn expressions_without_an_answer() {
    for expression in [
        "1 / 0 == 1",
        "1 % 0 == 1",
        "9223372036854775807 + 1 > 0",
        "-9223372036854775808 - 1 < 0",
        "0u - 1u == 0u",
        "-(-9223372036854775808) > 0",
        "-9223372036854775808 / -1 > 0",
        "[1][1] == 1",
        "[1][-1] == 1",
        "{'a': 1}['b'] == 1",
        "dyn('a') && true",
        "dyn(1) < dyn('a')",
        "[1, 0].exists_one(x, 1 / x == 1)",
        "int('x') == 1",
        "int(1e300) == 1",
        "uint(-1) == 1u",
        "timestamp('never') == timestamp(0)",
        "timestamp('9999-12-31T23:59:59Z') + duration('1s') > timestamp(0)",
        "timestamp('2026-01-01T00:00:00Z').getHours('Mars/Base') == 1",
        "ipaddress('1.2.3') == ipaddress('1.2.3.4')",
        "ipaddress('1.2.3.4').in_cidr('1.2.3.4/33')",
        "ipaddress('1.2.3.4').in_cidr('1.2.3.4')",
        "'a'.matches(dyn('('))",
        "{dyn('a'): 1, 'a': 2}.a == 1",
    ] {
        assert!(matches!(constant(expression), Err(EvaluationProblem::Value(_))), "{expression}");
    }
}

#[test]
fn expressions_that_are_refused_with_the_model() {
    for expression in [
        "",
        " ",
        "1",
        "'yes'",
        "x",
        "x == 1",
        "1 == '1'",
        "1 == 1u",
        "1 < 1.0",
        "1 + 'a' == 2",
        "!1",
        "-'a' == 'b'",
        "1 && true",
        "true ? 1 : 'a'",
        "1 in 2",
        "'a' in [1]",
        "[1]['a'] == 1",
        "'a'.b == 1",
        "unknown(1)",
        "'a'.unknown()",
        "size(1) == 1",
        "'a'.matches('(')",
        "'a'.startsWith(1)",
        "has(1)",
        "has('a')",
        "[1].all(1, true)",
        "[1].all(x, 1)",
        "1.all(x, true)",
        "[1].exists(x, y)",
        "{1.5: 1} == {}",
        "'a",
        "'''a''",
        "'\\q' == ''",
        "'\\xzz' == ''",
        "1 +",
        "(1",
        "[1,",
        "{'a'",
        "a.",
        "1 2",
        "true &",
        "true | false",
        "a = 1",
        "@",
        "'a' == null",
        "99999999999999999999 > 1",
        "1e999 > 1.0",
        "package",
        "in",
        "x.in",
        "true == (",
        "true))",
        "duration('1s') + 1 == duration('2s')",
        "type(1) == int",
        "'\\ud800' == ''",
        "b'\\u0041' == b'A'",
        "[1].map(x, x, x) == []",
        "ipaddress(1) == null",
        "1 == 1 == 1",
    ] {
        assert!(Program::compile(expression, &BTreeMap::new()).is_err(), "{expression}");
    }
}

#[test]
fn an_error_says_where() {
    let error = Program::compile("true &&\n  é == 1", &BTreeMap::new()).unwrap_err();
    assert_eq!((error.line, error.column), (2, 3), "{error}");
    let error = Program::compile("true && nobody", &BTreeMap::new()).unwrap_err();
    assert_eq!((error.line, error.column, error.message.as_str()), (1, 9, "undeclared reference to 'nobody'"));
}

#[test]
fn parameters_come_from_json_by_their_types() {
    let holds = |kind: &str, expression: &str, value: Json| ask(expression, &[("v", kind)], &json!({ "v": value }));
    let yes = Ok(true);
    assert_eq!(holds("int", "v == 3", json!(3)), yes);
    assert_eq!(holds("int", "v == 3", json!(3.0)), yes);
    assert_eq!(holds("int", "v == -3", json!("-3")), yes);
    assert_eq!(holds("int", "v == 9223372036854775807", json!("99999999999999999999")), yes);
    assert_eq!(holds("uint", "v == 3u", json!("3.0")), yes);
    assert_eq!(holds("double", "v == 2.5", json!("2.5")), yes);
    assert_eq!(holds("double", "v == 0.1", json!(0.1)), yes);
    assert_eq!(holds("string", "v == 'x'", json!("x")), yes);
    assert_eq!(holds("duration", "v == duration('1.5h')", json!("1h30m")), yes);
    assert_eq!(holds("timestamp", "v.getFullYear() == 2026", json!("2026-01-01T00:00:00+02:00")).map(|_| true), yes);
    assert_eq!(holds("ipaddress", "v.in_cidr('192.168.0.0/16')", json!("::ffff:192.168.1.1")), yes);
    assert_eq!(holds("list<string>", "'a' in v && v.size() == 2", json!(["a", "b"])), yes);
    assert_eq!(holds("map<list<int>>", "v.a[0] == 1 && v['b'] == []", json!({ "a": [1], "b": [] })), yes);
    assert_eq!(holds("any", "v.a[0] == 1.0 && v.b == null", json!({ "a": [1], "b": null })), yes);
    assert_eq!(holds("any", "v == 1.0", json!(1)), yes);
    for (kind, value) in [
        ("int", json!(1.5)),
        ("int", json!("1.5")),
        ("int", json!(true)),
        ("int", json!("one")),
        ("int", json!(null)),
        ("uint", json!(-1)),
        ("double", json!("0.1")),
        ("bool", json!("true")),
        ("string", json!(1)),
        ("duration", json!(1)),
        ("duration", json!("1 hour")),
        ("timestamp", json!("2026-01-01")),
        ("timestamp", json!("2026-01-01 00:00:00Z")),
        ("ipaddress", json!("10.0.0.256")),
        ("list<int>", json!(["a"])),
        ("list<int>", json!({})),
        ("map<string>", json!([])),
    ] {
        assert!(holds(kind, "true", value.clone()).is_err(), "{kind} {value}");
    }
}

#[test]
fn a_missing_parameter_is_an_error_even_where_it_does_not_matter() {
    let parameters = [("a", "bool"), ("b", "bool")];
    assert_eq!(ask("a || b", &parameters, &json!({ "a": true, "b": false })), Ok(true));
    let error = ask("a || b", &parameters, &json!({ "a": true })).unwrap_err();
    assert!(error.contains("missing parameters '[b]'"), "{error}");
    assert_eq!(ask("a", &[("a", "bool")], &json!({ "a": true, "z": 1 })), Ok(true), "unknown keys are ignored");
}

#[test]
fn the_tuples_values_win_and_must_be_parameters() {
    let condition = CompiledCondition::compile(&condition("x == 1", &[("x", "int")])).unwrap();
    let (one, two) = (json!({ "x": 1 }), json!({ "x": 2 }));
    assert_eq!(condition.holds(one.as_object(), two.as_object(), DEFAULT_BUDGET), Ok(false));
    assert_eq!(condition.holds(two.as_object(), one.as_object(), DEFAULT_BUDGET), Ok(true));
    assert_eq!(condition.accepts(one.as_object()), Ok(()));
    assert_eq!(condition.accepts(None), Ok(()));
    assert!(condition.accepts(json!({ "y": 1 }).as_object()).is_err());
    assert!(condition.accepts(json!({ "x": "one" }).as_object()).is_err());
}

#[test]
fn types_of_parameters_must_be_complete() {
    for kind in [ParameterKind::List, ParameterKind::Map, ParameterKind::Unspecified] {
        let mut written = condition("true", &[]);
        written.parameters.insert("p".to_owned(), kind.into());
        assert!(CompiledCondition::compile(&written).is_err(), "{kind:?}");
    }
    let mut deep = ParameterType::from(ParameterKind::Int);
    for _ in 0..5_000 {
        deep = ParameterType { type_name: ParameterKind::List, generic_types: vec![deep] };
    }
    let mut written = condition("true", &[]);
    written.parameters.insert("p".to_owned(), deep);
    assert!(CompiledCondition::compile(&written).is_err());
}

#[test]
fn expressions_and_values_cannot_explode() {
    let none = BTreeMap::new();
    for expression in [
        format!("{}true{}", "(".repeat(5_000), ")".repeat(5_000)),
        format!("{}true", "!".repeat(9_001)),
        format!("{}1 == 1", "-".repeat(9_000)),
        format!("{}1{} == []", "[".repeat(5_000), "]".repeat(5_000)),
        format!("1{} == 1", " + 1".repeat(4_000)),
        format!("{}true", "true ? true : ".repeat(1_000)),
        format!("'{}' == ''", "a".repeat(20_000)),
        format!("dyn({{}}){} == 1", ".a".repeat(5_000)),
    ] {
        assert!(Program::compile(&expression, &none).is_err(), "{}", expression.len());
    }
    let long = format!("true{}", " && true".repeat(1_500));
    assert_eq!(Program::compile(&long, &none).unwrap().evaluate(&BTreeMap::new(), DEFAULT_BUDGET), Ok(true));

    let items = "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]";
    let nested = format!(
        "{items}.all(a, {items}.all(b, {items}.all(c, {items}.all(d, {items}.all(e, a + b + c + d + e >= 0)))))"
    );
    assert_eq!(constant(&nested), Err(EvaluationProblem::OverBudget));
    // An answer that others would give does not hide that the budget is gone.
    assert_eq!(constant(&format!("{nested} || true")), Err(EvaluationProblem::OverBudget));

    let variables = BTreeMap::from([("s".to_owned(), Type::String)]);
    let grow = "[s].map(a, a + a).map(a, a + a).map(a, a + a).map(a, a + a).map(a, a + a).map(a, a + a).map(a, a + a)[0] != ''";
    let program = Program::compile(grow, &variables).unwrap();
    let values = BTreeMap::from([("s".to_owned(), Value::from("x".repeat(30_000)))]);
    assert_eq!(program.evaluate(&values, DEFAULT_BUDGET), Err(EvaluationProblem::OverBudget));

    let pattern = Program::compile("s.matches(s)", &variables).unwrap();
    let values = BTreeMap::from([("s".to_owned(), Value::from("(a*)*".repeat(200)))]);
    assert_eq!(pattern.evaluate(&values, DEFAULT_BUDGET), Err(EvaluationProblem::OverBudget));
    assert!(Program::compile("'a'.matches('((a{1000}){1000}){1000}')", &none).is_err());
}

#[test]
fn durations_and_timestamps_are_read_as_go_reads_them() {
    for (text, nanos) in [
        ("0", Some(0)),
        ("1s", Some(1_000_000_000)),
        ("-1.5h", Some(-5_400_000_000_000)),
        ("1h2m3s4ms5us6ns", Some(3_723_004_005_006)),
        ("1µs", Some(1_000)),
        (".5s", Some(500_000_000)),
        ("1.s", Some(1_000_000_000)),
        ("+5s", Some(5_000_000_000)),
        ("-0", Some(0)),
        ("0.33333333333333333333h", Some(1_200_000_000_000 - 1)),
        ("9223372036854775807ns", Some(i64::MAX)),
        ("9223372036854775808ns", None),
        ("-9223372036854775808ns", Some(i64::MIN)),
        ("", None),
        ("-", None),
        ("1", None),
        (".s", None),
        ("1d", None),
        ("1h 1m", None),
        ("s", None),
        ("99999999999999999999h", None),
    ] {
        assert_eq!(parse_duration(text), nanos, "{text}");
    }
    for (text, read) in [
        ("2026-01-31T10:00:00Z", true),
        ("2026-01-31T10:00:00.123456789-07:00", true),
        ("2026-02-30T10:00:00Z", false),
        ("2026-01-31t10:00:00Z", false),
        ("2026-01-31T10:00:00z", false),
        ("2026-01-31T10:00:00", false),
        ("2026-01-31T23:59:60Z", false),
        ("0000-01-01T00:00:00Z", false),
        ("", false),
    ] {
        assert_eq!(parse_timestamp(text).is_some(), read, "{text}");
    }
}

/// A small generator: the same seed gives the same run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }
}

#[test]
fn nothing_panics_on_any_text() {
    const WORDS: [&str; 64] = [
        "s",
        "i",
        "u",
        "d",
        "b",
        "l",
        "m",
        "t",
        "n",
        "p",
        "a",
        "x",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ".",
        ":",
        "?",
        "!",
        "-",
        "+",
        "*",
        "/",
        "%",
        "==",
        "!=",
        "<",
        "<=",
        ">",
        "&&",
        "||",
        "in",
        "'é'",
        "\"",
        "'''",
        "\\",
        "r'",
        "b'\\xff'",
        "0",
        "1u",
        "1.5",
        "9223372036854775807",
        "-9223372036854775808",
        "1e308",
        "true",
        "null",
        "has(",
        ".all(x,",
        ".exists(x,",
        ".map(x,",
        ".filter(x,",
        "size(",
        "int(",
        "dyn(",
        "string(",
        ".matches(",
        ".getHours(",
        "duration('1h')",
        "timestamp(",
        "ipaddress('::1')",
    ];
    let kinds = [
        ("s", Type::String, Value::from("é".to_owned())),
        ("i", Type::Int, Value::Int(i64::MIN)),
        ("u", Type::Uint, Value::Uint(u64::MAX)),
        ("d", Type::Double, Value::Double(f64::NAN)),
        ("b", Type::Bool, Value::Bool(true)),
        ("l", Type::List(Box::new(Type::Dyn)), Value::List(vec![Value::Null, Value::Int(0)].into())),
        ("m", Type::Map(Box::new(Type::String), Box::new(Type::Int)), Value::Map(BTreeMap::new().into())),
        ("t", Type::Timestamp, Value::Timestamp(parse_timestamp("9999-12-31T23:59:59Z").unwrap())),
        ("n", Type::Duration, Value::Duration(i64::MIN)),
        ("p", Type::IpAddress, Value::IpAddress("::1".parse().unwrap())),
        ("a", Type::Dyn, Value::Double(-0.0)),
    ];
    let types = kinds.iter().map(|(name, kind, _)| ((*name).to_owned(), kind.clone())).collect();
    let values = kinds.iter().map(|(name, _, value)| ((*name).to_owned(), value.clone())).collect();
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let mut compiled = 0;
    for _ in 0..60_000 {
        let length = 1 + random.below(12);
        let text: String = (0..length).map(|_| WORDS[random.below(WORDS.len())]).collect::<Vec<_>>().join(" ");
        // Half of the texts are asked whether they equal themselves, so that many of them are conditions.
        let text = if random.below(2) == 0 { format!("({text}) == ({text})") } else { text };
        if let Ok(program) = Program::compile(&text, &types) {
            compiled += 1;
            let _ = program.evaluate(&values, 1_000);
        }
    }
    assert!(compiled > 1_000, "only {compiled} were conditions");
    for _ in 0..20_000 {
        let bytes: Vec<u8> = (0..random.below(40)).map(|_| u8::try_from(random.below(256)).unwrap()).collect();
        let text = String::from_utf8_lossy(&bytes);
        let _ = Program::compile(&text, &types);
        let _ = (parse_duration(&text), parse_timestamp(&text));
    }
}
