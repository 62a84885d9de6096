//! Bounded quotations for messages.

use std::fmt;

/// Shows at most so many characters of a text, then how many are left.
pub(crate) struct Excerpt<'a>(pub(crate) &'a str, pub(crate) usize);

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(text, limit) = *self;
        let Some((end, _)) = text.char_indices().nth(limit) else {
            return formatter.write_str(text);
        };
        let (shown, rest) = text.split_at(end);
        write!(formatter, "{shown}… ({} more characters)", rest.chars().count())
    }
}

/// Characters of a value that messages quote.
pub(crate) const VALUE_CHARS: usize = 64;

/// Characters of a path that messages quote.
pub(crate) const PATH_CHARS: usize = 256;

/// Returns the quotation of a value.
pub(crate) fn excerpt(text: &str) -> String {
    Excerpt(text, VALUE_CHARS).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(Excerpt("主题", 2).to_string(), "主题");
        assert_eq!(Excerpt("主题a", 2).to_string(), "主题… (1 more characters)");
    }
}
