//! How often somebody may try to get in: for each user from each address, for each user from
//! anywhere, and from each address.
//!
//! A limit by user alone would let anybody lock anybody out; so it is wide, and the narrow one needs
//! the address as well.

use std::collections::HashMap;
use std::net::Ipv6Addr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use grantd_model::Moment;
use grantd_store::repository::folded;

use crate::EngineError;

/// How long failures are counted, from the first one on.
pub(crate) const SPAN: Duration = Duration::from_mins(15);

/// The most failures for one user from one address.
const BY_BOTH: u32 = 5;

/// The most failures for one user from anywhere.
const BY_USER: u32 = 50;

/// The most failures from one address.
const BY_ADDRESS: u32 = 100;

/// The most keys that are kept. Beyond it, those whose time is over go first, then those with a single
/// failure.
const MOST_KEYS: usize = 100_000;

#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    Both(String, String),
    User(String),
    Address(String),
}

impl Key {
    const fn most(&self) -> u32 {
        match self {
            Self::Both(..) => BY_BOTH,
            Self::User(_) => BY_USER,
            Self::Address(_) => BY_ADDRESS,
        }
    }
}

/// The failures of the last minutes.
#[derive(Default)]
pub(crate) struct Tries(Mutex<HashMap<Key, (Moment, u32)>>);

impl Tries {
    /// Counts a try, which is taken back by [`Tries::succeeded`]. Counted before its outcome is
    /// known, so that many at once are no way round the limit. Tells how many are left.
    pub(crate) fn begin(&self, user: &str, address: &str, now: Moment) -> Result<u32, EngineError> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MOST_KEYS {
            counts.retain(|_, (since, _)| !since.left_of(SPAN, now).is_zero());
            if counts.len() >= MOST_KEYS {
                counts.retain(|_, (_, count)| *count > 1);
            }
        }
        let keys = keys(user, address);
        for key in &keys {
            if let Some((since, count)) = counts.get(key).copied()
                && count >= key.most()
            {
                let wait = since.left_of(SPAN, now);
                if !wait.is_zero() {
                    return Err(EngineError::TooManyTries { wait });
                }
                counts.remove(key);
            }
        }
        let mut left = u32::MAX;
        for key in keys {
            let most = key.most();
            let (since, count) = counts.entry(key).or_insert((now, 0));
            if since.left_of(SPAN, now).is_zero() {
                (*since, *count) = (now, 0);
            }
            *count += 1;
            left = left.min(most.saturating_sub(*count));
        }
        Ok(left)
    }

    /// Takes one try back that was none: the password was right and the second factor is to come.
    /// The failures before it stay, or a known password would give any number of tries at the code.
    pub(crate) fn take_back(&self, user: &str, address: &str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for key in keys(user, address) {
            if let Some((_, count)) = counts.get_mut(&key) {
                *count = count.saturating_sub(1);
            }
        }
    }

    /// Forgets the failures of one who got in; those of the address from elsewhere stay.
    pub(crate) fn succeeded(&self, user: &str, address: &str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let [both, user, address] = keys(user, address);
        counts.remove(&both);
        counts.remove(&user);
        if let Some((_, count)) = counts.get_mut(&address) {
            *count = count.saturating_sub(1);
        }
    }
}

fn keys(user: &str, address: &str) -> [Key; 3] {
    // what is typed into the field may be long; a digest would do, a part is enough
    let user: String = folded(user).chars().take(64).collect();
    let address = network(address);
    [
        Key::Both(user.clone(), address.clone()),
        Key::User(user),
        Key::Address(address),
    ]
}

/// The address itself, or of an IPv6 address the first 64 bits: whoever has one has them all.
fn network(address: &str) -> String {
    match address.parse::<Ipv6Addr>() {
        Ok(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
        Err(_) => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use grantd_model::Timestamp;

    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment {
            wall: Timestamp::from_seconds(i64::try_from(seconds).unwrap()),
            boot: Duration::from_secs(seconds),
        }
    }

    #[test]
    fn five_failures_and_then_a_quarter_of_an_hour() {
        let tries = Tries::default();
        for left in [4, 3, 2, 1, 0] {
            assert_eq!(tries.begin("Ops", "a", at(0)).unwrap(), left);
        }
        let refused = tries.begin("OPS", "a", at(60));
        assert!(
            matches!(refused, Err(EngineError::TooManyTries { wait }) if wait.as_secs() == 840)
        );
        assert!(tries.begin("ops", "b", at(60)).is_ok(), "from elsewhere");
        assert!(tries.begin("other", "a", at(60)).is_ok(), "somebody else");
        assert_eq!(tries.begin("ops", "a", at(900)).unwrap(), 4);
    }

    #[test]
    fn who_got_in_begins_anew() {
        let tries = Tries::default();
        for _ in 0..4 {
            tries.begin("ops", "a", at(0)).unwrap();
        }
        tries.succeeded("ops", "a");
        assert_eq!(tries.begin("ops", "a", at(0)).unwrap(), 4);
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let tries = Tries::default();
        let from = |n: u32| format!("2001:db8:0:1::{n:x}");
        let let_in = (0..9).filter(|n| tries.begin("ops", &from(*n), at(0)).is_ok());
        assert_eq!(let_in.count(), 5);
        assert!(tries.begin("ops", "2001:db8:0:2::1", at(0)).is_ok());
    }

    #[test]
    fn many_addresses_and_many_names_come_to_an_end() {
        let tries = Tries::default();
        let by_user = (0..60).filter(|n| tries.begin("ops", &n.to_string(), at(0)).is_ok());
        assert_eq!(by_user.count(), 50);
        let by_address = (0..120).filter(|n| tries.begin(&n.to_string(), "x", at(0)).is_ok());
        assert_eq!(by_address.count(), 100);
    }
}
