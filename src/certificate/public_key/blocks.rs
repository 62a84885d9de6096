//! Products of blocks: the three loops in which nearly all the time goes, written out so that every
//! length is known to the compiler. Why 17 digits of 61 bits, and how fast: docs/performance.md.
//! Why no column overflows: docs/arithmetic.md.

/// Bits of a digit.
pub(super) const RADIX: u32 = 61;
/// Digits of a block.
pub(super) const DIGITS: usize = 17;

/// Seventeen digits, least significant first, from `-2^60` to `2^60 - 1`; in a difference of two
/// blocks up to twice that.
pub(super) type Block = [i64; DIGITS];

/// Sums of products of digits, one for each power of the radix: a product of two blocks before
/// carries. The last one stays zero here, and makes the length that of two blocks.
pub(super) type Columns = [i128; 2 * DIGITS];

/// Does the same for each column of a product of two blocks.
macro_rules! for_each_column {
    ($column:ident in low => $step:block) => {
        for_each_column!($column => $step, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16)
    };
    ($column:ident in high => $step:block) => {
        for_each_column!($column => $step, 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32)
    };
    ($column:ident in all => $step:block) => {
        for_each_column!($column in low => $step);
        for_each_column!($column in high => $step)
    };
    ($column:ident => $step:block, $($number:literal)*) => {
        $({
            const $column: usize = $number;
            $step
        })*
    };
}

/// Adds `block²`: each product of two different digits is made once and doubled.
#[inline(never)]
pub(super) fn square(columns: &mut Columns, block: &Block) {
    for_each_column!(COLUMN in all => { columns[COLUMN] = square_column::<COLUMN>(block); });
}

/// Adds `a · b`.
#[inline(never)]
pub(super) fn add_product(columns: &mut Columns, a: &Block, b: &Block) {
    for_each_column!(COLUMN in all => {
        let mut sum = columns[COLUMN];
        for first in first_digit(COLUMN)..end_digit(COLUMN) {
            sum += wide(at(a, first), at(b, COLUMN - first));
        }
        columns[COLUMN] = sum;
    });
}

/// Adds `modulus · q` for that block `q` with which the lower half of the columns becomes zero. The
/// lower half is left as it was, its carry is in the upper half.
#[inline(never)]
pub(super) fn add_quotients(
    columns: &mut Columns,
    quotients: &mut Block,
    modulus: &Block,
    minus_inverse: i64,
) {
    let mut carry = 0;
    for_each_column!(COLUMN in low => {
        let sum = columns[COLUMN] + carry;
        carry = low_column::<COLUMN>(sum, quotients, modulus, minus_inverse);
    });
    columns[DIGITS] += carry;
    for_each_column!(COLUMN in high => {
        columns[COLUMN] = high_column::<COLUMN>(columns[COLUMN], quotients, modulus);
    });
}

/// Does [`square`] and [`add_quotients`] and takes the upper half in digits, in one pass, for
/// numbers of one block.
#[inline(never)]
pub(super) fn reduce_square(block: &mut Block, modulus: &Block, minus_inverse: i64) {
    let mut quotients = [0; DIGITS];
    let mut carry = 0;
    for_each_column!(COLUMN in low => {
        let sum = square_column::<COLUMN>(block) + carry;
        carry = low_column::<COLUMN>(sum, &mut quotients, modulus, minus_inverse);
    });
    for_each_column!(COLUMN in high => {
        let sum = square_column::<COLUMN>(block) + carry;
        // The columns that follow read only digits above this one.
        (block[COLUMN - DIGITS], carry) =
            digit_and_carry(high_column::<COLUMN>(sum, &quotients, modulus));
    });
    block[DIGITS - 1] = low(carry);
}

/// Finds the quotient that makes a column zero, and gives the carry out of it.
#[inline(always)]
fn low_column<const COLUMN: usize>(
    mut sum: i128,
    quotients: &mut Block,
    modulus: &Block,
    minus_inverse: i64,
) -> i128 {
    for first in 0..COLUMN {
        sum += wide(at(quotients, first), at(modulus, COLUMN - first));
    }
    let quotient = lowest_digit(low(sum).wrapping_mul(minus_inverse));
    if let Some(slot) = quotients.get_mut(COLUMN) {
        *slot = quotient;
    }
    (sum + wide(quotient, at(modulus, 0))) >> RADIX
}

/// Returns a column with the share that the quotients add to it.
#[inline(always)]
fn high_column<const COLUMN: usize>(mut sum: i128, quotients: &Block, modulus: &Block) -> i128 {
    for first in first_digit(COLUMN)..DIGITS {
        sum += wide(at(quotients, first), at(modulus, COLUMN - first));
    }
    sum
}

#[inline(always)]
fn square_column<const COLUMN: usize>(block: &Block) -> i128 {
    let mut sum = 0;
    for first in first_digit(COLUMN)..COLUMN.div_ceil(2) {
        sum += wide(at(block, first), at(block, COLUMN - first));
    }
    // Not shifted, which no overflow check would see.
    sum += sum;
    if COLUMN.is_multiple_of(2) {
        let middle = at(block, COLUMN / 2);
        sum += wide(middle, middle);
    }
    sum
}

/// Returns the first digit of one factor that has a part in a column.
const fn first_digit(column: usize) -> usize {
    (column + 1).saturating_sub(DIGITS)
}

/// Returns the digit after the last one of a factor that has a part in a column.
const fn end_digit(column: usize) -> usize {
    if column < DIGITS { column + 1 } else { DIGITS }
}

/// Returns a column's digit and its carry.
#[inline(always)]
pub(super) fn digit_and_carry(sum: i128) -> (i64, i128) {
    const HALF: i64 = 1 << (RADIX - 1);
    let above = sum + i128::from(HALF);
    (lowest_digit(low(sum)), above >> RADIX)
}

/// Returns the digit that a number is congruent to modulo the radix.
#[inline(always)]
pub(super) fn lowest_digit(number: i64) -> i64 {
    number << (i64::BITS - RADIX) >> (i64::BITS - RADIX)
}

/// Returns the number modulo `2^64`.
#[inline(always)]
fn low(sum: i128) -> i64 {
    low_word(sum.cast_unsigned()).cast_signed()
}

/// Returns the number modulo `2^64`.
#[inline(always)]
pub(super) fn low_word(number: u128) -> u64 {
    u64::try_from(number & u128::from(u64::MAX)).unwrap_or_default()
}

/// Returns a digit. No index is out of range: tests would panic, and release builds read zero.
#[inline(always)]
fn at(block: &Block, index: usize) -> i64 {
    debug_assert!(index < DIGITS);
    block.get(index).copied().unwrap_or_default()
}

#[inline(always)]
fn wide(a: i64, b: i64) -> i128 {
    i128::from(a) * i128::from(b)
}
