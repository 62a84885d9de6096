//! Every rule that a target parameter can break, the bounds, and details of rendering.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

use aliyun_eventbridge::{
    JsonEvent,
    transform::{Form, TargetParameter, TransformErrorKind as Kind, TransformLimits},
};

fn made(parameter: &TargetParameter, event: &str) -> Option<String> {
    let event = JsonEvent::parse(event).unwrap();
    parameter.compile().unwrap().apply(&event).unwrap().map(std::borrow::Cow::into_owned)
}

#[test]
fn each_broken_rule_is_named_with_its_place() {
    let parameter = |form: &str, value: Option<&str>, template: Option<&str>| {
        let mut parameter = TargetParameter::original("Body");
        parameter.form = Form::from(form);
        parameter.value = value.map(str::to_owned);
        parameter.template = template.map(str::to_owned);
        parameter
    };
    let long = "主".repeat(10_241);
    let variables = Some("{}");
    for (parameter, kind, position) in [
        (parameter("INSERT_FIELD", Some("{}"), None), Kind::UnknownForm, None),
        (parameter("constant", Some("x"), None), Kind::UnknownForm, None),
        (parameter("CONSTANT", None, None), Kind::NoValue, None),
        (parameter("CONSTANT", Some(&long), None), Kind::ValueTooLong, None),
        (parameter("JSONPATH", None, None), Kind::NoValue, None),
        (parameter("JSONPATH", Some(""), None), Kind::Path, Some(0)),
        (parameter("JSONPATH", Some("$.a["), None), Kind::PathNotClosed, Some(4)),
        (parameter("JSONPATH", Some("$.a.length()"), None), Kind::PathFunction, Some(10)),
        (parameter("JSONPATH", Some("$..a"), None), Kind::PathNotDefinite, Some(2)),
        (parameter("TEMPLATE", None, Some("x")), Kind::NoValue, None),
        (parameter("TEMPLATE", variables, None), Kind::NoTemplate, None),
        (parameter("TEMPLATE", variables, Some(&long)), Kind::TemplateTooLong, None),
        (parameter("TEMPLATE", Some("$.data"), Some("x")), Kind::VariablesNotAnObject, None),
        (parameter("TEMPLATE", Some("[]"), Some("x")), Kind::VariablesNotAnObject, None),
        (
            parameter("TEMPLATE", Some(r#"{"key"="value"}"#), Some("x")),
            Kind::VariablesNotAnObject,
            None,
        ),
        (parameter("TEMPLATE", Some(r#"{"a":null}"#), Some("x")), Kind::Variable, None),
        (parameter("TEMPLATE", Some(r#"{"a":["$.id"]}"#), Some("x")), Kind::Variable, None),
        (
            parameter("TEMPLATE", variables, Some(r#"{"主":"EB_SYS_EMBED_OBJECT"}"#)),
            Kind::EmbeddedObject,
            Some(6),
        ),
    ] {
        let error = parameter.compile().expect_err(&format!("{parameter:?}"));
        assert_eq!((error.kind(), error.position()), (kind, position), "{parameter:?}");
        assert_eq!(error.parameter(), Some("Body"));
        assert!(error.to_string().starts_with("parameter Body: "), "{error}");
        assert!(error.to_string().chars().count() < 400, "{error}");
    }
}

#[test]
fn limits_are_the_vendors_and_can_be_set() {
    let most = TargetParameter::template("Body", "{}", "主".repeat(10_240));
    assert!(most.compile().is_ok());
    let limits = TransformLimits::default().max_chars(3);
    assert!(TargetParameter::constant("Body", "abc").compile_with(limits).is_ok());
    let error = TargetParameter::constant("Body", "abcd").compile_with(limits).unwrap_err();
    assert_eq!(error.kind(), Kind::ValueTooLong);
    assert!(TargetParameter::constant("Token", "").compile().is_ok());
}

#[test]
fn output_is_bounded() {
    let event = format!(r#"{{"data":{{"big":"{}"}}}}"#, "x".repeat(100_000));
    let event = JsonEvent::parse(&event).unwrap();
    let variables = r#"{"b":"$.data.big"}"#;
    let many = TargetParameter::template("Body", variables, "${b}".repeat(2_000));
    let error = many.compile().unwrap().apply(&event).unwrap_err();
    assert_eq!(error.kind(), Kind::OutputTooLong);
    assert_eq!(error.parameter(), Some("Body"));
    let ten = TargetParameter::template("Body", variables, "${b}".repeat(10));
    assert_eq!(ten.compile().unwrap().apply(&event).unwrap().unwrap().len(), 1_000_000);

    let limits = TransformLimits::default().max_output(99_999);
    let path = TargetParameter::json_path("Body", "$.data.big").compile_with(limits).unwrap();
    assert_eq!(path.apply(&event).unwrap_err().kind(), Kind::OutputTooLong);
    // What is there already is not copied, and not bounded.
    assert!(TargetParameter::original("Body").compile_with(limits).unwrap().apply(&event).is_ok());
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| format!("{{\"d\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    let parameter = TargetParameter::json_path("Body", "$.d");
    assert_eq!(made(&parameter, &nested(128)).unwrap().len(), 256);
    let deep = nested(100_000);
    let event = JsonEvent::parse(&deep).unwrap();
    for depth in [129, 100_000] {
        let text = nested(depth);
        let event = JsonEvent::parse(&text).unwrap();
        let error = parameter.compile().unwrap().apply(&event).unwrap_err();
        assert_eq!(error.kind(), Kind::ValueTooDeep);
    }
    let path = format!("$.d{}", "[0]".repeat(3_000));
    let parameter = TargetParameter::json_path("Body", path);
    let error = parameter.compile().unwrap().apply(&event).unwrap_err();
    assert_eq!(error.kind(), Kind::ValueTooDeep);
}

#[test]
fn values_are_rendered_as_the_reference_code_does() {
    let event = r#"{ "id" : 1.50, "n":null, "o":{"b":null,"a":[null,{"x":null}],"b":2,"c":1,"c":null},
        "s":"\u2028\ud800\/\u0001", "e":{"\u0061":1,"a":2}, "a.b":["x"], "":"empty"}"#;
    for (path, result) in [
        ("$.id", Some("1.50")),
        ("$.n", Some("null")),
        ("$.n.x", None),
        ("$.o", Some(r#"{"b":2,"a":[null,{}]}"#)),
        ("$.o.b", Some("2")),
        ("$.e", Some(r#"{"a":2}"#)),
        ("$.s", Some("\u{2028}\u{FFFD}/\u{1}")),
        ("$['s','n','zz','id','s']", Some(r#"{"s":"\u2028\ud800/\u0001","id":1.50}"#)),
        ("$['zz','yy']", Some("{}")),
        ("$.id['a','b']", None),
        ("$['a.b'][0]", Some("x")),
        ("$['a.b'][-1]", Some("x")),
        ("$['a.b'][-2]", None),
        ("$['a.b'].x", None),
        ("$['']", Some("empty")),
        ("$.o[0]", None),
        ("$.id[0]", None),
    ] {
        let parameter = TargetParameter::json_path("Body", path);
        assert_eq!(made(&parameter, event).as_deref(), result, "{path}");
    }
    let whole = made(&TargetParameter::json_path("Body", "$"), event).unwrap();
    assert_eq!(
        whole,
        r#"{"id":1.50,"o":{"b":2,"a":[null,{}]},"s":"\u2028\ud800/\u0001","e":{"a":2},"a.b":["x"],"":"empty"}"#
    );
    assert_eq!(made(&TargetParameter::original("Body"), event).unwrap(), event);
}

#[test]
fn variables_that_are_no_definite_paths_are_themselves() {
    let variables =
        r#"{"a":"$.l[*]","b":"$100","c":"$.l.length()","d":"$.l[","e":"","f":1.50,"g":true}"#;
    let template = "${a}|${b}|${c}|${d}|${e}|${f}|${g}|${missing:-default}";
    let parameter = TargetParameter::template("Body", variables, template);
    let expected = "$.l[*]|$100|$.l.length()|$.l[||1.50|true|default";
    assert_eq!(made(&parameter, r#"{"l":[1]}"#).unwrap(), expected);
}

#[test]
fn data_cannot_name_variables() {
    let variables = r#"{"name":"$.data.name","secret":"$.secret"}"#;
    let parameter = TargetParameter::template("Body", variables, "Hello ${name}");
    let event = r#"{"data":{"name":"${secret}"},"secret":"x"}"#;
    assert_eq!(made(&parameter, event).unwrap(), "Hello ${secret}");
}

#[test]
fn parameters_keep_the_vendors_names() {
    let parameter = TargetParameter::template("Body", "{}", "x");
    let json = r#"{"ResourceKey":"Body","Form":"TEMPLATE","Value":"{}","Template":"x"}"#;
    assert_eq!(serde_json::to_string(&parameter).unwrap(), json);
    assert_eq!(serde_json::from_str::<TargetParameter>(json).unwrap(), parameter);
    let other = r#"{"ResourceKey":"Body","Form":"DELETE_FIELD","Value":"x"}"#;
    let parsed: TargetParameter = serde_json::from_str(other).unwrap();
    assert_eq!(parsed.form, Form::Other("DELETE_FIELD".to_owned()));
    assert_eq!(serde_json::to_string(&parsed).unwrap(), other);
}
