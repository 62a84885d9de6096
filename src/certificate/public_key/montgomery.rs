//! Powers modulo an odd number, by Montgomery's multiplication: why it is here and how fast it is says docs/performance.md,
//! how it is checked docs/arithmetic.md.
//!
//! A number is `LIMBS` limbs of `RADIX` bits, least significant first. `RADIX` is below 64, so that a column of products is
//! summed in one `u128` without a carry in between (product scanning). No index and no branch depends on a value but for the
//! last subtraction, of which all is public.

/// An odd modulus, and what is computed once for it.
///
/// With `R = 2^(RADIX · LIMBS)`, a modulus `m < R / 4` and factors below `2m`, a product is below `2m` again, so nothing is
/// subtracted in between.
pub(super) struct Montgomery<const LIMBS: usize, const RADIX: u32> {
    modulus: [u64; LIMBS],
    /// Most significant limb first: one factor of a column runs against the other.
    reversed_modulus: [u64; LIMBS],
    /// `-1 / modulus` modulo `2^RADIX`.
    minus_inverse: u64,
    /// `R² mod modulus`.
    r_squared: [u64; LIMBS],
}

/// A product under way, column by column.
struct Columns<const LIMBS: usize> {
    /// The multiples of the modulus that were added.
    quotients: [u64; LIMBS],
    product: [u64; LIMBS],
}

impl<const LIMBS: usize, const RADIX: u32> Montgomery<LIMBS, RADIX> {
    const MASK: u64 = (1 << RADIX) - 1;

    /// Of an odd number, big-endian, below `R / 4`.
    pub(super) fn new(modulus: &[u8]) -> Self {
        const {
            assert!(RADIX > 32 && RADIX < 64 && LIMBS > 1);
            // A column is the sum of LIMBS products of the factors, LIMBS of the reduction, and a carry.
            assert!((2 * LIMBS).ilog2() < 128 - 2 * RADIX);
        }
        let modulus = Self::from_be_bytes(modulus);
        let mut reversed_modulus = modulus;
        reversed_modulus.reverse();
        let minus_inverse = minus_inverse(at(&modulus, 0)) & Self::MASK;
        let mut new = Self { modulus, reversed_modulus, minus_inverse, r_squared: [0; LIMBS] };
        new.r_squared = new.computed_r_squared();
        new
    }

    /// Writes `base` to the power of an odd `exponent`, big-endian; `false` if `base` is not below the modulus.
    pub(super) fn power(&self, base: &[u8], exponent: u32, out: &mut [u8]) -> bool {
        let base = Self::from_be_bytes(base);
        if !is_below(&base, &self.modulus) {
            return false;
        }
        let factor = self.product(&base, &self.r_squared);
        let mut power = factor;
        let below_leading_one = u32::BITS.saturating_sub(exponent.leading_zeros() + 1);
        for position in (1..below_leading_one).rev() {
            power = self.square(&power);
            if exponent >> position & 1 == 1 {
                power = self.product(&power, &factor);
            }
        }
        // The lowest bit is set, and a factor that was not converted converts the product back.
        power = self.product(&self.square(&power), &base);
        if !is_below(&power, &self.modulus) {
            power = self.less_modulus(&power);
        }
        Self::write_be_bytes(&power, out);
        true
    }

    /// `a · b / R`, below `2m`.
    fn product(&self, a: &[u64; LIMBS], b: &[u64; LIMBS]) -> [u64; LIMBS] {
        let mut reversed = *b;
        reversed.reverse();
        let mut columns = Columns::new();
        let mut carry = 0;
        for column in 0..LIMBS {
            let sum = dot(carry, (a, 0), (&reversed, LIMBS - 1 - column), column + 1);
            carry = self.low_column(&mut columns, column, sum);
        }
        for column in LIMBS..2 * LIMBS - 1 {
            let first = column + 1 - LIMBS;
            let sum = dot(carry, (a, first), (&reversed, 0), LIMBS - first);
            carry = self.high_column(&mut columns, column, sum);
        }
        columns.end(carry)
    }

    /// `a² / R`, below `2m`: each product of two different limbs is made once and doubled.
    #[inline(never)]
    fn square(&self, a: &[u64; LIMBS]) -> [u64; LIMBS] {
        let mut reversed = *a;
        reversed.reverse();
        let mut columns = Columns::new();
        let mut carry = 0;
        macro_rules! columns {
            ($part:ident: $($column:literal)*) => {
                $(carry = self.$part(&mut columns, $column, carry, a, &reversed);)*
            };
        }
        if LIMBS == 17 {
            // Written out, the compiler knows every length. For more limbs than these that is slower again.
            columns!(low_square: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16);
            columns!(high_square: 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32);
        } else {
            let mut column = 0;
            while column + 1 < LIMBS {
                carry = self.two_low_squares(&mut columns, column, carry, a, &reversed);
                column += 2;
            }
            if column < LIMBS {
                carry = self.low_square(&mut columns, column, carry, a, &reversed);
                column += 1;
            }
            while column + 2 < 2 * LIMBS {
                carry = self.two_high_squares(&mut columns, column, carry, a, &reversed);
                column += 2;
            }
            if column + 1 < 2 * LIMBS {
                carry = self.high_square(&mut columns, column, carry, a, &reversed);
            }
        }
        columns.end(carry)
    }

    /// [`low_square`](Self::low_square) of an even column and of the next one, which share the loops.
    #[inline(always)]
    fn two_low_squares(
        &self,
        columns: &mut Columns<LIMBS>,
        column: usize,
        carry: u128,
        a: &[u64; LIMBS],
        reversed: &[u64; LIMBS],
    ) -> u128 {
        let (half, start) = (column / 2, LIMBS - 1 - column);
        let (first, second) = dots((a, 0), (reversed, start), (reversed, start - 1), half);
        let first = (first << 1) + wide(at(a, half), at(a, half));
        let second = (second + wide(at(a, half), at(a, half + 1))) << 1;
        let modulus = &self.reversed_modulus;
        let quotients = (&columns.quotients, 0);
        let (reduction, next_reduction) =
            dots(quotients, (modulus, start), (modulus, start - 1), column);
        let sum = carry + first + reduction;
        let quotient = self.quotient(sum);
        let carry = (sum + wide(quotient, at(&self.modulus, 0))) >> RADIX;
        let sum = carry + second + next_reduction + wide(quotient, at(&self.modulus, 1));
        let next_quotient = self.quotient(sum);
        if let Some([slot, next]) = columns.quotients.get_mut(column..column + 2) {
            (*slot, *next) = (quotient, next_quotient);
        }
        (sum + wide(next_quotient, at(&self.modulus, 0))) >> RADIX
    }

    /// [`high_square`](Self::high_square) of a column and of the next one.
    #[inline(always)]
    fn two_high_squares(
        &self,
        columns: &mut Columns<LIMBS>,
        column: usize,
        carry: u128,
        a: &[u64; LIMBS],
        reversed: &[u64; LIMBS],
    ) -> u128 {
        let start = column + 1 - LIMBS;
        // Of two columns one has a square in its middle, and the first one may have one pair more.
        let middle = column.div_ceil(2);
        let is_even = column.is_multiple_of(2);
        let pairs = if is_even { middle - start } else { middle - start - 1 };
        let square = wide(at(a, middle), at(a, middle));
        let (first, second) = dots((reversed, 0), (a, start), (a, start + 1), pairs);
        let (first, second) = if is_even {
            ((first << 1) + square, second << 1)
        } else {
            let last_pair = wide(at(a, start + pairs), at(reversed, pairs));
            ((first + last_pair) << 1, (second << 1) + square)
        };
        let (modulus, quotients) = (&self.reversed_modulus, &columns.quotients);
        let shared = LIMBS - start - 1;
        let (reduction, next_reduction) =
            dots((modulus, 0), (quotients, start), (quotients, start + 1), shared);
        let last = wide(at(quotients, LIMBS - 1), at(modulus, shared));
        let sum = carry + first + reduction + last;
        let limb = low(sum) & Self::MASK;
        let sum = (sum >> RADIX) + second + next_reduction;
        if let Some([slot, next]) = columns.product.get_mut(column - LIMBS..column - LIMBS + 2) {
            (*slot, *next) = (limb, low(sum) & Self::MASK);
        }
        sum >> RADIX
    }

    #[inline(always)]
    fn low_square(
        &self,
        columns: &mut Columns<LIMBS>,
        column: usize,
        carry: u128,
        a: &[u64; LIMBS],
        reversed: &[u64; LIMBS],
    ) -> u128 {
        let pairs = column.div_ceil(2);
        let products = dot(0, (a, 0), (reversed, LIMBS - 1 - column), pairs);
        self.low_column(columns, column, carry + squared(products, column, a))
    }

    #[inline(always)]
    fn high_square(
        &self,
        columns: &mut Columns<LIMBS>,
        column: usize,
        carry: u128,
        a: &[u64; LIMBS],
        reversed: &[u64; LIMBS],
    ) -> u128 {
        let first = column + 1 - LIMBS;
        let products = dot(0, (a, first), (reversed, 0), column.div_ceil(2) - first);
        self.high_column(columns, column, carry + squared(products, column, a))
    }

    /// A column that a multiple of the modulus makes zero.
    #[inline(always)]
    fn low_column(&self, columns: &mut Columns<LIMBS>, column: usize, sum: u128) -> u128 {
        let modulus = (&self.reversed_modulus, LIMBS - 1 - column);
        let sum = dot(sum, (&columns.quotients, 0), modulus, column);
        let quotient = self.quotient(sum);
        if let Some(slot) = columns.quotients.get_mut(column) {
            *slot = quotient;
        }
        (sum + wide(quotient, at(&self.modulus, 0))) >> RADIX
    }

    /// How often the modulus is to be added so that the lowest limb becomes zero.
    #[inline(always)]
    fn quotient(&self, sum: u128) -> u64 {
        low(sum).wrapping_mul(self.minus_inverse) & Self::MASK
    }

    /// A column of the result.
    #[inline(always)]
    fn high_column(&self, columns: &mut Columns<LIMBS>, column: usize, sum: u128) -> u128 {
        let first = column + 1 - LIMBS;
        let sum = dot(sum, (&columns.quotients, first), (&self.reversed_modulus, 0), LIMBS - first);
        if let Some(slot) = columns.product.get_mut(column - LIMBS) {
            *slot = low(sum) & Self::MASK;
        }
        sum >> RADIX
    }

    fn less_modulus(&self, number: &[u64; LIMBS]) -> [u64; LIMBS] {
        let mut difference = [0; LIMBS];
        let mut borrow = 0;
        for ((to, a), b) in difference.iter_mut().zip(number).zip(&self.modulus) {
            let limb = a.wrapping_sub(*b).wrapping_sub(borrow);
            borrow = limb >> 63;
            *to = limb & Self::MASK;
        }
        difference
    }

    /// By doubling, once for each key.
    fn computed_r_squared(&self) -> [u64; LIMBS] {
        let mut power = [0; LIMBS];
        if let Some(lowest) = power.first_mut() {
            *lowest = 1;
        }
        let bits = RADIX.saturating_mul(u32::try_from(LIMBS).unwrap_or(u32::MAX));
        for _ in 0..bits.saturating_mul(2) {
            let mut carry = 0;
            for limb in &mut power {
                let doubled = *limb << 1 | carry;
                carry = doubled >> RADIX;
                *limb = doubled & Self::MASK;
            }
            if !is_below(&power, &self.modulus) {
                power = self.less_modulus(&power);
            }
        }
        power
    }

    /// Bytes beyond the last limb are left out: there are none of a number below `R`.
    fn from_be_bytes(bytes: &[u8]) -> [u64; LIMBS] {
        let mut limbs = [0; LIMBS];
        let mut words = bytes
            .rchunks(WORD_BYTES)
            .map(|chunk| chunk.iter().fold(0, |word: u64, byte| word << 8 | u64::from(*byte)));
        let (mut buffer, mut buffered) = (0_u128, 0);
        for limb in &mut limbs {
            if buffered < RADIX {
                buffer |= u128::from(words.next().unwrap_or_default()) << buffered;
                buffered += u64::BITS;
            }
            *limb = low(buffer) & Self::MASK;
            buffer >>= RADIX;
            buffered -= RADIX;
        }
        limbs
    }

    fn write_be_bytes(limbs: &[u64; LIMBS], out: &mut [u8]) {
        let mut limbs = limbs.iter();
        let (mut buffer, mut buffered) = (0_u128, 0);
        for chunk in out.rchunks_mut(WORD_BYTES) {
            while buffered < u64::BITS {
                buffer |= u128::from(limbs.next().copied().unwrap_or_default()) << buffered;
                buffered += RADIX;
            }
            for (to, byte) in chunk.iter_mut().rev().zip(low(buffer).to_le_bytes()) {
                *to = byte;
            }
            buffer >>= u64::BITS;
            buffered -= u64::BITS;
        }
    }
}

impl<const LIMBS: usize> Columns<LIMBS> {
    fn new() -> Self {
        Self { quotients: [0; LIMBS], product: [0; LIMBS] }
    }

    fn end(mut self, carry: u128) -> [u64; LIMBS] {
        if let Some(highest) = self.product.last_mut() {
            *highest = low(carry);
        }
        self.product
    }
}

/// A column of a square, out of the products of its pairs of different limbs.
#[inline(always)]
fn squared<const LIMBS: usize>(products: u128, column: usize, a: &[u64; LIMBS]) -> u128 {
    let middle = at(a, column / 2);
    let square = if column.is_multiple_of(2) { wide(middle, middle) } else { 0 };
    (products << 1) + square
}

/// Adds the products of so many limbs side by side, each from its place on.
#[inline(always)]
fn dot<const LIMBS: usize>(
    mut sum: u128,
    (a, a_start): (&[u64; LIMBS], usize),
    (b, b_start): (&[u64; LIMBS], usize),
    length: usize,
) -> u128 {
    let a = a.get(a_start..a_start + length);
    let b = b.get(b_start..b_start + length);
    let (Some(a), Some(b)) = (a, b) else { return sum };
    let (a_chunks, a_rest) = a.as_chunks::<4>();
    let (b_chunks, b_rest) = b.as_chunks::<4>();
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for (a, b) in a.iter().zip(b) {
            sum += wide(*a, *b);
        }
    }
    for (a, b) in a_rest.iter().zip(b_rest) {
        sum += wide(*a, *b);
    }
    sum
}

/// Two sums of products: of the first factors with the second ones, and with the third ones.
#[inline(always)]
fn dots<const LIMBS: usize>(
    (a, a_start): (&[u64; LIMBS], usize),
    (b, b_start): (&[u64; LIMBS], usize),
    (c, c_start): (&[u64; LIMBS], usize),
    length: usize,
) -> (u128, u128) {
    let (mut ab, mut ac) = (0, 0);
    let a = a.get(a_start..a_start + length);
    let b = b.get(b_start..b_start + length);
    let c = c.get(c_start..c_start + length);
    let (Some(a), Some(b), Some(c)) = (a, b, c) else { return (ab, ac) };
    let (a_chunks, a_rest) = a.as_chunks::<4>();
    let (b_chunks, b_rest) = b.as_chunks::<4>();
    let (c_chunks, c_rest) = c.as_chunks::<4>();
    for ((a, b), c) in a_chunks.iter().zip(b_chunks).zip(c_chunks) {
        for ((a, b), c) in a.iter().zip(b).zip(c) {
            ab += wide(*a, *b);
            ac += wide(*a, *c);
        }
    }
    for ((a, b), c) in a_rest.iter().zip(b_rest).zip(c_rest) {
        ab += wide(*a, *b);
        ac += wide(*a, *c);
    }
    (ab, ac)
}

#[inline(always)]
fn at<const LIMBS: usize>(limbs: &[u64; LIMBS], index: usize) -> u64 {
    limbs.get(index).copied().unwrap_or_default()
}

#[inline(always)]
fn wide(a: u64, b: u64) -> u128 {
    u128::from(a) * u128::from(b)
}

#[inline(always)]
fn low(sum: u128) -> u64 {
    u64::try_from(sum & u128::from(u64::MAX)).unwrap_or_default()
}

fn is_below<const LIMBS: usize>(a: &[u64; LIMBS], b: &[u64; LIMBS]) -> bool {
    a.iter().rev().lt(b.iter().rev())
}

/// `-1 / odd` modulo `2^64`: each step of Newton's doubles the bits that are right, of which there are three at first.
fn minus_inverse(odd: u64) -> u64 {
    let mut inverse = odd;
    for _ in 0..5 {
        inverse = inverse.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(inverse)));
    }
    inverse.wrapping_neg()
}

const WORD_BYTES: usize = size_of::<u64>();
