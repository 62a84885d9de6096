//! What was meant by a name that is not known, and by a TOML text that cannot be read.

/// Returns the known name that is most like a name.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known.min_by_key(|known| strsim::damerau_levenshtein(name, known))
}

/// Returns the number of the line in which a byte of a text is, counted from 1.
pub fn line_number(text: &str, start: usize) -> usize {
    text.get(..start).unwrap_or(text).matches('\n').count().saturating_add(1)
}

/// Says what is wrong with a TOML text, without the value, which may be a secret.
///
/// `start` is the byte at which the parser gave up, and `message` are its words.
pub fn of_toml(text: &str, start: usize, message: &str) -> String {
    if let Some((name, known)) = unknown_field(message) {
        return unknown_key(name, known.into_iter());
    }
    // Words about a wrong type quote the value, which may have the word too.
    let message = match message.rsplit_once("expected ") {
        Some((before, expected)) if before.starts_with("invalid type: ") => {
            format!("a value has the wrong type: expected {expected}")
        }
        Some((before, expected)) if before.starts_with("invalid value: ") => {
            format!("a value has the wrong form: expected {expected}")
        }
        Some(_) | None => message.to_owned(),
    };
    let line = text.lines().nth(line_number(text, start).saturating_sub(1)).unwrap_or_default();
    match key_of_bare_text(line) {
        Some(key) if !message.starts_with("a value has") => {
            format!("{message}; a text needs quotes: {key} = \"…\"")
        }
        Some(_) | None => message,
    }
}

/// Says that a key is not known, and which was meant.
pub fn unknown_key<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    match nearest(name, known) {
        Some(near) => format!("the key {name:?} is not known: the nearest is {near:?}"),
        None => format!("the key {name:?} is not known: leave it out"),
    }
}

/// Reads serde's words about a member that a table does not have: its name, and the known ones.
fn unknown_field(message: &str) -> Option<(&str, Vec<&str>)> {
    let rest = message.strip_prefix("unknown field `")?;
    let (name, rest) = rest.split_once('`')?;
    let known = rest.split('`').skip(1).step_by(2);
    Some((name, known.collect()))
}

/// Returns the key of a line whose value is a word without quotes.
fn key_of_bare_text(line: &str) -> Option<&str> {
    let (key, value) = line.split_once('=')?;
    let (key, value) = (key.trim(), value.trim().trim_start_matches('[').trim_start());
    let of_key = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    let bare = value.starts_with(|letter: char| !"\"'{}[]#".contains(letter));
    (bare && !key.is_empty() && key.chars().all(of_key)).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_text_is_found_by_its_line() {
        for (line, key) in [
            ("token = abc", Some("token")),
            ("region = [cn-hangzhou]", Some("region")),
            ("listen=127.0.0.1:80", Some("listen")),
            ("capture-dir = /var/x", Some("capture-dir")),
            ("token = \"abc", None),
            ("token = 'abc", None),
            ("token =", None),
            ("= abc", None),
            ("a b = abc", None),
            ("listen 1", None),
        ] {
            assert_eq!(key_of_bare_text(line), key, "{line}");
        }
    }

    #[test]
    fn words_of_serde_lead_to_the_nearest() {
        let message = "unknown field `acces-key`, expected one of `account`, `access-key`";
        let said = of_toml("", 0, message);
        assert_eq!(said, "the key \"acces-key\" is not known: the nearest is \"access-key\"");
        let said = of_toml("", 0, "unknown field `x`, there are no fields");
        assert_eq!(said, "the key \"x\" is not known: leave it out");
        for value in ["98765", "expected 98765", "98765, expected 98765"] {
            let message = format!("invalid type: string \"{value}\", expected a boolean");
            let said = of_toml("a = 5", 0, &message);
            assert_eq!(said, "a value has the wrong type: expected a boolean");
        }
    }
}
