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
