//! JSON as text: read member by member, and kept as it was written where it is not read.

mod undecodable;

mod raw;

mod lossy;

mod text;

mod duplicate;

mod plain_map;

mod object;

pub(crate) use lossy::{as_unicode, decode_as_lossy, in_utf8};
pub(crate) use object::{Object, Shape};
pub(crate) use plain_map::plain_map;
pub(crate) use raw::{
    Kind, decode_as, elements, first_kind, json_in, kind, may_have_member, string,
};
pub use raw::{decode_json, strip_byte_order_marks};
pub use text::{JsonText, OtherMembers};
pub(crate) use undecodable::with_escaped_surrogates;
