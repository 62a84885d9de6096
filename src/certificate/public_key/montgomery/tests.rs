//! The longest sums that any numbers lead to, through the same code. Overflow panics in tests.

use super::*;

/// The digit of the largest magnitude, and the largest difference of two digits.
const EXTREME: i64 = -(1 << (RADIX - 1));
const EXTREME_DIFFERENCE: i64 = (1 << RADIX) - 1;
/// Two such digits, multiplied.
const PRODUCT: i128 = 1 << (2 * (RADIX - 1));

/// Adds the products of all pairs of blocks, each of extreme digits: what a multiplication sums up.
fn add_extreme_product<const BLOCKS: usize>(columns: &mut Product<BLOCKS>) {
    for (one, other) in (0..BLOCKS).flat_map(|one| (0..BLOCKS).map(move |other| (one, other))) {
        let columns = window(columns, one + other).unwrap();
        add_product(columns, &[EXTREME; DIGITS], &[EXTREME; DIGITS]);
    }
}

fn largest<const BLOCKS: usize>(columns: &Product<BLOCKS>) -> i128 {
    columns.as_flattened().iter().copied().max().unwrap()
}

/// A product and its reduction put as many products into one column as `IN_COLUMN` says.
fn longest_sum<const BLOCKS: usize>() {
    let products = i128::try_from(DIGITS * BLOCKS).unwrap();
    let mut columns: Product<BLOCKS> = [ZERO; BLOCKS];
    add_extreme_product(&mut columns);
    assert_eq!(largest(&columns), products * PRODUCT);
    if Montgomery::<BLOCKS>::MUST_CARRY {
        // What is carried is a digit.
        columns = [[i128::from(EXTREME).abs(); 2 * DIGITS]; BLOCKS];
    }
    add_extreme_product(&mut columns);
    let in_column = i128::try_from(Montgomery::<BLOCKS>::IN_COLUMN).unwrap();
    assert!(largest(&columns) <= in_column * PRODUCT);
    assert!(largest(&columns) > (in_column - 1) * PRODUCT, "the bound is the real one");
    // With a carry of 2^67 it is still a column.
    assert!(largest(&columns).checked_add(1 << 67).is_some());
}

#[test]
fn no_sum_of_products_overflows() {
    longest_sum::<1>();
    longest_sum::<2>();
    longest_sum::<3>();
    longest_sum::<4>();
}

/// Blocks that differ as much as they can: Karatsuba's third product counts four times.
#[test]
fn no_product_of_differences_overflows() {
    let mut equal = [ZERO; 2];
    for columns in &mut equal {
        add_product(columns, &[EXTREME; DIGITS], &[EXTREME; DIGITS]);
    }
    for sign in [1, -1] {
        let mut of_differences = ZERO;
        let difference = [EXTREME_DIFFERENCE; DIGITS];
        add_product(&mut of_differences, &difference, &difference.map(|digit| sign * digit));
        let mut columns = [ZERO; 2];
        add_mixed(&mut columns, &equal, (0, 1), &of_differences);
        let limit = i128::try_from(SUMMABLE).unwrap() * PRODUCT;
        assert!(columns.as_flattened().iter().all(|column| column.abs() < limit));
    }
}

/// Whole operations on numbers of extreme digits, in blocks that are alike and that alternate.
fn extreme_numbers<const BLOCKS: usize>() {
    let patterns = [[EXTREME, EXTREME], [-EXTREME - 1, -EXTREME - 1], [EXTREME, -EXTREME - 1]];
    let number = |[even, odd]: [i64; 2], top: i64| {
        let mut number = [[0; DIGITS]; BLOCKS];
        for (index, block) in number.iter_mut().enumerate() {
            *block = [if index % 2 == 0 { even } else { odd }; DIGITS];
        }
        number[BLOCKS - 1][DIGITS - 1] = top;
        number
    };
    for modulus in patterns {
        let mut modulus = number(modulus, 1 << (RADIX - 4));
        modulus[0][0] |= 1;
        let (limbs, _) = limbs(&modulus);
        let mut bytes = vec![0; (DIGITS * BLOCKS * 61).div_ceil(8)];
        write_be_bytes(&limbs, &mut bytes);
        let montgomery = Montgomery::<BLOCKS>::new(&bytes);
        assert_eq!(montgomery.modulus, modulus, "digits are what they were");
        for (a, b) in patterns.into_iter().flat_map(|a| patterns.map(|b| (a, b))) {
            for top in [(1 << (RADIX - 4)) - 1, 1 - (1 << (RADIX - 4))] {
                let (a, b) = (number(a, top), number(b, top));
                let (mut product, mut reverse) = (a, b);
                montgomery.multiply(&mut product, &b);
                montgomery.multiply(&mut reverse, &a);
                assert_eq!(montgomery.least(product), montgomery.least(reverse));
                let (mut square, mut twice) = (a, a);
                montgomery.square(&mut square);
                montgomery.multiply(&mut twice, &a);
                assert_eq!(montgomery.least(square), montgomery.least(twice));
            }
        }
    }
}

#[test]
fn operations_on_extreme_digits_agree() {
    extreme_numbers::<1>();
    extreme_numbers::<2>();
    extreme_numbers::<3>();
    extreme_numbers::<4>();
}

/// Takes a block of quotients of the largest magnitude, where the columns hold what the products
/// before left there at most.
fn extreme_quotients(in_column: usize, sign: i128) {
    // Times an odd number it ends in the digit `EXTREME`.
    let minus_inverse = 1 << (RADIX - 1);
    let modulus = [if sign > 0 { EXTREME } else { -EXTREME - 1 }; DIGITS];
    let before = sign * i128::try_from(in_column - DIGITS).unwrap() * PRODUCT;
    let mut start = [before; 2 * DIGITS];
    let after = |start: &Columns| {
        let (mut columns, mut quotients) = (*start, [0; DIGITS]);
        add_quotients(&mut columns, &mut quotients, &modulus, minus_inverse);
        (columns, quotients)
    };
    for column in 0..DIGITS {
        // One of the two is odd where the carry has come in.
        if after(&start).1[column] != EXTREME {
            start[column] -= sign;
        }
    }
    let (columns, quotients) = after(&start);
    assert_eq!(quotients, [EXTREME; DIGITS]);
    let product = i128::from(EXTREME) * i128::from(modulus[0]);
    let products = |count: usize| i128::try_from(count).unwrap() * product;
    // The first upper column has sixteen products and the carry out of the lower ones.
    let carry = columns[DIGITS] - before - products(DIGITS - 1);
    assert!(carry.abs() < 1 << 67, "{carry}");
    for (column, sum) in columns.into_iter().enumerate().skip(DIGITS + 1) {
        assert_eq!(sum, before + products(2 * DIGITS - 1 - column));
    }
}

#[test]
fn no_sum_with_extreme_quotients_overflows() {
    for sign in [1, -1] {
        extreme_quotients(Montgomery::<1>::IN_COLUMN, sign);
        extreme_quotients(Montgomery::<2>::IN_COLUMN, sign);
        extreme_quotients(Montgomery::<3>::IN_COLUMN, sign);
        extreme_quotients(Montgomery::<4>::IN_COLUMN, sign);
        extreme_quotients(SUMMABLE, sign);
    }
}

/// A square doubles its sums, and differences of blocks are squared too.
#[test]
fn no_square_overflows() {
    for digit in [EXTREME, -EXTREME - 1, EXTREME_DIFFERENCE, -EXTREME_DIFFERENCE] {
        let (mut columns, mut product) = (ZERO, ZERO);
        square(&mut columns, &[digit; DIGITS]);
        add_product(&mut product, &[digit; DIGITS], &[digit; DIGITS]);
        assert_eq!(columns, product);
    }
    for sign in [EXTREME, -EXTREME - 1] {
        // The modulus and the quotients are as they come; `add_quotients` meets the largest ones.
        reduce_square(&mut [sign; DIGITS], &[sign | 1; DIGITS], 1 << (RADIX - 1));
        reduce_square(&mut [sign; DIGITS], &[sign | 1; DIGITS], -1);
    }
}

#[test]
fn no_carry_overflows() {
    let most = i128::try_from(SUMMABLE).unwrap() * PRODUCT;
    let mut carry = 0;
    for _ in 0..4 * 2 * DIGITS {
        let (digit, next) = digit_and_carry(most + carry);
        assert!((EXTREME..-EXTREME).contains(&digit) && next < 1 << 67);
        let (digit, below) = digit_and_carry(-most - carry);
        assert!((EXTREME..-EXTREME).contains(&digit) && below > -(1 << 67));
        carry = next;
    }
}

/// Digits, differences and sums of two numbers, and the buffers of bits.
fn extreme_words<const BLOCKS: usize>() {
    let bits = usize::try_from(RADIX).unwrap() * DIGITS * BLOCKS;
    for length in [bits / 8, bits / 8 - 1, bits / 8 - 7] {
        let (ones, mut back) = (vec![0xFF; length], vec![0; length]);
        write_be_bytes(&from_be_bytes::<BLOCKS>(&ones), &mut back);
        assert_eq!(ones, back);
    }
    // The largest modulus that fits: R / 4 - 1.
    let mut ones = vec![0xFF; (bits - 2).div_ceil(8)];
    ones[0] = u8::try_from(0xFF_u32 >> (ones.len() * 8 - (bits - 2))).unwrap();
    let montgomery = Montgomery::<BLOCKS>::new(&ones);
    let mut minus_one = ones.clone();
    *minus_one.last_mut().unwrap() -= 1;
    let mut power = vec![0; ones.len()];
    assert!(montgomery.power(&minus_one, u32::MAX, &mut power));
    assert_eq!(power, minus_one, "-1 to an odd power");
    for (one, other) in [(EXTREME, -EXTREME - 1), (-EXTREME - 1, EXTREME)] {
        let number = [[one; DIGITS], [other; DIGITS]];
        assert_eq!(difference(&number, 0, 1)[0].abs(), EXTREME_DIFFERENCE);
        // Two numbers that are added digit by digit where the sum is negative.
        let modulus = [[one; DIGITS]; BLOCKS];
        let least = Montgomery { modulus, ..Montgomery::<BLOCKS>::new(&ones) };
        least.least([[EXTREME; DIGITS]; BLOCKS]);
    }
}

#[test]
fn no_word_overflows() {
    extreme_words::<1>();
    extreme_words::<2>();
    extreme_words::<3>();
    extreme_words::<4>();
}
