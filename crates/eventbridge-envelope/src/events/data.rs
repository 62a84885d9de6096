//! What every struct of events shares: its derives, and a place for members that are not known.

/// Defines the data of events. Each field states where it was seen.
///
/// A field is required if every sample of every type that the struct reads has it. There must also
/// be two samples at least, and the event must say nothing without the field.
macro_rules! event_data {
    ($(
        $(#[$meta:meta])*
        pub struct $name:ident;
        $(required {$(
            $(#[$required_meta:meta])*
            $required:ident: $required_type:ty, $required_source:literal;
        )*})?
        $(optional {$(
            $(#[$optional_meta:meta])*
            $optional:ident: $optional_type:ty, $optional_source:literal;
        )*})?
    )*) => {$(
        #[derive(Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        $(#[$meta])*
        ///
        /// Its `Debug` shows no values.
        #[non_exhaustive]
        pub struct $name {
            $($(
                $(#[$required_meta])*
                ///
                #[doc = concat!("Source: ", $required_source, ".")]
                pub $required: $required_type,
            )*)?
            $($(
                $(#[$optional_meta])*
                ///
                #[doc = concat!("Source: ", $optional_source, ".")]
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $optional: Option<$optional_type>,
            )*)?
            /// Every other member.
            #[serde(flatten)]
            pub other: serde_json::Map<String, serde_json::Value>,
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )*};
}

pub(super) use event_data;
