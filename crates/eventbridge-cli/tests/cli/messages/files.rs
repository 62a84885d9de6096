//! Mistakes in the files of `--config` and `--rules`.

use super::*;

#[test]
fn a_text_without_quotes_is_told_to_need_them() {
    for (name, line, key) in [
        ("token", "token = bare-secret", "token"),
        ("address", "listen = 127.0.0.1:8080", "listen"),
        ("path", "capture-dir = /var/captures", "capture-dir"),
        ("list", "region = [cn-hangzhou]", "region"),
    ] {
        let file = file(&format!("bare-{name}.toml"), &format!("[receive]\n{line}\n"));
        let said = usage_error("receive", &["--config", &file], &[]);
        assert!(said.contains("line 2: "), "{said}");
        assert!(said.contains(&format!("a text needs quotes: {key} = \"…\"")), "{said}");
        assert!(!said.contains("bare-secret"), "{said}");
    }
    let rules = file("bare-rules.toml", "[[access-key]]\nid = \"a\"\nsecret = bare-secret\n");
    let said = usage_error("local", &["--rules", &rules], &[]);
    assert!(said.contains("line 3: ") && said.contains("quotes: secret = "), "{said}");
    assert!(!said.contains("bare-secret"), "{said}");
    let file = file("bare-provision.toml", "[provision]\nrule = orders\n");
    let said = usage_error("provision plan", &["--config", &file], &[]);
    assert!(said.contains("line 2: ") && said.contains("quotes: rule = "), "{said}");
}

#[test]
fn an_unknown_key_of_the_rules_names_line_and_nearest() {
    for (name, text, line, near) in [
        ("top", "account = \"1\"\nreginn = \"x\"\n", "line 2: ", "\"region\""),
        ("table", "[[acces-key]]\nid = \"a\"\n", "line 1: ", "\"access-key\""),
        (
            "webhook",
            "[[webhook]]\nrule = \"a\"\npattern = \"{}\"\ntokn = \"x-secret\"\n",
            "line 4: ",
            "\"token\"",
        ),
        (
            "network",
            "[[webhook]]\nrule = \"a\"\npattern = \"{}\"\n[webhook.network]\nvpcc = \"x\"\n",
            "line 5: ",
            "\"vpc\"",
        ),
        // Tables with the members of the API would leave it out.
        (
            "rule",
            "[[rule]]\nRuleName = \"a\"\nFilterPatern = \"{}\"\n",
            "line 3: [[rule]]: ",
            "\"FilterPattern\"",
        ),
        ("bus", "[[event-bus]]\nEventBusNam = \"a\"\n", "line 2: ", "\"EventBusName\""),
        ("connection", "[[connection]]\nAuthParameter = {}\n", "line 2: ", "\"AuthParameters\""),
        (
            "destination",
            "[[api-destination]]\nApiDestinationNam = \"a\"\n",
            "line 2: ",
            "\"ApiDestinationName\"",
        ),
    ] {
        let file = file(&format!("rules-{name}.toml"), text);
        let said = usage_error("local", &["--rules", &file], &[]);
        assert!(said.contains(&format!("--rules: {file}: {line}")), "{name}: {said}");
        assert!(said.contains(&format!("is not known: the nearest is {near}")), "{name}: {said}");
        assert!(!said.contains("x-secret"), "{said}");
    }
    // Targets keep members that the program does not know.
    let number = file("rules-number.toml", "[[access-key]]\nid = \"a\"\nsecret = 987654321\n");
    let said = usage_error("local", &["--rules", &number], &[]);
    assert!(said.contains("line 3: a value has the wrong type"), "{said}");
    assert!(!said.contains("987654321"), "{said}");
}

/// A word of `--dedupe` is not a secret; a URL of it may be.
#[test]
fn a_check_shows_what_is_not_secret() {
    let base = ["--dev", "--json"];
    for (more, shown) in [
        (&[][..], r#"{"option":"--dedupe","values":["none"]"#),
        (&["--dedupe", "memory"], r#"{"option":"--dedupe","values":["memory"]"#),
        (
            &["--dedupe", "redis://:pw-secret@127.0.0.1:1"],
            r#"{"option":"--dedupe","values":["(not shown)"]"#,
        ),
    ] {
        let said = checked(&[&base[..], more].concat(), &[]);
        assert!(said.contains(shown) && !said.contains("pw-secret"), "{said}");
    }
}
