//! Which signatures a push carries.

/// Tells which signatures a push carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignWith {
    /// v1 only.
    V1,
    /// v2 only.
    #[default]
    V2,
    /// Both.
    Both,
}
