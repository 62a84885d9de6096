//! `Display` for types with a fixed name for each value.

/// Implements `Display` by the type's `as_str`.
macro_rules! display_as_str {
    ($($name:ty),*) => {$(
        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }
    )*};
}

pub(crate) use display_as_str;

/// An error with its causes, for a log line.
#[cfg(any(
    feature = "reqwest",
    all(feature = "tracing", any(feature = "axum", all(feature = "envelope", feature = "layer")))
))]
pub(crate) struct WithCauses<'a>(pub(crate) &'a dyn std::error::Error);

#[cfg(any(
    feature = "reqwest",
    all(feature = "tracing", any(feature = "axum", all(feature = "envelope", feature = "layer")))
))]
impl std::fmt::Display for WithCauses<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut said = self.0.to_string();
        formatter.write_str(&said)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            let text = error.to_string();
            // Some errors say what their cause says.
            if text != said {
                write!(formatter, ": {text}")?;
            }
            said = text;
            cause = error.source();
        }
        Ok(())
    }
}
