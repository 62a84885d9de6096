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
