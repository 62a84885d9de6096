//! Definite JSON paths: names and indices from the root.
//!
//! `serde_json_path` reads decoded values, in which numbers have lost their text and doubled names
//! their first place. So the definite part of the language is read here.

use super::error::{TransformError, TransformErrorKind};

/// A path that names one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) steps: Vec<Step>,
    /// Names at the end, of which an object is made: `$.data['a','b']`.
    pub(super) picked: Vec<Box<str>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Name(Box<str>),
    /// From the end if negative.
    Index(i32),
}

impl Path {
    /// Reads a path. Blanks after it are left out.
    pub(super) fn parse(text: &str) -> Result<Self, TransformError> {
        let chars: Vec<char> = text.trim_end_matches(' ').chars().collect();
        let mut reader = Reader { chars: &chars, at: 0 };
        reader.path().map_err(|kind| TransformError::new(kind, text).at(reader.at))
    }
}

struct Reader<'c> {
    chars: &'c [char],
    at: usize,
}

type Read<T> = Result<T, TransformErrorKind>;

impl Reader<'_> {
    fn path(&mut self) -> Read<Path> {
        let mut path = Path { steps: Vec::new(), picked: Vec::new() };
        if !self.take('$') {
            return Err(TransformErrorKind::Path);
        }
        while let Some(next) = self.peek() {
            match next {
                _ if !path.picked.is_empty() => return Err(TransformErrorKind::PathNotDefinite),
                '.' => {
                    self.at = self.at.saturating_add(1);
                    match self.peek() {
                        // The vendor's dialect takes `$.['name']` too.
                        Some('[') => self.bracket(&mut path)?,
                        Some('.') => return Err(TransformErrorKind::PathNotDefinite),
                        _ => path.steps.push(self.dotted()?),
                    }
                }
                '[' => self.bracket(&mut path)?,
                _ => return Err(TransformErrorKind::Path),
            }
        }
        Ok(path)
    }

    fn dotted(&mut self) -> Read<Step> {
        let mut name = String::new();
        while let Some(next) = self.peek() {
            match next {
                '.' | '[' => break,
                '*' if name.is_empty() => return Err(TransformErrorKind::PathNotDefinite),
                '(' => return Err(TransformErrorKind::PathFunction),
                ' ' => return Err(TransformErrorKind::Path),
                _ => name.push(next),
            }
            self.at = self.at.saturating_add(1);
        }
        if name.is_empty() { Err(TransformErrorKind::Path) } else { Ok(Step::Name(name.into())) }
    }

    fn bracket(&mut self, path: &mut Path) -> Read<()> {
        let start = self.at;
        self.at = self.at.saturating_add(1);
        self.blanks();
        match self.peek() {
            Some(quote @ ('\'' | '"')) => {
                let mut names = vec![self.quoted(quote)?];
                while self.comma() {
                    match self.peek() {
                        Some(next) if next == quote => names.push(self.quoted(quote)?),
                        _ => return Err(TransformErrorKind::Path),
                    }
                }
                self.closing()?;
                match <[Box<str>; 1]>::try_from(names) {
                    Ok([name]) => path.steps.push(Step::Name(name)),
                    Err(names) => path.picked = names,
                }
                Ok(())
            }
            Some('-' | '0'..='9') => {
                let digits = self.while_in("-0123456789");
                self.blanks();
                if matches!(self.peek(), Some(':' | ',')) {
                    return Err(TransformErrorKind::PathNotDefinite);
                }
                self.closing()?;
                let index = digits.parse().map_err(|_| TransformErrorKind::Path);
                path.steps.push(Step::Index(index.inspect_err(|_| self.at = start)?));
                Ok(())
            }
            Some('*' | '?' | ':') => {
                self.at = start;
                Err(TransformErrorKind::PathNotDefinite)
            }
            Some(_) => Err(TransformErrorKind::Path),
            None => Err(TransformErrorKind::PathNotClosed),
        }
    }

    /// Takes a quoted name. A backslash takes the next character as it is, or stands for one.
    fn quoted(&mut self, quote: char) -> Read<Box<str>> {
        let mut name = String::new();
        self.at = self.at.saturating_add(1);
        loop {
            match self.next() {
                None => return Err(TransformErrorKind::PathNotClosed),
                Some('\\') => name.push(self.escaped()?),
                Some(next) if next == quote => return Ok(name.into()),
                Some(next) => name.push(next),
            }
        }
    }

    fn escaped(&mut self) -> Read<char> {
        Ok(match self.next().ok_or(TransformErrorKind::PathNotClosed)? {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let first = self.unit()?;
                let pair = (0xD800..0xDC00).contains(&first) && self.take('\\') && self.take('u');
                let units = if pair { vec![first, self.unit()?] } else { vec![first] };
                let mut decoded = char::decode_utf16(units);
                match (decoded.next(), decoded.next()) {
                    (Some(Ok(character)), None) => character,
                    _ => return Err(TransformErrorKind::Path),
                }
            }
            other => other,
        })
    }

    fn unit(&mut self) -> Read<u16> {
        let end = self.at.saturating_add(4);
        let digits = self.chars.get(self.at..end).ok_or(TransformErrorKind::Path)?;
        let digits: String = digits.iter().collect();
        let hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let unit = u16::from_str_radix(&digits, 16).ok().filter(|_| hexadecimal);
        self.at = end;
        unit.ok_or(TransformErrorKind::Path)
    }

    fn comma(&mut self) -> bool {
        self.blanks();
        let comma = self.take(',');
        if comma {
            self.blanks();
        }
        comma
    }

    fn closing(&mut self) -> Read<()> {
        self.blanks();
        match (self.take(']'), self.peek()) {
            (true, _) => Ok(()),
            (false, Some(_)) => Err(TransformErrorKind::Path),
            (false, None) => Err(TransformErrorKind::PathNotClosed),
        }
    }

    fn while_in(&mut self, set: &str) -> String {
        let mut taken = String::new();
        while let Some(next) = self.peek().filter(|next| set.contains(*next)) {
            taken.push(next);
            self.at = self.at.saturating_add(1);
        }
        taken
    }

    fn blanks(&mut self) {
        self.while_in(" ");
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at = self.at.saturating_add(1);
        Some(next)
    }

    fn take(&mut self, expected: char) -> bool {
        let there = self.peek() == Some(expected);
        if there {
            self.at = self.at.saturating_add(1);
        }
        there
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definite_paths_are_read() {
        let name = |text: &str| Step::Name(text.into());
        for (path, steps) in [
            ("$", vec![]),
            ("$.id", vec![name("id")]),
            ("$.id  ", vec![name("id")]),
            ("$.data.a-b.$x.a*b", vec![name("data"), name("a-b"), name("$x"), name("a*b")]),
            ("$['data'][\"a.b\"][ 'odd key' ]", vec![name("data"), name("a.b"), name("odd key")]),
            ("$.['data']", vec![name("data")]),
            (r"$['it\'s']['\\']['\u4e2d']", vec![name("it's"), name("\\"), name("中")]),
            (r"$['\ud83d\ude00']['']", vec![name("😀"), name("")]),
            ("$.l[0][ -1 ][01]", vec![name("l"), Step::Index(0), Step::Index(-1), Step::Index(1)]),
            ("$.主题", vec![name("主题")]),
        ] {
            assert_eq!(Path::parse(path).map(|path| path.steps), Ok(steps), "{path}");
        }
        let path = Path::parse("$.data['a' , 'b']").unwrap();
        assert_eq!(path.steps, [name("data")]);
        assert_eq!(path.picked, ["a", "b"].map(Box::<str>::from));
    }

    #[test]
    fn other_paths_say_where_they_go_wrong() {
        use TransformErrorKind::{Path as Wrong, PathFunction, PathNotClosed, PathNotDefinite};
        for (path, kind, at) in [
            ("", Wrong, 0),
            (" $", Wrong, 0),
            ("data", Wrong, 0),
            ("@.id", Wrong, 0),
            ("$id", Wrong, 1),
            ("$100", Wrong, 1),
            ("$.", Wrong, 2),
            ("$.a.", Wrong, 4),
            ("$.a b", Wrong, 3),
            ("$.a..b", PathNotDefinite, 4),
            ("$..b", PathNotDefinite, 2),
            ("$.*", PathNotDefinite, 2),
            ("$.a[*]", PathNotDefinite, 3),
            ("$.a[0:1]", PathNotDefinite, 5),
            ("$.a[:1]", PathNotDefinite, 3),
            ("$.a[0,1]", PathNotDefinite, 5),
            ("$.a[?(@.b)]", PathNotDefinite, 3),
            ("$['a','b'].c", PathNotDefinite, 10),
            ("$.a.length()", PathFunction, 10),
            ("$.a[", PathNotClosed, 4),
            ("$.a[0", PathNotClosed, 5),
            ("$['a", PathNotClosed, 4),
            ("$['a'", PathNotClosed, 5),
            (r"$['a\", PathNotClosed, 5),
            ("$['a']b", Wrong, 6),
            ("$['a' 'b']", Wrong, 6),
            ("$['a',]", Wrong, 6),
            ("$.a[]", Wrong, 4),
            ("$.a[x]", Wrong, 4),
            ("$.a[1-2]", Wrong, 3),
            ("$.a[99999999999]", Wrong, 3),
            (r"$['\ud83d']", Wrong, 9),
            (r"$['\u00zz']", Wrong, 9),
        ] {
            let error = Path::parse(path).unwrap_err();
            assert_eq!((error.kind, error.position), (kind, Some(at)), "{path}");
        }
    }
}
