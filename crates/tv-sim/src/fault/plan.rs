//! A fault plan: rules and a seed.

use super::{
    action::Action,
    rule::{Rule, RuleError},
    when::When,
};

/// Which faults happen and when. Only the events of connections, times and a seed decide.
///
/// A plan is written as text, one rule a line (`docs/SIMULATOR.md` describes the language), or put
/// together:
///
/// ```
/// use tv_sim::{Action, FaultPlan, When};
///
/// let plan: FaultPlan = "when connection 1 and kind du and nth 3 do reset".parse()?;
/// let third = When::always().connection(1).kind("du").nth(3);
/// let built = FaultPlan::new(0).rule(third, Action::Reset);
/// assert_eq!(plan, built);
/// assert_eq!(plan.to_string().parse::<FaultPlan>()?, plan);
/// # Ok::<_, tv_sim::FaultPlanError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FaultPlan {
    seed: u64,
    rules: Vec<Rule>,
}

impl FaultPlan {
    /// A plan without rules. The seed decides `chance` and everything that an action draws.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            rules: Vec::new(),
        }
    }

    /// Adds a rule. All rules that apply to an event are carried out, in their order.
    #[must_use]
    pub fn rule(mut self, when: When, action: Action) -> Self {
        self.rules.push(Rule::new(when, action));
        self
    }

    /// Appends the rules of another plan. The seed stays.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.rules.extend(other.rules);
        self
    }

    /// Sets the seed.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The seed. Default: 0.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The rules, in their order.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Whether no fault happens.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Checks each rule; see [`Rule::check`].
    ///
    /// # Errors
    ///
    /// Names what is wrong in the first invalid rule.
    pub fn check(&self) -> Result<(), RuleError> {
        self.rules.iter().try_for_each(Rule::check)
    }
}
