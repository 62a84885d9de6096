mod fixtures;
mod third_scheme;
mod wycheproof;
