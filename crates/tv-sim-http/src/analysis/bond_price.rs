//! Prices of bonds that pay a coupon twice a year.

/// What a bond still pays: coupons, and 100 with the last of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BondTerms {
    /// The coupon of a year, in percent.
    pub(crate) coupon: f64,
    /// How many coupons are left; at least one.
    pub(crate) left: u32,
    /// The part of half a year until the next of them, above 0 and at most 1.
    pub(crate) wait: f64,
}

impl BondTerms {
    /// The price in percent at a yield in percent, without the coupon that has accrued.
    pub(crate) fn clean_price(&self, yields: f64) -> f64 {
        let (half, growth) = (self.coupon / 2.0, 1.0 + yields / 200.0);
        let paid = (0..self.left).map(|nth| half * growth.powf(-self.wait - f64::from(nth)));
        let end = growth.powf(-self.wait - f64::from(self.left.saturating_sub(1)));
        paid.sum::<f64>() + 100.0 * end - self.accrued()
    }

    /// The part of the next coupon that belongs to the seller, in percent.
    pub(crate) fn accrued(&self) -> f64 {
        self.coupon / 2.0 * (1.0 - self.wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bond_that_yields_its_coupon_costs_100_and_others_more_or_less() {
        let bond = BondTerms {
            coupon: 5.0,
            left: 8,
            wait: 1.0,
        };
        assert!((bond.clean_price(5.0) - 100.0).abs() < 1e-9);
        assert!(bond.clean_price(4.0) > 103.0 && bond.clean_price(6.0) < 97.0);
        // By hand: 2.5 and 102.5, discounted by 1.03 and its square.
        let short = BondTerms { left: 2, ..bond };
        let by_hand = 2.5 / 1.03 + 102.5 / (1.03 * 1.03);
        assert!((short.clean_price(6.0) - by_hand).abs() < 1e-12);
    }

    #[test]
    fn what_accrues_is_not_a_part_of_the_price() {
        let bond = BondTerms {
            coupon: 6.0,
            left: 3,
            wait: 0.25,
        };
        assert_eq!(bond.accrued(), 2.25);
        assert!((bond.clean_price(6.0) - 100.0).abs() < 0.05);
        let prices: Vec<f64> = (0..30)
            .map(|yields| bond.clean_price(f64::from(yields)))
            .collect();
        assert!(
            prices.is_sorted_by(|lower, higher| lower > higher),
            "{prices:?}"
        );
    }
}
