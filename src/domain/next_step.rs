//! Owns the order of a sign-in: what must follow once some factors are proven. A pure function, so that the rule can
//! be read and tested as a table; no step can be skipped, because every step asks it anew.

use serde::{Deserialize, Serialize};

use crate::domain::factor::{MfaMode, SecondFactor};
use crate::domain::sign_in_risk::Demand;

/// Something that was proven in this sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// The password, in clear or by SRP.
    Password,
    /// A code to a proven address, as the first factor.
    FirstCode,
    /// A passkey.
    Passkey,
    /// A passkey whose device also proved who holds it, in a pool where that can count as two factors.
    PasskeyWithUser,
    /// A device that the user had remembered.
    Device,
    /// A second factor, or the setting up of one.
    SecondFactor,
}

/// What the decision rests on.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// What was proven so far.
    pub proofs: &'a [Proof],
    /// Whether the password is a temporary one.
    pub must_change_password: bool,
    /// Whether the sign-in names a device that the user had remembered.
    pub has_remembered_device: bool,
    /// Whether a remembered device makes a second factor needless.
    pub device_replaces_factor: bool,
    /// Whether the user's passkeys count as two factors.
    pub passkey_replaces_factor: bool,
    /// Whether a risk asks for a second factor.
    pub demand: Demand,
    /// Whether the pool asks for a second factor.
    pub mode: MfaMode,
    /// The second factors that the user can be asked for.
    pub usable: &'a [SecondFactor],
    /// The one that the user prefers.
    pub preferred: Option<SecondFactor>,
    /// The second factors that the pool offers.
    pub offered: &'a [SecondFactor],
}

/// What must follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// The temporary password is replaced.
    NewPassword,
    /// The remembered device proves itself.
    Device,
    /// This second factor is proven.
    Factor(SecondFactor),
    /// One of these second factors is chosen.
    ChooseFactor(Vec<SecondFactor>),
    /// One of these second factors is set up.
    SetUpFactor(Vec<SecondFactor>),
    /// A second factor, of somebody who has none: the sign-in is refused.
    Refusal,
    /// Nothing: the person is who they say.
    Done,
}

/// What must follow: a new password, then the device, then the second factor.
#[must_use]
pub fn next(facts: &Facts<'_>) -> Next {
    let has = |proof: Proof| facts.proofs.contains(&proof);
    if facts.must_change_password {
        return Next::NewPassword;
    }
    if has(Proof::SecondFactor) || (has(Proof::PasskeyWithUser) && facts.passkey_replaces_factor) {
        return Next::Done;
    }
    if facts.has_remembered_device && !has(Proof::Device) {
        return Next::Device;
    }
    let is_needless = facts.mode == MfaMode::Off || (has(Proof::Device) && facts.device_replaces_factor);
    if is_needless && facts.demand == Demand::Nothing {
        return Next::Done;
    }
    let preferred = facts.preferred.filter(|factor| facts.usable.contains(factor));
    match (facts.usable, preferred) {
        ([], _) if facts.demand == Demand::Always => Next::Refusal,
        ([], _) if facts.mode == MfaMode::On => Next::SetUpFactor(facts.offered.to_vec()),
        ([], _) => Next::Done,
        ([only], _) => Next::Factor(*only),
        (_, Some(preferred)) => Next::Factor(preferred),
        (several, None) => Next::ChooseFactor(several.to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use MfaMode::{Off, On, Optional};
    use SecondFactor::{EmailOtp, SmsMfa, SoftwareTokenMfa};

    const PASSWORD: &[Proof] = &[Proof::Password];

    fn facts<'a>(proofs: &'a [Proof], mode: MfaMode, usable: &'a [SecondFactor]) -> Facts<'a> {
        Facts {
            proofs,
            must_change_password: false,
            has_remembered_device: false,
            device_replaces_factor: false,
            demand: Demand::Nothing,
            passkey_replaces_factor: false,
            mode,
            usable,
            preferred: None,
            offered: &[SmsMfa, SoftwareTokenMfa],
        }
    }

    #[test]
    fn the_second_factor_follows_the_password_as_pool_and_user_say() {
        let two = [SmsMfa, SoftwareTokenMfa];
        let table: [(MfaMode, &[SecondFactor], Option<SecondFactor>, Next); 9] = [
            (Off, &[], None, Next::Done),
            (Off, &two, Some(SmsMfa), Next::Done),
            (Optional, &[], None, Next::Done),
            (Optional, &[EmailOtp], None, Next::Factor(EmailOtp)),
            (Optional, &two, Some(SoftwareTokenMfa), Next::Factor(SoftwareTokenMfa)),
            (Optional, &two, Some(EmailOtp), Next::ChooseFactor(two.to_vec())),
            (Optional, &two, None, Next::ChooseFactor(two.to_vec())),
            (On, &[SmsMfa], Some(SoftwareTokenMfa), Next::Factor(SmsMfa)),
            (On, &[], None, Next::SetUpFactor(two.to_vec())),
        ];
        for (mode, usable, preferred, expected) in table {
            let asked = Facts { preferred, ..facts(PASSWORD, mode, usable) };
            assert_eq!(next(&asked), expected, "{asked:?}");
        }
    }

    #[test]
    fn a_temporary_password_is_replaced_before_anything_else() {
        for proofs in [PASSWORD, &[Proof::Password, Proof::SecondFactor], &[Proof::Passkey]] {
            let asked = Facts { must_change_password: true, ..facts(proofs, On, &[SmsMfa]) };
            assert_eq!(next(&asked), Next::NewPassword);
        }
    }

    #[test]
    fn a_remembered_device_proves_itself_and_replaces_the_second_factor_only_where_the_pool_says_so() {
        let known = Facts { has_remembered_device: true, ..facts(PASSWORD, On, &[SmsMfa]) };
        assert_eq!(next(&known), Next::Device);
        let proven = Facts { proofs: &[Proof::Password, Proof::Device], ..known.clone() };
        assert_eq!(next(&proven), Next::Factor(SmsMfa));
        assert_eq!(next(&Facts { device_replaces_factor: true, ..proven }), Next::Done);
        assert_eq!(next(&Facts { mode: Off, ..known }), Next::Device);
    }

    #[test]
    fn a_risk_asks_for_a_second_factor_whatever_makes_it_needless_and_refuses_those_without_one() {
        const ON_DEVICE: &[Proof] = &[Proof::Password, Proof::Device];
        let risky =
            |demand, usable| Facts { demand, device_replaces_factor: true, ..facts(ON_DEVICE, Optional, usable) };
        for (demand, without, with) in [
            (Demand::Nothing, Next::Done, Next::Done),
            (Demand::IfConfigured, Next::Done, Next::Factor(SmsMfa)),
            (Demand::Always, Next::Refusal, Next::Factor(SmsMfa)),
        ] {
            assert_eq!(next(&risky(demand, &[])), without);
            assert_eq!(next(&risky(demand, &[SmsMfa])), with);
        }
        let on = Facts { demand: Demand::Always, ..facts(PASSWORD, On, &[]) };
        assert_eq!(next(&on), Next::Refusal, "nobody sets one up in a sign-in that is a risk");
        let proven = Facts { demand: Demand::Always, ..facts(&[Proof::Password, Proof::SecondFactor], Off, &[]) };
        assert_eq!(next(&proven), Next::Done);
    }

    #[test]
    fn a_second_factor_is_asked_of_every_first_one_but_a_passkey_that_counts_as_two() {
        for proofs in [&[Proof::FirstCode][..], &[Proof::Passkey], &[]] {
            assert_eq!(next(&facts(proofs, Optional, &[SoftwareTokenMfa])), Next::Factor(SoftwareTokenMfa));
        }
        let twice = facts(&[Proof::PasskeyWithUser], On, &[SmsMfa]);
        assert_eq!(next(&twice), Next::Factor(SmsMfa), "the user did not say so");
        assert_eq!(next(&Facts { passkey_replaces_factor: true, ..twice }), Next::Done);
        let once = facts(&[Proof::Passkey], On, &[SmsMfa]);
        assert_eq!(next(&Facts { passkey_replaces_factor: true, ..once }), Next::Factor(SmsMfa));
        assert_eq!(next(&facts(&[Proof::Password, Proof::SecondFactor], On, &[SmsMfa])), Next::Done);
    }
}
