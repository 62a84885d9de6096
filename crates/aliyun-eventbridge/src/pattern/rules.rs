//! Which reading of the language is meant, where its descriptions differ.

/// Chooses between the readings of the pattern language. The default follows the vendor's pages.
///
/// ```
/// use aliyun_eventbridge::pattern::{EventPattern, PatternRules};
///
/// let pattern = r#"{"subject": [{"prefix": "a", "suffix": ".jpg"}]}"#;
/// assert!(EventPattern::parse(pattern).is_ok());
/// assert!(EventPattern::parse_with(pattern, &PatternRules::strict()).is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PatternRules {
    pub(super) several_operators: SeveralOperators,
    pub(super) names: TopLevelNames,
    pub(super) contains: ContainsOperator,
    pub(super) cidr_ends: CidrEnds,
}

impl PatternRules {
    /// Accepts what every known implementation accepts: one operator a condition, the attributes
    /// of CloudEvents and the `aliyun…` names of published events, no `contains`. What is accepted
    /// matches as by default.
    #[must_use]
    pub fn strict() -> Self {
        Self {
            several_operators: SeveralOperators::Reject,
            names: TopLevelNames::Known,
            contains: ContainsOperator::Reject,
            cidr_ends: CidrEnds::default(),
        }
    }

    /// Accepts what [`strict`](Self::strict) accepts, and leaves the ends of CIDR blocks out, as
    /// apache/rocketmq-eventbridge does. Its other differences are faults and not offered; the
    /// module's documentation lists them.
    #[must_use]
    pub fn reference_code() -> Self {
        Self { cidr_ends: CidrEnds::LeftOut, ..Self::strict() }
    }

    /// Sets how several operators in one condition are read. Default: all of them must hold.
    #[must_use]
    pub fn several_operators(mut self, choice: SeveralOperators) -> Self {
        self.several_operators = choice;
        self
    }

    /// Sets which names a pattern may have at the top. Default: any.
    #[must_use]
    pub fn names(mut self, choice: TopLevelNames) -> Self {
        self.names = choice;
        self
    }

    /// Sets whether `contains` is an operator. Default: it is.
    #[must_use]
    pub fn contains(mut self, choice: ContainsOperator) -> Self {
        self.contains = choice;
        self
    }

    /// Sets whether a CIDR block has its first and last address. Default: it has.
    #[must_use]
    pub fn cidr_ends(mut self, choice: CidrEnds) -> Self {
        self.cidr_ends = choice;
        self
    }
}

/// Says how a condition with several operators is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum SeveralOperators {
    /// All of them must hold for one value: the vendor's sample of CreateRule has such a condition.
    #[default]
    AllHold,
    /// The pattern is rejected, as by the reference code.
    Reject,
}

/// Says which names a pattern may have at the top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TopLevelNames {
    /// Any name: the service's list is not public.
    #[default]
    Any,
    /// The names in [`KNOWN_NAMES`].
    Known,
}

/// Says whether `contains` is an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ContainsOperator {
    /// It is: the vendor documents it since 2024.
    #[default]
    Accept,
    /// The pattern is rejected, as by the reference code.
    Reject,
}

/// Says whether a CIDR block of IPv4 has its first and last address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum CidrEnds {
    /// It has: `10.0.0.0/24` has `10.0.0.255`.
    #[default]
    Included,
    /// They are left out, as by the reference code; a `/31` and a `/32` are then empty.
    LeftOut,
}

/// Lists the attributes of CloudEvents 1.0, `data`, and the names that EventBridge adds to events.
pub const KNOWN_NAMES: [&str; 16] = [
    "id",
    "source",
    "specversion",
    "type",
    "subject",
    "time",
    "datacontenttype",
    "dataschema",
    "data",
    "aliyunaccountid",
    "aliyunoriginalaccountid",
    "aliyunpublishtime",
    "aliyuneventbusname",
    "aliyunregionid",
    "aliyunpublishaddr",
    "aliyuneventid",
];
