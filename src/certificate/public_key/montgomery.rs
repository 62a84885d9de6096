//! Powers modulo an odd number, by Montgomery's multiplication. docs/performance.md says why it is
//! here and how fast it is. docs/arithmetic.md says how it is checked.
//!
//! Numbers are of signed digits in blocks of equal length (blocks.rs). Products of two different
//! blocks come out of those of equal ones, by Karatsuba's identity `a·d + b·c = a·c + b·d - (a -
//! b)·(c - d)`. For a square, that means squares only, which take half the products. All values are
//! public; branches depend on the exponent, the range check and the result's sign.

use super::blocks::{
    Block, Columns, DIGITS, RADIX, add_product, add_quotients, digit_and_carry, low_word,
    lowest_digit, reduce_square, square,
};

/// Holds an odd modulus, and the numbers that are computed once for it.
///
/// With `R = 2^(61 · 17 · BLOCKS)`, a modulus `m < R / 4` and factors between `-m` and `m`, a
/// product is between `-m` and `m` too. So nothing is added or subtracted in between.
pub(super) struct Montgomery<const BLOCKS: usize> {
    modulus: [Block; BLOCKS],
    /// The same, with digits that are not signed.
    limbs: Limbs<BLOCKS>,
    /// `-1 / modulus` modulo the radix.
    minus_inverse: i64,
    /// `R² mod modulus`.
    r_squared: [Block; BLOCKS],
}

/// Digits from 0 to `2^61 - 1`: the only such form of a number.
type Limbs<const BLOCKS: usize> = [[u64; DIGITS]; BLOCKS];

/// Two blocks of columns for each block of a factor.
type Product<const BLOCKS: usize> = [Columns; BLOCKS];

/// So many products of two digits at most are below `2^127` together, and leave room for a carry.
const SUMMABLE: usize = 127;

impl<const BLOCKS: usize> Montgomery<BLOCKS> {
    /// Whether a column of a product and of its reduction together could overflow.
    const MUST_CARRY: bool = 2 * DIGITS * BLOCKS > SUMMABLE;
    /// The products in a column at most, where one that was carried counts as one.
    const IN_COLUMN: usize = DIGITS * BLOCKS + if Self::MUST_CARRY { 1 } else { DIGITS * BLOCKS };

    /// Prepares an odd modulus, big-endian, below `R / 4`.
    pub(super) fn new(modulus: &[u8]) -> Self {
        const {
            assert!(Self::IN_COLUMN <= SUMMABLE);
            // Two products of blocks and one of differences, which counts four times.
            assert!(6 * DIGITS <= SUMMABLE);
        }
        let limbs: Limbs<BLOCKS> = from_be_bytes(modulus);
        debug_assert!(limbs.as_flattened().last().is_some_and(|limb| limb >> (RADIX - 2) == 0));
        let lowest = limbs.as_flattened().first().copied().unwrap_or_default();
        Self {
            modulus: signed(&limbs),
            minus_inverse: lowest_digit(minus_inverse(lowest).cast_signed()),
            r_squared: signed(&r_squared(&limbs)),
            limbs,
        }
    }

    /// Writes `base` to the power of an odd `exponent` above 1, big-endian; `false` if `base` is
    /// not below the modulus.
    pub(super) fn power(&self, base: &[u8], exponent: u32, out: &mut [u8]) -> bool {
        let base = from_be_bytes(base);
        if !is_below(&base, &self.limbs) {
            return false;
        }
        let base = signed(&base);
        let mut power = base;
        self.multiply(&mut power, &self.r_squared);
        let factor = power;
        let below_leading_one = u32::BITS.saturating_sub(exponent.leading_zeros() + 1);
        for position in (1..below_leading_one).rev() {
            self.square(&mut power);
            if exponent >> position & 1 == 1 {
                self.multiply(&mut power, &factor);
            }
        }
        // The lowest bit is set, and a factor that was not converted converts the product back.
        self.square(&mut power);
        self.multiply(&mut power, &base);
        write_be_bytes(&self.least(power), out);
        true
    }

    /// Makes `a · b / R` of `a`.
    fn multiply(&self, a: &mut [Block; BLOCKS], b: &[Block; BLOCKS]) {
        let mut equal = [ZERO; BLOCKS];
        for ((columns, a), b) in equal.iter_mut().zip(&*a).zip(b) {
            add_product(columns, a, b);
        }
        let mut columns = equal;
        for (one, other) in pairs(BLOCKS) {
            let mut of_differences = ZERO;
            add_product(
                &mut of_differences,
                &difference(a, one, other),
                &difference(b, one, other),
            );
            add_mixed(&mut columns, &equal, (one, other), &of_differences);
        }
        self.reduce(&mut columns, a);
    }

    /// Makes `a² / R` of `a`.
    fn square(&self, a: &mut [Block; BLOCKS]) {
        if let ([a], [modulus]) = (a.as_mut_slice(), self.modulus.as_slice()) {
            return reduce_square(a, modulus, self.minus_inverse);
        }
        let mut equal = [ZERO; BLOCKS];
        for (columns, block) in equal.iter_mut().zip(&*a) {
            square(columns, block);
        }
        let mut columns = equal;
        for (one, other) in pairs(BLOCKS) {
            let mut of_differences = ZERO;
            square(&mut of_differences, &difference(a, one, other));
            add_mixed(&mut columns, &equal, (one, other), &of_differences);
        }
        self.reduce(&mut columns, a);
    }

    /// Divides a product by `R`: multiples of the modulus make its lower half zero, block by block.
    #[inline(always)]
    fn reduce(&self, columns: &mut Product<BLOCKS>, result: &mut [Block; BLOCKS]) {
        if Self::MUST_CARRY {
            let mut digits = [[0; 2 * DIGITS]; BLOCKS];
            carry(columns.as_flattened(), digits.as_flattened_mut());
            *columns = digits.map(|digits| digits.map(i128::from));
        }
        let lowest = block(&self.modulus, 0);
        let mut quotients = [[0; DIGITS]; BLOCKS];
        let mut equal = [ZERO; BLOCKS];
        for step in 0..BLOCKS {
            if let (Some(columns), Some(quotients)) =
                (window(columns, step), quotients.get_mut(step))
            {
                add_quotients(columns, quotients, lowest, self.minus_inverse);
            }
            let quotient = block(&quotients, step);
            // The next quotients need every product that reaches down to their columns. Products of
            // the first quotients and of the lowest block of the modulus cannot wait for their
            // counterparts. With two blocks there are no others.
            if step == 0 || BLOCKS == 2 {
                for (place, modulus) in self.modulus.iter().enumerate().skip(1) {
                    if let Some(columns) = window(columns, step + place) {
                        add_product(columns, quotient, modulus);
                    }
                }
                continue;
            }
            if let (Some(equal), Some(columns)) = (equal.get_mut(step), window(columns, 2 * step)) {
                add_product(equal, quotient, block(&self.modulus, step));
                for (column, more) in columns.iter_mut().zip(equal) {
                    *column += *more;
                }
            }
            for one in 1..step {
                let mut of_differences = ZERO;
                add_product(
                    &mut of_differences,
                    &difference(&quotients, one, step),
                    &difference(&self.modulus, one, step),
                );
                add_mixed(columns, &equal, (one, step), &of_differences);
            }
        }
        let upper = columns.as_flattened().get(DIGITS * BLOCKS..).unwrap_or_default();
        carry(upper, result.as_flattened_mut());
    }

    /// Returns the number modulo `m`, from 0 to `m - 1`.
    fn least(&self, mut number: [Block; BLOCKS]) -> Limbs<BLOCKS> {
        let (limbs, is_negative) = limbs(&number);
        if !is_negative {
            return limbs;
        }
        let digits = number.as_flattened_mut().iter_mut();
        for (digit, more) in digits.zip(self.modulus.as_flattened()) {
            *digit += more;
        }
        self::limbs(&number).0
    }
}

/// Returns all pairs of different blocks.
fn pairs(blocks: usize) -> impl Iterator<Item = (usize, usize)> {
    (1..blocks).flat_map(|other| (0..other).map(move |one| (one, other)))
}

/// Adds the products of two different blocks: `equal` has those of equal ones.
#[inline(always)]
fn add_mixed<const BLOCKS: usize>(
    columns: &mut Product<BLOCKS>,
    equal: &Product<BLOCKS>,
    (one, other): (usize, usize),
    of_differences: &Columns,
) {
    let (Some(columns), Some(a), Some(b)) =
        (window(columns, one + other), equal.get(one), equal.get(other))
    else {
        return;
    };
    let mixed = a.iter().zip(b).zip(of_differences);
    for (column, ((a, b), of_difference)) in columns.iter_mut().zip(mixed) {
        *column += a + b - of_difference;
    }
}

/// Returns the columns of two blocks side by side, from this block on.
#[inline(always)]
fn window<const BLOCKS: usize>(
    columns: &mut Product<BLOCKS>,
    block: usize,
) -> Option<&mut Columns> {
    columns.as_flattened_mut().get_mut(DIGITS * block..)?.first_chunk_mut()
}

#[inline(always)]
fn block<const BLOCKS: usize>(number: &[Block; BLOCKS], index: usize) -> &Block {
    debug_assert!(index < BLOCKS);
    number.get(index).unwrap_or(&[0; DIGITS])
}

/// Subtracts two blocks, digit by digit.
#[inline(always)]
fn difference<const BLOCKS: usize>(number: &[Block; BLOCKS], one: usize, other: usize) -> Block {
    let mut difference = *block(number, one);
    for (digit, less) in difference.iter_mut().zip(block(number, other)) {
        *digit -= less;
    }
    difference
}

/// Makes digits of columns, which hold a number so small that nothing is left to carry.
#[inline(always)]
fn carry(columns: &[i128], digits: &mut [i64]) {
    let mut carry = 0;
    for (digit, column) in digits.iter_mut().zip(columns) {
        (*digit, carry) = digit_and_carry(column + carry);
    }
    debug_assert_eq!(carry, 0);
}

/// Computes `R² mod m` by doubling, once for each key.
fn r_squared<const BLOCKS: usize>(modulus: &Limbs<BLOCKS>) -> Limbs<BLOCKS> {
    let mut power = [[0; DIGITS]; BLOCKS];
    if let Some(lowest) = power.as_flattened_mut().first_mut() {
        *lowest = 1;
    }
    let digits = 2 * modulus.as_flattened().len();
    for _ in 0..RADIX {
        for _ in 0..digits {
            let mut carry = 0;
            for limb in power.as_flattened_mut() {
                let doubled = *limb << 1 | carry;
                carry = doubled >> RADIX;
                *limb = doubled & MASK;
            }
            if !is_below(&power, modulus) {
                subtract(&mut power, modulus);
            }
        }
    }
    power
}

fn subtract<const BLOCKS: usize>(number: &mut Limbs<BLOCKS>, less: &Limbs<BLOCKS>) {
    let mut borrow = 0;
    for (limb, less) in number.as_flattened_mut().iter_mut().zip(less.as_flattened()) {
        let difference = limb.wrapping_sub(*less).wrapping_sub(borrow);
        borrow = difference >> (u64::BITS - 1);
        *limb = difference & MASK;
    }
}

fn is_below<const BLOCKS: usize>(a: &Limbs<BLOCKS>, b: &Limbs<BLOCKS>) -> bool {
    a.as_flattened().iter().rev().lt(b.as_flattened().iter().rev())
}

/// Returns the signed digits of a number below `R / 4`.
fn signed<const BLOCKS: usize>(limbs: &Limbs<BLOCKS>) -> [Block; BLOCKS] {
    let mut number = [[0; DIGITS]; BLOCKS];
    let mut carry = 0;
    for (digit, limb) in number.as_flattened_mut().iter_mut().zip(limbs.as_flattened()) {
        let sum = limb.cast_signed() + carry;
        *digit = lowest_digit(sum);
        carry = (sum - *digit) >> RADIX;
    }
    number
}

/// Returns the digits modulo `R`, and whether the number is negative.
fn limbs<const BLOCKS: usize>(number: &[Block; BLOCKS]) -> (Limbs<BLOCKS>, bool) {
    let mut limbs = [[0; DIGITS]; BLOCKS];
    let mut carry = 0;
    for (limb, digit) in limbs.as_flattened_mut().iter_mut().zip(number.as_flattened()) {
        let sum = digit + carry;
        *limb = sum.cast_unsigned() & MASK;
        carry = sum >> RADIX;
    }
    (limbs, carry < 0)
}

/// Bytes beyond the last limb are left out: there are none of a number below `R`.
fn from_be_bytes<const BLOCKS: usize>(bytes: &[u8]) -> Limbs<BLOCKS> {
    let mut limbs = [[0; DIGITS]; BLOCKS];
    let (first, words) = bytes.as_rchunks();
    let first = first.iter().fold(0, |word: u64, byte| word << 8 | u64::from(*byte));
    let mut words = words.iter().rev().map(|word| u64::from_be_bytes(*word)).chain([first]);
    let (mut buffer, mut buffered) = (0_u128, 0);
    for limb in limbs.as_flattened_mut() {
        if buffered < RADIX {
            buffer |= u128::from(words.next().unwrap_or_default()) << buffered;
            buffered += u64::BITS;
        }
        *limb = low_word(buffer) & MASK;
        buffer >>= RADIX;
        buffered -= RADIX;
    }
    limbs
}

fn write_be_bytes<const BLOCKS: usize>(limbs: &Limbs<BLOCKS>, out: &mut [u8]) {
    let mut limbs = limbs.as_flattened().iter();
    let (mut buffer, mut buffered) = (0_u128, 0);
    let mut next = || {
        while buffered < u64::BITS {
            buffer |= u128::from(limbs.next().copied().unwrap_or_default()) << buffered;
            buffered += RADIX;
        }
        let word = low_word(buffer);
        buffer >>= u64::BITS;
        buffered -= u64::BITS;
        word
    };
    let (first, words) = out.as_rchunks_mut();
    for word in words.iter_mut().rev() {
        *word = next().to_be_bytes();
    }
    for (to, byte) in first.iter_mut().rev().zip(next().to_le_bytes()) {
        *to = byte;
    }
}

/// Computes `-1 / odd` modulo `2^64`. Each step of Newton's method doubles the number of right
/// bits, which is three at first.
fn minus_inverse(odd: u64) -> u64 {
    let mut inverse = odd;
    for _ in 0..5 {
        inverse = inverse.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(inverse)));
    }
    inverse.wrapping_neg()
}

const ZERO: Columns = [0; 2 * DIGITS];
const MASK: u64 = (1 << RADIX) - 1;

#[cfg(test)]
mod tests;
