//! Blocks of addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::rules::CidrEnds;

/// One address, or a block of them. Bits after the prefix are ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Block {
    V4 { network: u32, mask: u32, ends: CidrEnds },
    V6 { network: u128, mask: u128 },
}

impl Block {
    /// Reads `address` or `address/length`. Addresses are literals without leading zeros.
    pub(super) fn parse(text: &str, ends: CidrEnds) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(prefix_length(length)?)),
            None => (text, None),
        };
        match address.parse().ok()? {
            IpAddr::V4(address) => {
                let ends = if length.is_some() { ends } else { CidrEnds::Included };
                let mask = mask_v4(length.unwrap_or(32))?;
                Some(Self::V4 { network: address.to_bits() & mask, mask, ends })
            }
            IpAddr::V6(address) => {
                let mask = mask_v6(length.unwrap_or(128))?;
                Some(Self::V6 { network: address.to_bits() & mask, mask })
            }
        }
    }

    /// Returns whether the text is an address of the block. Both families are kept apart.
    pub(super) fn contains(&self, text: &str) -> bool {
        match *self {
            Self::V4 { network, mask, ends } => text.parse().is_ok_and(|address: Ipv4Addr| {
                let bits = address.to_bits();
                let inside = bits & mask == network;
                inside
                    && (ends == CidrEnds::Included || (bits != network && bits != network | !mask))
            }),
            Self::V6 { network, mask } => {
                text.parse().is_ok_and(|address: Ipv6Addr| address.to_bits() & mask == network)
            }
        }
    }
}

fn prefix_length(text: &str) -> Option<u32> {
    let plain = text == "0" || !text.starts_with('0');
    let digits = text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    (plain && digits).then(|| text.parse().ok()).flatten()
}

fn mask_v4(length: u32) -> Option<u32> {
    let rest = 32_u32.checked_sub(length)?;
    Some(u32::MAX.checked_shl(rest).unwrap_or(0))
}

fn mask_v6(length: u32) -> Option<u128> {
    let rest = 128_u32.checked_sub(length)?;
    Some(u128::MAX.checked_shl(rest).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_have_their_addresses() {
        for (block, address, inside) in [
            ("10.0.0.0/24", "10.0.0.0", true),
            ("10.0.0.0/24", "10.0.0.255", true),
            ("10.0.0.0/24", "10.0.1.0", false),
            ("10.0.0.77/24", "10.0.0.5", true),
            ("10.0.0.0/32", "10.0.0.0", true),
            ("10.0.0.1", "10.0.0.1", true),
            ("10.0.0.1", "10.0.0.2", false),
            ("0.0.0.0/0", "255.255.255.255", true),
            ("10.0.0.0/24", "::ffff:10.0.0.1", false),
            ("10.0.0.0/24", "10.0.1", false),
            ("10.0.0.0/24", "10.0.0.01", false),
            ("10.0.0.0/24", " 10.0.0.1", false),
            ("10.0.0.0/24", "10.0.0.1/32", false),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "2001:db9::", false),
            ("::/0", "::1", true),
            ("::/0", "10.0.0.1", false),
            ("::1", "0:0:0:0:0:0:0:1", true),
            ("::1", "::1%eth0", false),
        ] {
            let parsed = Block::parse(block, CidrEnds::Included).unwrap();
            assert_eq!(parsed.contains(address), inside, "{block} {address}");
        }
    }

    #[test]
    fn what_is_no_block_is_refused() {
        for text in [
            "",
            "/",
            "10.0.0.0/",
            "/24",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/-1",
            "10.0.0.0/+8",
            "10.0.0.0/08",
            "10.1",
            "010.0.0.1",
            "10.0.0.256",
            "localhost",
            "10.0.0.0/24/1",
            " 10.0.0.1",
            "10.0.0.0/24 ",
            "10.0.0.*",
            "10.0.0.0/255.0.0.0",
            "[::1]",
        ] {
            assert_eq!(Block::parse(text, CidrEnds::Included), None, "{text}");
        }
    }

    #[test]
    fn the_reference_code_leaves_ends_out() {
        let block = Block::parse("10.0.0.0/30", CidrEnds::LeftOut).unwrap();
        let inside: Vec<_> =
            (0..5).filter(|end| block.contains(&format!("10.0.0.{end}"))).collect();
        assert_eq!(inside, [1, 2]);
        assert!(!Block::parse("10.0.0.0/32", CidrEnds::LeftOut).unwrap().contains("10.0.0.0"));
        assert!(Block::parse("10.0.0.0", CidrEnds::LeftOut).unwrap().contains("10.0.0.0"));
    }
}
