//! Blocks of addresses: a look-up for each length of a network that there is.

use std::{collections::HashMap, net::IpAddr};

use super::slots::Slot;
use crate::pattern::cidr::Block;

/// The patterns of blocks. An IPv4 address is kept in the upper bits of a number of its own map.
#[derive(Debug, Clone, Default)]
pub(super) struct Blocks {
    v4: Networks,
    v6: Networks,
}

#[derive(Debug, Clone, Default)]
struct Networks {
    /// Each mask once.
    masks: Vec<u128>,
    by_network: HashMap<(u128, u128), Vec<Slot>>,
}

impl Blocks {
    pub(super) fn insert(&mut self, block: &Block, slot: Slot) {
        let (networks, mask, network) = match *block {
            Block::V4 { network, mask, ends: _ } => (&mut self.v4, mask.into(), network.into()),
            Block::V6 { network, mask } => (&mut self.v6, mask, network),
        };
        if !networks.masks.contains(&mask) {
            networks.masks.push(mask);
        }
        networks.by_network.entry((mask, network)).or_default().push(slot);
    }

    /// Returns how many patterns have this block already.
    pub(super) fn load(&self, block: &Block) -> usize {
        let slots = match *block {
            Block::V4 { network, mask, ends: _ } => {
                self.v4.by_network.get(&(mask.into(), network.into()))
            }
            Block::V6 { network, mask } => self.v6.by_network.get(&(mask, network)),
        };
        slots.map_or(0, Vec::len)
    }

    /// Calls `found` with the patterns of every block that has the address.
    pub(super) fn find(&self, text: &str, mut found: impl FnMut(&[Slot])) {
        if self.v4.masks.is_empty() && self.v6.masks.is_empty() {
            return;
        }
        let (networks, address) = match text.parse() {
            Ok(IpAddr::V4(address)) => (&self.v4, address.to_bits().into()),
            Ok(IpAddr::V6(address)) => (&self.v6, address.to_bits()),
            Err(_) => return,
        };
        for mask in &networks.masks {
            if let Some(slots) = networks.by_network.get(&(*mask, address & mask)) {
                found(slots);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::CidrEnds;

    #[test]
    fn the_blocks_of_an_address_are_found() {
        let mut blocks = Blocks::default();
        let texts = ["10.0.0.0/8", "10.0.0.0/24", "10.0.0.1", "0.0.0.0/0", "::/0", "::1"];
        for (index, text) in texts.iter().enumerate() {
            blocks.insert(&Block::parse(text, CidrEnds::Included).unwrap(), Slot(index));
        }
        for (address, expected) in [
            ("10.0.0.1", &[0, 1, 2, 3][..]),
            ("10.9.0.1", &[0, 3]),
            ("::1", &[4, 5]),
            ("2001:db8::1", &[4]),
            ("10.0.0", &[]),
            ("10.0.0.1/24", &[]),
        ] {
            let mut found = Vec::new();
            blocks.find(address, |slots| found.extend(slots.iter().map(|slot| slot.0)));
            found.sort_unstable();
            assert_eq!(found, expected, "{address}");
        }
    }
}
