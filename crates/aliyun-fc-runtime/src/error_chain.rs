//! An error with its causes in one line.

use std::{error::Error, fmt};

/// Writes an error and each of its causes, for a line of the log.
pub(crate) struct WithCauses<'a>(pub(crate) &'a dyn Error);

impl fmt::Display for WithCauses<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut written = self.0.to_string();
        formatter.write_str(&written)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            let text = error.to_string();
            // Some errors have the text of their cause.
            if text != written {
                write!(formatter, ": {text}")?;
            }
            written = text;
            cause = error.source();
        }
        Ok(())
    }
}
